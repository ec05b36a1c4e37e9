"""Laws that every registered transform keeps."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.coordinates import Size, base_grid, sample
from stnviz.transforms import (
    TRANSFORMS,
    NotComposable,
    NotInvertible,
    Transform,
    create_transform,
    thin_plate_spline,
)
from stnviz.transforms.thin_plate_spline import control_points

ASPECTS = (1.0, 4.0)
"""Of square pictures, and of ones that are four times as wide as high."""

every_transform = pytest.mark.parametrize(
    ("name", "aspect"), [(name, aspect) for name in TRANSFORMS.names() for aspect in ASPECTS]
)
every_size = pytest.mark.parametrize("size", [(4, 4), (5, 9), (9, 5), (1, 7), (7, 1)])


def near_identity(
    transform: Transform, batch: int = 2, *, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Random gentle maps, none of them symmetric by chance."""
    noise = torch.randn(batch, transform.size, dtype=dtype)
    return transform.identity().to(dtype) + 0.1 * noise


def somewhere(batch: int = 2, count: int = 11) -> Tensor:
    return 2 * torch.rand(batch, count, 2, dtype=torch.float64) - 1


@pytest.mark.law
@every_transform
@every_size
def test_the_identity_is_exact(name: str, aspect: float, size: Size) -> None:
    transform = create_transform(name, aspect=aspect)
    grid = transform.grid(transform.identity()[None], size)
    assert torch.equal(grid[0], base_grid(size))


@pytest.mark.law
@every_transform
@every_size
def test_a_grid_is_the_map_of_the_base_grid(name: str, aspect: float, size: Size) -> None:
    transform = create_transform(name, aspect=aspect)
    theta = near_identity(transform)
    pixels = base_grid(size, dtype=torch.float64).flatten(0, 1).expand(2, -1, 2)
    grid = transform.grid(theta, size)
    assert grid.shape == (2, *size, 2)
    torch.testing.assert_close(
        grid.flatten(1, 2), transform.points(theta, pixels), rtol=0, atol=1e-12
    )


@pytest.mark.law
@every_transform
def test_a_batch_of_two_is_two_of_one(name: str, aspect: float) -> None:
    transform = create_transform(name, aspect=aspect)
    theta, xy = near_identity(transform), somewhere()
    for row in range(2):
        own = theta[row : row + 1]
        torch.testing.assert_close(
            transform.grid(theta, (5, 7))[row], transform.grid(own, (5, 7))[0]
        )
        torch.testing.assert_close(
            transform.points(theta, xy)[row], transform.points(own, xy[row : row + 1])[0]
        )


@pytest.mark.gradcheck
@every_transform
def test_grids_have_the_right_gradient(name: str, aspect: float) -> None:
    transform = create_transform(name, aspect=aspect)
    theta = near_identity(transform).requires_grad_()
    assert torch.autograd.gradcheck(lambda t: transform.grid(t, (2, 3)), theta)


@pytest.mark.gradcheck
@every_transform
def test_points_have_the_right_gradient_in_theta_and_in_the_points(
    name: str, aspect: float
) -> None:
    transform = create_transform(name, aspect=aspect)
    theta, xy = near_identity(transform).requires_grad_(), somewhere(2, 2).requires_grad_()
    assert torch.autograd.gradcheck(transform.points, (theta, xy))


@pytest.mark.gradcheck
@every_transform
def test_what_is_read_has_the_right_gradient(name: str, aspect: float) -> None:
    # The gradient of bilinear reading (eq. 7) is one-sided at whole pixels, and an identity
    # grid is all whole pixels: the maps here are shifted away from them.
    transform = create_transform(name, aspect=aspect)
    theta = near_identity(transform, 1).requires_grad_()
    image = torch.rand(1, 1, 4, 5, dtype=torch.float64, requires_grad=True)
    pixels = (transform.grid(theta, (3, 4)) + 1) * torch.tensor([2.5, 2.0]) - 0.5
    assert (pixels - pixels.round()).abs().min() > 1e-4
    assert torch.autograd.gradcheck(
        lambda t, i: sample(i, transform.grid(t, (3, 4))), (theta, image)
    )


@pytest.mark.law
@every_transform
def test_an_inverse_undoes_or_is_refused(name: str, aspect: float) -> None:
    transform = create_transform(name, aspect=aspect)
    theta, xy = near_identity(transform), somewhere()
    if not transform.invertible:
        with pytest.raises(NotInvertible, match=f"{transform.title} has no inverse"):
            transform.inverse(theta)
        return
    back = transform.points(transform.inverse(theta), transform.points(theta, xy))
    torch.testing.assert_close(back, xy)
    assert not torch.allclose(transform.points(theta, xy), xy, atol=1e-2)


