"""Who computes the answers on a page, and what the page is told about it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any, Final

from stnviz.checkpoints.card import Card
from stnviz.onnx.web_runtime import COMMAND, PACKAGE, SCRIPT, WASM, is_complete
from stnviz.settings import ANSWERS, web_runtime_folder
from stnviz.ui.pages import route_address
from stnviz.version import __version__

SERVER, BROWSER, AUTO = "server", "browser", "auto"
WAYS: Final = (SERVER, BROWSER, AUTO)
"""Of ``STNVIZ_ANSWERS``: the server always, the page always, or the page where the server is slow
or out of reach."""


def way() -> str:
    """Who computes the answers, as ``STNVIZ_ANSWERS`` says; auto by default."""
    wanted = os.environ.get(ANSWERS, AUTO).strip().lower()
    return wanted if wanted in WAYS else AUTO


def offer_trouble() -> str | None:
    """Why ``STNVIZ_ANSWERS`` cannot be followed, as a sentence; None if it can."""
    wanted = os.environ.get(ANSWERS, "")
    if wanted and wanted.strip().lower() not in WAYS:
        return f"STNVIZ_ANSWERS={wanted} is unknown and taken as {AUTO}: set it to one of {WAYS}."
    lacking = _lacking()
    if way() == BROWSER and lacking:
        return f"Pages cannot compute their answers, and the server does: {lacking}"
    return None


def page_offer() -> dict[str, Any] | None:
    """What a page needs to compute by itself; None where the server has to."""
    if way() == SERVER or _lacking():
        return None
    version = PACKAGE.partition("@")[2]
    return {
        "way": way(),
        "worker": route_address(f"answers/worker.js?v={__version__}"),
        "runtime": route_address(f"answers/{SCRIPT}?v={version}"),
        "wasm": route_address(f"answers/{WASM}?v={version}"),
        "gallery": route_address(f"answers/gallery.bin?v={__version__}"),
    }


def graph_address(name: str, card: Card, answer: str) -> str:
    """Where a page finds the graph of a network's answer: for a distortion, or on another page."""
    version = f"{card.digest[:16]}-{__version__}"
    return route_address(f"answers/{name}/{answer}.onnx?v={version}")


def opening_address(name: str, card: Card) -> str:
    """Where the Inside page finds what a network does with the first digit."""
    return route_address(f"answers/openings/{name}.bin?v={card.digest[:16]}-{__version__}")


def pictures_address(data: str) -> str:
    """Where the Steps page finds what an image is drawn from; ``{}`` stands for its number."""
    return route_address(f"answers/pictures/{data}/{{}}.bin?v={__version__}")


def _lacking() -> str | None:
    """What is not installed, and how to get it."""
    if not is_complete(web_runtime_folder()):
        return f"run `{COMMAND}`."
    missing = [name for name in ("onnx", "onnxscript") if find_spec(name) is None]
    return f"run `pip install {' '.join(missing)}`." if missing else None
