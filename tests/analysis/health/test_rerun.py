"""A model run again: what it answers, what it is left with, and what is said where it cannot be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import stnviz
from stnviz.analysis.health.answers import answers, difference, probabilities
from stnviz.analysis.inspect import in_eval_mode
from tests.analysis.health.patients import Network, pictures

COUNT = 64


@pytest.mark.feature
@pytest.mark.parametrize(
    "wrap",
    [
        lambda tensor: tensor,
        lambda tensor: (tensor, "more"),
        lambda tensor: {"names": ["a"], "out": tensor},
        lambda tensor: type("Output", (), {"logits": tensor})(),
    ],
)
def test_answers_are_found_in_what_a_model_returns(wrap: Callable[[Tensor], object]) -> None:
    tensor = torch.randn(5, 3)

    class Wrapped(nn.Module):
        def forward(self, images: Tensor) -> object:
            return wrap(tensor)

    torch.testing.assert_close(answers(Wrapped(), torch.zeros(5, 1, 2, 2)), tensor)


@pytest.mark.feature
def test_probabilities_logarithms_and_logits_are_told_apart() -> None:
    logits = torch.randn(6, 4)
    expected = logits.softmax(dim=1)
    for values in (logits, expected, expected.log()):
        found = probabilities(values)
        assert found is not None
        torch.testing.assert_close(found, expected)
    assert probabilities(torch.randn(6, 3, 8, 8)) is None
    assert probabilities(torch.randn(6, 1)) is None


@pytest.mark.feature
def test_answers_that_are_no_classes_are_compared_with_their_own_differences() -> None:
    values = torch.randn(6, 3, 8, 8)
    assert difference(values, values).relative == 0
    exchanged = difference(values, values.roll(1, 0))
    assert 1 < exchanged.relative < 2
    assert (exchanged.probability, exchanged.classes) == (None, None)
    larger = difference(1000 * values, 1000 * values.roll(1, 0))
    assert larger.relative == pytest.approx(exchanged.relative)


@pytest.mark.feature
def test_numbers_that_only_look_like_logits_have_to_stay_as_well() -> None:
    """A position of two numbers is no classification: its softmax hardly changes when it does."""
    place = 0.01 * torch.randn(64, 2)
    moved = difference(place, place.roll(1, 0))
    assert moved.probability is not None
    assert moved.probability < 0.01
    assert moved.relative > 1


@pytest.mark.feature
def test_the_model_is_left_as_it_was() -> None:
    model = Network()
    model.norm = nn.BatchNorm1d(4)
    model.train()
    model.fc_loc.eval()
    model.classifier.weight.requires_grad_(False)
    model.fc_loc[0].weight.grad = torch.ones_like(model.fc_loc[0].weight)
    images = pictures(24, 1, 12, 12)
    with in_eval_mode(model):
        trace = stnviz.inspect(model, images)

    def state() -> object:
        return (
            {name: value.clone() for name, value in model.state_dict().items()},
            [(module.training, len(module._forward_hooks), len(module._forward_pre_hooks))
             for module in model.modules()],
            [(p.requires_grad, 0 if p.grad is None else p.grad.sum()) for p in model.parameters()],
            torch.get_rng_state(),
        )  # fmt: skip

    before = state()
    stnviz.health(trace, model)
    torch.testing.assert_close(state(), before)


@pytest.mark.exception
def test_a_model_that_cannot_be_run_again_is_said_so_and_the_grids_are_judged() -> None:
    class Two(Network):
        def forward(self, images: Tensor, other: Tensor) -> Tensor:
            return super().forward(images) + other

    model = Two(spread=0.0)
    images = pictures(24, 1, 12, 12)
    with stnviz.capture(model) as recording:
        model(images, torch.zeros(24, 4))
    report = stnviz.health(recording.trace, model)
    assert [verdict.name for verdict in report.transformers[0].verdicts] == ["identity"]
    assert any("cannot be run on the images" in note for note in report.notes)


@pytest.mark.exception
def test_a_model_that_cannot_be_run_with_gradients_has_verdicts_without_causes() -> None:
    class Touchy(Network):
        def forward(self, images: Tensor) -> Tensor:
            if torch.is_grad_enabled() and self.refuses:
                raise RuntimeError("no gradients here")
            return super().forward(images)

    model = Touchy()
    model.refuses = False
    trace = stnviz.inspect(model, pictures(24, 1, 12, 12))
    model.refuses = True
    (one,) = stnviz.health(trace, model).transformers
    assert one.verdicts == ()
    model.classifier.weight.data.zero_()
    report = stnviz.health(trace, model)
    assert report.transformers[0].verdicts == ()
    assert any("autograd cannot tell" in note for note in report.notes)


@pytest.mark.exception
def test_another_model_than_that_of_the_trace_is_told() -> None:
    trace = stnviz.inspect(Network(), pictures(24, 1, 12, 12))
    torch.manual_seed(9)
    report = stnviz.health(trace, Network())
    assert report.transformers[0].verdicts == ()
    assert any("does not sample as in the trace" in note for note in report.notes)


@pytest.mark.exception
def test_labels_have_to_be_as_many_as_images() -> None:
    model = Network()
    trace = stnviz.inspect(model, pictures(8, 1, 12, 12))
    for labels in (torch.zeros(7), torch.zeros(8, 2)):
        with pytest.raises(ValueError, match="give the true class of each"):
            stnviz.health(trace, model, labels)
    with pytest.raises(ValueError, match="give the true class of each"):
        stnviz.health(trace, labels=[0] * 7)
    assert stnviz.health(trace, labels=[0] * 8).transformers
