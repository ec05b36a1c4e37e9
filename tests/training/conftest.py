"""Few digits and short recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from stnviz.data.digits import Digits, Split, gallery
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.training import session
from stnviz.training.loop import Training
from stnviz.training.recipe import Recipe


@pytest.fixture
def digits() -> Digits:
    whole = gallery()
    return Digits(whole.images[:200], whole.labels[:200], "200 digits")


@pytest.fixture
def recipe() -> Recipe:
    return Recipe("mnist-r", steps=6, batch=8, precision="float32")


@pytest.fixture
def tiny() -> DigitNetwork:
    return DigitNetwork(DigitConfig("st-fcn", (28, 28), 8, "affine"))


@pytest.fixture
def training(tiny: DigitNetwork, recipe: Recipe, digits: Digits) -> Training:
    return Training(tiny, recipe, digits)


@pytest.fixture
def few_digits(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions find 200 digits instead of MNIST, and as many to follow the error on."""

    def load(split: Split, folder: Path | None = None) -> tuple[Digits, str | None]:
        return digits, None

    monkeypatch.setattr(session, "load_digits", load)
    monkeypatch.setattr(session, "part_of_gallery", lambda _part: digits)
