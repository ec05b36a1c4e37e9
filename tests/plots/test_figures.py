"""Figures of a trace: judged by the lines that are in them."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import torch
from matplotlib.colors import same_color, to_hex

from stnviz import inspect, load_model, plot_grid, plot_theta, plot_windows
from stnviz.analysis.windows import (
    CORNERS,
    group_by_lane,
    sampled_lattices,
    transform_options,
    view_windows,
)
from stnviz.plots.colours import LANES, LANES_ON_PAPER
from stnviz.plots.windows import outline_of, windows_of
from stnviz.records import Array, Step, Trace
from stnviz.records.windows import look_through
from stnviz.transforms import create_transform

PLOTS = (plot_grid, plot_windows, plot_theta)


def traced(lanes: int = 1, ticks: int = 1, size: tuple[int, int] = (6, 8)) -> Trace:
    """Two pictures and affine windows of different sizes, each looking at the picture."""
    images = np.random.default_rng(0).random((2, 1, *size)).astype(np.float32)
    affine = create_transform("affine")
    steps = []
    for tick in range(ticks):
        for lane in range(lanes):
            theta = torch.tensor([[0.5, 0.1, 0.1 * lane, -0.1, 0.5, 0.1 * tick]]).repeat(2, 1)
            grid = affine.grid(theta, size).numpy()
            steps.append(Step("affine", images, theta.numpy(), grid, images, lane, tick))
    return Trace(images, tuple(steps), np.full((2, 10), 0.1, np.float32))


@pytest.mark.smoke
@pytest.mark.parametrize("plot", PLOTS)
def test_a_figure_can_be_saved(plot) -> None:  # type: ignore[no-untyped-def]
    for trace in (traced(), traced(lanes=5, ticks=2)):
        file = BytesIO()
        plot(trace, -1).savefig(file, format="png")
        assert file.getvalue().startswith(b"\x89PNG")


@pytest.mark.exception
@pytest.mark.parametrize("plot", PLOTS)
def test_what_cannot_be_drawn_is_said(plot) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(IndexError, match="holds 2 images: choose an index from 0 to 1, not 2"):
        plot(traced(), 2)
    bare = Trace(traced().images, (), traced().probabilities)
    with pytest.raises(ValueError, match="no transformer"):
        plot(bare, 0)


@pytest.mark.exception
def test_a_window_that_is_nowhere_is_left_out() -> None:
    trace = traced()
    trace.steps[0].grid[:] = np.nan
    assert not plot_windows(trace).axes[0].lines


@pytest.mark.feature
def test_every_lane_has_its_colour_dash_and_letter() -> None:
    axes = plot_windows(traced(lanes=4), 0).axes[0]
    assert len(axes.lines) == 4
    for line, text, (letter, colour, dash) in zip(axes.lines, axes.texts, LANES, strict=True):
        assert same_color(line.get_color(), colour)
        assert (line.get_linestyle() == "-") == (not dash)
        assert text.get_text() == letter
    lines = plot_theta(traced(lanes=4), 0).axes[0].lines[1:]
    assert [to_hex(line.get_color()) for line in lines] == list(LANES_ON_PAPER)


@pytest.mark.feature
def test_ticks_are_numbered_and_the_last_is_drawn_strongest() -> None:
    axes = plot_windows(traced(ticks=3), 0).axes[0]
    assert [text.get_text() for text in axes.texts] == ["A1", "A2", "A3"]
    strengths = [line.get_alpha() for line in axes.lines]
    assert strengths == sorted(strengths)
    assert strengths[-1] == 1
    assert strengths[0] < 0.6


@pytest.mark.cardinality
def test_a_grid_figure_has_a_row_for_each_step() -> None:
    figure = plot_grid(traced(lanes=2, ticks=2), 0)
    assert len(figure.axes) == 8
    given, read = figure.axes[:2]
    assert len(given.lines) == 6 + 8 + 1  # all rows and columns of a small grid, and its edge
    assert not read.lines
    assert given.get_aspect() == 6 / 8


@pytest.mark.feature
def test_theta_is_drawn_as_it_is() -> None:
    trace = traced(lanes=2)
    lines = plot_theta(trace, 1).axes[0].lines[1:]
    for line, step in zip(lines, trace.steps, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), step.theta[1])
    alone = plot_theta(traced(), 0).axes[0]
    assert [text.get_text() for text in alone.texts][:2] == ["0.50", "0.10"]


@pytest.mark.feature
def test_an_outline_reaches_the_edges_of_what_is_read() -> None:
    affine = create_transform("affine")
    theta = torch.tensor([[0.6, -0.3, 0.2, 0.4, 0.7, -0.1]])
    found = outline_of(affine.grid(theta, (5, 9))[0].numpy())
    np.testing.assert_array_equal(found[0], found[-1])
    corners = affine.points(theta, torch.tensor([CORNERS]))[0].numpy()
    np.testing.assert_allclose(found[[0, 8, 12, 20]], corners, atol=1e-6)


@pytest.mark.feature
def test_points_go_through_an_affine_grid_exactly_also_beyond_it() -> None:
    affine = create_transform("affine")
    theta = torch.tensor([[0.6, -0.3, 0.2, 0.4, 0.7, -0.1]])
    points = 3 * torch.rand(1, 40, 2) - 1.5
    found = look_through(affine.grid(theta, (5, 9))[0].numpy(), points[0].numpy())
    np.testing.assert_allclose(found, affine.points(theta, points)[0].numpy(), atol=1e-5)


def window_corners(outline: Array, size: tuple[int, ...]) -> Array:
    height, width = size
    return outline[[0, width - 1, width + height - 2, 2 * width + height - 3]]


@pytest.mark.oracle
@pytest.mark.parametrize(
    "name",
    ["numbers-64/st-cnn-multi-affine", "sequences/rnn-spn-d3-translation",
     "mnist-addition/2st-fcn-affine", "mnist-perturbed/ic-stn-2-projective"],
)  # fmt: skip
def test_windows_of_a_trace_are_those_that_the_maps_compose_to(name: str) -> None:
    # analysis.windows composes the maps themselves, and the model says what looks where.
    model = load_model(name)
    size = model.config.input_size
    channels = next(c for c in (1, 2, 3) if _takes(model, torch.rand(1, c, *size)))
    images = torch.rand(1, channels, *size)
    trace = inspect(model, images)
    with torch.inference_mode():
        steps = model(images).steps
    lanes = group_by_lane(steps, multi_step=model.multi_step)
    wanted = {
        (ticks[end].lane, ticks[end].tick): sampled_lattices(
            ticks[: end + 1], torch.tensor(CORNERS), transform_options(model)
        )[0].numpy()
        for ticks in lanes
        for end in range(len(ticks))
    }
    found = list(windows_of(trace, 0))
    assert len(found) == len(wanted) == len(trace.steps)
    assert view_windows(model, images, 3).image.shape == (channels, *size)
    for window, step in zip(found, trace.steps, strict=True):
        corners = window_corners(window.outline, step.grid.shape[1:3])
        np.testing.assert_allclose(corners, wanted[window.lane, window.tick], atol=0.02)


def _takes(model: torch.nn.Module, images: torch.Tensor) -> bool:
    try:
        with torch.inference_mode():
            model(images)
    except (RuntimeError, ValueError, TypeError):
        return False
    return True
