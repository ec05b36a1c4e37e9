"""Figures of alignment, of classes and of Jacobians: judged by what is drawn in them."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure

from stnviz.plots.alignment import plot_alignment, plot_noise
from stnviz.plots.class_pictures import plot_class_pictures
from stnviz.plots.jacobian import jacobian_map, plot_jacobian
from stnviz.records import Step, Trace
from stnviz.records.alignment import Alignment, AlignmentSweep, ClassPictures, NoiseCurve
from stnviz.records.sampler_call import SamplerCall


def saved(figure: Figure) -> None:
    file = BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")


def warped(rows: list[list[float]], call: SamplerCall | None = None) -> Step[np.ndarray]:
    """A step with one affine grid of 5 x 8 pixels, in the convention of its call."""
    height, width = 5, 8
    if call is not None and call.align_corners:
        y, x = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    else:
        y, x = ((2 * np.arange(n) + 1) / n - 1 for n in (height, width))
    points = np.stack([*np.meshgrid(x, y), np.ones((height, width))], axis=-1)
    grid = (points @ np.array(rows).T)[None]
    image = np.zeros((1, 1, height, width))
    return Step("affine", image, np.zeros((1, 6)), grid, image, call=call)


@pytest.mark.feature
def test_the_chart_of_an_alignment_has_a_line_for_each_image_and_their_median() -> None:
    true = np.array([0.5, -0.5, 0.0])
    angle = AlignmentSweep("angle", true, true[:, None] * np.array([1.0, 0.5, 0.0]))
    lost = AlignmentSweep("angle", true, np.full((3, 3), np.nan), lane=1)
    figure = plot_alignment(Alignment((angle, lost), 3))
    saved(figure)
    first, second = figure.axes
    still, diagonal, *images, median = first.lines
    assert len(images) == 3
    x = np.degrees([-0.5, 0, 0.5])
    np.testing.assert_allclose(diagonal.get_xydata(), np.stack([x, x], axis=1))
    np.testing.assert_allclose(median.get_ydata(), 0.5 * x)
    assert list(still.get_ydata()) == [0, 0]
    assert "slope 0.50" in first.get_title()
    assert len(second.lines) == 5  # no median of windows that are nowhere
    with pytest.raises(ValueError, match="at least one sweep"):
        plot_alignment(Alignment((), 3))


@pytest.mark.feature
def test_the_chart_of_noise_has_the_error_where_labels_were_given() -> None:
    levels, kept = np.array([0, 0.1]), np.array([1, 0.8])
    (agreement,) = plot_noise(NoiseCurve(levels, kept)).axes[0].lines
    np.testing.assert_allclose(agreement.get_ydata(), [100, 80])
    figure = plot_noise(NoiseCurve(levels, kept, np.array([0.02, 0.3])))
    np.testing.assert_allclose(figure.axes[0].lines[1].get_ydata(), [2, 30])
    saved(figure)


@pytest.mark.cardinality
def test_classes_are_columns_and_both_variances_share_their_scale() -> None:
    one = np.zeros((2, 1, 4, 4))
    before, after = one + 0.4, one + 0.1
    found = ClassPictures(np.array([3, 5]), np.array([9, 9]), one, one, before, after)
    figure = plot_class_pictures(found)
    saved(figure)
    assert len(figure.axes) == 4 * 2
    assert [axes.get_title() for axes in figure.axes[:2]] == ["class 3", "class 5"]
    shown = [axes.images[0].get_array().max() for axes in figure.axes[::2]]
    assert shown[2:] == pytest.approx([1, 0.25])
    assert figure.axes[-1].get_xlabel() == "25% of before"


@pytest.mark.feature
@pytest.mark.parametrize("align_corners", [False, True])
def test_the_jacobian_is_the_area_that_a_pixel_reads(align_corners: bool) -> None:
    call = SamplerCall("aten::grid_sampler_2d", align_corners=align_corners)
    for rows, area in (
        ([[1, 0, 0], [0, 1, 0]], 1.0),
        ([[0.5, 0, 0.3], [0, 0.5, 0]], 0.25),
        ([[-1, 0, 0], [0, 2, 0]], -2.0),
        ([[0.6, -0.8, 0], [0.8, 0.6, 0]], 1.0),
    ):
        found = jacobian_map(warped(rows, call))
        assert found.shape == (1, 4, 7)
        if area != 1.0 or rows[0][1] == 0 or not align_corners:
            np.testing.assert_allclose(found, area, atol=1e-6)


@pytest.mark.feature
def test_the_map_of_a_jacobian_says_how_much_is_folded() -> None:
    step = warped([[1, 0, 0], [0, 1, 0]])
    step.grid[0, :, 4:, 0] = step.grid[0, :, 3:4, 0] - 0.1 * np.arange(1, 5)
    figure = plot_jacobian(Trace(step.input, (step,), np.zeros((1, 0))))
    saved(figure)
    assert "folded 57%" in figure.axes[0].get_title()
    zoom, folded = (image.get_array() for image in figure.axes[0].images)
    assert (zoom.mask != folded.mask).all()


@pytest.mark.exception
def test_what_has_no_jacobian_is_said() -> None:
    flat = np.zeros((1, 1, 1, 4))
    line = Step("", flat, np.zeros((1, 0)), np.zeros((1, 1, 4, 2)), flat, kind="planes")
    with pytest.raises(ValueError, match="choose a step that warps pictures"):
        jacobian_map(line)
    with pytest.raises(ValueError, match="No step of the trace warps pictures"):
        plot_jacobian(Trace(flat, (line,), np.zeros((1, 0))))
    with pytest.raises(IndexError):
        plot_jacobian(Trace(flat, (line,), np.zeros((1, 0))), 1)
