"""The shipped networks: those shipped as ill are found out, and no healthy one is accused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

import stnviz
from stnviz.checkpoints.library import ILL, default_library
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.models import Model
from stnviz.models.config import has_transformer
from stnviz.not_found import ResourceNotFound
from stnviz.records import HealthReport

CARDS = {
    name: card
    for name, card in default_library().cards(ill=True).items()
    if not name.startswith("runs/") and has_transformer(card.model["name"])
}
SMALL, LARGE, LONG_SIDE = 64, 20, 128
"""Images for a network, and for one with large images of at least this side."""

WARNED: Mapping[str, Mapping[str, set[str]]] = {
    # Two of four windows miss some of the birds altogether.
    "birds/4st-cnn-translation": {"C": {"out-of-view"}, "D": {"out-of-view"}},
    "cub/4st-cnn-translation": {"C": {"out-of-view"}, "D": {"out-of-view"}},
    # Splines of 16 free points that straighten one of two digits, whatever becomes of the rest.
    "mnist-addition/2st-fcn-thin-plate-spline": {"A": {"folded"}, "B": {"folded"}},
    # The third of four transformers has not moved from its start by half a pixel.
    "numbers-64/st-cnn-multi-affine": {"A, step 3": {"nearly-identity"}},
    "numbers-128/st-cnn-multi-affine": {"A, step 3": {"nearly-identity"}},
}
"""Warnings that were looked at and are right; every other shipped transformer is alive."""

FAST = (
    "mnist-r/st-cnn-affine",
    "mnist-e/st-fcn-thin-plate-spline",
    "colocalise-t/st-finder-attention",
)


def shown(name: str) -> tuple[Model, Tensor]:
    """A shipped network and images of its kind that it was not trained on."""
    model = stnviz.load_model(name)
    count = LARGE if max(model.config.input_size) >= LONG_SIDE else SMALL
    try:
        source, _ = EXPERIMENTS.get(CARDS[name].data).open(
            "shown", None, torch.device("cpu"), None, model.config
        )
    except ResourceNotFound as error:
        pytest.skip(str(error))
    batches: list[Tensor] = []
    for images, _labels in source.once():
        batches.append(images)
        if sum(map(len, batches)) >= count:
            break
    return model, torch.cat(batches)[:count]


def report_on(name: str) -> HealthReport:
    model, images = shown(name)
    return stnviz.health(stnviz.inspect(model, images), model)


@pytest.mark.feature
@pytest.mark.parametrize("name", [name for name in CARDS if name.startswith(ILL)])
def test_a_network_shipped_as_ill_is_found_out(name: str) -> None:
    report = report_on(name)
    assert report.is_ill
    first = report.transformers[0].verdicts[0]
    assert first.name == name.removeprefix(ILL)
    assert first.severity == "ill"
    assert "other-convention" not in [verdict.name for verdict in report.transformers[0].verdicts]
    if name in ("ill/identity", "ill/constant"):
        assert first.cause.startswith("transformer.localisation.")


@pytest.mark.law
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow])
        for name in CARDS
        if not name.startswith(ILL)
    ],
)
def test_no_healthy_network_is_accused(name: str) -> None:
    report = report_on(name)
    found = {
        one.name: {verdict.name for verdict in one.verdicts}
        for one in report.transformers
        if one.verdicts
    }
    assert not report.is_ill
    assert found == WARNED.get(name, {})
