"""Replay of a watched training: what of each trace the time machine shows, without torch.

Windows come from the grids themselves, so that a step without a known theta is shown as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stnviz.records import Array, Step, Trace
from stnviz.records.drawing import as_picture
from stnviz.records.strict_json import is_count
from stnviz.records.windows import chain_of, last_warps, lattice, points_in_image
from stnviz.ui.encoding import LATTICE
from stnviz.watching.statistics import distance, spread

MOST_TRACES, MOST_IMAGES, MOST_WINDOWS = 64, 12, 4
"""What is shown of a training at most; of more traces, some that are spread evenly."""

SIDE = 160
"""Largest side of an image as it is sent, in pixels."""

OUTPUT_BYTES = 3_000_000
"""Largest size of all outputs together as they are sent."""

Place = tuple[int, int]
"""(tick, lane) of a step."""


class TracePlayer:
    """Takes one trace after another and keeps of each only what is drawn.

    Args:
        traces: how many there will be, at most.
    """

    def __init__(self, traces: int) -> None:
        self.traces = traces
        self.steps: list[int] = []
        self.places: list[Place] = []
        self.lattices: list[Array] = []
        self.poses: list[list[dict[str, float] | None]] = []
        self.outputs: list[list[Array]] = []
        self.answers: list[Array] = []
        self.labels: list[int] | None = None
        self.images: list[NDArray[np.uint8]] = []

    def add(self, step: int, trace: Trace) -> None:
        """Add the trace of one step.

        Raises:
            ValueError: it has no window, or other images than the first one.
        """
        if trace.images.ndim != 4:
            raise ValueError("it is a trace of volumes, which have no windows.")
        count = min(len(trace), MOST_IMAGES)
        images = [square(as_picture(image), SIDE) for image in trace.images[:count]]
        ends = {(one.tick, one.lane): one for one in last_warps(trace)}
        if not self.steps:
            if not ends:
                raise ValueError("its network has no transformer that warps pictures.")
            self.images, self.places = images, list(ends)[:MOST_WINDOWS]
            self.labels = _labels(trace.provenance, len(trace))
        elif len(images) != len(self.images) or images[0].shape != self.images[0].shape:
            raise ValueError("it is of other images than the traces before.")
        chosen = [ends.get(place) for place in self.places]
        windows = np.stack([_windows(trace, one, count) for one in chosen])
        height, width = trace.images.shape[-2:]
        on_square = np.array([width, height]) / max(width, height)
        self.lattices.append((windows * on_square).astype(np.float32))
        self.poses.append([_pose(points, width / height) for points in windows[0]])
        if chosen[0] is not None and chosen[0].output.shape[1]:
            outputs = [as_picture(one) for one in chosen[0].output[:count]]
            room = OUTPUT_BYTES / (self.traces * count * outputs[0].shape[-1])
            self.outputs.append([square(one, max(8, int(room**0.5))) for one in outputs])
        self.steps.append(step)
        self.answers.append(trace.probabilities[:count])

    def arrays(self) -> dict[str, Array]:
        """Images, windows, and the outputs of a single transformer."""
        found = {"images": _stacked(self.images), "lattices": np.stack(self.lattices)}
        one = len(self.places) == 1 and len(self.outputs) == len(self.steps)
        shapes = {output.shape for row in self.outputs for output in row}
        if one and len(shapes) == 1:
            found["outputs"] = np.stack([_stacked(row) for row in self.outputs])
        return found

    def head(self) -> dict[str, Any]:
        """What the component says of them."""
        start = self.lattices[0]
        lanes = range(len(self.places))
        read = [self._read(answers) for answers in self.answers]
        return {
            "steps": self.steps,
            "total": max(self.steps[-1], 1),
            "lattice": LATTICE,
            "labels": ["" if self.labels is None else str(self.labels[k]) for k in self._shown()],
            "moved": [[_round(distance(at[k], start[k])) for at in self.lattices] for k in lanes],
            "spread": [[_round(spread(at[k])) for at in self.lattices] for k in lanes],
            "said": [[said for said, _, _ in row] for row in read],
            "words": [[words for _, words, _ in row] for row in read],
            "right": [[right for _, _, right in row] for row in read],
            "poses": self.poses if len(self.places) == 1 else [],
        }

    def _shown(self) -> range:
        return range(len(self.images))

    def _read(self, probabilities: Array) -> list[tuple[str, str, bool]]:
        """For each image its answer, a sentence on it, and whether it is right or unknown."""
        if probabilities.ndim != 2 or not probabilities.shape[1]:
            return [("", f"Picture {k + 1}.", True) for k in self._shown()]
        found = []
        for k, row in enumerate(probabilities):
            if not np.isfinite(row).all():
                found.append(("not finite", "Its answer is not finite.", False))
                continue
            best = int(row.argmax())
            label = None if self.labels is None else self.labels[k]
            thing = f"Picture {k + 1}" if label is None else f"This {label}"
            words = f"{thing} is read as class {best}, {100 * row[best]:.0f} % sure."
            found.append((str(best), words, label in (None, best)))
        return found


def square(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A picture (H, W, C) in the middle of a black square, not larger than ``side``.

    Large ones are made smaller by the mean of whole blocks of pixels.
    """
    factor = -(-max(picture.shape[:2]) // side)
    height, width, channels = picture.shape
    rows, columns = max(1, height // factor), max(1, width // factor)
    blocks = picture[: rows * factor, : columns * factor].astype(np.float32)
    if factor > 1 and min(height, width) >= factor:
        blocks = blocks.reshape(rows, factor, columns, factor, channels).mean(axis=(1, 3))
    small = blocks[:rows, :columns].round().astype(np.uint8)
    longest = max(small.shape[:2])
    spare = [longest - extent for extent in small.shape[:2]]
    margins = [(left // 2, left - left // 2) for left in spare]
    return np.pad(small, (*margins, (0, 0)))


def _windows(trace: Trace, step: Step[Array] | None, count: int) -> Array:
    """(B, L * L, 2) where a step looks in its images; NaN without a step."""
    if step is None:
        return np.full((count, LATTICE**2, 2), np.nan)
    chain, points = chain_of(trace, step), lattice(LATTICE)
    return np.stack([points_in_image(chain, k, points) for k in range(count)])


def _pose(points: Array, aspect: float) -> dict[str, float] | None:
    """The pose of the affine map closest to a lattice, in pixels; None if it is not finite."""
    if not np.isfinite(points).all():
        return None
    places = lattice(LATTICE)
    design = np.concatenate([places, np.ones_like(places[:, :1])], axis=1)
    (a, c), (b, d), (shift_x, shift_y) = np.linalg.lstsq(design, points, rcond=None)[0]
    b, c = b * aspect, c / aspect
    scale_x = float(np.hypot(a, c))
    scale_y = float((a * d - b * c) / scale_x) if scale_x else float(np.hypot(b, d))
    pose = {"angle": np.arctan2(c, a), "scale_x": scale_x, "scale_y": scale_y}
    pose |= {"shift_x": shift_x, "shift_y": shift_y}
    return {name: round(float(value), 4) for name, value in pose.items()}


def _labels(provenance: Mapping[str, Any], count: int) -> list[int] | None:
    labels = provenance.get("labels")
    sound = isinstance(labels, list) and len(labels) == count and all(map(is_count, labels))
    return labels if sound else None


def _stacked(pictures: Sequence[NDArray[np.uint8]]) -> Array:
    """(B, H, W) if they are grey, (B, H, W, 3) if in colour."""
    whole = np.stack(pictures)
    return whole[..., 0] if whole.shape[-1] == 1 else whole


def _round(value: float) -> float:
    return round(value, 6)
