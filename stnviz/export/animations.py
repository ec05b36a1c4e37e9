"""Scenes as animations: WebP, GIF and MP4."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from stnviz.data.video_writer import FileKind, write_clip
from stnviz.export.drawing.frames import FramePainter
from stnviz.export.drawing.layout import Layout
from stnviz.export.drawing.paper import PAPERS
from stnviz.export.progress import Tell
from stnviz.export.request import Wanted, check_pixels
from stnviz.export.scenes.scene import NotExportable, Scene

DRAWN: dict[FileKind, float] = {"mp4": 1.0, "webp": 0.5, "gif": 0.5}
"""Share of the work that is done when the last frame is drawn; an MP4 is encoded meanwhile."""


def write_animation(scene: Scene, wanted: Wanted, kind: FileKind, tell: Tell) -> bytes:
    """All frames of a scene as a file.

    Raises:
        NotExportable: the scene has one frame only, or the file would have too many pixels.
    """
    if scene.count < 2:
        raise NotExportable(
            "This figure is a single picture: choose PNG, SVG or PDF, or give a sweep."
        )
    paper = PAPERS[wanted.theme]
    layout = Layout(scene, paper, wanted.points, captioned=wanted.captioned)
    size = layout.width, layout.height
    check_pixels(size[0] * wanted.scale, size[1] * wanted.scale, scene.count)
    painter = FramePainter(size, wanted.scale, paper.ground, layout.fixed())

    def frames() -> Iterator[NDArray[np.uint8]]:
        for index in range(scene.count):
            yield painter.paint(layout.moving(scene.draw(index)))
            done = (index + 1) / scene.count
            last = done == 1 and kind != "mp4"
            said = "Encoding" if last else f"Drawing frame {index + 1} of {scene.count}"
            tell(DRAWN[kind] * done, said)

    return write_clip(frames(), wanted.rate or scene.rate, kind)
