"""A component's modules as the one script, and its styles as the one sheet, that Streamlit takes.

The modules are plain ES modules, as a browser or node reads them; a component's script has
no address to import from. So their imports and ``export`` words are dropped and they are
laid one after the other, each after those it imports. Names are unique across modules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

HOUSE = Path(__file__).with_name("house.css")

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w/-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def order(entry: Path) -> list[Path]:
    """Modules from ``entry`` on, every one after those it imports."""
    ordered: list[Path] = []

    def visit(module: Path) -> None:
        if module in ordered:
            return
        for imported in _IMPORT.findall(module.read_text(encoding="utf-8")):
            visit((module.parent / imported).resolve())
        ordered.append(module)

    visit(entry.resolve())
    return ordered


@lru_cache
def bundle(entry: Path) -> str:
    """All modules that ``entry`` needs as one script with one default export."""
    texts = (module.read_text(encoding="utf-8") for module in order(entry))
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


@lru_cache
def stylesheet(own: Path) -> str:
    """What all components share, then a component's own."""
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in (HOUSE, own))


def mount(
    folder: Path,
    data: Mapping[str, Any],
    *,
    key: str,
    on_state: Callable[[], None] | None = None,
    live: bool = False,
) -> Any:
    """Mount the component whose script and styles lie in ``folder`` under its name.

    Args:
        folder: named like the component.
        data: what its ``receive`` is given.
        key: of the mounted instance; its ``state`` is in the session state under it.
        on_state: called when its ``state`` has changed.
        live: whether it asks the live route, and says by ``data-live`` whether that answers.
    """
    changes = {} if on_state is None else {"on_state_change": on_state}
    return component(folder, live=live)(data=dict(data), key=key, **changes)


def component(folder: Path, *, live: bool = False) -> Any:
    """What mounts the component in ``folder``; arguments as :func:`mount` has them."""
    name = folder.name
    state = ' data-live="off"' if live else ""
    return st.components.v2.component(
        f"stnviz_{name}",
        html=f'<div class="house" data-testid="{name.replace("_", "-")}"{state}></div>',
        css=stylesheet(folder / f"{name}.css"),
        js=bundle(folder / f"{name}.js"),
    )
