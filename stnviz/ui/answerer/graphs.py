"""Graphs that pages compute with: recorded when the first page asks, and kept in a folder."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import default_library
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS
from stnviz.not_found import ResourceNotFound
from stnviz.onnx.names import parts_of_inside
from stnviz.settings import GRAPHS, workplace
from stnviz.version import __version__

PATIENCE = 300.0
"""Seconds that a recording may take."""


class Graphs:
    """Files of the pages' answers, each recorded once, in a process of its own and one at a time.

    Args:
        folder: where they are kept; another server may use it, too. Without one they go with this
            process.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._passing = None if folder else tempfile.TemporaryDirectory(prefix="stnviz-graphs-")
        self.folder = folder or Path(self._passing.name if self._passing else "")
        self._recording = asyncio.Lock()

    async def file(self, name: str, answer: str) -> Path:
        """The graph of a network's answer: for a distortion, on Steps, or a part of Inside's.

        Raises:
            ResourceNotFound: there is no such network, or its answer cannot be recorded; the
                message says why.
        """
        card = default_library().cards().get(name)
        if card is None or not _has(card, answer):
            raise ResourceNotFound("There is no network of this name with this answer here.")
        path = self.folder / file_name(name, card, answer)
        async with self._recording:
            if not path.is_file():
                await _record(("export", name, *_options(answer), "-o", str(path)))
        return path


def _has(card: Card, answer: str) -> bool:
    page = DATA_SETS.get(card.data).page
    if page == "play":
        return answer in DISTORTIONS or answer in parts_of_inside(card)
    return answer == page == "steps"


def _options(answer: str) -> tuple[str, ...]:
    if answer in DISTORTIONS:
        return "--answer", "--distortion", answer
    return ("--answer",) if answer == "steps" else ("--part", answer)


def file_name(name: str, card: Card, answer: str) -> str:
    """Name of a graph's file: another one when the weights change, or the program."""
    return f"{name.replace('/', '--')}--{answer}--{card.digest[:16]}--{__version__}.onnx"


@lru_cache(maxsize=1)
def shared_graphs() -> Graphs:
    """The graphs of this server: in ``STNVIZ_GRAPHS``, else in a folder that goes with it."""
    folder = os.environ.get(GRAPHS)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Graphs(Path(folder).resolve() if folder else None)


async def _record(command: Sequence[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "stnviz", *command,
        cwd=workplace(), env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    except (TimeoutError, asyncio.CancelledError):
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["It says nothing."]
        raise ResourceNotFound(f"The graph cannot be recorded: {lines[-1]}")
