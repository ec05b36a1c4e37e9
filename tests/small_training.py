"""Few digits and short recipes, as fixtures of every test that trains."""

from __future__ import annotations

from pathlib import Path

import pytest

from stnviz.data.digits import Digits, gallery
from stnviz.experiments import addition
from stnviz.experiments import digits as digit_experiments
from stnviz.experiments.contract import Part
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.training.loop import Training
from tests.running import pictures_of


@pytest.fixture
def digits() -> Digits:
    whole = gallery()
    return Digits(whole.images[:200], whole.labels[:200], "200 digits")


@pytest.fixture
def recipe() -> Recipe:
    return Recipe("mnist-r", steps=6, batch_size=8, precision="float32")


@pytest.fixture
def tiny() -> DigitNetwork:
    return DigitNetwork(DigitConfig("st-fcn", (28, 28), 8, transform="affine"))


@pytest.fixture
def training(tiny: DigitNetwork, recipe: Recipe, digits: Digits) -> Training:
    return Training(tiny, recipe, pictures_of(digits))


@pytest.fixture
def few_digits(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions find 200 digits instead of MNIST, and as many to follow the error on."""

    def find(part: Part, folder: Path | None) -> tuple[Digits, str | None]:
        return digits, None

    for experiment in (digit_experiments, addition):
        monkeypatch.setattr(experiment, "open_digits", find)
