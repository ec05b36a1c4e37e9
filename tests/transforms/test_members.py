"""What the members of the family say of themselves, and how a theta reads."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from stnviz.coordinates import cell_areas
from stnviz.registry import UnknownName
from stnviz.transforms import TRANSFORMS, ThinPlateSpline, create_transform
from stnviz.transforms.projective import as_projective, corners, from_corners
from stnviz.transforms.thin_plate_spline import control_points, evaluate_splines, fit_splines

every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())

POSE = {
    "angle": 0.5, "scale_x": 1.5, "scale_y": 0.8, "shear": 0.3, "shift_x": 0.2, "shift_y": -0.1,
}  # fmt: skip


def matrix_of(pose: dict[str, float]) -> Tensor:
    """Turn * [[scale_x, scale_x * shear], [0, scale_y]], then shift."""
    cos, sin = math.cos(pose["angle"]), math.sin(pose["angle"])
    turn = torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)
    width, height = pose["scale_x"], pose["scale_y"]
    stretch = torch.tensor([[width, width * pose["shear"]], [0, height]], dtype=torch.float64)
    shift = torch.tensor([[pose["shift_x"]], [pose["shift_y"]]], dtype=torch.float64)
    return torch.cat([turn @ stretch, shift], dim=1)


@pytest.mark.cardinality
@every_transform
def test_theta_has_one_number_for_each_parameter(name: str) -> None:
    transform = create_transform(name)
    names = [parameter.name for parameter in transform.parameters]
    assert transform.size == len(names) == len(set(names)) == transform.identity().numel()


@pytest.mark.cardinality
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("translation", 2), ("similarity", 4), ("attention", 3),
        ("affine", 6), ("projective", 8), ("thin-plate-spline", 32),
    ],
)  # fmt: skip
def test_theta_has_as_many_numbers_as_in_the_paper(name: str, size: int) -> None:
    assert create_transform(name).size == size


@pytest.mark.cardinality
@pytest.mark.parametrize("side", [2, 3, 6])
def test_a_spline_has_two_numbers_for_each_point(side: int) -> None:
    transform = ThinPlateSpline(side)
    assert transform.size == 2 * side**2
    assert transform.grid(torch.zeros(3, transform.size), (5, 6)).shape == (3, 5, 6, 2)


@pytest.mark.feature
@every_transform
def test_parameters_are_described_and_rest_inside_their_range(name: str) -> None:
    for parameter in create_transform(name).parameters:
        assert parameter.low < parameter.default < parameter.high
        assert parameter.unit in ("rad", "px", "x", "half", "")
        assert parameter.help.endswith(".")


@pytest.mark.feature
@every_transform
def test_a_description_is_finite_named_numbers(name: str) -> None:
    transform = create_transform(name)
    for theta in (transform.identity(), transform.identity() + 0.1 * torch.randn(transform.size)):
        described = transform.describe(theta)
        assert {"angle", "scale_x", "scale_y", "shear", "shift_x", "shift_y"} <= set(described)
        assert all(type(value) is float and math.isfinite(value) for value in described.values())


@pytest.mark.feature
@pytest.mark.parametrize("name", ["affine", "projective", "thin-plate-spline"])
def test_a_known_pose_is_read_back(name: str) -> None:
    rows = matrix_of(POSE)
    theta = rows.flatten()
    if name == "projective":
        theta = torch.cat([theta, torch.zeros(2, dtype=torch.float64)])
    elif name == "thin-plate-spline":
        places = control_points(4, dtype=torch.float64)
        theta = (places @ rows[:, :2].mT + rows[:, 2] - places).flatten()
    described = create_transform(name).describe(theta)
    assert {key: described[key] for key in POSE} == pytest.approx(POSE, abs=1e-9)


@pytest.mark.feature
def test_a_similarity_is_read_back() -> None:
    described = create_transform("similarity").describe(torch.tensor([-2.0, 0.7, 0.1, 0.2]))
    expected = {"angle": -2.0, "scale_x": 0.7, "scale_y": 0.7, "shear": 0.0, "shift_x": 0.1}
    assert {key: described[key] for key in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.feature
def test_a_mirrored_window_has_a_negative_height() -> None:
    mirrored = torch.tensor([1.0, 0, 0, 0, -1.0, 0])
    assert create_transform("affine").describe(mirrored)["scale_y"] == -1


@pytest.mark.feature
def test_a_tilt_is_read_as_the_slope_at_the_centre() -> None:
    transform = create_transform("projective")
    theta = torch.tensor([1.1, 0.1, 0.2, -0.1, 0.9, 0.3, 0.4, -0.2], dtype=torch.float64)
    step = 1e-6 * torch.eye(2, dtype=torch.float64)
    ends = transform.points(theta[None], torch.cat([step, -step])[None])[0]
    slope = (ends[:2] - ends[2:]).mT / 2e-6
    described = transform.describe(theta)
    assert described["angle"] == pytest.approx(math.atan2(slope[1, 0], slope[0, 0]), abs=1e-6)
    assert described["scale_x"] == pytest.approx(float(slope[:, 0].norm()), abs=1e-6)
    assert described["depth"] == pytest.approx(0.4)


@pytest.mark.feature
def test_a_bent_spline_bends_and_a_folded_one_has_negative_area() -> None:
    transform, calm = ThinPlateSpline(), torch.zeros(32)
    bent, folded = calm.clone(), calm.clone()
    bent[10] = 0.1
    folded[10] = 2.0
    assert transform.describe(calm)["bend"] == pytest.approx(0, abs=1e-9)
    assert transform.describe(calm)["area"] == pytest.approx(1)
    assert transform.describe(bent)["bend"] > 0.01
    assert 0 < transform.describe(bent)["area"] < 1
    assert transform.describe(folded)["area"] < 0
    assert float(cell_areas(transform.grid(folded[None], (9, 7))).min()) < 0


@pytest.mark.feature
def test_four_corners_go_where_they_are_sent() -> None:
    target = corners(5, dtype=torch.float64) + 0.3 * torch.randn(5, 4, 2, dtype=torch.float64)
    source = corners(5, dtype=torch.float64)
    theta = from_corners(target, source)
    torch.testing.assert_close(create_transform("projective").points(theta, target), source)


@pytest.mark.feature
def test_spline_centres_go_where_they_are_sent() -> None:
    centres = control_points(4, dtype=torch.float64)[None].repeat(40, 1, 1)
    centres = centres + 0.1 * torch.randn_like(centres)
    values = torch.randn_like(centres)
    for row in (0, 39):
        reached = evaluate_splines(centres, fit_splines(centres, values), centres[row])[row]
        torch.testing.assert_close(reached, values[row])


@pytest.mark.exception
def test_a_spline_of_one_point_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 x 2 control points, not 1 x 1"):
        ThinPlateSpline(1)


@pytest.mark.exception
def test_an_unknown_transform_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="Unknown transform 'afine': choose one of translation"):
        create_transform("afine")


@pytest.mark.feature
@pytest.mark.parametrize("name", ["attention", "similarity", "affine", "projective"])
def test_a_map_that_is_a_matrix_is_the_same_as_a_projective_one(name: str) -> None:
    transform, points = create_transform(name), corners(3)
    theta = transform.identity() + 0.1 * torch.randn(3, transform.size)
    same = create_transform("projective").points(as_projective(transform, theta), points)
    assert torch.allclose(same, transform.points(theta, points), atol=1e-5)


@pytest.mark.exception
def test_a_spline_is_no_projective_map() -> None:
    spline = ThinPlateSpline()
    with pytest.raises(ValueError, match="is no matrix"):
        as_projective(spline, spline.identity()[None])
