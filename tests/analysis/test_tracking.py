"""Where windows look over a clip, and how smoothly they move."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from stnviz.analysis.smoothness import Smoothness, displacements, jitter, smoothness
from stnviz.analysis.tracking import track
from stnviz.coordinates import base_grid, sample
from stnviz.data.preprocessing import frame
from stnviz.data.synthetic_clips import RATE, move_digit
from stnviz.models import Model, Output
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.models.numbers import NumberConfig, NumberNetwork
from stnviz.records import Step, Track
from stnviz.transforms import Affine
from stnviz.transforms.thin_plate_spline import control_points
from tests.small_birds import two_windows

SIDE = 60


class Follower(Model):
    """Looks exactly at the ink: a window as large as a digit's picture, around its middle."""

    def __init__(self) -> None:
        super().__init__(DigitConfig("st-cnn", (SIDE, SIDE), 4, transform="affine"))

    def forward(self, images: Tensor) -> Output:
        ink = images[:, 0, ..., None]
        middle = (ink * base_grid((SIDE, SIDE))).sum((1, 2)) / ink.sum((1, 2))
        theta = torch.zeros(len(images), 6)
        theta[:, 0] = theta[:, 4] = 28 / SIDE
        theta[:, [2, 5]] = middle
        grid = Affine().grid(theta, (28, 28))
        step = Step("affine", images, theta, grid, sample(images, grid))
        return Output(torch.zeros(len(images), 10), (step,))


def lattices(places: np.ndarray, size: float = 0.5, count: int = 7) -> np.ndarray:
    """(N, 1, K, 2) upright windows around places (N, 2)."""
    points = control_points(count).numpy()
    return (places[:, None, None] + size * points).astype(np.float32)


def watched(model: Model, images: Tensor, together: int = 16) -> Track:
    return Track.concatenate(list(track(model, images, 7, together=together)))


@pytest.mark.feature
@pytest.mark.parametrize("motion", ["moving", "jumping"])
def test_a_model_that_follows_exactly_has_its_window_on_the_digit(motion: str) -> None:
    made = move_digit(motion, 132, 1, SIDE)
    found = watched(Follower(), frame(made.clip.frames, (SIDE, SIDE), 1)[:])
    apart = found.windows[:, 0] - made.places[:, 0]
    # The ink's middle is not the picture's, but by the same little in every frame.
    assert np.abs(apart).max() < 0.1
    assert np.abs(apart - apart.mean(axis=0)).max() < 0.03
    np.testing.assert_allclose(displacements(found.windows), displacements(made.places), atol=0.01)


