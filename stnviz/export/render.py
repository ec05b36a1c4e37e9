"""Render what a link, a checkpoint or a trace shows as a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from stnviz.export.formats import Format
from stnviz.export.opening import open_scene
from stnviz.export.progress import Tell, ignore
from stnviz.export.request import Wanted
from stnviz.export.scenes.scene import NotExportable, Scene

LONGEST = 120
"""Letters of a file name without its ending."""


@dataclass(frozen=True)
class Rendered:
    """A file.

    Args:
        name: that says what is in it.
        data: its contents.
    """

    name: str
    data: bytes


def render(what: str, kind: Format, wanted: Wanted, tell: Tell = ignore) -> Rendered:
    """Render a file.

    Args:
        what: a link, the name of a checkpoint, or a trace file.
        kind: of the file.
        wanted: how it is to look.
        tell: called with the progress; what it raises ends the work.

    Raises:
        NotExportable: it cannot be rendered; the message says what to do.
    """
    if wanted.sweep and kind.kind == "still":
        raise NotExportable(
            f"{kind.title.split()[0]} holds one picture and a sweep has many: choose .webp, .gif "
            "or .mp4, or leave out the sweep."
        )
    tell(0.0, "Computing")
    scene = open_scene(what, replace(wanted, animated=kind.kind == "animation"))
    data = kind.write(scene, replace(wanted, animated=kind.kind == "animation"), tell)
    tell(1.0, "Done")
    return Rendered(f"{file_stem(scene)}.{kind.suffix}", data)


def file_stem(scene: Scene) -> str:
    """The name of a scene's files: letters, digits, dots and hyphens."""
    return re.sub(r"[^\w.+-]+", "-", scene.name, flags=re.ASCII)[:LONGEST].strip("-.") or "stnviz"
