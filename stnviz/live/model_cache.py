"""A cache of a library's networks of one kind, each loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable

import torch

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.models import Model


class ModelCache:
    """Cards and networks by name; it notices checkpoints that are new or were retrained.

    Args:
        library: of checkpoints.
        wanted: whether a checkpoint is of the kind.

    Attributes:
        cards: of all that are of the kind, as they were last read.
    """

    def __init__(self, library: Library, wanted: Callable[[Card], bool]) -> None:
        self.library, self.wanted = library, wanted
        self.cards = self._find_cards()
        self._models: dict[str, tuple[str, Model]] = {}

    def card(self, name: str) -> Card | None:
        """The card as it is now; None if there is no such network."""
        if name not in self.cards or self.library.card(name) != self.cards[name]:
            self.cards = self._find_cards()
        return self.cards.get(name)

    def known(self) -> str:
        """All names, for an error message."""
        return ", ".join(self.cards) or "none: train one first"

    def model(self, name: str) -> Model:
        """The network for the card that was last read.

        Raises:
            BadCheckpoint: it does not load.
        """
        digest, model = self._models.get(name, ("", None))
        if model is None or digest != self.cards[name].digest:
            with torch.inference_mode(mode=False):  # or no gradient could be taken
                model = load_checkpoint(self.library.folder(name))
            self._models[name] = self.cards[name].digest, model
        return model

    def _find_cards(self) -> dict[str, Card]:
        return {name: card for name, card in self.library.cards().items() if self.wanted(card)}
