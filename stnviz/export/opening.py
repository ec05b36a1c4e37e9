"""The scene of a checkpoint, a trace file or a link."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS
from stnviz.export.image_links import attention, inside, play
from stnviz.export.link import Link, read_link_text
from stnviz.export.own import Own
from stnviz.export.request import Wanted
from stnviz.export.scenes.curves import curve_scene
from stnviz.export.scenes.network import card_of, library
from stnviz.export.scenes.pictures import picture_scene
from stnviz.export.scenes.scene import NotExportable, Scene
from stnviz.export.scenes.traces import read_trace_file, trace_scene
from stnviz.export.sequence_links import WATCHED, no_sweep, steps, time_machine, training, video
from stnviz.live.links import FIRST_DIGIT, FIRST_NETWORKS, PlayState, inside_values
from stnviz.papers.table1 import COLUMNS
from stnviz.settings import TRACE

FILE = "file"
"""The trace that the server was started with, in links of the Debug page."""


def open_scene(what: str, wanted: Wanted) -> Scene:
    """The scene of what a command names.

    Args:
        what: a trace file, a link, or the name of a checkpoint.
        wanted: the sweep and frames that are asked for.

    Raises:
        NotExportable: it is none of these, or cannot be drawn; the message says what to do.
    """
    path = Path(what)
    if path.is_file():
        if wanted.sweep:
            raise NotExportable("A trace is a recording and cannot be swept: leave out the sweep.")
        return trace_scene(read_trace_file(path), path.stem, wanted.image)
    if link := read_link_text(what):
        return open_link(link, wanted)
    if what not in library().cards(ill=True):
        raise NotExportable(
            f"There is neither a file, a link nor a checkpoint {what[:80]!r}: `stnviz list "
            "checkpoints` names all checkpoints, and the Link button of a page makes a link."
        )
    return _checkpoint(what, wanted)


def open_link(link: Link, wanted: Wanted) -> Scene:
    """The scene that a page shows under a link.

    Raises:
        NotExportable: the link names something that does not exist, or nothing can be drawn.
    """
    own = wanted.own
    scene = _own_trace(link, own) if own and own.trace else _OPENERS[link.page](link, wanted)
    scene = replace(scene, hidden=link.hidden, link="" if own else link.text())
    if wanted.sweep and scene.count == 1:
        raise NotExportable("Nothing in this figure can be swept: leave out the sweep.")
    return scene


def _checkpoint(name: str, wanted: Wanted) -> Scene:
    card = card_of(name)
    page = DATA_SETS.get(card.data).page
    if card.family == "digits":
        values = inside_values(card.data)
        state = PlayState(card.data, (name,), FIRST_DIGIT, None, values)
        return open_link(Link("play", state.query()), wanted)
    return open_link(Link(page, {"what": card.data, "model": name}), wanted)


def _own_trace(link: Link, own: Own) -> Scene:
    """A visitor's trace, on Debug or on Inside."""
    assert own.trace is not None
    place = (link.whole("lane", 0), link.whole("tick", 0)) if "lane" in link.query else None
    index = link.whole("image" if link.page == "debug" else "picture", 0)
    return trace_scene(own.trace, own.name, min(index, len(own.trace) - 1), place=place)


def _results(link: Link, wanted: Wanted) -> Scene:
    no_sweep(wanted, "Results")
    titles = {DISTORTIONS.get(name).title: name for name in COLUMNS}
    asked = link.query.get("set", DISTORTIONS.get(COLUMNS[0]).title)
    data = titles.get(asked, asked)
    if data not in COLUMNS:
        raise NotExportable(f"The link's set must be one of {', '.join(titles)}.")
    cards = library().cards("digits")
    here = {checkpoint_title(n, c.model): n for n, c in cards.items() if c.data == data}
    ours = [n for n in here.values() if cards[n].model.get("transform")]
    plain = [n for n in here.values() if n not in ours]
    chosen = link.query.get(f"{data}-networks", "").split(",")
    names = [here[title] for title in chosen if title in here] or ours[:2] + plain[:1]
    parameter = link.query.get(f"{data}-parameter", "")
    if "charts" in link.hidden:
        raise NotExportable("The link hides the charts: show them to export one.")
    return curve_scene(data, parameter, names)


def _debug(link: Link, wanted: Wanted) -> Scene:
    no_sweep(wanted, "Debug")
    name = link.query.get("model", FIRST_NETWORKS["debug"])
    image = link.whole("image", 0)
    if name.startswith(WATCHED):
        return training(name, Link(link.page, {**link.query, "picture": str(image)}), wanted)
    if name == FILE and (file := os.environ.get(TRACE)):
        path = Path(file)
        place = (link.whole("lane", 0), link.whole("tick", 0)) if "lane" in link.query else None
        return trace_scene(read_trace_file(path), path.stem, image, place=place)
    return replace(picture_scene(name, image), grid=True)


_OPENERS: dict[str, Callable[[Link, Wanted], Scene]] = {
    "play": play,
    "inside": inside,
    "attention": attention,
    "steps": steps,
    "video": video,
    "time_machine": time_machine,
    "results": _results,
    "debug": _debug,
}
