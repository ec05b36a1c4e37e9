"""The static Inside page: digit networks, opened by their graphs."""

from __future__ import annotations

from collections.abc import Mapping

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.digits import GALLERY_COUNT, gallery
from stnviz.live.inside import InsideEngine
from stnviz.live.links import FIRST_DIGIT
from stnviz.onnx.names import parts_of_inside
from stnviz.site.contents import SitePage, graph_file, kinds_of
from stnviz.ui.inside.model import FIRST, OPENING, first_state, first_values, request_of
from stnviz.ui.inside.url import ALSO, KERNELS, LARGEST, MIDDLE, PADDINGS, STEPS
from stnviz.ui.stage.model import controls_for, thumbs


def inside_page(library: Library, cards: Mapping[str, Card], version: str) -> SitePage:
    """The page.

    Args:
        library: of checkpoints.
        cards: of its networks, at least one; each has the graphs of :func:`parts_of_inside`.
        version: of the site.
    """
    engine, files = InsideEngine(library), {}
    for name, card in cards.items():
        files[opening_file(name)] = engine.answer(request_of(name, first_state(card)))
    kinds = kinds_of(cards)
    data = {
        "version": version,
        "digits": GALLERY_COUNT,
        "classes": "".join(map(str, gallery().labels)),
        "digit": FIRST_DIGIT,
        "address": {
            "step": STEPS, "kernel": KERNELS, "padding": PADDINGS, "also": ALSO,
            "middle": MIDDLE, "largest": LARGEST,
        },
        "thumbs": thumbs(0, FIRST_DIGIT),
        "kinds": [{**kind, "opening": OPENING, "first": FIRST} for kind in kinds],
        "distortions": {
            kind["name"]: {
                "name": kind["name"], "controls": controls_for(kind["name"], kind["name"]),
                "start": first_values(cards[kind["networks"][0]]),
            }
            for kind in kinds
        },
        "networks": {
            name: {
                "title": checkpoint_title(name, card.model), "data": card.data,
                "opening": f"{opening_file(name)}?v={card.digest[:16]}",
                "graphs": {
                    part.removeprefix("inside-"): f"{graph_file(name, part)}?v={card.digest[:16]}"
                    for part in parts_of_inside(card)
                },
            }
            for name, card in cards.items()
        },
    }  # fmt: skip
    graphs = [(name, part) for name, card in cards.items() for part in parts_of_inside(card)]
    return SitePage("inside", data, files, graphs)


def opening_file(name: str) -> str:
    """The file with what a network does with the first digit."""
    return f"openings/{name}.bin"
