"""A network opened at a transformer runs again with another theta, and its gradients are right."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from stnviz.analysis.inside.gradients import gradients, losses_around
from stnviz.analysis.inside.localisation import localise
from stnviz.analysis.inside.opened import NoTransformer, Opened, Sampler, open_transformer
from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.digits import gallery
from stnviz.models import Output

NETWORKS = (
    "mnist-r/st-cnn-affine",
    "mnist-p/st-fcn-projective",
    "mnist-e/st-cnn-thin-plate-spline",
)


def opened(name: str = NETWORKS[0], lane: int = 0, tick: int = 0) -> Opened:
    model = load_checkpoint(default_library().folder(name))
    size = model.config.input_size
    digit = torch.from_numpy(gallery().images[7]).float()[None, None] / 255
    channels = 2 if name.startswith("mnist-addition") else 3 if "numbers" in name else 1
    images = F.interpolate(digit, size).expand(1, channels, *size)
    return open_transformer(model, images, lane, tick)


def loss(output: Output) -> torch.Tensor:
    labels = torch.full((len(output.logits),), 3)
    return F.cross_entropy(output.logits, labels, reduction="none")


@pytest.mark.law
@pytest.mark.parametrize("name", NETWORKS)
def test_its_own_theta_gives_its_own_answer(name: str) -> None:
    found = opened(name)
    with torch.no_grad():
        answer, output = found.run(found.grid(found.step.theta))
    assert torch.equal(answer.logits, found.output.logits)
    assert torch.equal(output, found.step.output)


@pytest.mark.feature
@pytest.mark.parametrize(
    ("name", "lane", "tick"),
    [("mnist-addition/2st-fcn-affine", 1, 0), ("numbers-64/st-cnn-multi-affine", 0, 2)],
)
def test_one_of_several_is_opened_and_the_others_stay(name: str, lane: int, tick: int) -> None:
    found = opened(name, lane, tick)
    theta = found.step.theta + 0.2
    with torch.no_grad():
        answer, output = found.run(found.grid(theta))
    assert not torch.equal(output, found.step.output)
    for step, own in zip(answer.steps, found.output.steps, strict=True):
        if (own.lane, own.tick) < (lane, tick):
            assert torch.equal(step.output, own.output)


@pytest.mark.exception
def test_a_transformer_that_is_not_there_says_which_are() -> None:
    with pytest.raises(NoTransformer, match="lane 0, tick 0"):
        opened(lane=3)


@pytest.mark.oracle
@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_of_theta_is_that_of_finite_differences(name: str) -> None:
    found = opened(name)
    found.model.double()
    exact = Opened(
        found.model, found.images.double(), found.output, found.step, found.call, found.sampler,
        found.transform,
    )  # fmt: skip
    theta = found.step.theta.double() + 0.0123  # away from whole pixels, where the slope jumps
    ours = gradients(exact, theta, loss)
    step = 1e-5
    for number in range(min(4, theta.shape[1])):
        move = torch.zeros_like(theta)
        move[0, number] = step
        ahead = losses_around(exact, torch.cat([theta + move, theta - move]), loss)
        slope = float(ahead[0] - ahead[1]) / (2 * step)  # of float32 losses
        assert float(ours.theta[number]) == pytest.approx(
            slope, rel=5e-3, abs=0.06
        )  # float32 answers


@pytest.mark.law
@pytest.mark.parametrize("name", NETWORKS)
def test_the_arrows_add_up_to_the_gradient_of_theta(name: str) -> None:
    found = opened(name)
    ours = gradients(found, found.step.theta, loss)
    leaf = found.step.theta.clone().requires_grad_()
    (by_chain,) = torch.autograd.grad(found.grid(leaf), leaf, ours.grid[None])
    assert torch.allclose(ours.theta, by_chain[0], rtol=1e-3, atol=1e-5)


@pytest.mark.feature
def test_outside_the_picture_no_gradient_comes_back() -> None:
    found = opened()
    theta = found.step.theta.clone()
    theta[0, 2] = 5.0
    ours = gradients(found, theta, loss)
    assert float(ours.theta.abs().max()) == 0
    assert float(ours.grid.abs().max()) == 0


@pytest.mark.feature
def test_another_sampler_reads_otherwise() -> None:
    found = opened()
    grid = found.grid(found.step.theta)
    with torch.no_grad():
        _, own = found.run(grid)
        _, shifted = found.run(grid, Sampler(align_corners=True))
        _, nearest = found.run(grid, Sampler(kernel="nearest"))
    assert torch.equal(shifted, F.grid_sample(found.images, grid, align_corners=True))
    assert not torch.equal(own, shifted)
    assert not torch.equal(own, nearest)


@pytest.mark.law
@pytest.mark.parametrize(
    ("name", "lane", "tick"),
    [
        *((name, 0, 0) for name in NETWORKS),
        ("mnist-addition/2st-fcn-affine", 1, 0),
        ("numbers-64/st-cnn-multi-affine", 0, 3),
        ("mnist-perturbed/ic-stn-2-projective", 0, 0),
        ("sequences/rnn-spn-d3-translation", 0, 1),
        ("sequences/ffn-spn-d3-translation", 0, 2),
    ],
)
def test_units_and_bias_add_up_to_theta(name: str, lane: int, tick: int) -> None:
    found = opened(name, lane, tick)
    localisation = localise(found)
    assert localisation is not None
    assert not localisation.bounded
    summed = localisation.contributions.sum(dim=1) + localisation.bias
    assert torch.allclose(summed, found.step.theta[0], atol=1e-5)
    assert localisation.layers
    assert all(layer.name for layer in localisation.layers)
    assert not any(module._forward_hooks for module in found.model.modules())


@pytest.mark.feature
def test_theta_of_a_later_step_is_no_sum_as_the_step_before_is_in_it() -> None:
    found = opened("mnist-perturbed/ic-stn-2-projective", tick=1)
    first = opened("mnist-perturbed/ic-stn-2-projective")
    localisation = localise(found)
    assert localisation is not None
    assert localisation.bounded
    update = localisation.contributions.sum(dim=1) + localisation.bias
    composed = found.transform.compose(first.step.theta, update[None])
    assert torch.allclose(composed, found.step.theta, atol=1e-5)
