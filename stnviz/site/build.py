"""Write the site: pages, scripts, packed data, and a graph for each choice of a visitor."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tempfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.digits import GALLERY_COUNT, gallery
from stnviz.files import write_atomically
from stnviz.live.links import LANDING
from stnviz.not_found import ResourceNotFound
from stnviz.onnx.catalogue import answer_graph
from stnviz.onnx.export import NEEDED, require, save
from stnviz.registry import UnknownName
from stnviz.settings import web_runtime_folder
from stnviz.site.play import all_choices, chosen_networks, few_choices, graph_file, play_data
from stnviz.ui.answerer.runtime import SCRIPT, WASM, is_complete
from stnviz.ui.bundle import bundle, stylesheet

HERE = Path(__file__).parent
STAGE, ANSWERER = (HERE.parent / "ui" / name for name in ("stage", "answerer"))

SIGN: Final = "__VERSION__"
"""What stands in the site's texts for its version."""

FEW_DIGITS: Final = 500
"""Digits of the gallery in a page that is one file: the first of them."""


Say = Callable[[str], None]
"""Is told what is being done."""


def build_site(
    folder: Path, library: Library, wanted: Sequence[str] = (), say: Say = lambda line: None
) -> list[Path]:
    """Write the site into a folder; graphs that are there already are kept.

    Args:
        folder: of the site. Other files in it are left alone.
        library: of checkpoints.
        wanted: names of the networks of the Play page; by default the first two of each distortion.
        say: is told what is being done.

    Returns:
        The files of the site.

    Raises:
        ResourceNotFound: the runtime, or a package that records graphs, is not installed.
        UnknownName: there is no such network on Play.
        OSError: the folder cannot be written.
    """
    cards = _cards(library, chosen_networks(wanted, library.cards("digits")))
    runtime, choices = _runtime(), all_choices(cards)
    texts = _texts(play_data(cards, choices, GALLERY_COUNT, SIGN))
    files = {name: text.encode() for name, text in texts.items()}
    files["runtime.mjs"] = (runtime / SCRIPT).read_bytes()
    files["runtime.wasm.gzipped"] = packed((runtime / WASM).read_bytes())
    files["gallery.bin.gzipped"] = packed(gallery().images.tobytes())
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    graphs = [
        recorded(folder, library, name, distortion, say)
        for distortion, names in choices.items()
        for name in names
    ]
    return [*(folder / name for name in files), *graphs]


def _cards(library: Library, names: Sequence[str]) -> dict[str, Card]:
    every = library.cards("digits")
    if missing := [name for name in names if name not in every]:
        raise UnknownName(f"There is no network {missing[0]} on Play: see `list checkpoints`.")
    return {name: every[name] for name in names}


def _runtime() -> Path:
    """The folder of the runtime, after a look whether all that a site needs is installed."""
    require(*NEEDED)
    runtime = web_runtime_folder()
    if not is_complete(runtime):
        raise ResourceNotFound(
            "The site needs the runtime for browsers: run `python scripts/fetch_web_runtime.py`."
        )
    return runtime


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the site by file name, with its version, which depends on all of them."""
    texts = {
        "index.html": _text("index.html"),
        "site.css": _text("site.css"),
        "service_worker.js": _text("service_worker.js"),
        "stage.css": stylesheet(STAGE / "stage.css"),
        "play.js": bundle(HERE / "play.js"),
        "play.json": json.dumps(data, separators=(",", ":"), allow_nan=False),
        "worker.js": bundle(ANSWERER / "worker.js"),
    }
    version = hashlib.sha256("".join(texts.values()).encode()).hexdigest()[:12]
    return {name: text.replace(SIGN, version) for name, text in texts.items()}


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def packed(data: bytes) -> bytes:
    """The same bytes for the same data, whenever they are packed."""
    return gzip.compress(data, 9, mtime=0)


def recorded(folder: Path, library: Library, name: str, distortion: str, say: Say) -> Path:
    """The file of a graph, recorded unless it is there."""
    path = folder / graph_file(name, distortion)
    card = library.cards("digits")[name]
    mark = path.with_suffix(".of")  # the weights that the graph was recorded from
    if path.is_file() and mark.is_file() and mark.read_text() == card.digest:
        return path
    say(f"Recording {name} for {distortion}")
    path.parent.mkdir(parents=True, exist_ok=True)
    save(answer_graph(load_checkpoint(library.folder(name)), card, distortion), path)
    mark.write_text(card.digest)
    return path


def build_file(
    path: Path, library: Library, wanted: Sequence[str] = (), say: Say = lambda line: None
) -> Path:
    """Write the page as one HTML file, with the runtime, its graphs and a few digits inside.

    The other arguments, and what is raised, are those of :func:`build_site`; by default it has the
    networks that the app opens with. It offers each for the distortion that it was trained on.
    """
    cards = _cards(library, wanted or LANDING.models)
    runtime, choices = _runtime(), few_choices(cards)
    if not choices:
        raise UnknownName("A page in one file has no clutter: name networks of other distortions.")
    texts = _texts(play_data(cards, choices, FEW_DIGITS, SIGN))
    files = {name: texts[name].encode() for name in ("play.json", "worker.js")}
    files["runtime.mjs"] = (runtime / SCRIPT).read_bytes()
    files["runtime.wasm.gzipped"] = (runtime / WASM).read_bytes()
    files["gallery.bin.gzipped"] = gallery().images[:FEW_DIGITS].tobytes()
    with tempfile.TemporaryDirectory() as folder:
        for distortion, names in choices.items():
            for name in names:
                graph = recorded(Path(folder), library, name, distortion, say)
                files[graph_file(name, distortion)] = graph.read_bytes()

    def fill(passing: Path) -> None:
        passing.write_text(_in_one(texts, files), encoding="utf-8")

    write_atomically(path, fill)
    return path


def _in_one(texts: Mapping[str, str], files: Mapping[str, bytes]) -> str:
    """The page with its styles, its script and its files inside."""
    inside = [
        f'<script type="text/plain" data-file="{name}">{b64encode(packed(data)).decode()}</script>'
        for name, data in files.items()
    ]
    styles = "".join(f"<style>{texts[name]}</style>" for name in ("stage.css", "site.css"))
    script = texts["play.js"].replace("</script", "<\\/script")
    page = re.sub(r'<link rel="(?:stylesheet|preload)"[^>]*>\n', "", texts["index.html"])
    page = page.replace("</head>", f"{styles}</head>")
    whole = "\n".join((*inside, f'<script type="module">{script}</script>'))
    return re.sub(r'<script type="module" src=[^>]*></script>', lambda _: whole, page)
