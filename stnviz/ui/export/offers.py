"""What can be exported from a page: its formats, and the values that can be swept. No torch."""

from __future__ import annotations

from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS, TURNED
from stnviz.export.formats import FORMATS, Format
from stnviz.export.link import Link
from stnviz.export.own import Own
from stnviz.export.scenes.sweep import (
    PICTURE_SWEEPS,
    Sweep,
    picture_sweep,
    usual_sweep,
    volume_sweep,
)
from stnviz.live.links import FIRST_NETWORKS, LANDING
from stnviz.records import Parameter
from stnviz.ui.stage.model import library

STILL_ONLY = ("results", "debug")
"""Pages whose figures have a single frame."""

TABLES_ONLY = ("csv", "json", "txt")
"""Data formats of charts, which have no trace."""

FIRST_FORMAT = "png"


def formats_of(link: Link, own: Own | None = None) -> list[Format]:
    """The formats that a page's figure can have; ``own`` is an upload that it shows."""
    found = []
    for _, one in FORMATS:
        if one.kind == "animation" and link.page in STILL_ONLY:
            continue
        if one.kind == "data" and link.page == "results" and one.suffix not in TABLES_ONLY:
            continue
        if one.suffix == "html" and link.page != "play":
            continue
        if one.suffix == "txt" and own:
            continue  # no link leads to it
        found.append(one)
    return found


def sweeps_of(link: Link, own: Own | None = None) -> tuple[Parameter, ...]:
    """The values that can be swept under a link; none where the frames are steps or snapshots."""
    if own and own.photo is None:
        return ()
    if (data := _distortion(link)) is not None:
        return DISTORTIONS.get(data).parameters
    if _family(link) == "volumes":
        return TURNED.parameters
    return PICTURE_SWEEPS if link.page in ("inside", "attention") and not _is_finder(link) else ()


def first_sweep(link: Link, own: Own | None = None) -> Sweep | None:
    """The sweep that is offered first; None if there is none."""
    if (data := _distortion(link)) is not None:
        return usual_sweep(data) or usual_sweep(LANDING.distortion)
    if _family(link) == "volumes":
        return volume_sweep()
    return picture_sweep() if sweeps_of(link, own) else None


def _distortion(link: Link) -> str | None:
    """The distortion of the digits on the page; None if it shows none."""
    if link.page == "play":
        name = link.query.get("data", LANDING.distortion)
        return name if name in DISTORTIONS else LANDING.distortion
    if link.page == "inside":
        card = library().cards().get(link.query.get("model", FIRST_NETWORKS["inside"]))
        return card.data if card and card.family == "digits" else None
    return None


def _is_finder(link: Link) -> bool:
    return _family(link) == "finder"


def _family(link: Link) -> str | None:
    """The model family on the Attention page; None elsewhere."""
    if link.page != "attention":
        return None
    card = library().cards().get(link.query.get("model", ""))
    data = card.data if card else link.query.get("what", "")
    return DATA_SETS.get(data).family if data in DATA_SETS else None
