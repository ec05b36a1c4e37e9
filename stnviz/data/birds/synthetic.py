"""Data sets of drawn birds, cached on disk."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from zipfile import BadZipFile

import numpy as np

from stnviz.data.birds.bird_set import BirdSet
from stnviz.data.birds.drawn import Bird, draw_bird
from stnviz.data.birds.plumage import SPECIES

log = logging.getLogger(__name__)

DRAWING = 2
"""Version of the drawing code, to be raised when its images change: it invalidates the cache."""

SEEDS = {"train": 1, "validation": 2, "test": 3}
COUNTS = {"train": 4_320, "validation": 360, "test": 1_080}
"""Number of birds in each part, the same for each species."""

FEW = 200
"""Up to this number, birds are drawn in this process; above it, in worker processes."""


def synthetic_birds(part: str, side: int, folder: Path) -> BirdSet:
    """A part of the drawn birds, read from the cache in ``folder``, or drawn and cached there.

    Args:
        part: train, validation or test.
        side: height and width in pixels.
        folder: folder of the cache; where it cannot be written, birds are drawn each time.
    """
    path = folder / "drawn-birds" / f"{part}-{side}-{DRAWING}.npz"
    with suppress(OSError, EOFError, ValueError, KeyError, BadZipFile):
        with np.load(path) as kept:
            images, labels, parts, boxes = (
                kept[name] for name in ("images", "labels", "parts", "boxes")
            )
        if len(labels) == COUNTS[part]:
            return BirdSet(images, labels, parts, boxes, SPECIES, source(len(labels)))
    log.info("Drawing %s birds; they are kept in %s.", f"{COUNTS[part]:,}", path.parent)
    birds = _gather(_draw_all(part, side, COUNTS[part]))
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        halfway = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(
            halfway, images=birds.images, labels=birds.labels, parts=birds.parts, boxes=birds.boxes
        )
        halfway.replace(path)
    return birds


def drawn(part: str, index: int, side: int) -> Bird:
    """Draw one bird of a part; species alternate with the index."""
    return draw_bird((SEEDS[part], index), side, index % len(SPECIES))


def _draw_all(part: str, side: int, count: int) -> Iterator[Bird]:
    if count <= FEW:
        yield from (drawn(part, index, side) for index in range(count))
        return
    # Spawned, not forked: the calling process may have threads that hold locks.
    context = get_context("spawn")
    with ProcessPoolExecutor(mp_context=context, initializer=_end_with_parent) as pool:
        yield from pool.map(partial(drawn, part, side=side), range(count), chunksize=20)


def _end_with_parent() -> None:
    """End this worker when its parent ends, so that a stopped run leaves no worker behind."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _gather(birds: Iterable[Bird]) -> BirdSet:
    images, labels, parts, boxes = [], [], [], []
    for bird in birds:
        images.append(bird.image)
        labels.append(bird.species)
        parts.append(bird.parts)
        boxes.append(bird.box)
    return BirdSet(
        np.stack(images), np.array(labels), np.stack(parts), np.array(boxes, np.float32),
        SPECIES, source(len(labels)),
    )  # fmt: skip


def source(count: int) -> str:
    """Description of ``count`` drawn birds, for cards and pages."""
    return f"{count:,} birds drawn by stnviz"
