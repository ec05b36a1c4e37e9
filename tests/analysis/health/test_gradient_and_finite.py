"""Numbers that are none, and gradients that say nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

import stnviz
from stnviz.records.trace import KINDS
from tests.analysis.health.patients import (
    Network,
    affine_step,
    captured,
    names,
    pictures,
    turned,
    verdicts,
)


@pytest.mark.feature
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("array", ["theta", "grid"])
def test_one_number_that_is_none_is_an_illness(value: float, array: str) -> None:
    step = affine_step(turned())
    broken = getattr(step, array).clone()
    broken[5].view(-1)[0] = value
    (verdict,) = verdicts(replace(step, **{array: broken}))
    assert (verdict.name, verdict.severity, verdict.share) == ("not-finite", "ill", 1 / 8)
    assert "image 5 first" in verdict.evidence
    assert array.replace("theta", "theta") in verdict.evidence


@pytest.mark.feature
def test_an_input_that_is_not_finite_is_not_laid_at_the_transformers_door() -> None:
    images = pictures()
    images[2, 0, 3, 3] = float("nan")
    (verdict,) = verdicts(affine_step(turned(), images=images))
    assert (verdict.name, verdict.severity) == ("not-finite", "warning")
    assert "Its input is not finite; the grid is." in verdict.sentence


@pytest.mark.feature
def test_the_other_images_are_judged_all_the_same() -> None:
    rows = turned()
    rows[0] = float("nan")
    rows[1:, 0] *= -1
    found = verdicts(affine_step(rows))
    assert [(one.name, one.share) for one in found] == [("not-finite", 1 / 8), ("mirrored", 7 / 8)]
    assert found[1].numbers["images"] == list(range(1, 8))
    assert names(affine_step(torch.full((4, 2, 3), torch.nan))) == ["not-finite"]


@pytest.mark.law
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_grid_has_to_be_finite(kind: str) -> None:
    step = affine_step(turned())
    grid = step.grid.clone()
    grid[0, 0, 0, 0] = torch.nan
    assert "not-finite" in names(captured(replace(step, grid=grid), kind))  # type: ignore[arg-type]


def captured_gradient(model: Network, weight: float) -> stnviz.Trace:
    images = pictures(8, 1, 12, 12)
    with stnviz.capture(model) as recording:
        answers = model(images)
        loss = F.cross_entropy(answers, torch.arange(8) % 4)
        (weight * loss).backward()
    return recording.trace


@pytest.mark.feature
def test_a_gradient_of_nothing_is_an_illness_and_a_small_one_is_none() -> None:
    ill, well = captured_gradient(Network(), 0.0), captured_gradient(Network(), 1e-3)
    assert well.steps[0].grid_gradient is not None
    (verdict,) = verdicts(ill.steps[0])
    assert (verdict.name, verdict.severity) == ("zero-gradient", "ill")
    assert names(well.steps[0]) == []


@pytest.mark.feature
def test_a_layer_that_kept_a_gradient_of_zero_is_named() -> None:
    model = Network()
    report = stnviz.health(captured_gradient(model, 0.0), model)
    (verdict,) = report.transformers[0].verdicts
    assert verdict.name == "zero-gradient"
    assert verdict.cause == "fc_loc.4: the gradient of its weights is zero."


@pytest.mark.feature
def test_a_window_out_of_view_explains_its_zero_gradient() -> None:
    away = captured_gradient(Network(torch.tensor([[1.0, 0, 3.0], [0, 1.0, 0]])), 1.0)
    assert float(abs(away.steps[0].grid_gradient).max()) == 0  # type: ignore[arg-type]
    assert names(away.steps[0]) == ["out-of-view"]


@pytest.mark.feature
def test_without_a_backward_pass_nothing_is_said_about_gradients() -> None:
    with stnviz.capture(model := Network()) as recording, torch.no_grad():
        model(pictures(8, 1, 12, 12))
    assert names(recording.trace.steps[0]) == []


class Detached(Network):
    """A transformer that was cut off by a detach() too many."""

    def theta(self, images: torch.Tensor) -> torch.Tensor:
        return super().theta(images).detach()


class Augmented(Network):
    """A random warp of every image, as for augmentation."""

    def theta(self, images: torch.Tensor) -> torch.Tensor:
        return torch.eye(2, 3) + 0.1 * torch.randn(len(images), 2, 3)


class Resized(Network):
    """A fixed warp, as for resizing."""

    def theta(self, images: torch.Tensor) -> torch.Tensor:
        return torch.eye(2, 3).repeat(len(images), 1, 1) * 0.9


@pytest.mark.feature
def test_a_prediction_without_gradient_is_told_from_an_augmentation_with_the_model() -> None:
    images = pictures(8, 1, 12, 12)
    states = {}
    for model in (Detached(), Augmented(), Resized()):
        trace = stnviz.inspect(model, images)
        assert trace.steps[0].kind == "resampling"
        (alone,) = stnviz.health(trace).transformers
        assert alone.state == "not judged"
        (known,) = stnviz.health(trace, model).transformers
        states[type(model).__name__] = known.state, known.verdicts[0].name
        sentence = alone.verdicts[0].sentence
        assert ("or a prediction" in sentence) == (not isinstance(model, Resized))
    assert states == {
        "Detached": ("warning", "zero-gradient"),
        "Augmented": ("not judged", "not-a-transformer"),
        "Resized": ("not judged", "not-a-transformer"),
    }
