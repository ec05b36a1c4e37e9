"""The stage: a component that follows the pointer. The page sends data, it reports its state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stnviz.ui.component import component

HERE = Path(__file__).parent


def stage(
    data: dict[str, Any],
    *,
    key: str,
    on_state: Callable[[], None],
    on_shuffle: Callable[[], None],
) -> Any:
    """Mount the stage.

    Args:
        data: what :func:`stnviz.ui.stage.model.stage_data` returns.
        key: of the mounted instance; the session state holds its reports under this key.
        on_state: called when the visitor releases the pointer, before the page reruns.
        on_shuffle: called when the visitor asks for other thumbnails.

    Returns:
        The reports: ``state``, ``question`` (a live request that could not reach the live route)
        and ``shuffle``.
    """
    return component(HERE, live=True)(
        data=data,
        key=key,
        on_state_change=on_state,
        on_question_change=lambda: None,
        on_shuffle_change=on_shuffle,
    )
