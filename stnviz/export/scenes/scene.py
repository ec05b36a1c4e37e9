"""A scene: the frames that are drawn, the traces behind them, and the words around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from stnviz.records import Array, Trace


class NotExportable(ValueError):
    """What was asked for cannot be exported; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Outline:
    """The window of one transformer on a picture.

    Args:
        lattice: (L * L, 2) points in [-1, 1] of the picture, row by row, from edge to edge.
        lane: index among parallel transformers, which says its colour, dash and letter.
        name: its letter, with the number of the step if there are several.
    """

    lattice: Array
    lane: int
    name: str


@dataclass(frozen=True)
class Panel:
    """One network on one picture.

    Args:
        title: of the network.
        note: beside the title, such as the images that it was trained on.
        picture: (H, W, 3) what the network was given.
        outlines: windows of its transformers.
        distorted: (L * L, 2) the grid of the clean picture, as the visitor distorted it.
        outputs: what its transformers give out, (h, w, 3) each.
        answer: the prediction in a word, such as a digit.
        sure: its probability; None if it has none.
        sentence: the prediction as a sentence.
        shares: (K,) probabilities of classes 0, 1, ..., where they are few.
        facts: short lines such as the pose of a window.
        absent: said in place of the outputs of a network without a transformer.
    """

    title: str
    note: str
    picture: NDArray[Any]
    outlines: tuple[Outline, ...] = ()
    distorted: Array | None = None
    outputs: tuple[NDArray[Any], ...] = ()
    answer: str = ""
    sure: float | None = None
    sentence: str = ""
    shares: Array | None = None
    facts: tuple[str, ...] = ()
    absent: str = ""


@dataclass(frozen=True)
class Frame:
    """What is seen at one moment.

    Args:
        panels: one for each network.
        label: what distinguishes it from the other frames, such as ``Turn 35°``.
    """

    panels: tuple[Panel, ...]
    label: str = ""


@dataclass(frozen=True)
class Source:
    """A trace behind a scene.

    Args:
        name: of the checkpoint or file.
        trace: its images are the frames of the scene, in order; or it has one image, whose steps
            are the frames.
        options: constructor options of its transform.
    """

    name: str
    trace: Trace
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """What is exported.

    Args:
        name: for file names: what it is, in words joined by hyphens.
        title: one line.
        caption: model, data and seed, as sentences.
        count: number of frames.
        draw: makes the frame with a given index.
        sources: the traces behind it; none of a chart.
        shown: index of the frame that a still shows.
        index: of the image in each trace, where the frames are its steps and not its images.
        labels: of the frames.
        rate: frames per second that suit an animation of it.
        grid: whether the inner lines of windows are drawn.
        hidden: parts that the link hides, which are not exported either.
        link: of the page that shows it, without the server's address; empty for a file.
        columns: further numbers of each frame for tables, by name.
        chart: curves, instead of frames.
    """

    name: str
    title: str
    caption: str
    count: int
    draw: Callable[[int], Frame]
    sources: tuple[Source, ...] = ()
    shown: int = 0
    index: int | None = None
    labels: Sequence[str] = ()
    rate: float = 30.0
    grid: bool = True
    hidden: frozenset[str] = frozenset()
    link: str = ""
    columns: Mapping[str, Sequence[float]] = field(default_factory=dict)
    chart: Chart | None = None

    def shows(self, part: str) -> bool:
        """Whether the link shows this part of the page."""
        return part not in self.hidden


@dataclass(frozen=True)
class Chart:
    """Curves over one quantity.

    Args:
        axis: title of the x axis, with its unit.
        places: (N,) values on it.
        curves: N values of each curve in percent, by title.
        trained: the interval that training covered.
        measure: title of the y axis.
    """

    axis: str
    places: Sequence[float]
    curves: Mapping[str, Sequence[float]]
    trained: tuple[float, float] | None = None
    measure: str = "error in %"
