"""Compositors: warps that learn one after another from what a critic thinks."""

from __future__ import annotations

from typing import cast

import pytest
import torch
from torch import Tensor, nn

from stnviz.compositing import lay_on
from stnviz.coordinates import sample
from stnviz.models.compositor import (
    CRITIC_WARMUP,
    Compositor,
    CompositorConfig,
    Warp,
    training_stage,
)
from stnviz.models.critic import Critic, critic_loss, gradient_penalty
from stnviz.transforms import create_transform

SIZE = (24, 24)
FAMILIES = ("similarity", "affine", "projective")


def compositor(transform: str = "similarity", warps: int = 3) -> Compositor:
    return Compositor(CompositorConfig("st-gan", SIZE, 4, 4, warps, transform=transform))


def roused(model: Compositor) -> Compositor:
    """With heads that are no longer zero: every warp moves something."""
    for warp in model.warps:
        head = cast(Warp, warp).localisation[-1]
        nn.init.normal_(cast(nn.Linear, head).weight, std=0.5)
    return model


def pictures(count: int = 4, channels: int = 7) -> Tensor:
    return torch.rand(count, channels, *SIZE)


def grads(model: nn.Module) -> float:
    """Summed length of all gradients."""
    return sum(float(p.grad.norm()) for p in model.parameters() if p.grad is not None)


@pytest.mark.cardinality
@pytest.mark.parametrize("transform", FAMILIES)
def test_each_warp_is_a_step_with_the_whole_map(transform: str) -> None:
    model = roused(compositor(transform)).eval()
    output = model(pictures())
    assert output.logits.shape == (4, 8)
    assert output.auxiliary_loss is None
    assert [step.tick for step in output.steps] == [0, 1, 2]
    for step in output.steps:
        assert step.theta.shape == (4, create_transform(transform).size)
        assert step.input.shape == step.output.shape == (4, 4, *SIZE)
        assert step.grid.shape == (4, *SIZE, 2)


@pytest.mark.feature
@pytest.mark.parametrize("transform", FAMILIES)
def test_a_new_compositor_leaves_everything_where_it_is(transform: str) -> None:
    images = pictures()
    output = compositor(transform).eval()(images)
    for step in output.steps:
        assert torch.equal(step.theta, create_transform(transform).identity().expand(4, -1))
        assert torch.allclose(step.output, images[:, 3:], atol=1e-5)
    assert torch.allclose(output.logits, create_transform("projective").identity().expand(4, -1))


@pytest.mark.feature
@pytest.mark.parametrize("transform", FAMILIES)
def test_updates_are_composed_and_the_original_is_read_anew(transform: str) -> None:
    model, images = roused(compositor(transform)).eval(), pictures()
    family, output = model.transform, model(images)
    theta, seen = family.identity().expand(4, -1), images[:, 3:]
    for warp, step in zip(model.warps, output.steps, strict=True):
        theta = family.compose(theta, family.identity() + warp(images[:, :3], seen))
        seen = sample(images[:, 3:], family.grid(theta, SIZE))
        assert torch.allclose(step.theta, theta, atol=1e-5)
        assert torch.allclose(step.output, seen, atol=1e-5)
        assert torch.equal(step.input, images[:, 3:])
    matrix = family.matrix(theta)
    assert matrix is not None
    answer = (matrix / matrix[:, 2:, 2:]).flatten(1)[:, :8]
    assert torch.allclose(output.logits, answer, atol=1e-5)


@pytest.mark.feature
def test_a_foreground_without_opacity_is_judged_as_if_it_were_not_there() -> None:
    images = pictures()
    images[:, 6] = 0
    assert torch.equal(lay_on(images[:, :3], images[:, 3:]), images[:, :3])
    model = roused(compositor()).train()
    other = images.clone()
    other[:, 3:6] = 0
    step = model.eval()(images).steps[-1]
    assert not step.output[:, 3].any()


@pytest.mark.feature
def test_stages_follow_one_another_and_the_critic_begins_alone() -> None:
    stages = [training_stage(step, 1000, 4) for step in range(1000)]
    assert stages == sorted(stages)
    assert set(stages) == {0, 1, 2, 3, 4}
    assert stages.count(0) == 1000 * CRITIC_WARMUP
    assert training_stage(1000, 1000, 4) == 4


