"""Mount a component, which is a folder with a script and styles, on a page of Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from stnviz.ui.bundle import bundle, stylesheet
from stnviz.ui.view_options import LARGE, hidden, is_large


def mount(
    folder: Path,
    data: Mapping[str, Any],
    *,
    key: str,
    on_state: Callable[[], None] | None = None,
    on_shuffle: Callable[[], None] | None = None,
    live: bool = False,
) -> Any:
    """Mount the component whose script and styles lie in ``folder`` under its name.

    Args:
        folder: named like the component.
        data: passed to the component's ``receive``.
        key: of the mounted instance; the session state holds its ``state`` under this key.
        on_state: called when its ``state`` has changed.
        on_shuffle: called when the visitor asks for other thumbnails, if it has any.
        live: whether it uses the live route; ``data-live`` then says whether that answers.
    """
    listeners = {"on_state_change": on_state, "on_shuffle_change": on_shuffle}
    changes = {name: call for name, call in listeners.items() if call is not None}
    return component(folder, live=live)(data=dict(data), key=key, **changes)


def component(folder: Path, *, live: bool = False) -> Callable[..., Any]:
    """A function that mounts the component in ``folder``; arguments as for :func:`mount`.

    The component is also told which of its parts the link hides, and whether type is large.
    """
    name = folder.name
    state = ' data-live="off"' if live else ""
    mounted = st.components.v2.component(
        f"stnviz_{name}",
        html=f'<div class="house" data-testid="{name.replace("_", "-")}"{state}></div>',
        css=stylesheet(folder / f"{name}.css"),
        js=bundle(folder / f"{name}.js"),
    )

    view = {"hide": hidden(), "size": LARGE if is_large() else ""}

    def mount_viewed(data: Mapping[str, Any], **rest: Any) -> Any:
        return mounted(data={**data, **view}, **rest)

    return mount_viewed
