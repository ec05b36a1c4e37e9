"""The scenes of links to Steps, Video and Time machine: what is played frame by frame."""

from __future__ import annotations

from dataclasses import replace

from stnviz.data.catalogue import DATA_SETS
from stnviz.export.link import Link
from stnviz.export.request import Wanted
from stnviz.export.scenes.clips import clip_scene
from stnviz.export.scenes.network import card_of, library
from stnviz.export.scenes.scene import NotExportable, Scene
from stnviz.export.scenes.steps import step_scene
from stnviz.export.scenes.traces import watched_scene
from stnviz.export.scenes.training import training_scene
from stnviz.live.handles import read_handles
from stnviz.live.links import FIRST_DIGIT, FIRST_NETWORKS
from stnviz.settings import runs_folder

WATCHED = "watched/"
"""Prefix of the names of watched trainings in links."""


def steps(link: Link, wanted: Wanted) -> Scene:
    """The steps of a network."""
    no_sweep(wanted, "Steps")
    text = link.query.get("handles", "")
    handles = read_handles(text)
    if text and handles is None:
        raise NotExportable("The link's handles must be places such as 0.1,-0.5: copy it again.")
    distractors = link.query.get("distractors", link.query.get("pieces", ""))
    return step_scene(
        chosen_network(link, "steps"), link.whole("picture", 0),
        tick=link.whole("tick", 99) if "tick" in link.query else None, handles=handles,
        distractors=link.whole("distractors", 0) if distractors else None,
    )  # fmt: skip


def video(link: Link, wanted: Wanted) -> Scene:
    """A clip."""
    no_sweep(wanted, "Video")
    if wanted.own:
        raise NotExportable("Your own clip is saved by the buttons below it, as MP4 or GIF.")
    name = link.query.get("model", FIRST_NETWORKS["video"])
    digits = card_of(name).family == "digits"
    index = link.whole("digit", FIRST_DIGIT) if digits else link.whole("picture", 0)
    motion, seed = link.query.get("clip", "moving"), link.whole("seed", 0)
    scene = clip_scene(name, motion, index, seed, shown=link.whole("frame", 0))
    return replace(scene, grid=bool(link.whole("grid", 0)))


def time_machine(link: Link, wanted: Wanted) -> Scene:
    """A training."""
    return training(link.query.get("run", FIRST_NETWORKS["time_machine"]), link, wanted)


def training(name: str, link: Link, wanted: Wanted) -> Scene:
    """The training of a network, or a watched one."""
    no_sweep(wanted, "Time machine")
    name_of = "snapshot" if "snapshot" in link.query else "moment"  # as older links have it
    snapshot = link.whole(name_of, 0) if name_of in link.query else None
    picture = link.whole("picture", 0)
    if name.startswith(WATCHED):
        folder = (runs_folder() / name.removeprefix(WATCHED)).resolve()
        if not folder.is_relative_to(runs_folder()):
            raise NotExportable(f"There is no watched training {name[:80]!r} here.")
        return watched_scene(folder, name, picture=picture, snapshot=snapshot)
    return training_scene(name, picture=picture, snapshot=snapshot)


def no_sweep(wanted: Wanted, page: str) -> None:
    """Refuse a sweep where the frames are something else.

    Raises:
        NotExportable: a sweep is asked for.
    """
    if wanted.sweep:
        raise NotExportable(
            f"What {page} shows has no value to sweep: leave out the sweep, and the animation "
            "shows its steps."
        )


def chosen_network(link: Link, page: str) -> str:
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
