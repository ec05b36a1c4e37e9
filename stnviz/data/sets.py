"""The data sets by name, described without torch; what they hold is made or read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.data.distortions import DISTORTIONS
from stnviz.registry import Registry


@dataclass(frozen=True)
class DataSet:
    """Pictures with labels that networks are compared on.

    Args:
        name: registered name, as in links, cards and commands.
        title: name for a person.
        family: registered model family of the networks that are trained on it.
        size: (height, width) of its pictures.
        source: where its definition comes from.
    """

    name: str
    title: str
    family: str
    size: tuple[int, int]
    source: str


DATA_SETS: Registry[DataSet] = Registry("data set")

for _name, _distortion in DISTORTIONS:
    if any(low != high for low, high in _distortion.trained.values()):
        _canvas = _distortion.canvas
        DATA_SETS.add(
            _name,
            DataSet(_name, _distortion.title, "digits", (_canvas, _canvas), _distortion.source),
        )

for _set in (
    DataSet(
        "mnist-addition", "Two digits to add up", "addition", (42, 42),
        "Jaderberg et al. 2015, appendix A.1",
    ),
    DataSet(
        "numbers-64", "House numbers, close", "numbers", (64, 64),
        "drawn by stnviz after Jaderberg et al. 2015, section 4.2",
    ),
    DataSet(
        "numbers-128", "House numbers, from afar", "numbers", (128, 128),
        "drawn by stnviz after Jaderberg et al. 2015, section 4.2",
    ),
    DataSet("svhn-64", "Street numbers, close", "numbers", (64, 64), "Netzer et al. 2011"),
    DataSet("svhn-128", "Street numbers, from afar", "numbers", (128, 128), "Netzer et al. 2011"),
    DataSet(
        "colocalise-t", "One digit in a hundred pictures", "finder", (84, 84),
        "Jaderberg et al. 2015, appendix A.2",
    ),
    DataSet(
        "colocalise-tc", "One digit in a hundred pictures, among clutter", "finder", (84, 84),
        "Jaderberg et al. 2015, appendix A.2",
    ),
    DataSet("birds", "Drawn birds", "birds", (224, 224), "drawn by stnviz"),
    DataSet("cub", "CUB-200-2011", "birds", (224, 224), "Wah et al. 2011"),
    DataSet("birds-448", "Drawn birds, large", "birds", (448, 448), "drawn by stnviz"),
    DataSet("cub-448", "CUB-200-2011, large", "birds", (448, 448), "Wah et al. 2011"),
):  # fmt: skip
    DATA_SETS.add(_set.name, _set)
