"""The numbers of each image of a step."""

from __future__ import annotations

from dataclasses import replace
from math import degrees

import numpy as np
import pytest
import torch

from stnviz.analysis.step_quantities import step_quantities
from stnviz.coordinates import sample
from stnviz.records import Step
from stnviz.records.trace import Array
from stnviz.transforms import TRANSFORMS, create_transform
from tests.toy_traces import KINDS


def named(step: Step[Array]) -> dict[str, Array]:
    quantities, values = step_quantities(step)
    return dict(zip([one.name for one in quantities], values.T, strict=True))


@pytest.mark.law
@pytest.mark.parametrize("name", TRANSFORMS.names())
@pytest.mark.parametrize("size", [(16, 16), (12, 30)])
def test_poses_are_those_of_the_transform(name: str, size: tuple[int, int]) -> None:
    transform = create_transform(name, aspect=size[1] / size[0])
    theta = transform.identity() + 0.1 * torch.randn(3, transform.size)
    image = torch.rand(3, 1, *size)
    grid = transform.grid(theta, (20, 24))
    step = Step(name, image, theta, grid, sample(image, grid)).map(torch.Tensor.numpy)
    found = named(step)
    for index in range(3):
        for key, value in transform.describe(theta[index]).items():
            wanted = degrees(value) if key == "angle" else value
            assert found[key][index] == pytest.approx(wanted, abs=2e-3), key
    np.testing.assert_allclose(found["theta 1"], theta[:, 0].numpy())


@pytest.mark.feature
def test_a_window_of_fixed_size_has_its_size() -> None:
    """A trace does not say how large the window of a translation is; its grid does."""
    transform = create_transform("translation", scale=0.5)
    theta = torch.tensor([[0.25, -0.5]])
    grid = transform.grid(theta, (8, 8))
    image = torch.rand(1, 1, 16, 16)
    found = named(Step("translation", image, theta, grid, image).map(torch.Tensor.numpy))
    assert found["scale_x"] == pytest.approx(0.5)
    assert found["shift_x"] == pytest.approx(0.25)
    assert found["covers"] == pytest.approx(1.0, rel=1e-3)


@pytest.mark.feature
def test_poses_are_in_the_steps_own_convention() -> None:
    step = KINDS["corners"]().steps[0]
    found = named(step)
    np.testing.assert_allclose(found["shift_x"], step.theta[:, 2], atol=1e-5)
    scales = np.hypot(step.theta[:, 0], step.theta[:, 3])
    np.testing.assert_allclose(found["scale_x"], scales, atol=1e-5)


@pytest.mark.feature
def test_numbers_that_do_not_exist_are_missing() -> None:
    found = named(KINDS["nan"]().steps[0])
    assert np.isnan(found["angle"][::2]).all()
    assert np.isfinite(found["angle"][1::2]).all()
    assert np.isnan(found["outside"][::2]).all()
    assert next(iter(found)) == "angle"


@pytest.mark.feature
def test_each_kind_has_its_own_numbers() -> None:
    field = named(KINDS["field"]().steps[0])
    assert (field["folded"] > 0).all()
    assert (field["farthest"] >= field["displacement"]).all()
    weights = named(KINDS["weights"]().steps[0])
    assert {"outside", "spread", "weight outside"} <= weights.keys()
    assert "angle" not in weights
    volume = named(KINDS["volume"]().steps[0])
    assert {"scale_z", "shift_z", "volume", "theta 12"} <= volume.keys()


@pytest.mark.feature
def test_a_window_beside_the_image_is_outside() -> None:
    found = named(KINDS["constant"]().steps[0])
    assert 30 < found["outside"][0] < 60
    assert np.ptp(found["shift_x"]) == 0


@pytest.mark.feature
def test_gradients_are_listed_where_there_are_some() -> None:
    step = KINDS["warp"]().steps[0]
    assert "gradient" not in named(step)
    known = replace(step, theta_gradient=np.full_like(step.theta, 2.0))
    np.testing.assert_allclose(named(known)["gradient"], 2 * np.sqrt(6))
