"""Generated clips: the same for the same words, and things are where they are said to be."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stnviz.coordinates import base_grid
from stnviz.data.digits import gallery
from stnviz.data.synthetic_clips import FRAMES, MOTIONS, RATE, move_digit, move_picture

ALONE = [name for name, motion in MOTIONS if motion.digits == 1]
SIDES = (28, 42, 60, 64, 128)


@pytest.mark.cardinality
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("motion", MOTIONS.names())
def test_every_motion_fits_every_canvas(motion: str, side: int) -> None:
    found = move_digit(motion, 132, 3, side, lattice=5)
    assert found.clip.frames.shape == (FRAMES, side, side, 3)
    assert found.places.shape == (FRAMES, MOTIONS.get(motion).digits, 25, 2)
    assert found.clip.rate == RATE
    assert found.clip.frames.max() > 200


@pytest.mark.law
@pytest.mark.parametrize("motion", MOTIONS.names())
def test_a_clip_is_a_function_of_its_words(motion: str) -> None:
    one, again, other = (move_digit(motion, 7, seed, 42) for seed in (5, 5, 6))
    assert (one.clip.frames == again.clip.frames).all()
    assert (one.places == again.places).all()
    if motion != "turning":  # which has two ways only
        assert (one.clip.frames != other.clip.frames).any()


@pytest.mark.law
@pytest.mark.parametrize("motion", MOTIONS.names())
def test_it_ends_where_it_began(motion: str) -> None:
    places = move_digit(motion, 7, 1, 42).places
    steps = np.abs(np.diff(places, axis=0)).max(axis=(1, 2, 3))
    assert np.abs(places[0] - places[-1]).max() <= steps.max() + 1e-6


@pytest.mark.feature
@pytest.mark.parametrize("motion", ["moving", "jumping", "growing"])
def test_the_ink_is_where_the_digit_is_said_to_be(motion: str) -> None:
    found = move_digit(motion, 132, 2, 60)
    centres = found.places.mean(axis=2)[:, 0]
    grid = base_grid((60, 60)).numpy()
    ink = found.clip.frames[..., 0].astype(float)
    middle = (ink[..., None] * grid).sum(axis=(1, 2)) / ink.sum(axis=(1, 2))[:, None]
    assert np.abs(middle - centres).max() < 0.1
    assert np.abs((middle - centres) - (middle - centres).mean(axis=0)).max() < 0.03


@pytest.mark.feature
def test_the_digit_turns_as_its_lattice_says() -> None:
    found = move_digit("turning", 132, 0, 28)
    clean = gallery().images[132]
    top, left = found.places[:, 0, 6], found.places[:, 0, 0]
    angle = np.arctan2(*(top - left).T[::-1])
    assert np.abs(angle).max() == pytest.approx(np.radians(85), abs=0.01)
    still = int(np.abs(angle).argmin())
    assert np.abs(found.clip.frames[still, ..., 0].astype(int) - clean).max() <= 1


@pytest.mark.feature
@pytest.mark.parametrize("digit", [0, 9, 132, 9_999])
def test_two_different_digits_cross(digit: int) -> None:
    for seed in range(4):
        places = move_digit("crossing", digit, seed, 42).places.mean(axis=2)
        left_to_right = np.sign(places[:, 0, 0] - places[:, 1, 0])
        assert {-1.0, 1.0} <= set(left_to_right)
        assert np.abs(places[:, 0, 1] - places[:, 1, 1]).min() > 0.4  # they pass, not collide


@pytest.mark.feature
def test_jumps_are_few_and_wide() -> None:
    steps = np.abs(np.diff(move_digit("jumping", 7, 0, 42).places, axis=0)).max(axis=(1, 2, 3))
    assert (steps > 0).sum() == 4
    assert steps[steps > 0].min() > 0.3


@pytest.mark.feature
@pytest.mark.parametrize("motion", ALONE)
def test_a_picture_moves_as_a_whole(motion: str) -> None:
    ramp = (base_grid((64, 64))[..., 0] + 1) / 2
    picture = torch.stack([ramp, ramp.T, torch.zeros(64, 64)])
    found = move_picture(picture, motion, 1)
    assert found.clip.frames.shape == (FRAMES, 64, 64, 3)
    # Red and green say where in the picture the middle of the frame looks.
    seen = found.clip.frames[:, 31:33, 31:33, :2].mean(axis=(1, 2)) / 127.5 - 1
    corners = found.places[:, 0, [0, 6, 42]]
    across, down = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    back = np.linalg.inv(np.stack([across, down], axis=2))
    share = np.einsum("nij,nj->ni", back, -corners[:, 0])
    assert np.abs(seen - (2 * share - 1)).max() < 0.03


@pytest.mark.exception
def test_an_unknown_motion_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="choose one of moving, turning"):
        move_digit("flying", 0, 0, 28)


@pytest.mark.law
def test_every_motion_explains_itself() -> None:
    for name, motion in MOTIONS:
        assert motion.name == name
        assert motion.help.endswith(".")
        assert motion.title[0].isupper()
