"""Precompute the initial content of Inside, Attention, Steps, Time machine, Results and Debug.

    python scripts/make_openings.py

It is stored in ``stnviz/ui/stored``, so that the pages are on screen before torch is loaded. Run it
again when that content or its networks change; a test recomputes each.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stnviz.checkpoints.card import HISTORY  # noqa: E402
from stnviz.data.catalogue import DATA_SETS  # noqa: E402
from stnviz.live.links import FIRST_IN_SPACE, SPACE_ANGLES  # noqa: E402
from stnviz.papers.table1 import COLUMNS  # noqa: E402
from stnviz.records import History  # noqa: E402
from stnviz.ui.attention.model import (  # noqa: E402
    Opening,
    coverage_of,
    picture_set,
    view_image,
    write_opening,
)
from stnviz.ui.attention.words import SHOWN  # noqa: E402
from stnviz.ui.debug.message import View as DebugView  # noqa: E402
from stnviz.ui.debug.message import encode  # noqa: E402
from stnviz.ui.debug.model import FIRST as EXAMINED  # noqa: E402
from stnviz.ui.debug.model import examine_network  # noqa: E402
from stnviz.ui.inside.model import FIRST as OPENED  # noqa: E402
from stnviz.ui.inside.model import answer_of, first_state, opening_key  # noqa: E402
from stnviz.ui.replay.view import FIRST, encode_history, key_of_history  # noqa: E402
from stnviz.ui.results.model import (  # noqa: E402
    disagreement_of,
    encode_disagreement,
    gallery_is_unseen,
    networks_of,
)
from stnviz.ui.stage.model import library  # noqa: E402
from stnviz.ui.steps.model import step_trace_of  # noqa: E402
from stnviz.ui.stored_openings import FOLDER, Kind, save_opening  # noqa: E402
from stnviz.ui.volume.model import answer_of as answer_of_volume  # noqa: E402
from stnviz.ui.volume.model import networks_shown  # noqa: E402

Stored = tuple[Kind, tuple[Any, ...], bytes]


def first_on(page: str) -> str:
    """Name of the network that a page shows first."""
    data = next(one for _, one in DATA_SETS if one.page == page)
    return f"{data.name}/{data.first}"


def openings() -> Iterator[Stored]:
    """Yield the initial content of each page with its key, computed from the networks.

    No content may be stored already, because it would be used instead.
    """
    card = library().cards()[OPENED]
    state = first_state(card)
    answer = answer_of(OPENED, state)
    assert answer is not None
    yield "inside", opening_key(OPENED, card.digest, state), answer

    name = first_on("attention")
    card = library().cards()[name]
    seen, label = view_image(name, card.digest, card, SHOWN)
    heat = coverage_of(name, card.digest)
    assert heat is not None
    opening = Opening(seen, label, picture_set(name, card, SHOWN), heat)
    yield "attention", (name, card.digest, SHOWN), write_opening(opening)

    name = first_on("steps")
    digest = library().cards()[name].digest
    yield "steps", (name, digest, 0, None, None, False), step_trace_of(name, digest, 0)

    cards = library().cards()
    names = tuple(networks_shown(cards))
    asked = names, tuple(cards[name].digest for name in names), FIRST_IN_SPACE, None, SPACE_ANGLES
    yield "volume", asked, answer_of_volume(*asked)

    card = library().cards()[FIRST]
    history = History.load(library().folder(FIRST) / HISTORY)
    what = dict(card.model), card.training["steps"], True, card.data
    encoded = base64.b64decode(encode_history(history, *what))
    yield "replay", (key_of_history(history), *what), encoded

    cards, data = library().cards("digits"), COLUMNS[0]
    (ours, *_), (rival, *_) = networks_of(cards, data)
    digests = cards[ours].digest, cards[rival].digest
    unseen = gallery_is_unseen([cards[ours], cards[rival]])
    found = disagreement_of(ours, rival, data, digests, unseen)
    yield "results", (ours, rival, data, digests, unseen), encode_disagreement(found)

    card = library().cards(ill=True)[EXAMINED]
    message = encode([examine_network(EXAMINED, card)], DebugView())
    yield "debug", (EXAMINED, card.digest), message.packed


def main() -> None:
    """Delete the stored content, compute it and write it."""
    for old in FOLDER.glob("*.bin"):
        old.unlink()
    for kind, key, opening in openings():
        path = save_opening(kind, key, opening)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
