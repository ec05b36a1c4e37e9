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
from typing import Final
from urllib.parse import parse_qsl

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.digits import GALLERY_COUNT, gallery
from stnviz.files import write_atomically
from stnviz.live.links import LANDING, read_link
from stnviz.not_found import ResourceNotFound
from stnviz.onnx.catalogue import answer_graph
from stnviz.onnx.export import NEEDED, require, save
from stnviz.onnx.names import page_of, parts_of_inside
from stnviz.onnx.web_runtime import COMMAND, SCRIPT, WASM, is_complete
from stnviz.registry import UnknownName
from stnviz.settings import web_runtime_folder
from stnviz.site.attention import attention_page
from stnviz.site.contents import SitePage, chosen_networks, graph_file, shown_on
from stnviz.site.inside import inside_page
from stnviz.site.lessons import lessons_page
from stnviz.site.play import all_choices, few_choices, play_data
from stnviz.site.steps import steps_page
from stnviz.ui.bundle import bundle, stylesheet
from stnviz.ui.pages import DEFAULT, TITLES

HERE = Path(__file__).parent
UI = HERE.parent / "ui"
ANSWERER = UI / "answerer"

COMPONENTS: Final = {
    "play": "stage",
    "inside": "inside",
    "steps": "steps",
    "attention": "attention",
    "lessons": "lessons",
}
"""The component that each page shows."""

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
        wanted: names of its networks; by default those of
            :func:`stnviz.site.contents.chosen_networks`.
        say: is told what is being done.

    Returns:
        The files of the site.

    Raises:
        ResourceNotFound: the runtime, or a package that records graphs, is not installed.
        UnknownName: there is no such network, or none of Play.
        OSError: the folder cannot be written.
    """
    cards = chosen_networks(wanted, library.cards())
    runtime = _runtime()
    folder.mkdir(parents=True, exist_ok=True)
    pages = site_pages(library, cards, say)
    files = {name: text.encode() for name, text in _texts(pages).items()}
    for page in pages:
        files |= page.files
    files["runtime.mjs"] = (runtime / SCRIPT).read_bytes()
    files["runtime.wasm.gzipped"] = packed((runtime / WASM).read_bytes())
    files["gallery.bin.gzipped"] = packed(gallery().images.tobytes())
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    graphs = [
        recorded(folder, library, name, answer, say)
        for page in pages
        for name, answer in page.graphs
    ]
    return [*(folder / name for name in files), *graphs]


def site_pages(library: Library, cards: Mapping[str, Card], say: Say) -> list[SitePage]:
    """The pages of a site with these networks: Play, the others that show one, and the lessons.

    Raises:
        UnknownName: no network is of Play.
    """
    if not (digits := shown_on("play", cards)):
        raise UnknownName("A site begins with Play: name one of its networks, too.")
    opened = {name: card for name, card in digits.items() if parts_of_inside(card)}
    wanted = {
        "inside": (inside_page, opened),
        "attention": (attention_page, shown_on("attention", cards)),
        "steps": (steps_page, shown_on("steps", cards)),
    }
    pages = [play_page(digits)]
    for name, (make, shown) in wanted.items():
        if shown:
            say(f"Computing what {TITLES[name]} shows")
            pages.append(make(library, shown, SIGN))
    return [*pages, lessons_page(pages, SIGN)]


def play_page(cards: Mapping[str, Card]) -> SitePage:
    """The Play page with all choices that its networks have."""
    choices = all_choices(cards)
    graphs = [(name, answer) for answer, names in choices.items() for name in names]
    return SitePage("play", play_data(cards, choices, GALLERY_COUNT, SIGN), graphs=graphs)


def _runtime() -> Path:
    """The folder of the runtime, after a look whether all that a site needs is installed."""
    require(*NEEDED)
    runtime = web_runtime_folder()
    if not is_complete(runtime):
        raise ResourceNotFound(f"The site needs the runtime for browsers: run `{COMMAND}`.")
    return runtime


def _texts(pages: Sequence[SitePage]) -> dict[str, str]:
    """The texts of the site by file name, with its version, which depends on all of them."""
    texts = {
        "site.css": _text("site.css"),
        "service_worker.js": _text("service_worker.js"),
        "worker.js": bundle(ANSWERER / "worker.js"),
    }
    for page in pages:
        component = COMPONENTS[page.name]
        texts[f"{component}.css"] = stylesheet(UI / component / f"{component}.css")
        texts[f"{page.name}.js"] = bundle(HERE / f"{page.name}.js")
        texts[f"{page.name}.json"] = json.dumps(
            page.data, separators=(",", ":"), allow_nan=False, ensure_ascii=False
        )
        texts[_place(page.name)] = _html(page.name, component, pages)
    version = hashlib.sha256("".join(texts.values()).encode()).hexdigest()[:12]
    return {name: text.replace(SIGN, version) for name, text in texts.items()}


def _place(page: str) -> str:
    """The file of a page: the app's address of the page, with the file that hosts add to it."""
    return "index.html" if page == DEFAULT else f"{page}/index.html"


