"""Exports of a sweep: 180 frames of a digit that turns, as MP4, WebP and GIF, from link to file.

    python benchmarks/export.py --check

Beside them what cannot be spared, the frames drawn and thrown away; and what they would cost with
matplotlib, estimated from a few. The first export, which loads the network, is not counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.export.drawing.frames import FramePainter
from stnviz.export.drawing.layout import Layout
from stnviz.export.drawing.paper import PAPERS
from stnviz.export.formats import FORMATS
from stnviz.export.opening import open_scene
from stnviz.export.progress import ignore
from stnviz.export.render import render
from stnviz.export.request import Wanted
from stnviz.export.stills import write_still

WHAT, SWEEP = "mnist-r/st-cnn-affine", "rotation=-90:90"
FRAMES, FEW = 180, 6
SECONDS = {"mp4": 5.0, "webp": 5.0, "gif": 10.0}
DRAWN, SLOW = "frames drawn only", "frames by matplotlib (estimated)"


def case(frames: int) -> str:
    """Heading of the table."""
    return f"{frames} frames, {SWEEP}, 160 mm at 120 dpi"


def contestants(frames: int) -> dict[str, Callable[[], object]]:
    """A whole export in each format, and the drawing alone."""
    wanted = Wanted(sweep=SWEEP, frames=frames, animated=True)

    def export(kind: str) -> Callable[[], object]:
        return lambda: render(WHAT, FORMATS.get(kind), wanted)

    def draw() -> None:
        scene, paper = open_scene(WHAT, wanted), PAPERS["light"]
        layout = Layout(scene, paper, wanted.points, captioned=True)
        size = layout.width, layout.height
        painter = FramePainter(size, wanted.scale, paper.ground, layout.fixed())
        for index in range(scene.count):
            painter.paint(layout.moving(scene.draw(index)))

    return {**{kind.upper(): export(kind) for kind in SECONDS}, DRAWN: draw}


def by_matplotlib(frames: int) -> float:
    """Seconds for all frames, from a few of them."""
    wanted = Wanted(sweep=SWEEP, frames=FEW, animated=True)
    scene = open_scene(WHAT, wanted)
    began = time.perf_counter()
    for _ in range(FEW):
        write_still(scene, wanted, "png", ignore)
    return (time.perf_counter() - began) / FEW * frames


def main() -> int:
    """Measure, and print seconds and the ratio to drawing alone."""
    options = report.parser(__doc__ or "").parse_args()
    frames = 12 if options.smoke else FRAMES
    taken = report.medians(contestants(frames), min(options.rounds, 3))
    taken[SLOW] = by_matplotlib(frames)
    results = [report.Result(case(frames), name, s, "s", s) for name, s in taken.items()]
    ratio = f"{case(frames)}, ratio to drawing"
    results += [report.Result(ratio, n, s / taken[DRAWN], "x", s) for n, s in taken.items()]
    goals = [report.Goal(case(frames), kind.upper(), limit) for kind, limit in SECONDS.items()]
    return report.finish(options, results, goals)


if __name__ == "__main__":
    sys.exit(main())
