"""Pictures of a folder, read and given to a network, with a sentence for all that can go wrong."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from stnviz.analysis.inspect import inspect
from stnviz.cli.console import UsageError, as_sentence, print_error
from stnviz.cli.picture_folder import PictureFolder, read_picture_folder
from stnviz.coordinates import Size
from stnviz.records import Trace
from stnviz.shapes import Float


def read_pictures(
    folder: Path, size: Size | None, *, grey: bool, count: int | None = None
) -> PictureFolder:
    """The pictures of a folder; what was passed over is printed.

    Raises:
        UsageError: there are none, they differ in size, or a number is below 1.
    """
    if (count is not None and count < 1) or (size is not None and min(size) < 1):
        raise UsageError("--count and --size are numbers of at least 1.")
    try:
        found = read_picture_folder(folder, size, grey=grey, count=count)
    except ValueError as error:
        raise UsageError(as_sentence(error)) from error
    for notice in found.notices:
        print_error(notice)
    return found


def inspect_pictures(
    model: nn.Module, images: Float[Tensor, "b c h w"], provenance: Mapping[str, Any]
) -> Trace:
    """The trace of a network on pictures.

    Raises:
        UsageError: the network calls no sampler, or does not take such pictures.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Default (grid_sample|affine_grid)")
        try:
            return inspect(model, images, provenance)
        except RuntimeError as error:
            size = " x ".join(map(str, images.shape[1:]))
            raise UsageError(
                f"The network does not take pictures of {size} ({as_sentence(error)}): give "
                "--size and --grey as in its training."
            ) from error
        except ValueError as error:
            raise UsageError(as_sentence(error)) from error
