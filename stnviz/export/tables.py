"""Theta, windows and predictions of a scene as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from stnviz.export.scenes.scene import NotExportable, Scene, Source
from stnviz.records import Array, Step
from stnviz.records.strict_json import without_nan
from stnviz.records.windows import chain_of, letter_of, points_in_image, warps_of
from stnviz.registry import UnknownName
from stnviz.transforms import create_transform
from stnviz.version import __version__

CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
CORNER_NAMES = ("top_left", "top_right", "bottom_right", "bottom_left")


def write_csv(scene: Scene) -> bytes:
    """A table with a row for each frame, network and transformer.

    Raises:
        NotExportable: the scene has no numbers.
    """
    found = rows(scene)
    columns = list(dict.fromkeys(name for row in found for name in row))
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, columns, lineterminator="\r\n")
    table.writeheader()
    table.writerows(found)
    return file.getvalue().encode()


def write_json(scene: Scene) -> bytes:
    """The rows of :func:`write_csv`, with what they are about.

    Raises:
        NotExportable: the scene has no numbers.
    """
    about = {
        "title": scene.title, "caption": scene.caption, "link": scene.link,
        "made_by": f"stnviz {__version__}",
        "coordinates": "theta maps output to input; (x, y) in [-1, 1], -1 and 1 at the edges. "
        "Corners and boxes are in pixels of the image, from its top left corner.",
        "rows": rows(scene),
    }  # fmt: skip
    return (json.dumps(without_nan(about), indent=1) + "\n").encode()


def rows(scene: Scene) -> list[dict[str, Any]]:
    """The rows of a table.

    Raises:
        NotExportable: the scene has no numbers.
    """
    if scene.chart is not None:
        axis, curves = scene.chart.axis, scene.chart.curves
        return [
            {axis: place, **{title: values[k] for title, values in curves.items()}}
            for k, place in enumerate(scene.chart.places)
        ]
    found = [row for source in scene.sources for row in _rows_of(scene, source)]
    if not found:
        raise NotExportable("There are no numbers in this figure: choose a picture format.")
    return found


def _rows_of(scene: Scene, source: Source) -> Iterator[dict[str, Any]]:
    steps = warps_of(source.trace)
    chains = [chain_of(source.trace, step) for step in steps]
    for index in range(len(source.trace)):
        head: dict[str, Any] = {"frame": index}
        if scene.index is None:
            head["label"] = scene.labels[index] if scene.labels else ""
            head |= {name: column[index] for name, column in scene.columns.items()}
        head["network"] = source.name
        answer = _answer(source, index) if scene.shows("answer") else {}
        if not steps:
            yield {**head, **answer}
        for step, chain in zip(steps, chains, strict=True):
            yield {**head, **_window(scene, source, step, chain, index), **answer}


def _window(
    scene: Scene, source: Source, step: Step[Array], chain: tuple[Step[Array], ...], index: int
) -> dict[str, Any]:
    """Theta of one step, and where its window lies."""
    row: dict[str, Any] = {
        "transformer": letter_of(step), "lane": step.lane, "step": step.tick + 1,
        "transform": step.transform,
    }  # fmt: skip
    if scene.shows("theta"):
        names = theta_names(step, source)
        row |= dict(zip(names, map(float, step.theta[index]), strict=True))
    if scene.shows("window"):
        height, width = source.trace.images.shape[-2:]
        corners = (points_in_image(chain, index, CORNERS) + 1) / 2 * (width, height)
        for name, (x, y) in zip(CORNER_NAMES, corners.tolist(), strict=True):
            row |= {f"{name}_x": round(x, 4), f"{name}_y": round(y, 4)}
        low, high = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        edges = zip(("box_x0", "box_y0", "box_x1", "box_y1"), (*low, *high), strict=True)
        row |= {name: round(value, 4) for name, value in edges}
    return row


def theta_names(step: Step[Array], source: Source) -> list[str]:
    """A column for each number of theta, named as the transform names it."""
    try:
        names = [one.name for one in create_transform(step.transform, **source.options).parameters]
    except UnknownName:
        names = []
    if len(names) != step.theta.shape[1]:
        names = [str(place) for place in range(step.theta.shape[1])]
    return [f"theta_{name}" for name in names]


def _answer(source: Source, index: int) -> dict[str, Any]:
    shares = source.trace.probabilities[index]
    if not shares.size or not np.isfinite(shares).all():
        return {}
    classes = " ".join(map(str, np.atleast_1d(shares.argmax(axis=-1)).tolist()))
    return {"class": classes, "probability": round(float(shares.max(axis=-1).prod()), 6)}
