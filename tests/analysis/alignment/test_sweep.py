"""Do windows follow their images? Slope 1 for one that does, 0 for one that does not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import stnviz
from stnviz.analysis.alignment.known_distortion import border_values, distort_images
from stnviz.analysis.alignment.sweep import SWEEPS, measure_alignment
from stnviz.data.digits import gallery
from stnviz.data.distort import distort, neutral_values
from stnviz.data.distortions import DISTORTIONS
from stnviz.records.alignment import QUANTITIES, Alignment, AlignmentSweep
from tests.followers import Fixed, Follower, blobs


def digits(data: str, count: int = 24) -> torch.Tensor:
    distortion = DISTORTIONS.get(data)
    clean = torch.from_numpy(gallery().images[:count])[:, None].float() / 255
    draw = torch.Generator().manual_seed(0)
    return distort(distortion, clean, neutral_values(distortion, count), draw).images


@pytest.mark.feature
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("size", [(48, 48), (40, 64)], ids=["square", "wide"])
def test_a_transformer_that_follows_has_slope_one(
    size: tuple[int, int], align_corners: bool
) -> None:
    sweeps = {name: SWEEPS[name][::2] for name in QUANTITIES}
    found = measure_alignment(Follower(align_corners=align_corners), blobs(size=size), sweeps)
    assert [sweep.quantity for sweep in found.sweeps] == list(QUANTITIES)
    for sweep in found.sweeps:
        assert sweep.slope == pytest.approx(1, abs=0.02), sweep
        assert sweep.spread < 0.02
        assert sweep.r_squared > 0.999
    angle = found.sweep("angle")
    np.testing.assert_allclose(angle.predicted, np.tile(angle.true[:, None], 4), atol=0.02)


@pytest.mark.feature
def test_a_transformer_that_does_not_look_has_slope_zero() -> None:
    found = measure_alignment(Fixed(), blobs())
    for sweep in found.sweeps:
        assert abs(sweep.slope) < 1e-5, sweep
        assert sweep.r_squared == 0


@pytest.mark.feature
def test_shipped_transformers_follow_what_they_were_trained_to_undo() -> None:
    few = {name: SWEEPS[name][1::2] for name in QUANTITIES}
    moved = measure_alignment(
        stnviz.load_model("mnist-rts/st-fcn-affine"), digits("mnist-rts"), few
    )
    for name in ("shift_x", "shift_y", "scale"):
        assert moved.sweep(name).slope == pytest.approx(1, abs=0.1), name
        assert moved.sweep(name).r_squared > 0.95
    turned = measure_alignment(
        stnviz.load_model("mnist-r/st-cnn-affine"), digits("mnist-r"), {"angle": few["angle"]}
    )
    assert 0.6 < turned.sweep("angle").slope < 1.1  # its classifier copes with the rest
    clutter = measure_alignment(
        stnviz.load_model("mnist-tc/st-cnn-affine"), digits("mnist-tc", 8),
        {"angle": (-0.4, 0.4), "shift_x": (-0.2, 0.2)},
    )  # fmt: skip
    assert abs(clutter.sweep("angle").slope) < 0.1  # it never saw a rotated digit
    assert clutter.sweep("shift_x").slope == pytest.approx(1, abs=0.1)


@pytest.mark.feature
def test_transformers_in_sequence_and_in_parallel_are_measured_each() -> None:
    images = torch.rand(2, 3, 64, 64)
    found = measure_alignment(
        stnviz.load_model("numbers-64/st-cnn-multi-affine"), images, {"shift_x": (0.0, 0.1)}
    )
    assert [(sweep.tick, sweep.lane) for sweep in found.sweeps] == [(k, 0) for k in range(4)]
    assert all(np.isfinite(sweep.predicted).all() for sweep in found.sweeps)


@pytest.mark.feature
def test_the_model_is_left_as_it_was() -> None:
    model = Follower().train()
    measure_alignment(model, blobs(2), {"angle": (0.1,)})
    assert model.training
    assert model.weight.grad is None


@pytest.mark.oracle
def test_a_distorted_image_is_what_opencv_makes_of_it() -> None:
    cv2 = pytest.importorskip("cv2")
    image = blobs(1, (40, 64))
    for quantity, amount, degrees, scale in (
        ("angle", 0.5, -math.degrees(0.5), 1),
        ("scale", 1.3, 0, 1.3),
    ):
        matrix = cv2.getRotationMatrix2D((31.5, 19.5), degrees, scale)  # counter-clockwise
        wanted = cv2.warpAffine(image[0, 0].numpy(), matrix, (64, 40))
        found = distort_images(image, quantity, amount, 0.0)[0, 0].numpy()
        np.testing.assert_allclose(found, wanted, atol=0.02)


@pytest.mark.feature
def test_what_comes_into_the_image_is_background() -> None:
    images = torch.full((2, 3, 8, 8), 0.25)
    images[1] = -1.5
    images[:, :, 3:5, 3:5] = 3.0
    assert border_values(images)[:, 0, 0, 0].tolist() == [0.25, -1.5]
    moved = distort_images(images, "shift_x", 0.5)
    assert torch.equal(moved[:, :, :, :2], images[:, :, :, :2])
    assert torch.equal(moved[:, :, :, 5:7], images[:, :, :, 3:5])
    black = distort_images(images, "shift_x", 0.5, background=0.0)
    assert not black[:, :, :, :2].any()
    assert distort_images(images, "scale", 1.0) is images


@pytest.mark.exception
def test_what_cannot_be_distorted_is_said(unchecked: None) -> None:
    for images, quantity, amount, word in (
        (torch.rand(2, 1, 4, 4, 4), "angle", 0.1, "no pictures"),
        (blobs(1), "shear", 0.1, "choose one of angle, scale"),
        (blobs(1), "scale", 0.0, "above 0"),
    ):
        with pytest.raises(ValueError, match=word):
            distort_images(images, quantity, amount)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no spatial transformer"):
        measure_alignment(stnviz.load_model("mnist-r/cnn"), digits("mnist-r", 2))


@pytest.mark.feature
def test_windows_that_are_nowhere_have_no_slope_and_the_others_do() -> None:
    predicted = np.array([[-1.0, np.nan, -0.5], [0.0, np.nan, 0.0], [1.0, np.nan, np.nan]])
    sweep = AlignmentSweep("shift_x", np.array([-1.0, 0.0, 1.0]), predicted)
    np.testing.assert_allclose(sweep.slopes, [1, np.nan, 0.5])
    assert sweep.slope == 0.75
    assert sweep.spread == 0.25
    nowhere = AlignmentSweep("scale", np.array([0.5, 2.0]), np.full((2, 3), np.nan))
    assert math.isnan(nowhere.slope)
    assert nowhere.r_squared == 0
    collapsed = measure_alignment(
        Fixed(0, 0, 0, 0, 0, 0),
        blobs(2),
        {"angle": (-0.1, 0.1), "scale": (0.9, 1.1), "shift_x": (0.1,)},
    )
    assert [math.isnan(sweep.slope) for sweep in collapsed.sweeps] == [True, True, False]


@pytest.mark.feature
def test_a_sweep_is_found_by_name_and_reads_as_a_line() -> None:
    sweep = AlignmentSweep("scale", np.array([0.5, 1.0, 2.0]), np.array([[0.5, 1, 2]] * 2).T, 1)
    found = Alignment((sweep,), 2)
    assert str(found) == "B, scale: slope 1.00, spread 0.00, R² 1.00"
    assert found.sweep("scale", 1) is sweep
    with pytest.raises(KeyError, match=r"choose one of \('scale', 1, 0\)"):
        found.sweep("angle")
