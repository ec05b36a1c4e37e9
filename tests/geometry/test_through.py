"""Points and boxes through every transform, and back."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.coordinates import Size, sample
from stnviz.geometry import (
    PixelWarp,
    inverse_points,
)
from stnviz.transforms import (
    TRANSFORMS,
    NotInvertible,
    Projective,
    ThinPlateSpline,
    Transform,
    Translation,
    create_transform,
)
from stnviz.transforms.thin_plate_spline import control_points

IN: Size = (24, 32)
OUT: Size = (40, 28)
every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())


def gentle(transform: Transform, batch: int = 3) -> Tensor:
    noise = torch.randn(batch, transform.size, dtype=torch.float64)
    return transform.identity().double() + 0.05 * noise


@pytest.mark.law
@every_transform
def test_points_go_there_and_back(name: str) -> None:
    transform = create_transform(name, aspect=4 / 3)
    theta = gentle(transform)
    points = torch.rand(3, 50, 2, dtype=torch.float64) * torch.tensor([28.0, 40.0])
    looks = PixelWarp(transform, theta, IN, OUT).points_to_input(points)
    assert not torch.allclose(looks, points, atol=1)
    back = PixelWarp(transform, theta, IN, OUT).points_to_output(looks)
    torch.testing.assert_close(back, points, rtol=0, atol=1e-6)


@pytest.mark.feature
@every_transform
def test_a_spot_is_seen_where_its_point_is_said_to_be(name: str) -> None:
    transform = create_transform(name)
    theta, spot = gentle(transform, 1), torch.tensor([[[20.0, 9.0]]], dtype=torch.float64)
    rows, columns = torch.meshgrid(torch.arange(24), torch.arange(32), indexing="ij")
    apart = torch.stack([columns, rows], dim=-1) - spot[0, 0]
    image = (-apart.square().sum(dim=-1) / 8).exp()[None, None]
    read = sample(image, transform.grid(theta, OUT))[0, 0]
    y, x = divmod(int(read.argmax()), OUT[1])
    said = PixelWarp(transform, theta, IN, OUT).points_to_output(spot)[0, 0]
    assert (said - torch.tensor([x, y])).abs().max() < 1


@pytest.mark.law
@every_transform
def test_boxes_there_and_back_hold_what_they_held(name: str) -> None:
    transform = create_transform(name)
    theta = gentle(transform)
    boxes = torch.tensor([[[4.0, 5.0, 12.0, 20.0], [0.0, 0.0, 28.0, 40.0]]], dtype=torch.float64)
    boxes = boxes.expand(3, 2, 4)
    looks = PixelWarp(transform, theta, IN, OUT).boxes_to_input(boxes)
    back = PixelWarp(transform, theta, IN, OUT).boxes_to_output(looks)
    assert (back[..., :2] <= boxes[..., :2] + 1e-6).all()
    assert (back[..., 2:] >= boxes[..., 2:] - 1e-6).all()
    if name in ("translation", "attention"):
        torch.testing.assert_close(back, boxes)


@pytest.mark.feature
def test_a_window_of_fixed_size_has_a_way_back_though_its_family_has_no_inverse() -> None:
    xy = torch.tensor([[[0.25, -0.25]]])
    found = inverse_points(Translation(0.5), torch.tensor([[0.25, 0.0]]), xy)
    torch.testing.assert_close(found, torch.tensor([[[0.0, -0.5]]]))


@pytest.mark.feature
@pytest.mark.parametrize("side", [2, 4, 6])
def test_a_strong_spline_that_does_not_fold_is_undone(side: int) -> None:
    transform, places = ThinPlateSpline(side), control_points(side, dtype=torch.float64)
    # Everything towards the middle, by up to half, and turned: far from the identity.
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    looks = (places * (0.5 + 0.25 * places.norm(dim=1, keepdim=True))) @ turn
    theta = (looks - places).flatten()[None]
    xy = 2 * torch.rand(1, 200, 2, dtype=torch.float64) - 1
    found = inverse_points(transform, theta, transform.points(theta, xy))
    torch.testing.assert_close(found, xy, rtol=0, atol=1e-6)


@pytest.mark.feature
def test_a_mirrored_spline_does_not_fold() -> None:
    transform, places = ThinPlateSpline(), control_points(4, dtype=torch.float64)
    theta = (places * torch.tensor([-2.0, 0.0])).flatten()[None]
    found = inverse_points(transform, theta, torch.tensor([[[0.5, 0.25]]]))
    torch.testing.assert_close(found, torch.tensor([[[-0.5, 0.25]]]))


@pytest.mark.exception
def test_a_spline_that_folds_says_so() -> None:
    theta = torch.zeros(2, 32)
    theta[1, 10] = 2.0
    with pytest.raises(NotInvertible, match=r"row 1 folds the image.*choose another theta"):
        inverse_points(ThinPlateSpline(), theta, torch.zeros(2, 1, 2))


@pytest.mark.exception
def test_what_lies_behind_the_horizon_is_seen_from_nowhere() -> None:
    theta = Projective().identity()[None].clone()
    theta[0, 6] = 0.5
    # x / (1 + x / 2) stays below 2: what lies at 3 would be seen from behind, at -6.
    seen, unseen = torch.tensor([[[0.5, 0.0]]]), torch.tensor([[[0.5, 0.0], [3.0, 0.0]]])
    assert inverse_points(Projective(), theta, seen).isfinite().all()
    with pytest.raises(NotInvertible, match="Point 1 of row 0 is seen from nowhere"):
        inverse_points(Projective(), theta, unseen)


@pytest.mark.exception
def test_what_squeezes_the_image_has_no_way_back() -> None:
    with pytest.raises(NotInvertible, match="row 0 squeezes"):
        inverse_points(create_transform("affine"), torch.zeros(1, 6), torch.zeros(1, 1, 2))


@pytest.mark.cardinality
@every_transform
@pytest.mark.parametrize(("batch", "count"), [(0, 3), (2, 0), (2, 5)])
def test_none_and_many(name: str, batch: int, count: int) -> None:
    transform = create_transform(name)
    theta = transform.identity().expand(batch, -1)
    points, boxes = torch.rand(batch, count, 2), torch.rand(batch, count, 4).sort(dim=2).values
    with torch.inference_mode():
        warp = PixelWarp(transform, theta, IN, OUT)
        assert warp.points_to_output(points).shape == (batch, count, 2)
        assert warp.points_to_input(points).shape == (batch, count, 2)
        assert warp.boxes_to_output(boxes).shape == (batch, count, 4)
        assert warp.boxes_to_input(boxes).shape == (batch, count, 4)
