"""The command ``align``: the pictures of a folder as a transformer straightens them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stnviz.checkpoints.card import BadCheckpoint
from stnviz.checkpoints.pretrained import load_model
from stnviz.cli.console import UsageError, as_sentence
from stnviz.cli.normalisation import Normalisation
from stnviz.cli.own_model import is_own_model, load_own_model
from stnviz.cli.pictures import inspect_pictures, read_pictures
from stnviz.cli.trace_options import Align
from stnviz.files import write_atomically
from stnviz.models import Model
from stnviz.records import Array, Step, Trace
from stnviz.records.windows import warps_of
from stnviz.registry import UnknownName
from stnviz.runs.exit_codes import DONE

TOGETHER, TOGETHER_BYTES = 64, 2**25
"""Pictures that the network is run on at once, and their size at most: larger ones are fewer."""


def run(options: Align) -> int:
    """Write the straightened pictures.

    Raises:
        UsageError: something cannot be read, built, run or written; the message says what.
    """
    if options.output.resolve() == options.folder.resolve():
        raise UsageError("--output is the folder of the pictures itself: choose another one.")
    model = _load(options)
    size, grey = options.size, options.grey
    if isinstance(model, Model):
        height, width = model.config.input_size
        size, grey = (height, width), channels_of(model) == 1
    pictures = read_pictures(options.folder, size, grey=grey)
    normalisation = Normalisation.parse(options.normalise, pictures.images.shape[1])
    names = iter(png_names(pictures.names))
    together = min(TOGETHER, max(1, TOGETHER_BYTES // (pictures.images[0].numel() * 4)))
    for images in pictures.images.split(together):
        trace = inspect_pictures(model, normalisation.apply(images), {})
        step = chosen_step(trace, options.lane)
        seen = normalisation.undo(torch.from_numpy(step.output))
        for index, (image, straight) in enumerate(zip(images, seen, strict=True)):
            name = next(names)
            _write(options.output / name, to_bytes(straight))
            if options.windows:
                _write_window(options.output / "windows" / name, image, trace, step, index)
    print(f"{len(pictures.names)} straightened pictures are in {options.output}.")
    return DONE


def _load(options: Align) -> nn.Module:
    if is_own_model(options.model):
        return load_own_model(options.model, options.weights)
    if options.weights is not None:
        raise UsageError("A checkpoint has its own weights: leave out --weights.")
    try:
        return load_model(options.model)
    except (BadCheckpoint, UnknownName) as error:
        raise UsageError(as_sentence(error)) from error


def channels_of(model: Model) -> int:
    """Channels of the pictures that a network of this package takes: 1 or 3.

    Raises:
        UsageError: it takes no single pictures, but two digits, or glasses and a face.
    """
    for channels in (1, 3):
        try:
            with torch.inference_mode():
                model(torch.zeros(1, channels, *model.config.input_size))
        except RuntimeError:
            continue
        return channels
    raise UsageError("This network takes no single pictures: choose one for digits or photos.")


def chosen_step(trace: Trace, letter: str) -> Step[Array]:
    """The last step of a transformer that gives out pictures like those it was given.

    Raises:
        UsageError: there is no such transformer, or it warps feature maps.
    """
    steps = [step for step in warps_of(trace) if chr(ord("A") + step.lane % 26) == letter.upper()]
    if not steps:
        there = sorted({chr(ord("A") + step.lane % 26) for step in warps_of(trace)})
        raise UsageError(
            f"There is no transformer {letter} here: choose one of {', '.join(there)} with --lane."
            if there
            else "The network has no transformer that warps pictures: choose one that has."
        )
    alike = [step for step in steps if step.output.shape[1] == trace.images.shape[1]]
    if not alike:
        raise UsageError(
            f"Transformer {letter} warps feature maps, which are no pictures: choose another one "
            "with --lane."
        )
    return alike[-1]


def png_names(names: tuple[str, ...]) -> Iterator[str]:
    """Names of the written files: the same ones with .png; whole where two would be equal."""
    stems = [Path(name).stem for name in names]
    for name, stem in zip(names, stems, strict=True):
        yield f"{stem if stems.count(stem) == 1 else name}.png"


def to_bytes(image: Tensor) -> NDArray[np.uint8]:
    """(H, W) grey or (H, W, 3) pixels of one image in [0, 1]."""
    pixels = (image.float().nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    found: NDArray[np.uint8] = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    return found


def _write_window(path: Path, image: Tensor, trace: Trace, step: Step[Array], index: int) -> None:
    from stnviz.plots.window_pictures import draw_windows
    from stnviz.plots.windows import window_of

    pixels = to_bytes(image)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    _write(path, draw_windows(pixels, [window_of(trace, step, index)]))


def _write(path: Path, picture: Any) -> None:
    from PIL import Image

    drawn = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    try:
        write_atomically(path, lambda passing: drawn.save(passing, "PNG"))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {as_sentence(error)}.") from error
