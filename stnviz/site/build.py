"""Write the site: pages, scripts, packed data, and a graph for each choice of a visitor."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.digits import gallery
from stnviz.not_found import ResourceNotFound
from stnviz.onnx.catalogue import answer_graph
from stnviz.onnx.export import NEEDED, require, save
from stnviz.registry import UnknownName
from stnviz.settings import web_runtime_folder
from stnviz.site.play import chosen_networks, graph_file, graphs_of, play_data
from stnviz.ui import answerer, stage
from stnviz.ui.answerer.runtime import SCRIPT, WASM, is_complete
from stnviz.ui.bundle import bundle, stylesheet

HERE = Path(__file__).parent
STAGE, ANSWERER = (Path(str(one.__file__)).parent for one in (stage, answerer))

SIGN: Final = "__VERSION__"
"""What stands in the site's texts for its version."""


def build_site(
    folder: Path,
    library: Library,
    wanted: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
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
    require(*NEEDED)
    runtime = web_runtime_folder()
    if not is_complete(runtime):
        raise ResourceNotFound(
            "The site needs the runtime for browsers: run `python scripts/fetch_web_runtime.py`."
        )
    every = library.cards("digits")
    names = chosen_networks(wanted, every)
    if missing := [name for name in names if name not in every]:
        raise UnknownName(f"There is no network {missing[0]} on Play: see `list checkpoints`.")
    cards = {name: every[name] for name in names}
    texts = _texts(cards)
    version = hashlib.sha256("".join(texts.values()).encode()).hexdigest()[:12]
    files = {name: text.replace(SIGN, version).encode() for name, text in texts.items()}
    files["runtime.wasm.gzipped"] = _packed((runtime / WASM).read_bytes())
    files["gallery.bin.gzipped"] = _packed(gallery().images.tobytes())
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    shutil.copy(runtime / SCRIPT, folder / "runtime.mjs")
    graphs = [
        _graph(folder, library, cards[name], name, data, say) for name, data in graphs_of(cards)
    ]
    return [*(folder / name for name in files), folder / "runtime.mjs", *graphs]


def _texts(cards: Mapping[str, Card]) -> dict[str, str]:
    """The texts of the site by file name, in which its version is still to be written."""
    return {
        "index.html": _text("index.html"),
        "site.css": _text("site.css"),
        "service_worker.js": _text("service_worker.js"),
        "stage.css": stylesheet(STAGE / "stage.css"),
        "play.js": bundle(HERE / "play.js"),
        "play.json": _compact(play_data(cards, SIGN)),
        "worker.js": bundle(ANSWERER / "worker.js"),
    }


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _compact(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _graph(
    folder: Path, library: Library, card: Card, name: str, distortion: str,
    say: Callable[[str], None],
) -> Path:  # fmt: skip
    path = folder / graph_file(name, distortion)
    mark = path.with_suffix(".of")  # the weights that the graph was recorded from
    if path.is_file() and mark.is_file() and mark.read_text() == card.digest:
        return path
    say(f"Recording {name} for {distortion}")
    path.parent.mkdir(parents=True, exist_ok=True)
    save(answer_graph(load_checkpoint(library.folder(name)), card, distortion), path)
    mark.write_text(card.digest)
    return path
