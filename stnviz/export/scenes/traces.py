"""Traces of any network: a file, or a folder of them that a watched training has written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stnviz.export.scenes.network import LATTICE, as_colours
from stnviz.export.scenes.scene import Frame, NotExportable, Outline, Panel, Scene, Source
from stnviz.records import Array, Step, Trace, load_trace
from stnviz.records.windows import (
    chain_of,
    last_warps,
    lattice,
    letter_of,
    points_in_image,
    warps_of,
)
from stnviz.watching.trace_folder import list_traces

RATE, SNAPSHOT_RATE = 1.25, 12.0
"""Images, and snapshots of a training, per second of an animation."""

MOST_OUTPUTS = 4
"""Windows that are drawn at most, the first ones."""

MOST_SNAPSHOTS = 64


def read_trace_file(path: Path) -> Trace:
    """A trace file.

    Raises:
        NotExportable: it is none; the message says what it is.
    """
    try:
        return load_trace(path)
    except (OSError, ValueError) as error:
        raise NotExportable(f"{error}".removesuffix(".") + ".") from error


def trace_scene(
    trace: Trace,
    name: str,
    index: int = 0,
    *,
    place: tuple[int, int] | None = None,
) -> Scene:
    """A trace, a frame for each of its images.

    Args:
        trace: of pictures.
        name: such as that of its file.
        index: of the image that a still shows.
        place: (lane, tick) of the only step that is drawn; all last windows by default.

    Raises:
        NotExportable: it has no such image, or no window.
    """
    if not 0 <= index < len(trace):
        raise NotExportable(f"Choose an image of the trace from 0 to {len(trace) - 1}.")
    shown = _steps(trace, place)
    chains = [chain_of(trace, step) for step in shown]
    title = str(trace.provenance.get("model") or name)[:120]

    def draw(at: int) -> Frame:
        return Frame((_panel(trace, chains, at, title),), f"image {at}")

    data = trace.provenance.get("data")
    seed = trace.provenance.get("seed")
    return Scene(
        name=f"{word_of(name)}-image{index}",
        title=f"Windows of {title}",
        caption=f"{title}. {f'Data: {data}, i' if data else 'I'}mage {index} of {len(trace)}."
        + (f" Seed {seed}." if seed is not None else ""),
        count=len(trace), draw=draw, sources=(Source(name, trace),), shown=index, rate=RATE,
        labels=[f"image {k}" for k in range(len(trace))],
    )  # fmt: skip


def _steps(trace: Trace, place: tuple[int, int] | None) -> list[Step[Array]]:
    if trace.images.ndim != 4:
        raise NotExportable("This trace is of volumes, which are not drawn: export a table.")
    found = last_warps(trace)
    if place is not None:
        found = [step for step in warps_of(trace) if (step.lane, step.tick) == place] or found
    if not found:
        raise NotExportable(
            "This trace has no window that could be drawn: export a table or the trace itself."
        )
    return found[:MOST_OUTPUTS]


def _panel(
    trace: Trace, chains: Sequence[tuple[Step[Array], ...]], index: int, title: str
) -> Panel:
    points = lattice(LATTICE)
    outlines = tuple(
        Outline(points_in_image(chain, index, points), chain[0].lane, letter_of(chain[0]))
        for chain in chains
    )
    outputs = tuple(
        as_colours(chain[0].output[index]) for chain in chains if chain[0].output.shape[1]
    )
    shares = trace.probabilities[index]
    known = shares.ndim == 1 and shares.size > 0 and bool(np.isfinite(shares).all())
    return Panel(
        title, "", as_colours(trace.images[index]), outlines, None, outputs,
        answer=str(int(shares.argmax())) if known else "",
        sure=float(shares.max()) if known else None,
        sentence=f"read as class {int(shares.argmax())}" if known else "",
        shares=shares if known and len(shares) <= 10 else None,
    )  # fmt: skip


def watched_scene(
    folder: Path, name: str, *, picture: int = 0, snapshot: int | None = None
) -> Scene:
    """A watched training on one of its images, a frame for each trace.

    Args:
        folder: of the traces.
        name: of the training.
        picture: index of the image.
        snapshot: that a still shows; the last one by default.

    Raises:
        NotExportable: there is no trace, or no such image.
    """
    files = list(list_traces(folder).items())
    if not files:
        raise NotExportable(f"{folder} holds no traces: name a folder that a watcher has written.")
    few = np.unique(np.linspace(0, len(files) - 1, min(len(files), MOST_SNAPSHOTS)).round())
    files = [files[int(place)] for place in few]
    last = len(files) - 1
    chosen = last if snapshot is None else min(snapshot, last)
    labels = [f"training step {step:,}" for step, _ in files]

    def draw(at: int) -> Frame:
        scene = trace_scene(read_trace_file(files[at][1]), name, picture)
        return Frame(scene.draw(picture).panels, labels[at])

    base = trace_scene(read_trace_file(files[chosen][1]), name, picture)
    return Scene(
        name=f"{word_of(name)}-picture{picture}-step{files[chosen][0]}",
        title=f"Training of {name}", caption=f"{base.caption} {len(files)} snapshots.",
        count=len(files), draw=draw, sources=base.sources, shown=chosen, index=picture,
        labels=labels, rate=SNAPSHOT_RATE,
        columns={"training_step": [float(step) for step, _ in files]},
    )  # fmt: skip


def word_of(name: str) -> str:
    """A name that may come from a file, as part of a file name."""
    return re.sub(r"[^\w.+-]+", "-", name, flags=re.ASCII).strip("-.")[:80] or "trace"
