"""What is no spatial transformer is named for what it is, and never accused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import stnviz
from stnviz.records import Step
from stnviz.records.trace import KINDS
from tests.analysis.health.patients import affine_step, captured, pictures, same, trace_of, turned

OTHERS = [kind for kind in KINDS if kind not in ("warp", "field")]
CONSTANT = same(0.8, 0.3, 0.0, -0.3, 0.8, 0.1)
AWAY = same(1.0, 0.0, 5.0, 0.0, -1.0, 0.0)


def folded() -> Step[torch.Tensor]:
    step = affine_step(turned())
    return replace(step, grid=step.grid + 0.5 * torch.randn_like(step.grid))


@pytest.mark.law
@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(
    "step", [affine_step(CONSTANT), affine_step(AWAY), folded()], ids=["same", "away", "folded"]
)
def test_other_kinds_are_never_accused(kind: str, step: Step[torch.Tensor]) -> None:
    trace = trace_of(captured(step, kind, needs_gradient=False))  # type: ignore[arg-type]
    (one,) = stnviz.health(trace).transformers
    assert one.state == "not judged"
    (verdict,) = one.verdicts
    assert (verdict.name, verdict.severity) == ("not-a-transformer", "note")
    assert verdict.sentence.endswith(".")


@pytest.mark.law
def test_each_other_kind_has_its_own_sentence() -> None:
    sentences = {
        stnviz.health(trace_of(captured(affine_step(turned()), kind)))  # type: ignore[arg-type]
        .transformers[0]
        .verdicts[0]
        .sentence
        for kind in OTHERS
    }
    assert len(sentences) == len(OTHERS)


@pytest.mark.feature
def test_points_of_an_attention_are_named_as_points() -> None:
    grid = 3 * torch.randn(4, 50, 8, 2)
    images = pictures(4)
    step = Step("", images, torch.zeros(4, 0), grid, torch.zeros(4, 0, 50, 8))
    (one,) = stnviz.health(trace_of(captured(step, "points"))).transformers
    assert one.state == "not judged"
    assert "sampled points" in one.verdicts[0].sentence
    assert "50 x 8 samples" in one.verdicts[0].evidence


@pytest.mark.feature
def test_a_dense_field_is_judged_for_what_a_field_can_have() -> None:
    zero = same(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    (one,) = stnviz.health(trace_of(captured(affine_step(zero), "field"))).transformers
    assert [verdict.name for verdict in one.verdicts] == ["constant"]
    (one,) = stnviz.health(trace_of(captured(affine_step(turned(scale=3.0)), "field"))).transformers
    assert (one.state, one.verdicts) == ("alive", ())
