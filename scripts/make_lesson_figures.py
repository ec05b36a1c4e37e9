"""Draw the figures of the lessons that show a network at work, into ``stnviz/lessons/figures``.

    python scripts/make_lesson_figures.py

Figures without a network, a digit under a theta, are described in the lessons themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[1]))
from stnviz.analysis.inspect import inspect
from stnviz.analysis.replay import replay
from stnviz.checkpoints.card import CHECKPOINTS, HISTORY
from stnviz.checkpoints.pretrained import load_model
from stnviz.data.digits import gallery
from stnviz.data.distort import distort, neutral_values
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.volumes import THICKNESS, extrude, turn_of
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.live.links import FIRST_IN_SPACE, SPACE_ANGLES
from stnviz.models.birds import TILES, WINDOW
from stnviz.models.volumes import flatten
from stnviz.plots.window_pictures import draw_windows, to_pixels
from stnviz.plots.windows import Window, window_of
from stnviz.records import History, Trace
from stnviz.records.windows import warps_of
from stnviz.transforms import create_transform

FOLDER = Path(__file__).parents[1] / "stnviz" / "lessons" / "figures"
SIDE, GAP = 168, 8
DIGIT = 132
CORNERS = [0, 6, 48, 42, 0]
"""The corners of a lattice of 7 x 7 points, and the first again."""


def main() -> None:
    """Draw all figures."""
    FOLDER.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    save("bent", bent())
    save("board", board())
    save("half-a-pixel", conventions())
    save("learning", learning())
    save("row", row())
    bird = shown("birds/2st-cnn-translation", 3)
    save("bird", [with_windows(bird, [])])
    save("bird-start", [at_the_start(bird)])
    number = shown("numbers-128/st-cnn-multi-affine", 5)
    save("number", [with_windows(number, [])])
    digit = shown("mnist-perturbed/ic-stn-4-projective", 2)
    save("steps", [with_windows(digit, []), *outputs(digit)])
    clean = torch.from_numpy(gallery().images[:1, None]).float() / 255
    black = inspect(load_model("ill/out-of-view"), clean)
    save("black", [with_windows(black, []), *outputs(black)])


def shown(name: str, index: int) -> Trace:
    """The trace of one test image, as the pages show it."""
    model = load_model(name)
    source, _ = EXPERIMENTS.get(name.partition("/")[0]).open(
        "shown", None, torch.device("cpu"), config=model.config
    )
    return inspect(model, source.picture(index)[0])


def with_windows(trace: Trace, chosen: Sequence[int]) -> Image.Image:
    """The image with the windows of the chosen steps."""
    steps = warps_of(trace)
    windows = [window_of(trace, steps[place], 0) for place in chosen]
    return draw_windows(to_pixels(trace.images)[0], windows)


def at_the_start(trace: Trace) -> Image.Image:
    """A bird with the two windows as they lie before the training."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * WINDOW
    windows = [Window(lane, 0, square + middle) for lane, middle in enumerate(TILES[2])]
    return draw_windows(to_pixels(trace.images)[0], windows)


def outputs(trace: Trace) -> list[Image.Image]:
    """What each step gives out."""
    return [Image.fromarray(to_pixels(step.output)[0]) for step in warps_of(trace)]


def bent() -> list[Image.Image]:
    """A digit bent like an S, and what a spline's network makes of it."""
    distortion = DISTORTIONS.get("mnist-e")
    names = [parameter.name for parameter in distortion.parameters]
    values = neutral_values(distortion)
    values[0, names.index("scale")] = 0.9
    for point in range(4, 12):
        values[0, names.index(f"spline{point}_x")] = 4 if point < 8 else -4
    digit = torch.from_numpy(gallery().images[DIGIT][None, None]).float() / 255
    image = distort(distortion, digit, values, torch.Generator()).images
    trace = inspect(load_model("mnist-e/st-cnn-thin-plate-spline"), image)
    return [with_windows(trace, [0]), *outputs(trace)]


def board() -> list[Image.Image]:
    """A digit cut from a board, turned, and flattened from the front."""
    clean = torch.from_numpy(gallery().images[FIRST_IN_SPACE])[None, None].float() / 255
    turn = turn_of(torch.tensor([list(SPACE_ANGLES.values())]))
    flat = flatten(extrude(clean, turn), THICKNESS)[0, 0].clamp(0, 1)
    return [as_high(Image.fromarray((255 * flat).byte().numpy()))]


def learning() -> list[Image.Image]:
    """The window on one image of a training's probe, before and after it."""
    history = History.load(CHECKPOINTS / "mnist-rts" / "st-cnn-affine" / HISTORY)
    windows = replay(history, create_transform("affine"), 7).lattices[:, 0, 1]
    pixels = to_pixels(history.images[1:2] / np.float32(255))[0]
    return [
        draw_windows(pixels, [Window(0, 0, windows[snapshot][CORNERS])]) for snapshot in (0, -1)
    ]


def row() -> list[Image.Image]:
    """A row of digits, and the glimpse of its second one with 50 and with 25 pixels a side."""
    traces = [shown(f"sequences/rnn-spn-d{factor}-translation", 0) for factor in (2, 4)]
    glimpses = [outputs(trace)[1] for trace in traces]
    return [with_windows(traces[1], [1]), *glimpses]


def conventions() -> list[Image.Image]:
    """The places of -1 and 1 on four pixels, in both conventions."""
    side, left, width = 96, 60, 4 * 96 + 120
    sheet = Image.new("RGB", (width, 330), (251, 250, 247))
    pen = ImageDraw.Draw(sheet)
    for top, ends in (
        (30, (left, left + 4 * side)),
        (190, (left + side // 2, left + 7 * side // 2)),
    ):
        for pixel in range(4):
            x = left + pixel * side
            pen.rectangle((x, top, x + side, top + 60), (60 + 45 * pixel,) * 3, (29, 33, 38))
            pen.ellipse((x + side // 2 - 4, top + 26, x + side // 2 + 4, top + 34), (217, 115, 13))
        for x, name in zip(ends, ("-1", "1"), strict=True):
            pen.line((x, top - 12, x, top + 76), (31, 111, 178), 4)
            pen.text((x, top + 80), name, (31, 111, 178), font_size=34, anchor="mt")
    return [sheet]


def save(name: str, pictures: Sequence[Image.Image]) -> None:
    """Save pictures side by side, as few colours as they need."""
    scaled = [as_high(picture) for picture in pictures] if len(pictures) > 1 else list(pictures)
    width = sum(one.width for one in scaled) + GAP * (len(scaled) - 1)
    sheet = Image.new("RGB", (width, scaled[0].height), (128, 128, 128))
    at = 0
    for one in scaled:
        sheet.paste(one, (at, 0))
        at += one.width + GAP
    path = FOLDER / f"{name}.png"
    sheet.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {sheet.size}, {path.stat().st_size / 1e3:.1f} kB")


def as_high(picture: Image.Image) -> Image.Image:
    """The picture with the height of all, its pixels kept where they are large."""
    pixels: NDArray[np.uint8] = np.asarray(picture.convert("RGB"))
    height = pixels.shape[0]
    way = Image.Resampling.NEAREST if height < SIDE else Image.Resampling.LANCZOS
    return picture.convert("RGB").resize((round(picture.width * SIDE / height), SIDE), way)


if __name__ == "__main__":
    main()
