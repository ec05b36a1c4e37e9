"""The image grid: a component that shows pictures side by side, with windows and words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from stnviz.live.protocol import encode_answer
from stnviz.records import Array
from stnviz.ui.bundle import bundle, stylesheet
from stnviz.ui.encoding import as_text, pack_answers

HERE = Path(__file__).parent
NAME = "stnviz_image_grid"


def mount_image_grid(
    arrays: Mapping[str, Array], words: Sequence[str], lattice: int, *, key: str
) -> Any:
    """Mount the component.

    Args:
        arrays: ``images`` (N, H, W) and ``outputs`` (N, h, w) uint8, and perhaps
            ``lattices`` (N, L * L, 2).
        words: below each picture; lines apart by a line break.
        lattice: L.
        key: of the mounted instance.
    """
    answer = as_text(
        pack_answers([encode_answer({"words": list(words), "lattice": lattice}, arrays)])
    )
    component = st.components.v2.component(
        NAME,
        html='<div class="house" data-testid="image-grid"></div>',
        css=stylesheet(HERE / "image_grid.css"),
        js=bundle(HERE / "image_grid.js"),
    )
    revision = hashlib.sha256(answer.encode()).hexdigest()
    return component(data={"answer": answer, "revision": revision}, key=key)
