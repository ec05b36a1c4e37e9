"""The options of the command ``render``. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg


@dataclass(frozen=True)
class Render:
    """Write what a checkpoint, a trace or a link of the app shows as a file.

    The format follows from the file's ending: png, svg, pdf; webp, gif, mp4; csv, json, trace, py.

    Args:
        what: Checkpoint, e.g. mnist-r/st-cnn-affine; trace file; or link of the app.
        output: File to write. A folder gets a file named after what is in it, with --format.
        format: Ending of a file in a folder.
        sweep: Value that an animation goes through, e.g. rotation=-90:90 or scale=0.7:1.2: degrees,
            factors, pixels. By default the range of the training.
        size: Width of the figure, e.g. 160mm, 16cm or 6.3in.
        dpi: Dots per inch; 300 for pictures and 120 for animations by default.
        theme: Light or dark.
        frames: Frames of a sweep; 180 by default.
        fps: Frames per second; by default what suits the scene.
        image: Image of a trace that a picture shows.
        caption: Write model, data and seed below the figure.
    """

    module: ClassVar[str] = "render"

    what: Annotated[Positional[str], arg(metavar="CHECKPOINT|TRACE|LINK")]
    output: Annotated[Path, arg(metavar="FILE", aliases=("-o",))]
    format: Annotated[str, arg(metavar="ENDING")] = "png"
    sweep: Annotated[str, arg(metavar="NAME=LOW:HIGH", help_behavior_hint="")] = ""
    size: Annotated[str, arg(metavar="WIDTH")] = "160mm"
    dpi: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    theme: Annotated[str, arg(metavar="light|dark")] = "light"
    frames: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    fps: Annotated[float | None, arg(metavar="X", help_behavior_hint="")] = None
    image: Annotated[int, arg(metavar="N")] = 0
    caption: bool = True
