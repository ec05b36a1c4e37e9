"""The static Steps page: its networks, and the images that its visitors can edit."""

from __future__ import annotations

from collections.abc import Mapping

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.distortions import MAX_PATCHES
from stnviz.live.protocol import Edit, StepTraceRequest, decode_answer, encode_answer
from stnviz.live.step_traces import StepTracer
from stnviz.site.contents import SitePage, graph_file, kinds_of

OFFERED = 24
"""How many images of each data set a site has."""


def steps_page(library: Library, cards: Mapping[str, Card], version: str) -> SitePage:
    """The page.

    Args:
        library: of checkpoints.
        cards: of its networks, at least one.
        version: of the site.
    """
    tracer, files = StepTracer(library), {}
    for name in cards:
        request = StepTraceRequest(version=1, id=0, network=name, edit=Edit(picture=0))
        files[trace_file(name)] = with_fewer(tracer.answer(request))
    for data in dict.fromkeys(card.data for card in cards.values()):
        for index in range(OFFERED):
            made = tracer.pictures.ingredients(data, index)
            files[f"pictures/{data}/{index}.bin"] = with_fewer(made)
    known = {
        "version": version,
        "offered": OFFERED,
        "distractors": MAX_PATCHES,
        "kinds": kinds_of(cards),
        "networks": {
            name: {
                "title": checkpoint_title(name, card.model), "data": card.data,
                "graph": f"{graph_file(name, 'steps')}?v={card.digest[:16]}",
                "trace": f"{trace_file(name)}?v={card.digest[:16]}",
            }
            for name, card in cards.items()
        },
    }  # fmt: skip
    return SitePage("steps", known, files, [(name, "steps") for name in cards])


def with_fewer(message: bytes) -> bytes:
    """A message of a page that has only the first images."""
    head, arrays = decode_answer(message)
    return encode_answer({**head, "count": OFFERED}, arrays)


def trace_file(name: str) -> str:
    """The file with a network's step trace of the first image."""
    return f"traces/{name}.bin"
