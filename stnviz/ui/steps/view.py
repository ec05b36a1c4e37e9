"""The steps component: a multi-step network, step by step, on an image that can be edited."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from stnviz.ui.bundle import bundle, stylesheet
from stnviz.ui.encoding import as_text, pack_answers
from stnviz.ui.pages import live_address

HERE = Path(__file__).parent
NAME = "stnviz_steps"


def mount_steps(data: dict[str, Any], *, key: str, on_state: Callable[[], None]) -> Any:
    """Mount the component.

    Args:
        data: what :func:`steps_data` makes.
        key: of the mounted instance; its ``state`` is in the session state under it.
        on_state: called when a step, an image or something in it was changed.
    """
    component = st.components.v2.component(
        NAME,
        html='<div class="house" data-testid="steps" data-live="off"></div>',
        css=stylesheet(HERE / "steps.css"),
        js=bundle(HERE / "steps.js"),
    )
    return component(data=data, key=key, on_state_change=on_state)


def steps_data(film: str, answer: bytes, state: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the component is sent.

    Args:
        film: the checkpoint's name in the library.
        answer: of the live engine, to a request for a step trace.
        state: what to open with: ``picture``, ``tick``, ``own``, ``slow``, ``sharp``,
            ``handles``, ``distractors`` and ``asked``.
    """
    packed = as_text(pack_answers([answer]))
    return {
        "film": film,
        "live": live_address(),
        "revision": hashlib.sha256(packed.encode()).hexdigest(),
        "answer": packed,
        "state": dict(state),
    }
