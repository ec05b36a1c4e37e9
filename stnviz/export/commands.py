"""Files that another command of stnviz writes: a network as ONNX, and Play as one HTML file.

Each runs in a process of its own: recording a graph takes half a minute and much memory, and can be
stopped only so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stnviz.export.progress import Tell
from stnviz.export.scenes.scene import NotExportable, Scene
from stnviz.settings import workplace

EVERY = 0.2
"""Seconds between two looks at whether a command is done, or no longer wanted."""

SHOWN = ("answer", "theta", "window", "output")
"""What a network, or a page with one, shows of every image."""


def write_onnx(scene: Scene, tell: Tell) -> bytes:
    """The first network of a scene that has a transformer, or else the first, as an ONNX file.

    Raises:
        NotExportable: it is no checkpoint, or the link hides what it would show.
    """
    refuse_hidden(scene, "a network")
    names = [one.name for one in sorted(scene.sources, key=lambda one: not one.trace.steps)]
    if not names:
        raise NotExportable("There is no network behind this figure: choose another format.")
    return _written(("export", names[0], "-o"), "net.onnx", tell, "Recording the network")


def write_html(scene: Scene, tell: Tell) -> bytes:
    """The Play page with the networks and the state of a scene, as one HTML file.

    Raises:
        NotExportable: the scene is of another page, has clutter, or the link hides a part.
    """
    refuse_hidden(scene, "a page")
    if not scene.link.startswith("?"):
        raise NotExportable("Only Play can be one HTML file: choose another format.")
    command = ("site", "--single-file", "--opens", scene.link, "-o")
    return _written(command, "play.html", tell, "Recording the networks")


def refuse_hidden(scene: Scene, what: str) -> None:
    """Refuse to export what a link hides.

    Args:
        scene: what is exported.
        what: the thing that would hold it, as a noun with its article.

    Raises:
        NotExportable: the link hides a part.
    """
    if hidden := [part for part in SHOWN if not scene.shows(part)]:
        raise NotExportable(
            f"The link hides {', '.join(hidden)}, which {what} holds: show it to export one."
        )


def _written(command: tuple[str, ...], name: str, tell: Tell, doing: str) -> bytes:
    """The file that a command writes to the place after its last word."""
    with tempfile.TemporaryDirectory(prefix="stnviz-export-") as folder:
        file = Path(folder) / name
        said = Path(folder) / "said"
        with said.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "stnviz", *command, str(file)],
                cwd=workplace(), env={**os.environ, "OMP_NUM_THREADS": "1"},
                stdout=subprocess.DEVNULL, stderr=err,
            )  # fmt: skip
            try:
                while process.poll() is None:
                    tell(0.5, doing)
                    time.sleep(EVERY)
            finally:
                process.kill()
                process.wait()
        if process.returncode:
            lines = said.read_text(errors="replace").strip().splitlines() or ["It says nothing."]
            raise NotExportable(lines[-1].removeprefix("stnviz: "))
        return file.read_bytes()
