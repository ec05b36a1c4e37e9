"""Laws of the transforms of volumes, and the same numbers from other people's code."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stnviz.coordinates import Extent, Kernel, base_grid, sample
from stnviz.transforms import VOLUME_TRANSFORMS, NotInvertible, Transform, create_transform
from stnviz.transforms.volumetric import VolumetricAffine, orthogonalise

every_transform = pytest.mark.parametrize("name", VOLUME_TRANSFORMS.names())
every_size = pytest.mark.parametrize("size", [(4, 4, 4), (5, 9, 3), (1, 7, 2), (3, 1, 8)])
TURNED = [0.6, -0.64, -0.48, 0.8, 0.48, 0.36, 0.0, -0.6, 0.8]
"""A rotation with exact numbers, row by row."""


def near_identity(transform: Transform, batch: int = 2) -> Tensor:
    noise = torch.randn(batch, transform.size, dtype=torch.float64)
    return transform.identity().double() + 0.1 * noise


def somewhere(batch: int = 2, count: int = 11) -> Tensor:
    return 2 * torch.rand(batch, count, 3, dtype=torch.float64) - 1


@pytest.mark.law
@every_transform
@every_size
def test_the_identity_is_exact(name: str, size: Extent) -> None:
    transform = create_transform(name)
    assert torch.equal(transform.grid(transform.identity()[None], size)[0], base_grid(size))


@pytest.mark.law
@every_transform
@every_size
def test_a_grid_is_the_map_of_the_base_grid(name: str, size: Extent) -> None:
    transform = create_transform(name)
    theta = near_identity(transform)
    voxels = base_grid(size, dtype=torch.float64).flatten(0, 2).expand(2, -1, 3)
    grid = transform.grid(theta, size)
    assert grid.shape == (2, *size, 3)
    torch.testing.assert_close(
        grid.flatten(1, 3), transform.points(theta, voxels), rtol=0, atol=1e-12
    )


@pytest.mark.law
@every_transform
def test_a_batch_of_two_is_two_of_one(name: str) -> None:
    transform = create_transform(name)
    theta, xyz = near_identity(transform), somewhere()
    for row in range(2):
        own = slice(row, row + 1)
        torch.testing.assert_close(
            transform.grid(theta, (3, 5, 7))[own], transform.grid(theta[own], (3, 5, 7))
        )
        torch.testing.assert_close(
            transform.points(theta, xyz)[own], transform.points(theta[own], xyz[own])
        )


@pytest.mark.gradcheck
@every_transform
def test_grids_points_and_what_is_sampled_have_the_right_gradients(name: str) -> None:
    transform = create_transform(name)
    theta, xyz = near_identity(transform).requires_grad_(), somewhere(2, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda t: transform.grid(t, (2, 2, 3)), theta)
    assert torch.autograd.gradcheck(transform.points, (theta, xyz))
    # Shifted away from whole voxels, where the gradient of trilinear sampling is one-sided.
    one = near_identity(transform, 1).requires_grad_()
    volume = torch.rand(1, 1, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    voxels = (transform.grid(one, (2, 3, 4)) + 1) * torch.tensor([2.5, 2.0, 1.5]) - 0.5
    assert (voxels - voxels.round()).abs().min() > 1e-5
    assert torch.autograd.gradcheck(
        lambda t, v: sample(v, transform.grid(t, (2, 3, 4))), (one, volume)
    )


@pytest.mark.law
@every_transform
def test_an_inverse_undoes_and_a_composition_goes_through_both_maps(name: str) -> None:
    transform = create_transform(name)
    outer, inner, xyz = near_identity(transform), near_identity(transform), somewhere()
    torch.testing.assert_close(
        transform.points(transform.inverse(outer), transform.points(outer, xyz)), xyz
    )
    both = transform.points(outer, transform.points(inner, xyz))
    torch.testing.assert_close(transform.points(transform.compose(outer, inner), xyz), both)
    assert not torch.allclose(both, xyz, atol=1e-2)


@pytest.mark.exception
@every_transform
def test_what_flattens_the_volume_has_no_inverse(name: str) -> None:
    transform = create_transform(name)
    theta = torch.stack([transform.identity(), torch.zeros(transform.size)])
    with pytest.raises(NotInvertible, match=r"row 1 .* choose another theta"):
        transform.inverse(theta)


@pytest.mark.law
@every_transform
def test_degenerate_maps_are_finite_and_so_are_their_gradients(name: str) -> None:
    transform = create_transform(name)
    size = transform.size
    rows = [torch.zeros(size), torch.full((size,), 1e4), torch.full((size,), -1e4)]
    rows += [transform.identity() + off * row for row in torch.eye(size) for off in (-2, -1, 2)]
    theta = torch.stack(rows).requires_grad_()
    grid = transform.grid(theta, (5, 5, 5))
    assert grid.isfinite().all()
    sample(torch.rand(len(theta), 1, 5, 5, 5), grid).sum().backward()
    assert theta.grad is not None
    assert theta.grad.isfinite().all()
    for row in theta.detach():
        assert all(map(math.isfinite, transform.describe(row).values()))
    theta = transform.identity()
    theta[-1] = math.nan
    assert transform.pose(theta) is None


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
@every_transform
def test_a_theta_or_a_size_of_the_wrong_shape_is_refused(name: str) -> None:
    transform = create_transform(name)
    with pytest.raises(ValueError, match=rf"theta of shape \(batch, {transform.size}\)"):
        transform.grid(torch.zeros(2, transform.size + 1), (4, 4, 4))
    with pytest.raises(ValueError, match=r"no grid of size \(4, 4\)"):
        transform.grid(transform.identity()[None], (4, 4))


@pytest.mark.feature
@every_transform
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_autocast_leaves_coordinates_alone(name: str, half: torch.dtype) -> None:
    transform = create_transform(name)
    theta, xyz = near_identity(transform).float(), somewhere().float()
    with torch.autocast("cpu", half):
        grid, points = transform.grid(theta, (3, 6, 5)), transform.points(theta, xyz)
    assert torch.equal(grid, transform.grid(theta, (3, 6, 5)))
    assert torch.equal(points, transform.points(theta, xyz))


@pytest.mark.oracle
def test_a_grid_is_the_affine_grid_of_torch() -> None:
    theta = torch.randn(3, 12)
    expected = F.affine_grid(theta.unflatten(1, (3, 4)), [3, 1, 4, 6, 9], align_corners=False)
    torch.testing.assert_close(VolumetricAffine().grid(theta, (4, 6, 9)), expected)


@pytest.mark.oracle
@pytest.mark.parametrize(("kernel", "order"), [("nearest", 0), ("bilinear", 1)])
def test_what_is_sampled_agrees_with_scipy(kernel: Kernel, order: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    sides = (6, 9, 7)
    volume, theta = torch.rand(1, 1, *sides), near_identity(VolumetricAffine(), 1).float()
    grid = VolumetricAffine().grid(theta, (5, 8, 11))
    voxels = ((grid[0].double() + 1) * torch.tensor(sides[::-1]) - 1) / 2
    places = voxels.flip(-1).permute(3, 0, 1, 2).numpy()
    theirs = ndimage.map_coordinates(
        volume[0, 0].numpy(), places, order=order, mode="grid-constant"
    )
    np.testing.assert_allclose(
        sample(volume, grid, kernel=kernel)[0, 0].numpy(), theirs, rtol=0, atol=1e-5
    )


@pytest.mark.cardinality
def test_it_has_twelve_numbers_as_in_the_paper_with_names_of_their_own() -> None:
    names = [parameter.name for parameter in VolumetricAffine().parameters]
    assert len(set(names)) == len(names) == VolumetricAffine().size == 12
    for parameter in VolumetricAffine().parameters:
        assert parameter.low < parameter.default < parameter.high
        assert parameter.help.endswith(".")


@pytest.mark.feature
def test_a_turned_and_stretched_window_is_read_back() -> None:
    rotation = torch.tensor(TURNED, dtype=torch.float64).reshape(3, 3)
    theta = torch.cat(
        [rotation * torch.tensor([2.0, 0.5, 1.5]), torch.tensor([[0.1], [-0.2], [0.3]])], dim=1
    )
    pose = VolumetricAffine().describe(theta.flatten())
    assert [pose[f"scale_{axis}"] for axis in "xyz"] == pytest.approx([2.0, 0.5, 1.5])
    assert [pose[f"shift_{axis}"] for axis in "xyz"] == pytest.approx([0.1, -0.2, 0.3])
    assert pose["volume"] == pytest.approx(1.5)
    assert pose["x_angle"] == pytest.approx(math.atan2(-0.6, 0.8))
    assert pose["y_angle"] == pytest.approx(0.0)
    assert pose["z_angle"] == pytest.approx(math.atan2(0.8, 0.6))


@pytest.mark.feature
def test_a_mirrored_window_has_a_negative_depth_and_a_flat_one_finite_axes() -> None:
    mirror = torch.diag(torch.tensor([1.0, 1.0, -1.0]))[None]
    rotation, scales = orthogonalise(mirror)
    assert scales[0].tolist() == [1.0, 1.0, -1.0]
    assert torch.equal(rotation[0], torch.eye(3))
    for flat in (torch.zeros(1, 3, 3), torch.ones(1, 3, 3), torch.diag(torch.tensor([0.0, 1, 1]))):
        rotation, _ = orthogonalise(flat.reshape(1, 3, 3))
        torch.testing.assert_close(rotation @ rotation.mT, torch.eye(3)[None])
