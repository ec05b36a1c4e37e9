"""Verdicts on transformers: each fault by its name, and none where there is none."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.analysis.health import find_faults
from stnviz.coordinates import Size, base_grid
from stnviz.records import Step
from stnviz.transforms import TRANSFORMS, create_transform

every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())
SIZE = (28, 28)


def seen(transform: str, theta: Tensor, size: Size = SIZE) -> tuple[Step[Tensor], ...]:
    """A step of ``transform`` at ``theta``."""
    grid = create_transform(transform).grid(theta, size)
    picture = torch.zeros(len(theta), 1, *size)
    return (Step(transform, picture, theta, grid, picture),)


def affine(*rows: tuple[float, ...]) -> tuple[Step[Tensor], ...]:
    return seen("affine", torch.tensor(rows))


def names(steps: tuple[Step[Tensor], ...], *, judge_constant: bool = True) -> list[str]:
    return [fault.name for fault in find_faults(steps, judge_constant=judge_constant)]


HEALTHY = (1.0, 0.1, 0.0, -0.1, 1.0, 0.1)
TURNED = (0.8, -0.4, 0.1, 0.4, 0.8, 0.0)
MIRRORED = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
AWAY = (1.0, 0.0, 3.0, 0.0, 1.0, 0.0)


@pytest.mark.law
@every_transform
@pytest.mark.parametrize("size", [(28, 28), (5, 9), (1, 7), (7, 1)])
def test_the_identity_has_no_fault_but_to_be_constant(name: str, size: Size) -> None:
    theta = create_transform(name).identity().repeat(3, 1)
    steps = seen(name, theta, size)
    (fault,) = find_faults(steps)
    assert (fault.name, fault.share) == ("constant", 1.0)
    assert find_faults(steps, judge_constant=False) == ()


@pytest.mark.law
@every_transform
def test_a_gentle_transformer_that_makes_differences_is_well(name: str) -> None:
    transform = create_transform(name)
    theta = transform.identity() + 0.05 * torch.randn(4, transform.size)
    assert names(seen(name, theta)) == []


@pytest.mark.feature
def test_two_healthy_thetas_have_no_fault() -> None:
    assert names(affine(HEALTHY, TURNED)) == []


@pytest.mark.feature
@pytest.mark.parametrize(
    ("row", "name"),
    [(MIRRORED, "mirrored"), (AWAY, "out-of-view"), ((float("nan"), *HEALTHY[1:]), "not-finite")],
)
def test_each_fault_is_given_its_name_and_its_share(row: tuple[float, ...], name: str) -> None:
    (fault,) = find_faults(affine(row, HEALTHY, TURNED, HEALTHY))
    assert (fault.name, fault.share) == (name, 0.25)
    assert fault.sentence.endswith(".")
    (fault,) = find_faults(affine(row, (*row[:2], row[2] + 0.1, *row[3:])))
    assert (fault.name, fault.share) == (name, 1.0)


@pytest.mark.feature
def test_a_spline_that_folds_is_folded_and_not_mirrored() -> None:
    calm, folded = torch.zeros(32), torch.zeros(32)
    calm[3] = 0.1
    folded[10] = 2.0
    (fault,) = find_faults(seen("thin-plate-spline", torch.stack([calm, folded])))
    assert (fault.name, fault.share) == ("folded", 0.5)


@pytest.mark.feature
def test_a_spline_that_is_turned_over_as_a_whole_is_mirrored() -> None:
    transform = create_transform("thin-plate-spline")
    theta = torch.zeros(2, 4, 4, 2)
    centres = torch.linspace(-1, 1, 4)
    theta[..., 0] = -2 * centres
    theta[1, ..., 1] = 0.1
    grid = transform.grid(theta.flatten(1), SIZE)
    assert grid[0, 0, 0, 0] > grid[0, 0, -1, 0]
    assert names(seen("thin-plate-spline", theta.flatten(1))) == ["mirrored"]


@pytest.mark.feature
def test_the_same_for_every_picture_is_constant_unless_one_is_told_not_to_judge_it() -> None:
    assert names(affine(HEALTHY, HEALTHY)) == ["constant"]
    assert names(affine(HEALTHY, HEALTHY), judge_constant=False) == []
    nearly = (*HEALTHY[:5], HEALTHY[5] + 5e-4)
    assert names(affine(HEALTHY, nearly)) == ["constant"]


@pytest.mark.feature
def test_one_picture_alone_is_not_constant() -> None:
    assert names(affine(HEALTHY)) == []


@pytest.mark.feature
def test_faults_of_one_transformer_come_worst_first() -> None:
    broken = (float("inf"), *HEALTHY[1:])
    assert names(affine(broken, AWAY, MIRRORED)) == ["not-finite", "out-of-view", "mirrored"]


@pytest.mark.feature
def test_each_transformer_is_judged_for_itself() -> None:
    steps = affine(HEALTHY, TURNED) + affine(MIRRORED, MIRRORED)
    assert names(steps) == ["mirrored", "constant"]
    assert names(()) == []


@pytest.mark.feature
def test_a_grid_at_the_edge_of_the_picture_is_still_in_view() -> None:
    zoomed_out = (2.0, 0.0, 0.0, 0.0, 2.0, 0.0)
    grid = base_grid(SIZE)
    assert 0.5 < float(((2 * grid).abs() > 1).any(dim=-1).float().mean()) < 0.9
    assert names(affine(zoomed_out, HEALTHY)) == []