@pytest.mark.cardinality
@pytest.mark.parametrize("together", [1, 7, 16, 100])
def test_a_track_has_every_frame_however_many_go_together(together: int) -> None:
    images = frame(move_digit("moving", 7, 0, 28).clip.frames[:20], (28, 28), 1)[:]
    model = DigitNetwork(DigitConfig("st-cnn", (28, 28), 4, transform="affine")).eval()
    found = watched(model, images, together)
    assert len(found) == 20
    assert found.lattice == 7
    assert [theta.shape for theta in found.thetas] == [(20, 6)]
    assert found.windows.shape == (20, 1, 49, 2)
    assert found.corners.shape == (20, 1, 4, 2)
    assert found.corners[0, 0].tolist() == [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    assert found.crops.shape == (20, 1, 1, 28, 28)
    assert (found.crops[:, 0] == images.numpy()).all()  # an identity reads what there is
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.smoke
@pytest.mark.slow
def test_transformers_side_by_side_and_one_after_another_are_followed() -> None:
    images = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    reader = NumberNetwork(NumberConfig("st-cnn-multi", (32, 32), 4, 8, transform="affine")).eval()
    found = watched(reader, images)
    assert len(found.thetas) == 4
    assert found.windows.shape == (3, 1, 49, 2)
    assert found.probabilities.shape == (3, 5, 11)
    birds = watched(two_windows(("a", "b"), side=64).eval(), images.repeat(1, 1, 2, 2))
    assert birds.windows.shape == (3, 2, 49, 2)
    assert birds.crops.shape == (3, 2, 3, 32, 32)


@pytest.mark.feature
def test_it_can_be_stopped_and_gone_on_with() -> None:
    images = frame(move_digit("moving", 7, 0, SIDE).clip.frames, (SIDE, SIDE), 1)[:]
    first = next(track(Follower(), images, 7))
    rest = list(track(Follower(), images[len(first) :], 7))
    whole = Track.concatenate([first, *rest])
    np.testing.assert_array_equal(whole.windows, watched(Follower(), images).windows)


@pytest.mark.exception
def test_what_cannot_be_followed_says_so() -> None:
    small = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    with pytest.raises(ValueError, match="takes frames of 60 x 60 pixels, not 28 x 28"):
        next(track(Follower(), small, 7))
    plain = DigitNetwork(DigitConfig("cnn", (28, 28), 4)).eval()
    with pytest.raises(ValueError, match="no transformer to follow"):
        next(track(plain, small, 7))
    with pytest.raises(ValueError, match="at least one part"):
        Track.concatenate([])


@pytest.mark.feature
def test_what_stands_still_does_not_move() -> None:
    windows = lattices(np.zeros((9, 2)))
    assert displacements(windows).tolist() == [[0.0]] * 9
    assert jitter(windows).tolist() == [0.0]
    assert smoothness(windows)[0].sentence("A") == "Window A keeps still."


@pytest.mark.feature
def test_a_known_jump_is_found_where_it_is() -> None:
    places = np.zeros((30, 2))
    places[12:] = (0.3, 0.4)
    (found,) = smoothness(lattices(places))
    assert found.largest == pytest.approx(0.5, abs=1e-6)
    assert (found.frame, found.jumps) == (12, 1)
    assert found.mean == pytest.approx(0.5 / 29, abs=1e-6)
    assert found.sentence("A") == (
        "Window A jumps once (jitter 1.44): 0.017 half images a frame on average, at most 0.50, "
        "in frame 13."
    )


@pytest.mark.oracle
def test_jitter_of_known_movements() -> None:
    generator = np.random.default_rng(0)
    times = np.linspace(0, 2 * np.pi, 120)[:, None]
    glide = 0.5 * np.concatenate([np.cos(times), np.sin(times)], axis=1)
    walk = np.cumsum(generator.normal(size=(4000, 2)), axis=0)
    tremble = generator.normal(size=(4000, 2))
    assert jitter(lattices(glide))[0] < 0.1
    assert jitter(lattices(walk))[0] == pytest.approx(2**0.5, rel=0.05)
    assert jitter(lattices(tremble))[0] == pytest.approx(3**0.5, rel=0.05)


@pytest.mark.law
def test_jitter_does_not_depend_on_how_fast_it_all_is() -> None:
    times = np.linspace(0, 6, 50)[:, None]
    path = np.concatenate([np.cos(times), np.sin(2 * times)], axis=1)
    slow, fast = jitter(lattices(0.3 * path)), jitter(lattices(0.9 * path))
    np.testing.assert_allclose(slow, fast, rtol=1e-4)


@pytest.mark.law
def test_a_turn_and_a_shift_are_measured_alike() -> None:
    # A lattice's points lie 0.816 from its middle, root mean square, on an edge-to-edge grid of 3.
    points = control_points(3).numpy().astype(float)
    small = 0.01
    turn = np.array(((np.cos(small), -np.sin(small)), (np.sin(small), np.cos(small))))
    windows = np.stack([points, points @ turn.T])[:, None]
    radius = float(np.sqrt((points**2).sum(axis=1).mean()))
    assert displacements(windows)[1, 0] == pytest.approx(radius * small, rel=1e-3)
    shifted = np.stack([points, points + np.array((radius * small, 0))])[:, None]
    assert displacements(shifted)[1, 0] == pytest.approx(displacements(windows)[1, 0], rel=1e-3)


@pytest.mark.exception
def test_theta_that_is_no_number_is_said_to_be_none() -> None:
    windows = np.full((5, 2, 49, 2), np.nan)
    windows[:, 1] = 0
    gone, still = smoothness(windows)
    assert gone.sentence("A") == "Window A is nowhere: theta is no longer a number."
    assert still.sentence("B") == "Window B keeps still."
    windows[2, 1] = np.nan  # for one frame only
    assert np.isfinite(smoothness(windows)[1].mean)


@pytest.mark.cardinality
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_clips_have_numbers_too(count: int) -> None:
    (found,) = smoothness(lattices(np.zeros((count, 2))))
    assert found == Smoothness(0.0, 0.0, 0, 0, 0.0)


@pytest.mark.law
def test_a_second_has_as_many_frames_as_it_says() -> None:
    assert len(move_digit("turning", 1, 0, 28).clip) / RATE == 5
