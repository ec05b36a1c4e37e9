"""Registry of the data sets: names, titles and image sizes, without importing torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from stnviz.data.distortions import DISTORTIONS, PERTURBED, TURNED
from stnviz.registry import Registry

Page = Literal["play", "attention", "steps"]


@dataclass(frozen=True)
class DataSet:
    """Labelled images on which networks are compared.

    Args:
        name: registered name, as in links, cards and commands.
        title: display name.
        family: registered model family of the networks trained on it.
        size: (height, width) of its images.
        source: reference for its definition.
        page: page of the app that shows its networks.
        opening: introductory text of that page, where the page covers several model families.
        first: name of the network that the page shows first.
        together: whether that page shows its networks side by side, so that none is chosen.
    """

    name: str
    title: str
    family: str
    size: tuple[int, int]
    source: str
    page: Page = "play"
    opening: str = ""
    first: str = ""
    together: bool = False


DATA_SETS: Registry[DataSet] = Registry("data set")

for _name, _distortion in DISTORTIONS:
    if any(low != high for low, high in _distortion.trained.values()):
        _canvas = _distortion.canvas
        DATA_SETS.add(
            _name,
            DataSet(_name, _distortion.title, "digits", (_canvas, _canvas), _distortion.source),
        )

_HEADS = "Nobody told the network what a head is. See which window looks at it."
_BIRDS = partial(
    DataSet, family="birds", page="attention", opening=_HEADS, first="2st-cnn-translation"
)
_NUMBERS = partial(DataSet, family="numbers", page="attention", first="st-cnn-multi-affine")
_READ = "A number on a wall. Watch the network go up to it and read."
_FIND = "A number somewhere on a wall. Watch the network find it and read."
_SHARED = "All it knows: these pictures share something. Watch it find out what."
_SEARCHED = partial(
    DataSet, family="finder", size=(84, 84), source="Jaderberg et al. 2015, appendix A.2",
    page="attention", opening=_SHARED, first="st-finder-attention",
)  # fmt: skip

_CUB, _SVHN, _DRAWN = "Wah et al. 2011", "Netzer et al. 2011", "drawn by stnviz"
_PAPER_NUMBERS = "after Jaderberg et al. 2015, section 4.2"

for _set in (
    _BIRDS("birds", "Drawn birds", size=(224, 224), source=_DRAWN),
    _BIRDS("cub", "Photographed birds (CUB)", size=(224, 224), source=_CUB),
    _BIRDS("birds-448", "Drawn birds, large", size=(448, 448), source=_DRAWN),
    _BIRDS("cub-448", "Photographed birds (CUB), large", size=(448, 448), source=_CUB),
    DataSet(
        "mnist-addition", "Adding digits", "addition", (42, 42),
        "Jaderberg et al. 2015, appendix A.1", "attention",
        "Two digits lie on one sheet. Watch two transformers share them out.", "2st-fcn-affine",
    ),
    _NUMBERS(
        "numbers-64", "Drawn house numbers, close", size=(64, 64), source=_PAPER_NUMBERS,
        opening=_READ,
    ),
    _NUMBERS(
        "numbers-128", "Drawn house numbers, from afar", size=(128, 128), source=_PAPER_NUMBERS,
        opening=_FIND,
    ),
    _NUMBERS("svhn-64", "Street numbers (SVHN), close", size=(64, 64), source=_SVHN, opening=_READ),
    _NUMBERS(
        "svhn-128", "Street numbers (SVHN), from afar", size=(128, 128), source=_SVHN,
        opening=_FIND,
    ),
    _SEARCHED("colocalise-t", "Co-localisation"),
    _SEARCHED("colocalise-tc", "Co-localisation in clutter"),
    DataSet(
        TURNED.name, "Digits in space", "volumes", (TURNED.canvas, TURNED.canvas), TURNED.source,
        "attention", "Turn the digit in space. Watch the network turn it to face you.",
        "st-cnn-affine-3d", together=True,
    ),
    DataSet(
        "sequences", "Three digits in a row", "sequences", (100, 100),
        "Sønderby et al. 2015, arXiv 1509.05329", "steps",
        "Three digits in a row, among clutter. Watch the network go from one to the next.",
        "rnn-spn-d3-translation",
    ),
    DataSet(
        PERTURBED.name, "Perturbed digits", "iterative", (PERTURBED.canvas, PERTURBED.canvas),
        PERTURBED.source, "steps",
        "One step is seldom enough. Watch the network straighten the digit step by step.",
        "ic-stn-4-projective",
    ),
    DataSet(
        "glasses", "Glasses on faces", "compositor", (48, 48),
        "after Lin et al. 2018, arXiv 1803.01837", "steps",
        "Nobody said where glasses belong. Watch the network put them on, step by step.",
        "st-gan-similarity",
    ),
):  # fmt: skip
    DATA_SETS.add(_set.name, _set)
