"""The stage's modules as the one script that a component takes.

The modules are plain ES modules, as a browser or node reads them; a component's script has
no address to import from. So their imports and ``export`` words are dropped and they are
laid one after the other, each after those it imports. Names are unique across modules.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ENTRY = "stage.js"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def order(entry: str = ENTRY) -> list[str]:
    """Module names, every module after the ones it imports."""
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in ordered:
            return
        for imported in _IMPORT.findall((HERE / name).read_text(encoding="utf-8")):
            visit(imported)
        ordered.append(name)

    visit(entry)
    return ordered


def bundle() -> str:
    """All modules as one script with one default export."""
    texts = ((HERE / name).read_text(encoding="utf-8") for name in order())
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