def _html(page: str, component: str, pages: Sequence[SitePage]) -> str:
    up = "" if page == DEFAULT else "../"
    links = [_link(one.name, up, here=one.name == page) for one in pages]
    filled = {"__UP__": up, "__PAGE__": page, "__COMPONENT__": component, "__TITLE__": TITLES[page]}
    filled["__MENU__"] = f'<nav aria-label="Pages">{"".join(links)}</nav>' if len(pages) > 1 else ""
    text = _text("page.html")
    for sign, wanted in filled.items():
        text = text.replace(sign, wanted)
    return text


def _link(page: str, up: str, *, here: bool) -> str:
    address = (up or "./") + ("" if page == DEFAULT else f"{page}/")
    current = ' aria-current="page"' if here else ""
    return f'<a href="{address}"{current}>{TITLES[page]}</a>'


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def packed(data: bytes) -> bytes:
    """The same bytes for the same data, whenever they are packed."""
    return gzip.compress(data, 9, mtime=0)


def recorded(folder: Path, library: Library, name: str, answer: str, say: Say) -> Path:
    """The file of a graph, recorded unless it is there."""
    path = folder / graph_file(name, answer)
    card = library.cards()[name]
    mark = path.with_suffix(".of")  # the weights that the graph was recorded from
    if path.is_file() and mark.is_file() and mark.read_text() == card.digest:
        return path
    say(f"Recording {name} for {answer}")
    path.parent.mkdir(parents=True, exist_ok=True)
    of = "" if answer == page_of(card) else answer
    save(answer_graph(load_checkpoint(library.folder(name)), card, of), path)
    mark.write_text(card.digest)
    return path


def build_file(
    path: Path,
    library: Library,
    wanted: Sequence[str] = (),
    say: Say = lambda line: None,
    opens: str = "",
) -> Path:
    """Write the page as one HTML file, with the runtime, its graphs and a few digits inside.

    It offers each network for the distortion that it was trained on, and those of ``opens`` for
    that of ``opens``.

    Args:
        path: of the file.
        library: of checkpoints.
        wanted: names of networks of Play; by default those of ``opens``, or those that the app
            opens with.
        say: is told what is being done.
        opens: query of a link of Play, which the page shows first.

    Raises:
        ResourceNotFound: the runtime, or a package that records graphs, is not installed.
        UnknownName: there is no such network on Play, or all that is left has clutter.
        OSError: the file cannot be written.
    """
    linked, _ = read_link(dict(parse_qsl(opens)))
    named = [*wanted, *linked.get("models", ())]
    every = chosen_networks(named or LANDING.models, library.cards())
    if (cards := shown_on("play", every)) != every:
        raise UnknownName("One file holds the Play page alone: name networks of that page.")
    runtime = _runtime()
    choices = few_choices(cards, linked.get("distortion"))
    if not choices:
        raise UnknownName(
            "A page in one file has no clutter: take another distortion, and networks for it."
        )
    texts = _texts([SitePage("play", play_data(cards, choices, FEW_DIGITS, SIGN, opens))])
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
