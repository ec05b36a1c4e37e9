"""The guide's cases: the tutorial's network, with one fault each, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import stnviz
from tests.analysis.tutorial_faults import FAULTS, train, turned

GUIDE = Path(__file__).parents[3] / "docs" / "debugging-guide.md"
QUICK = {"the last layer starts at zero, and its bias too"}
"""Faults that need no training."""


@pytest.mark.feature
@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS],
)
def test_a_fault_of_the_tutorials_network_is_found_with_its_cause(name: str) -> None:
    fault = FAULTS[name]
    images, _ = turned(64, seed=5)
    model = train(fault)
    report = stnviz.health(stnviz.inspect(model, images), model)
    (transformer,) = report.transformers
    found = {verdict.name: verdict for verdict in transformer.verdicts}
    assert set(fault.verdicts) <= found.keys(), str(report)
    if not fault.verdicts:
        assert transformer.state == "alive", str(report)
    if fault.cause:
        assert fault.cause in found[fault.verdicts[0]].cause, str(report)


@pytest.mark.law
def test_the_guide_names_the_verdict_of_every_fault() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for fault in FAULTS.values():
        assert all(f"*{name}*" in text for name in fault.verdicts)
