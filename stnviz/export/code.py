"""The lines of PyTorch that reproduce a transform: a script that needs torch alone."""

from __future__ import annotations

import base64
import textwrap
import zlib

import numpy as np
import torch

from stnviz.coordinates import PADDINGS, Padding, sample
from stnviz.export.scenes.scene import NotExportable, Scene, Source
from stnviz.records import Array, Step
from stnviz.records.windows import letter_of, warps_of
from stnviz.registry import UnknownName
from stnviz.transforms import Transform, create_transform
from stnviz.version import __version__

MOST_VALUES = 2_000_000
"""Values of an image or grid that are written into a script."""

CLOSE = 1e-3
"""Difference of grey levels, of a range of 1, within which two outputs are the same."""

HEAD = '''\
"""{title}

{caption}

Made by stnviz {version}{link}. Needs torch{more}. ``outputs`` holds what each transformer
gives out, and ``grids`` where it samples.
"""

import base64
import zlib

import torch
import torch.nn.functional as F
{imports}

def unpack(text, dtype, shape):
    """An array that is written below as text."""
    data = bytearray(zlib.decompress(base64.b64decode(text)))
    return torch.frombuffer(data, dtype=dtype).reshape(shape)


grids, outputs = {{}}, {{}}
'''


def write_code(scene: Scene) -> bytes:
    """A script that samples the shown image exactly as the network does.

    Raises:
        NotExportable: the scene has no transformer, or the link hides theta.
    """
    if not scene.shows("theta"):
        raise NotExportable("The link hides theta, which the code would show: show it to export.")
    source = next((one for one in scene.sources if warps_of(one.trace)), None)
    if source is None:
        raise NotExportable("There is no transform in this figure: choose a network with one.")
    index = scene.shown if scene.index is None else scene.index
    steps = [step for step in warps_of(source.trace) if 1 <= step.input.shape[1] <= 3]
    steps = steps or warps_of(source.trace)[:1]
    blocks, imports = [], False
    before: Array | None = None
    for step in steps:
        image = step.input[index : index + 1]
        if before is None or before.shape != image.shape or not np.array_equal(before, image):
            blocks.append(f"image = {_packed(image)}  # (1, C, H, W)")
        before = image
        lines, needs = _step(step, source, index)
        imports |= needs
        blocks.append(lines)
    head = HEAD.format(
        title=_quoted(scene.title), caption=textwrap.fill(_quoted(scene.caption), 96),
        version=__version__, link=f" from {_quoted(scene.link)}" if scene.link else "",
        more=" and stnviz" if imports else " alone", imports="import stnviz\n" if imports else "",
    )  # fmt: skip
    tail = "for name, output in outputs.items():\n    print(name, tuple(output.shape))\n"
    return "\n".join([head, *(block + "\n" for block in blocks), tail]).encode()


def _step(step: Step[Array], source: Source, index: int) -> tuple[str, bool]:
    """The lines of one transformer, and whether they need stnviz."""
    name, call = letter_of(step), step.call
    align = call.align_corners if call else False
    grid, needs = _grid_lines(step, source, index)
    mode = call.kernel if call else "bilinear"
    padding = call.padding if call else padding_of(step, index)
    lines = [
        f"# Transformer {name}: {step.transform or 'a grid of no known family'}.",
        *grid,
        f'grids["{name}"] = grid',
        f'outputs["{name}"] = F.grid_sample(',
        f'    image, grid, mode="{mode}", padding_mode="{padding}", align_corners={align}',
        ")",
    ]
    return "\n".join(lines), needs


def padding_of(step: Step[Array], index: int) -> Padding:
    """The padding mode with which one of our own steps sampled: the one that gives its output."""
    image, grid, output = (
        torch.from_numpy(np.array(array[index : index + 1])).float()
        for array in (step.input, step.grid, step.output)
    )
    if output.shape[1] == image.shape[1]:
        for padding in PADDINGS:
            if bool((sample(image, grid, padding=padding) - output).abs().max() < CLOSE):
                return padding
    return "zeros"


def _grid_lines(step: Step[Array], source: Source, index: int) -> tuple[list[str], bool]:
    height, width = step.grid.shape[1:3]
    channels = step.input.shape[1]
    theta = torch.from_numpy(np.array(step.theta[index : index + 1])).float()
    align = step.call.grid_align_corners if step.call else False
    transform = _transform(step, source)
    matrix = None if transform is None or align is None else transform.matrix(theta)
    size = f"(1, {channels}, {height}, {width})"
    if transform is None or align is None:
        return [f"grid = {_packed(step.grid[index : index + 1])}  # (1, H, W, 2)"], False
    if matrix is None:
        options = "".join(f", {name}={value!r}" for name, value in source.options.items())
        return [
            f"theta = torch.tensor({_numbers(theta)})",
            f'transform = stnviz.create_transform("{step.transform}"{options})',
            f"grid = transform.grid(theta, ({height}, {width}))",
        ], True
    if step.transform == "projective":
        return [
            "# Output (x, y, 1) times this matrix, divided by its last entry, is the input point.",
            f"matrix = torch.tensor({_numbers(matrix[0])})",
            f"xs = (2 * torch.arange({width}) + 1) / {width} - 1",
            f"ys = (2 * torch.arange({height}) + 1) / {height} - 1",
            f"x, y = xs.expand({height}, {width}), ys[:, None].expand({height}, {width})",
            "points = torch.stack([x, y, torch.ones_like(x)], dim=-1) @ matrix.T",
            "grid = (points[..., :2] / points[..., 2:])[None]",
        ], False
    return [
        "# Maps (x, y) of the output, in [-1, 1], to the point of the input that is read.",
        f"theta = torch.tensor({_numbers(matrix[:, :2])})",
        f"grid = F.affine_grid(theta, {size}, align_corners={align})",
    ], False


def _transform(step: Step[Array], source: Source) -> Transform | None:
    try:
        found = create_transform(step.transform, **source.options)
    except (UnknownName, TypeError):
        return None
    return found if found.size == step.theta.shape[1] else None


def _numbers(values: torch.Tensor) -> str:
    """Nested lists in Python, exact for float32."""
    return str(values.tolist())


def _packed(array: Array) -> str:
    """An expression for an array: bytes if it is an image of bytes, else float32."""
    values = np.ascontiguousarray(array, np.float32)
    if values.size > MOST_VALUES:
        raise NotExportable("The image is too large to be written into a script: save the trace.")
    levels = np.rint(values * 255)
    if values.min() >= 0 and values.max() <= 1 and np.allclose(levels / 255, values, atol=1e-7):
        return f"unpack({_text(levels.astype(np.uint8))}, torch.uint8, {values.shape}) / 255"
    return f"unpack({_text(values)}, torch.float32, {values.shape})"


def _text(array: Array) -> str:
    return f'"{base64.b64encode(zlib.compress(array.tobytes(), 9)).decode()}"'


def _quoted(text: str) -> str:
    """Text that may come from a file or link, safe inside a docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"', "'")
