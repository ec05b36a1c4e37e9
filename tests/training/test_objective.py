"""What training minimises: each price is nothing where there is nothing to pay for."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.models.output import Output
from stnviz.records import Step
from stnviz.training.objective import (
    WARP_ANGLE,
    WARP_SCALE,
    WARP_SHIFT,
    consistency_loss,
    draw_warps,
    objective,
)
from stnviz.transforms import TRANSFORMS, create_transform

every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())


def recipe(**prices: float) -> Recipe:
    return Recipe("mnist-r", steps=10, **prices)  # type: ignore[arg-type]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


IMAGES, LABELS = torch.rand(8, 1, 28, 28, generator=seeded()), torch.arange(8)


def network(transform: str = "affine", *, moved: float = 0.0) -> DigitNetwork:
    model = DigitNetwork(DigitConfig("st-fcn", (28, 28), 8, transform=transform))
    if moved and model.transformer is not None:
        head = list(model.transformer.localisation.modules())[-1]
        assert isinstance(head, torch.nn.Linear)
        torch.nn.init.normal_(head.weight, std=moved)
    return model


def looking(theta: Tensor, size: Size = (28, 28), transform: str = "affine") -> Step[Tensor]:
    """A step that looks where ``theta`` says."""
    picture = torch.zeros(len(theta), 1, *size)
    return Step(transform, picture, theta, create_transform(transform).grid(theta, size), picture)


def matrices(theta: Tensor) -> Tensor:
    """Affine maps as 3 x 3 matrices."""
    last = torch.tensor([0.0, 0.0, 1.0]).expand(len(theta), 1, 3)
    return torch.cat([theta.unflatten(1, (2, 3)), last], dim=1)


def rows(matrix: Tensor) -> Tensor:
    return matrix[:, :2].flatten(1)


@pytest.mark.oracle
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_the_plain_loss_is_torchs_cross_entropy(smoothing: float) -> None:
    model = network()
    loss = objective(model, IMAGES, LABELS, recipe(label_smoothing=smoothing))
    logits = model(IMAGES).logits
    assert torch.equal(loss.logits, logits)
    wanted = F.cross_entropy(logits, LABELS, label_smoothing=smoothing)
    torch.testing.assert_close(loss.total, wanted)
    each = F.cross_entropy(logits, LABELS, label_smoothing=smoothing, reduction="none")
    assert torch.equal(loss.total, each.mean())


@pytest.mark.law
@every_transform
def test_the_identity_pays_no_penalty(name: str) -> None:
    model = network(name)
    free = objective(model, IMAGES, LABELS, recipe()).total
    asked = objective(model, IMAGES, LABELS, recipe(identity_penalty=100.0)).total
    assert asked.item() == free.item()


@pytest.mark.feature
def test_the_penalty_is_the_squared_distance_from_the_identity() -> None:
    logits = torch.zeros(8, 10)

    def paid(shift: float, price: float = 1.0) -> float:
        theta = torch.tensor([[1.0, 0.0, shift, 0.0, 1.0, 0.0]]).repeat(8, 1)
        output = Output(logits, (looking(theta),))
        total = objective(lambda _: output, IMAGES, LABELS, recipe(identity_penalty=price)).total
        return (total - F.cross_entropy(logits, LABELS)).item()

    assert paid(0.5) == pytest.approx(0.25, rel=1e-4)
    assert paid(-0.5) == pytest.approx(0.25, rel=1e-4)
    assert paid(1.0) == pytest.approx(1.0, rel=1e-4)
    assert paid(1.0, price=3.0) == pytest.approx(3.0, rel=1e-4)


@pytest.mark.feature
def test_a_network_without_a_transformer_pays_neither_price() -> None:
    model = DigitNetwork(DigitConfig("fcn", (28, 28), 8))
    free = objective(model, IMAGES, LABELS, recipe()).total
    priced = recipe(identity_penalty=9.0, consistency_weight=9.0)
    asked = objective(model, IMAGES, LABELS, priced, draw_warps(len(IMAGES), seeded()))
    assert asked.total.item() == pytest.approx(free.item(), rel=1e-6)
    assert asked.logits.shape == (8, 10)


class Burdened(DigitNetwork):
    """Adds to the loss what it thinks right."""

    def forward(self, images: Tensor) -> Output:
        return replace(super().forward(images), auxiliary_loss=torch.tensor(5.0))


@pytest.mark.feature
@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_what_a_network_adds_to_the_loss_counts_beside_every_other_part(weight: float) -> None:
    config = DigitConfig("st-fcn", (28, 28), 8, transform="affine")
    model, burdened = DigitNetwork(config), Burdened(config)
    burdened.load_state_dict(model.state_dict())
    warp = draw_warps(len(IMAGES), seeded()) if weight else None
    chosen = recipe(consistency_weight=weight)
    plain, more = (objective(one, IMAGES, LABELS, chosen, warp) for one in (model, burdened))
    assert more.total.item() == pytest.approx(plain.total.item() + 5.0, rel=1e-5)


@pytest.mark.feature
@pytest.mark.parametrize("size", [(28, 28), (42, 42), (9, 5)])
def test_a_transformer_that_follows_the_warp_exactly_disagrees_with_nothing(size: Size) -> None:
    # The picture under g is at p what the picture is at g(p): reading out the same there
    # means to look at inverse(g) after T.
    warp = draw_warps(6, seeded())
    theta = torch.tensor([0.7, -0.2, 0.1, 0.3, 0.9, -0.2]) + 0.2 * torch.randn(6, 6)
    followed = rows(torch.linalg.inv(matrices(warp)) @ matrices(theta))
    step = looking(torch.cat([theta, followed]), size)
    assert float(consistency_loss((step,), warp)) == pytest.approx(0, abs=1e-10)


@pytest.mark.feature
def test_a_transformer_that_does_not_follow_or_the_wrong_way_disagrees() -> None:
    warp = draw_warps(6, seeded())
    theta = torch.tensor([0.7, -0.2, 0.1, 0.3, 0.9, -0.2]).repeat(6, 1)
    inverse = torch.linalg.inv(matrices(warp))
    for other in (theta, rows(matrices(warp) @ matrices(theta)), rows(matrices(theta) @ inverse)):
        assert float(consistency_loss((looking(torch.cat([theta, other])),), warp)) > 1e-3


@pytest.mark.feature
def test_a_warp_that_does_nothing_asks_for_the_same_theta_twice() -> None:
    still = torch.tensor([[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]]).repeat(4, 1)
    theta = still + 0.3 * torch.randn(4, 6)
    assert float(consistency_loss((looking(theta.repeat(2, 1)),), still)) == pytest.approx(
        0, abs=1e-12
    )
    other = theta + torch.tensor([0.0, 0.0, 0.5, 0.0, 0.0, 0.0])
    step = looking(torch.cat([theta, other]))
    assert float(consistency_loss((step,), still)) == pytest.approx(0.25, rel=1e-4)


@pytest.mark.feature
def test_the_warped_picture_that_the_model_is_given_is_the_one_that_the_loss_means() -> None:
    # An oracle transformer: it knows g and looks at inverse(g) in the warped pictures. What
    # it reads there is the picture itself, but for what interpolation blurs.
    ramp = torch.linspace(0, 1, 28)
    images = (ramp[:, None] * ramp[None, :]).expand(8, 1, 28, 28).contiguous()
    warp = draw_warps(8, seeded(5))
    back = rows(torch.linalg.inv(matrices(warp)))
    given: list[Tensor] = []

    def model(pictures: Tensor) -> Output:
        given.append(pictures)
        still = create_transform("affine").identity().repeat(8, 1)
        return Output(torch.zeros(16, 10), (looking(torch.cat([still, back])),))

    loss = objective(model, images, LABELS, recipe(consistency_weight=1.0), warp)
    assert float(loss.total) == pytest.approx(float(torch.tensor(10.0).log()), abs=1e-6)
    (pictures,) = given
    read = F.grid_sample(
        pictures[8:], create_transform("affine").grid(back, (28, 28)), align_corners=False
    )
    middle = (slice(None), slice(None), slice(10, 18), slice(10, 18))
    assert torch.allclose(pictures[:8], images)
    assert torch.allclose(read[middle], images[middle], atol=0.01)
    assert not torch.allclose(pictures[8:][middle], images[middle], atol=0.05)


@pytest.mark.feature
def test_consistency_leaves_answers_and_the_other_prices_as_they_are() -> None:
    model = network(moved=0.05).eval()
    plain = objective(model, IMAGES, LABELS, recipe(identity_penalty=2.0, label_smoothing=0.1))
    prices = recipe(identity_penalty=2.0, label_smoothing=0.1, consistency_weight=1e-9)
    asked = objective(model, IMAGES, LABELS, prices, draw_warps(8, seeded()))
    assert torch.allclose(asked.logits, plain.logits, atol=1e-5)
    assert asked.total.item() == pytest.approx(plain.total.item(), rel=1e-5)
    dearer = objective(
        model, IMAGES, LABELS, recipe(consistency_weight=10.0), draw_warps(8, seeded())
    )
    free = objective(model, IMAGES, LABELS, recipe())
    assert dearer.total.item() > free.total.item()


@pytest.mark.feature
@every_transform
@pytest.mark.parametrize("prices", [{"identity_penalty": 1.0}, {"consistency_weight": 1.0}])
def test_both_prices_teach_the_localisation_network(name: str, prices: dict[str, float]) -> None:
    model = network(name, moved=0.05)
    assert model.transformer is not None
    gradients = []
    for asked in (recipe(), recipe(**prices)):
        warp = draw_warps(8, seeded()) if asked.consistency_weight else None
        model.zero_grad()
        objective(model, IMAGES, LABELS, asked, warp).total.backward()
        first = next(model.transformer.localisation.parameters())
        assert first.grad is not None
        gradients.append(first.grad.clone())
    assert torch.isfinite(gradients[1]).all()
    assert not torch.allclose(gradients[0], gradients[1])


@pytest.mark.cardinality
def test_warps_are_small_and_come_from_their_seed() -> None:
    warp = draw_warps(500, seeded(3))
    assert torch.equal(warp, draw_warps(500, seeded(3)))
    assert not torch.equal(warp, draw_warps(500, seeded(4)))
    a, b, x, c, d, y = warp.unbind(dim=1)
    assert torch.equal(a, d)
    assert torch.equal(b, -c)
    assert torch.atan2(c, a).abs().max() <= WARP_ANGLE + 1e-6
    assert torch.hypot(a, c).log().abs().max() <= WARP_SCALE + 1e-6
    assert max(x.abs().max(), y.abs().max()) <= WARP_SHIFT
    assert float(torch.atan2(c, a).abs().max()) > 0.9 * WARP_ANGLE
