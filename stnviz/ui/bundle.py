"""Bundle a component's JavaScript modules into one script, and its styles into one sheet.

Streamlit takes one script and one sheet. The modules are plain ES modules, as a browser or Node
reads them, but a component's script has no URL that relative imports could resolve against. So
their imports and ``export`` keywords are dropped and they are concatenated, each after those it
imports. Names are unique across modules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

HOUSE = Path(__file__).with_name("house.css")

_IMPORT = re.compile(r'^import \{[^}]*\} from "((?:\.{1,2}/)+[\w/-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def order(entry: Path) -> list[Path]:
    """The modules that ``entry`` needs, itself last, each after those it imports."""
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
    """All modules that ``entry`` needs, as one script with one default export."""
    texts = (module.read_text(encoding="utf-8") for module in order(entry))
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


@lru_cache
def stylesheet(own: Path) -> str:
    """The styles that all components share, then a component's own."""
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
        data: passed to the component's ``receive``.
        key: of the mounted instance; the session state holds its ``state`` under this key.
        on_state: called when its ``state`` has changed.
        live: whether it uses the live route; ``data-live`` then says whether that answers.
    """
    changes = {} if on_state is None else {"on_state_change": on_state}
    return component(folder, live=live)(data=dict(data), key=key, **changes)


def component(folder: Path, *, live: bool = False) -> Any:
    """A function that mounts the component in ``folder``; arguments as for :func:`mount`."""
    name = folder.name
    state = ' data-live="off"' if live else ""
    return st.components.v2.component(
        f"stnviz_{name}",
        html=f'<div class="house" data-testid="{name.replace("_", "-")}"{state}></div>',
        css=stylesheet(folder / f"{name}.css"),
        js=bundle(folder / f"{name}.js"),
    )
