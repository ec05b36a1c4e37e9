"""The data sets by name, described without torch; what they hold is made or read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stnviz.data.distortions import DISTORTIONS, PERTURBED
from stnviz.registry import Registry

Page = Literal["play", "attention", "steps"]


@dataclass(frozen=True)
class DataSet:
    """Pictures with labels that networks are compared on.

    Args:
        name: registered name, as in links, cards and commands.
        title: name for a person.
        family: registered model family of the networks that are trained on it.
        size: (height, width) of its pictures.
        source: where its definition comes from.
        page: which page looks at its networks.
        opening: what that page begins with, where it looks at networks of several kinds.
        first: the network that it begins with.
    """

    name: str
    title: str
    family: str
    size: tuple[int, int]
    source: str
    page: Page = "play"
    opening: str = ""
    first: str = ""


DATA_SETS: Registry[DataSet] = Registry("data set")

for _name, _distortion in DISTORTIONS:
    if any(low != high for low, high in _distortion.trained.values()):
        _canvas = _distortion.canvas
        DATA_SETS.add(
            _name,
            DataSet(_name, _distortion.title, "digits", (_canvas, _canvas), _distortion.source),
        )

_READ = "A number on a wall. Watch the network go up to it and read."
_FIND = "A number somewhere on a wall. Watch the network find it and read."
_HEADS = "Nobody told the network what a head is. See which window looks at it."
_ROW = "Three digits in a row, among clutter. Watch the network go from one to the next."
_PERTURBED = "One step is seldom enough. Watch the network straighten the digit step by step."
_GLASSES = "Nobody said where glasses belong. Watch the network put them on, step by step."
_SHARED = "All it knows: these pictures share something. Watch it find out what."

for _set in (
    DataSet(
        "birds", "Drawn birds", "birds", (224, 224), "drawn by stnviz",
        "attention", _HEADS, "2st-cnn-translation",
    ),
    DataSet(
        "cub", "Photographed birds (CUB)", "birds", (224, 224), "Wah et al. 2011",
        "attention", _HEADS, "2st-cnn-translation",
    ),
    DataSet(
        "birds-448", "Drawn birds, large", "birds", (448, 448), "drawn by stnviz",
        "attention", _HEADS, "2st-cnn-translation",
    ),
    DataSet(
        "cub-448", "Photographed birds (CUB), large", "birds", (448, 448), "Wah et al. 2011",
        "attention", _HEADS, "2st-cnn-translation",
    ),
    DataSet(
        "mnist-addition", "Adding digits", "addition", (42, 42),
        "Jaderberg et al. 2015, appendix A.1", "attention",
        "Two digits lie on one sheet. Watch two transformers share them out.", "2st-fcn-affine",
    ),
    DataSet(
        "numbers-64", "Drawn house numbers, close", "numbers", (64, 64),
        "after Jaderberg et al. 2015, section 4.2", "attention", _READ, "st-cnn-multi-affine",
    ),
    DataSet(
        "numbers-128", "Drawn house numbers, from afar", "numbers", (128, 128),
        "after Jaderberg et al. 2015, section 4.2", "attention", _FIND, "st-cnn-multi-affine",
    ),
    DataSet(
        "svhn-64", "Street numbers (SVHN), close", "numbers", (64, 64), "Netzer et al. 2011",
        "attention", _READ, "st-cnn-multi-affine",
    ),
    DataSet(
        "svhn-128", "Street numbers (SVHN), from afar", "numbers", (128, 128),
        "Netzer et al. 2011", "attention", _FIND, "st-cnn-multi-affine",
    ),
    DataSet(
        "colocalise-t", "Co-localisation", "finder", (84, 84),
        "Jaderberg et al. 2015, appendix A.2", "attention", _SHARED, "st-finder-attention",
    ),
    DataSet(
        "colocalise-tc", "Co-localisation in clutter", "finder", (84, 84),
        "Jaderberg et al. 2015, appendix A.2", "attention", _SHARED, "st-finder-attention",
    ),
    DataSet(
        "sequences", "Three digits in a row", "sequences", (100, 100),
        "Sønderby et al. 2015, arXiv 1509.05329", "steps", _ROW, "rnn-spn-d3-translation",
    ),
    DataSet(
        PERTURBED.name, "Perturbed digits", "iterative", (PERTURBED.canvas, PERTURBED.canvas),
        PERTURBED.source, "steps", _PERTURBED, "ic-stn-4-projective",
    ),
    DataSet(
        "glasses", "Glasses on faces", "compositor", (48, 48),
        "after Lin et al. 2018, arXiv 1803.01837", "steps", _GLASSES, "st-gan-similarity",
    ),
):  # fmt: skip
    DATA_SETS.add(_set.name, _set)
