"""Pictures of lessons agree with the sampler that networks use."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stnviz.coordinates import sample
from stnviz.data.digits import gallery
from stnviz.lessons.pictures import pixels_of, png_of, window_corners
from stnviz.lessons.schema import IDENTITY, Picture
from stnviz.transforms import create_transform

THETAS = [
    IDENTITY, (0.8, 0.57, 0.0, -0.57, 0.8, 0.0), (2.0, 0.0, 0.5, 0.0, 2.0, -0.4),
    (0.3, 0.1, 0.9, 0.0, -0.5, -0.9),
]  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("theta", THETAS)
def test_a_digit_is_sampled_as_torch_samples_it(theta: tuple[float, ...]) -> None:
    image = torch.from_numpy(gallery().images[132]).float()[None, None]
    grid = create_transform("affine").grid(torch.tensor([theta]), (28, 28))
    wanted = sample(image, grid)[0, 0].numpy()
    assert np.abs(pixels_of(Picture("", 132, theta)) - wanted).max() <= 0.51


@pytest.mark.feature
def test_the_window_of_the_identity_is_the_picture() -> None:
    assert window_corners(IDENTITY).tolist() == [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    moved = window_corners((0.5, 0, 0.25, 0, 0.5, -0.25))
    assert moved[0].tolist() == [-0.25, -0.75]


@pytest.mark.feature
def test_a_digit_as_a_file() -> None:
    assert png_of(Picture("", 132)).startswith(b"\x89PNG")
