"""What a page of the site consists of, and which networks the site has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from stnviz.checkpoints.card import Card
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS
from stnviz.lessons.course import languages, read_course
from stnviz.registry import UnknownName
from stnviz.ui.stage.model import default_models
from stnviz.ui.url_choice import in_order

DRAWN = ("mnist-addition", "birds")
"""The data sets of the Attention page whose images stnviz draws from nothing but the gallery."""


@dataclass(frozen=True)
class SitePage:
    """A page of the site.

    Args:
        name: as in the app's addresses.
        data: what its script reads first, as JSON values.
        files: further files by their names in the site's folder.
        graphs: (network, answer) of each graph that it may ask.
    """

    name: str
    data: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)
    graphs: Sequence[tuple[str, str]] = ()

    @property
    def networks(self) -> Collection[str]:
        """Names of the networks that it shows."""
        found: Mapping[str, Any] = self.data.get("networks") or self.data.get("models", {})
        return found.keys()


def graph_file(name: str, answer: str) -> str:
    """The file of a graph in the site's folder."""
    return f"graphs/{name}/{answer}.onnx"


def kinds_of(cards: Mapping[str, Card]) -> list[dict[str, Any]]:
    """The data sets of some networks, as a page of the site offers them."""
    return [
        {
            "name": kind.name, "title": kind.title, "opening": kind.opening,
            "first": f"{kind.name}/{kind.first}", "networks": names,
        }
        for _, kind in DATA_SETS
        if (names := in_order(cards, kind.name))
    ]  # fmt: skip


def shown_on(page: str, cards: Mapping[str, Card]) -> dict[str, Card]:
    """The cards of those networks that a page of the site shows."""
    return {
        name: card
        for name, card in cards.items()
        if DATA_SETS.get(card.data).page == page and _can_be_shown(card)
    }


def chosen_networks(wanted: Iterable[str], cards: Mapping[str, Card]) -> dict[str, Card]:
    """The networks of a site by name.

    Args:
        wanted: their names. Without any, they are those that the lessons open, the first two of
            each distortion, the first of each kind on Steps, and those for sums and drawn birds.
        cards: of all networks.

    Raises:
        UnknownName: there is no such network, or no page of a site shows it.
    """
    names = list(dict.fromkeys(wanted)) or _usual(cards)
    for name in names:
        if name not in cards or not _can_be_shown(cards[name]):
            raise UnknownName(
                f"There is no network {name} on Play, Steps or Attention: see `list checkpoints`."
            )
    return {name: cards[name] for name in names}


def _usual(cards: Mapping[str, Card]) -> list[str]:
    digits = shown_on("play", cards)
    names = [name for data in DISTORTIONS.names() for name in default_models(data, digits)]
    names += [f"{data.name}/{data.first}" for _, data in DATA_SETS if data.page == "steps"]
    names += [name for name, card in cards.items() if card.data in DRAWN]
    names += _of_lessons()
    return [name for name in dict.fromkeys(names) if name in cards and _can_be_shown(cards[name])]


def _can_be_shown(card: Card) -> bool:
    return card.family not in ("finder", "volumes")


def _of_lessons() -> list[str]:
    """The networks that links of shipped lessons name, on pages that a site has."""
    found: set[str] = set()
    for lesson in read_course(languages()[0]).lessons:
        page, _, query = lesson.link.partition("?")
        if page in ("play", "inside", "steps", "attention"):
            found |= networks_in(query)
    return sorted(found)


def networks_in(query: str) -> set[str]:
    """The networks that an address names."""
    named = parse_qs(query)
    every = [*named.get("model", []), *",".join(named.get("models", [])).split(",")]
    return {*filter(None, every)}
