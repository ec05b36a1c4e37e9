"""The steps component: a multi-step network, step by step, on an image that can be edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stnviz.ui.bundle import component
from stnviz.ui.encoding import packed_data
from stnviz.ui.pages import live_address

HERE = Path(__file__).parent


def mount_steps(data: dict[str, Any], *, key: str, on_state: Callable[[], None]) -> Any:
    """Mount the component.

    Args:
        data: what :func:`steps_data` makes.
        key: of the mounted instance; its ``state`` is in the session state under it.
        on_state: called when a step, an image or something in it was changed.
    """
    return component(HERE, live=True)(data=data, key=key, on_state_change=on_state)


def steps_data(film: str, answer: bytes, state: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the component is sent.

    Args:
        film: the checkpoint's name in the library.
        answer: of the live engine, to a request for a step trace.
        state: what to open with: ``picture``, ``tick``, ``own``, ``slow``, ``sharp``,
            ``handles``, ``distractors`` and ``asked``.
    """
    return {
        **packed_data(answer), "film": film, "live": live_address(), "state": dict(state),
    }  # fmt: skip
