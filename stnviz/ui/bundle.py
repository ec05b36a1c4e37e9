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

from stnviz.ui.view_options import LARGE, hidden, hiding_rules, is_large

HOUSE = Path(__file__).with_name("house.css")

_IMPORT = re.compile(r'^import \{[^}]*\} from "((?:\.{1,2}/)+[\w/-]+\.js)";\n', re.MULTILINE)
_SIZE = re.compile(r"(font-size: |font: [^;]*?)([\d.]+)rem")
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
    """The styles that all components share, then a component's own.

    No type is smaller than ``--least-type``, which the page's frame sets where type is large.
    """
    text = "\n".join(sheet.read_text(encoding="utf-8") for sheet in (HOUSE, own))
    return "\n".join((_SIZE.sub(r"\1max(\2rem, var(--least-type, 0px))", text), hiding_rules()))


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