@pytest.mark.feature
@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_only_the_warp_at_hand_and_the_critic_learn(stage: int) -> None:
    model = roused(compositor()).train()
    model.on_step_start(
        next(at for at in range(1000) if training_stage(at, 1000, 3) == stage) + 1, 1000
    )
    output = model(pictures(channels=10))
    assert len(output.steps) == stage
    assert output.auxiliary_loss is not None
    output.auxiliary_loss.backward()
    learning = [grads(warp) > 0 for warp in model.warps]
    assert learning == [number == stage for number in (1, 2, 3)]
    assert grads(model.critic) > 0


@pytest.mark.feature
def test_a_warp_begins_as_what_the_one_before_it_has_become() -> None:
    model = roused(compositor())
    first = next(at for at in range(1000) if training_stage(at, 1000, 3) == 2)
    model.on_step_start(first - 1, 1000)
    assert not torch.equal(*(list(warp.parameters())[-2] for warp in model.warps[:2]))
    model.on_step_start(first, 1000)
    for ours, earlier in zip(model.warps[1].parameters(), model.warps[0].parameters(), strict=True):
        assert torch.equal(ours, earlier)
    with torch.no_grad():
        next(model.warps[1].parameters()).add_(1)
    model.on_step_start(first + 1, 1000)
    assert not torch.equal(*(next(warp.parameters()) for warp in model.warps[:2]))


@pytest.mark.feature
def test_what_is_drawn_by_chance_follows_from_the_step() -> None:
    model, images = roused(compositor()).train(), pictures(channels=10)
    prices = []
    for step in (500, 501, 500):
        model.on_step_start(step, 1000)
        prices.append(float(model(images).auxiliary_loss.detach()))
    assert prices[0] == prices[2] != prices[1]


@pytest.mark.feature
def test_the_critic_is_not_stored_and_all_else_is() -> None:
    model = compositor()
    kept = model.state_dict().keys() - model.external_tensors()
    assert kept == {name for name in model.state_dict() if name.startswith("warps.")}


@pytest.mark.feature
def test_the_warp_goes_where_the_critic_sees_more_that_is_real() -> None:
    """A critic that likes ink on the right: its own loss pulls one way, the warp the other."""
    value = torch.tensor([2.0, -3.0], requires_grad=True)
    critic_loss(value).square().sum().backward()
    assert value.grad is not None
    assert value.grad.tolist() == [-4.0, 6.0]


class _Ramp(Critic):
    """A critic whose slope is known."""

    def __init__(self, slope: Tensor) -> None:
        super().__init__(SIZE, 4)
        self.slope = nn.Parameter(slope)

    def forward(self, pictures: Tensor) -> Tensor:
        return (pictures * self.slope).flatten(1).sum(dim=1)


@pytest.mark.gradcheck
def test_the_penalty_is_the_squared_distance_of_the_slope_from_one() -> None:
    real, fake = pictures(channels=3), pictures(channels=3)
    share = torch.rand(4, 1, 1, 1)
    for length in (0.25, 1.0, 3.0):
        slope = torch.rand(3, *SIZE)
        critic = _Ramp(slope * length / slope.norm())
        penalty = gradient_penalty(critic, real, fake, share)
        assert float(penalty.detach()) == pytest.approx((length - 1) ** 2, abs=1e-5)
        penalty.backward()
        assert critic.slope.grad is not None
        # d (|s| - 1)^2 / ds = 2 (|s| - 1) s / |s|
        assert float(critic.slope.grad.norm()) == pytest.approx(2 * abs(length - 1), abs=1e-4)


@pytest.mark.gradcheck
def test_the_penalty_of_convolutions_has_the_slope_of_finite_differences() -> None:
    critic = Critic(SIZE, 4).double()
    real, fake = pictures(2, 3).double(), pictures(2, 3).double()
    share = torch.rand(2, 1, 1, 1).double()
    weight = critic.answer.weight
    (slope,) = torch.autograd.grad(gradient_penalty(critic, real, fake, share), weight)
    way, small = torch.randn_like(weight), 1e-4
    with torch.no_grad():
        values = []
        for sign in (1, -1):
            weight += sign * small * way
            with torch.enable_grad():
                values.append(float(gradient_penalty(critic, real, fake, share).detach()))
            weight -= sign * small * way
    assert (values[0] - values[1]) / (2 * small) == pytest.approx(
        float((slope * way).sum()), rel=1e-2
    )


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_odd_configs_are_refused() -> None:
    with pytest.raises(ValueError, match="Unknown compositor"):
        CompositorConfig("gan", SIZE)
    with pytest.raises(ValueError, match="give at least 1"):
        CompositorConfig("st-gan", SIZE, warps=0)
