"""The Inside component: one transformer, opened down to the pixel, answered by the live route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stnviz.ui.component import component

HERE = Path(__file__).parent


def mount_inside(
    data: Mapping[str, Any],
    *,
    key: str,
    on_state: Callable[[], None],
    on_shuffle: Callable[[], None],
) -> Any:
    """Mount the data of :func:`stnviz.ui.inside.model.inside_data`.

    Args:
        data: to show.
        key: of the mounted instance; the session state holds its reports under this key.
        on_state: called when its state has changed.
        on_shuffle: called when the visitor asks for other thumbnails.
    """
    return component(HERE, live=True)(
        data=dict(data), key=key, on_state_change=on_state, on_shuffle_change=on_shuffle
    )
