"""Bundle a component's JavaScript modules into one script, and its styles into one sheet.

Streamlit takes one script and one sheet. The modules are plain ES modules, as a browser or Node
reads them, but a component's script has no URL that relative imports could resolve against. So
their imports and ``export`` keywords are dropped and they are concatenated, each after those it
imports. Names are unique across modules; a default export gets the name under which it is imported.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from stnviz.ui.view_options import hiding_rules

HOUSE = Path(__file__).with_name("house.css")

_IMPORT = re.compile(
    r'^import (?:\{[^}]*\}|(\w+)) from "((?:\.{1,2}/)+[\w/-]+\.js)";\n', re.MULTILINE
)
_IMPORTED_SHEET = re.compile(r'^@import "((?:\.\./)*[\w/-]+\.css)";\n', re.MULTILINE)
_SIZE = re.compile(r"(font-size: |font: [^;]*?)([\d.]+)rem")
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def order(entry: Path) -> list[Path]:
    """The modules that ``entry`` needs, itself last, each after those it imports."""
    ordered: list[Path] = []

    def visit(module: Path) -> None:
        if module in ordered:
            return
        for _, imported in _IMPORT.findall(module.read_text(encoding="utf-8")):
            visit((module.parent / imported).resolve())
        ordered.append(module)

    visit(entry.resolve())
    return ordered


@lru_cache
def bundle(entry: Path) -> str:
    """All modules that ``entry`` needs, as one script with one default export."""
    texts = {module: module.read_text(encoding="utf-8") for module in order(entry)}
    for module, text in list(texts.items()):
        for name, imported in _IMPORT.findall(text):
            if name:
                there = (module.parent / imported).resolve()
                texts[there] = texts[there].replace("export default ", f"const {name} = ", 1)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts.values())


@lru_cache
def stylesheet(own: Path) -> str:
    """The styles that all components share, those that a component imports, then its own.

    No type is smaller than ``--least-type``, which the page's frame sets where type is large.
    """
    rest = own.read_text(encoding="utf-8")
    imported = [own.parent / name for name in _IMPORTED_SHEET.findall(rest)]
    sheets = [sheet.read_text(encoding="utf-8") for sheet in (HOUSE, *imported)]
    text = "\n".join([*sheets, _IMPORTED_SHEET.sub("", rest)])
    return "\n".join((_SIZE.sub(r"\1max(\2rem, var(--least-type, 0px))", text), hiding_rules()))
