"""A bird network with two windows that are only moved, for tests: its weights are random."""

from __future__ import annotations

from stnviz.data.birds.plumage import SPECIES
from stnviz.models.birds import BirdConfig, BirdNetwork


def two_windows(species: tuple[str, ...] = SPECIES, side: int = 224) -> BirdNetwork:
    """The network, for images of ``side`` pixels and crops of half that."""
    return BirdNetwork(
        BirdConfig(
            "2st-cnn", (side, side), (side // 2, side // 2), species,
            transform="translation", transform_options={"scale": 0.5},
        )
    )  # fmt: skip
