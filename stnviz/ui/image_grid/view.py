"""The image grid: a component that shows images side by side, with windows and captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stnviz.live.protocol import encode_answer
from stnviz.records import Array
from stnviz.ui.component import mount
from stnviz.ui.encoding import packed_data

HERE = Path(__file__).parent


def mount_image_grid(
    arrays: Mapping[str, Array], words: Sequence[str], lattice: int, *, key: str
) -> Any:
    """Mount the component.

    Args:
        arrays: ``images`` (N, H, W) and ``outputs`` (N, h, w) uint8, and perhaps
            ``lattices`` (N, L * L, 2).
        words: below each image; a line break separates lines.
        lattice: L.
        key: of the mounted instance.
    """
    message = encode_answer({"words": list(words), "lattice": lattice}, arrays)
    return mount(HERE, packed_data(message), key=key)
