"""The static Attention page: what each network sees in the first images, computed beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from stnviz.analysis.window_coverage import mean_windows
from stnviz.analysis.windows import view_windows
from stnviz.checkpoints.card import Card, predictions_file
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.records import Array, Predictions
from stnviz.site.contents import SitePage, kinds_of
from stnviz.ui.attention.view import attention_message
from stnviz.ui.attention.words import SHOWN, how_good, sentence
from stnviz.ui.encoding import LATTICE

OFFERED = 12
"""How many images of each data set a site has."""


def attention_page(library: Library, cards: Mapping[str, Card], version: str) -> SitePage:
    """The page.

    Args:
        library: of checkpoints.
        cards: of its networks, at least one.
        version: of the site.
    """
    files: dict[str, bytes] = {}
    for name, card in cards.items():
        files |= views_of(library, name, card)
    data = {
        "version": version,
        "offered": OFFERED,
        "shown": SHOWN,
        "kinds": kinds_of(cards),
        "networks": {
            name: {
                "title": checkpoint_title(name, card.model), "data": card.data,
                "views": f"views/{name}", "digest": card.digest[:16], "said": how_good(card),
            }
            for name, card in cards.items()
        },
    }  # fmt: skip
    return SitePage("attention", data, files)


def views_of(library: Library, name: str, card: Card) -> dict[str, bytes]:
    """What a network sees in each image, by file."""
    model = load_checkpoint(library.folder(name))
    device = torch.device("cpu")
    pictures, _ = EXPERIMENTS.get(card.data).open("shown", None, device, config=model.config)
    heat = _heat(library, name)
    found: dict[str, bytes] = {}
    for index in range(min(OFFERED, len(pictures))):
        images, labels = pictures.picture(index)
        seen, label = view_windows(model, images, LATTICE), labels[0].numpy()
        words: dict[str, Any] = {
            "answer": sentence(card.data, label, seen.logits, card.model.get("species", ())),
            "right": bool((seen.logits.argmax(axis=-1) == label).all()),
        }
        found[f"views/{name}/{index}.bin"] = attention_message(
            seen.image, seen.lattices, seen.crops, lattice=LATTICE, heat=heat,
            **words,
        )  # fmt: skip
    return found


def _heat(library: Library, name: str) -> Array | None:
    try:
        return mean_windows(Predictions.load(predictions_file(library.folder(name))))
    except ValueError:
        return None
