"""The scene of a checkpoint, a trace file or a link."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS
from stnviz.export.link import Link, read_link_text
from stnviz.export.request import Wanted
from stnviz.export.scenes.clips import clip_scene
from stnviz.export.scenes.curves import curve_scene
from stnviz.export.scenes.digits import digit_scene
from stnviz.export.scenes.network import card_of, library
from stnviz.export.scenes.pictures import picture_scene
from stnviz.export.scenes.scene import NotExportable, Scene
from stnviz.export.scenes.steps import step_scene
from stnviz.export.scenes.sweep import (
    PICTURE_SWEEPS,
    Sweep,
    parse_sweep,
    picture_sweep,
    usual_sweep,
)
from stnviz.export.scenes.traces import read_trace_file, trace_scene, watched_scene
from stnviz.export.scenes.training import training_scene
from stnviz.live.handles import read_handles
from stnviz.live.links import (
    FIRST_DIGIT,
    FIRST_NETWORKS,
    LANDING,
    PlayState,
    inside_values,
    read_link,
)
from stnviz.papers.table1 import COLUMNS
from stnviz.settings import TRACE, runs_folder

WATCHED = "watched/"
"""Prefix of the names of watched trainings in links."""

FILE = "file"
"""The trace that the server was started with, in links of the Debug page."""

SHOWN_BIRD = 3
"""The image that Attention opens with."""


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
    scene = _OPENERS[link.page](link, wanted)
    if wanted.sweep and scene.count == 1:
        raise NotExportable("Nothing in this figure can be swept: leave out the sweep.")
    return scene


def _checkpoint(name: str, wanted: Wanted) -> Scene:
    card = card_of(name)
    page = DATA_SETS.get(card.data).page
    if card.family == "digits":
        values = inside_values(card.data)
        state = PlayState(card.data, (name,), FIRST_DIGIT, None, values)
        return _digits(state, wanted, frozenset(), Link("play", state.query()).text())
    if page == "steps":
        return _steps(Link("steps", {"what": card.data, "model": name}), wanted)
    return _attention(Link("attention", {"what": card.data, "model": name}), wanted)


def _digits(state: PlayState, wanted: Wanted, hidden: frozenset[str], link: str) -> Scene:
    sweep: Sweep | None = None
    if wanted.sweep:
        sweep = parse_sweep(wanted.sweep, DISTORTIONS.get(state.distortion).parameters)
    elif wanted.animated:
        sweep = usual_sweep(state.distortion) or usual_sweep(LANDING.distortion)
    return digit_scene(state, sweep=sweep, frames=wanted.frames, hidden=hidden, link=link)


def _play(link: Link, wanted: Wanted) -> Scene:
    found, troubles = read_link(link.query)
    if troubles:
        raise NotExportable(troubles[0])
    if not found:
        return _digits(LANDING, wanted, link.hidden, link.text())
    state = PlayState(
        found.get("distortion", LANDING.distortion), found.get("models", ()),
        found.get("digit", LANDING.digit), found.get("ink"), found.get("values", {}),
        found.get("seed", 0),
    )  # fmt: skip
    return _digits(state, wanted, link.hidden, link.text())


def _inside(link: Link, wanted: Wanted) -> Scene:
    name = link.query.get("model", FIRST_NETWORKS["inside"])
    card = card_of(name)
    edited = {"theta", "kernel", "padding", "align"} & set(link.query)
    if edited:
        raise NotExportable(
            f"The link sets {', '.join(sorted(edited))} by hand, which no export shows yet: "
            "press Reset on the page."
        )
    if card.family != "digits":
        return _picture(link, name, wanted, 0)
    query = {key: text for key, text in link.query.items() if key != "models"}
    found, troubles = read_link({**query, "data": card.data})
    if troubles:
        raise NotExportable(troubles[0])
    named = "digit" in found or "ink" in found or found["values"]
    state = PlayState(
        card.data, (name,), found.get("digit", FIRST_DIGIT), found.get("ink"),
        found["values"] if named else inside_values(card.data), found.get("seed", 0),
    )  # fmt: skip
    return _digits(state, wanted, link.hidden, link.text())


def _picture(link: Link, name: str, wanted: Wanted, first: int) -> Scene:
    sweep: Sweep | None = None
    if wanted.sweep:
        sweep = parse_sweep(wanted.sweep, PICTURE_SWEEPS)
    elif wanted.animated:
        sweep = picture_sweep()
    return picture_scene(
        name, link.whole("picture", first), sweep=sweep, frames=wanted.frames,
        hidden=link.hidden, link=link.text(), grid=bool(link.whole("grid", 0)),
    )  # fmt: skip


def _attention(link: Link, wanted: Wanted) -> Scene:
    name = _chosen(link, "attention")
    if card_of(name).family == "finder":
        return _training(name, link, wanted)
    first = 0 if {"what", "model", "only"} & set(link.query) else SHOWN_BIRD
    return _picture(link, name, wanted, first)


def _steps(link: Link, wanted: Wanted) -> Scene:
    _no_sweep(wanted, "Steps")
    text = link.query.get("handles", "")
    handles = read_handles(text)
    if text and handles is None:
        raise NotExportable("The link's handles must be places such as 0.1,-0.5: copy it again.")
    distractors = link.query.get("distractors", link.query.get("pieces", ""))
    return step_scene(
        _chosen(link, "steps"), link.whole("picture", 0),
        tick=link.whole("tick", 99) if "tick" in link.query else None, handles=handles,
        distractors=link.whole("distractors", 0) if distractors else None,
        hidden=link.hidden, link=link.text(),
    )  # fmt: skip


def _video(link: Link, wanted: Wanted) -> Scene:
    _no_sweep(wanted, "Video")
    name = link.query.get("model", FIRST_NETWORKS["video"])
    digits = card_of(name).family == "digits"
    index = link.whole("digit", FIRST_DIGIT) if digits else link.whole("picture", 0)
    return clip_scene(
        name, link.query.get("clip", "moving"), index, link.whole("seed", 0),
        shown=link.whole("frame", 0), hidden=link.hidden, link=link.text(),
        grid=bool(link.whole("grid", 0)),
    )  # fmt: skip


def _time_machine(link: Link, wanted: Wanted) -> Scene:
    return _training(link.query.get("run", FIRST_NETWORKS["time_machine"]), link, wanted)


def _training(name: str, link: Link, wanted: Wanted) -> Scene:
    _no_sweep(wanted, "Time machine")
    name_of = "snapshot" if "snapshot" in link.query else "moment"  # as older links have it
    snapshot = link.whole(name_of, 0) if name_of in link.query else None
    picture = link.whole("picture", 0)
    if name.startswith(WATCHED):
        folder = (runs_folder() / name.removeprefix(WATCHED)).resolve()
        if not folder.is_relative_to(runs_folder()):
            raise NotExportable(f"There is no watched training {name[:80]!r} here.")
        return watched_scene(
            folder, name, picture=picture, snapshot=snapshot, hidden=link.hidden, link=link.text()
        )
    return training_scene(
        name, picture=picture, snapshot=snapshot, hidden=link.hidden, link=link.text()
    )


def _results(link: Link, wanted: Wanted) -> Scene:
    _no_sweep(wanted, "Results")
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
    return curve_scene(data, parameter, names, hidden=link.hidden, link=link.text())


def _debug(link: Link, wanted: Wanted) -> Scene:
    _no_sweep(wanted, "Debug")
    name = link.query.get("model", FIRST_NETWORKS["debug"])
    image = link.whole("image", 0)
    if name.startswith(WATCHED):
        return _training(name, Link(link.page, {**link.query, "picture": str(image)}), wanted)
    if name == FILE and (file := os.environ.get(TRACE)):
        path = Path(file)
        place = (link.whole("lane", 0), link.whole("tick", 0)) if "lane" in link.query else None
        return trace_scene(
            read_trace_file(path), path.stem, image, place=place, hidden=link.hidden,
            link=link.text(),
        )  # fmt: skip
    return picture_scene(name, image, hidden=link.hidden, link=link.text(), grid=True)


def _no_sweep(wanted: Wanted, page: str) -> None:
    if wanted.sweep:
        raise NotExportable(
            f"What {page} shows has no value to sweep: leave out the sweep, and the animation "
            "shows its steps."
        )


def _chosen(link: Link, page: str) -> str:
    """The network of a page that offers several data sets."""
    if name := link.query.get("model"):
        return name
    cards = library().cards()
    kinds = [data for _, data in DATA_SETS if data.page == page]
    if (asked := link.query.get("what")) is not None:
        kinds = [data for data in kinds if data.name == asked]
    for data in kinds:
        fitting = [name for name, card in cards.items() if card.data == data.name]
        if fitting:
            first = f"{data.name}/{data.first}"
            return first if first in fitting else fitting[-1]
    raise NotExportable("The link names no network that is here: choose one on the page.")


_OPENERS: dict[str, Callable[[Link, Wanted], Scene]] = {
    "play": _play,
    "inside": _inside,
    "attention": _attention,
    "steps": _steps,
    "video": _video,
    "time_machine": _time_machine,
    "results": _results,
    "debug": _debug,
}