def widened(source: str, target: str, theta: Tensor) -> Tensor:
    """The theta of a larger family that is the same map."""
    count, one, zero = len(theta), torch.ones_like(theta[:, :1]), torch.zeros_like(theta[:, :1])
    if target == "similarity":
        angle, scale = (zero, one) if source == "translation" else (zero, theta[:, :1])
        return torch.cat([angle, scale, theta[:, -2:]], dim=1)
    matrix = create_transform(source).matrix(theta)
    assert matrix is not None
    if target == "thin-plate-spline":
        places = control_points(4, dtype=theta.dtype).expand(count, 16, 2)
        return (create_transform(source).points(theta, places) - places).flatten(1)
    return matrix.flatten(1)[:, : create_transform(target).size]


@pytest.mark.law
@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("translation", "similarity"),
        ("attention", "similarity"),
        ("similarity", "affine"),
        ("affine", "projective"),
        ("affine", "thin-plate-spline"),
    ],
)
def test_families_nest(source: str, target: str) -> None:
    small, large = create_transform(source), create_transform(target)
    theta = near_identity(small)
    torch.testing.assert_close(
        small.grid(theta, (5, 8)), large.grid(widened(source, target, theta), (5, 8))
    )


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
@every_transform
def test_a_theta_of_the_wrong_shape_is_answered_with_the_right_one(
    name: str, aspect: float
) -> None:
    transform = create_transform(name, aspect=aspect)
    for wrong in ((2, transform.size + 1), (transform.size,), (1, 2, transform.size)):
        sentence = rf"{transform.title} takes theta of shape \(batch, {transform.size}\)"
        with pytest.raises(ValueError, match=sentence):
            transform.grid(torch.zeros(wrong), (4, 4))
        with pytest.raises(ValueError, match=sentence):
            transform.points(torch.zeros(wrong), torch.zeros(2, 3, 2))


@pytest.mark.feature
@every_transform
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_autocast_leaves_coordinates_alone(name: str, aspect: float, half: torch.dtype) -> None:
    transform = create_transform(name, aspect=aspect)
    theta, xy = near_identity(transform, dtype=torch.float32), somewhere().float()
    with torch.autocast("cpu", half):
        grid, points = transform.grid(theta, (6, 5)), transform.points(theta, xy)
    assert torch.equal(grid, transform.grid(theta, (6, 5)))
    assert torch.equal(points, transform.points(theta, xy))


@pytest.mark.feature
@every_transform
def test_a_grid_first_laid_in_inference_mode_can_be_trained_on(name: str, aspect: float) -> None:
    for cached in (thin_plate_spline._solution, thin_plate_spline._basis):
        cached.cache_clear()
    transform = create_transform(name, aspect=aspect)
    theta = near_identity(transform, dtype=torch.float32)
    with torch.inference_mode():
        transform.grid(theta, (6, 5))
    theta.requires_grad_()
    transform.grid(theta, (6, 5)).square().sum().backward()
    assert theta.grad is not None
    assert theta.grad.abs().sum() > 0


@pytest.mark.law
@every_transform
def test_a_composition_goes_through_both_maps_or_is_refused(name: str, aspect: float) -> None:
    transform = create_transform(name, aspect=aspect)
    outer, inner = near_identity(transform), near_identity(transform)
    if name == "thin-plate-spline":
        with pytest.raises(NotComposable, match="choose affine or projective"):
            transform.compose(outer, inner)
        return
    xy = somewhere()
    both = transform.points(outer, transform.points(inner, xy))
    torch.testing.assert_close(transform.points(transform.compose(outer, inner), xy), both)
    alone = transform.identity().to(outer).expand_as(outer)
    torch.testing.assert_close(transform.compose(outer, alone), outer)
    torch.testing.assert_close(transform.compose(alone, inner), inner)


@pytest.mark.exception
def test_translations_of_a_window_that_zooms_are_not_composed() -> None:
    with pytest.raises(NotComposable, match="attention"):
        create_transform("translation", scale=0.5).compose(torch.zeros(1, 2), torch.zeros(1, 2))


@pytest.mark.exception
def test_a_composition_whose_middle_lies_on_the_horizon_stays_finite() -> None:
    transform = create_transform("projective")
    outer, inner = (transform.identity()[None].clone() for _ in range(2))
    outer[0, 6], inner[0, 2] = 1.0, -1.0  # the depth at the middle is 1 - 1
    assert bool(transform.compose(outer, inner).isfinite().all())
