"""The volume component: a digit turned in space by hand, and what each network sees of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stnviz.ui.component import component

HERE = Path(__file__).parent


def mount_volume(
    data: dict[str, Any],
    *,
    key: str,
    on_state: Callable[[], None],
    on_shuffle: Callable[[], None],
) -> Any:
    """Mount the component.

    Args:
        data: what :func:`stnviz.ui.volume.model.volume_data` returns.
        key: of the mounted instance; the session state holds its reports under this key.
        on_state: called when digit or angles have changed: its ``state`` holds them.
        on_shuffle: called when the visitor asks for other thumbnails.
    """
    return component(HERE, live=True)(
        data=data, key=key, on_state_change=on_state, on_shuffle_change=on_shuffle
    )
