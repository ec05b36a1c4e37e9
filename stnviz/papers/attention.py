"""The networks with several transformers that are shipped, and our recipe for their pictures.

Errors of the paper stand beside those whose data are the paper's: sums of two digits
(Jaderberg et al. 2015, appendix A.1). Its street numbers and birds are photographs, ours are
drawn; CUB here is 50 of its 200 species, at a quarter of the paper's pixels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stnviz.experiments.recipe import Recipe
from stnviz.papers.cells import Network, create_cells, recipe_with

SOURCE = "Jaderberg et al. 2015, appendix A.1"

_SUMS: dict[tuple[str, str | None], float] = {
    ("cnn", None): 0.147,
    ("st-fcn", "affine"): 0.226,
    ("st-fcn", "thin-plate-spline"): 0.191,
    ("2st-fcn", "affine"): 0.090,
    ("2st-fcn", "thin-plate-spline"): 0.058,
}

_NUMBERS = (("cnn", None), ("st-cnn-single", "affine"), ("st-cnn-multi", "affine"))
_BIRDS = (("cnn", None), ("2st-cnn", "translation"), ("4st-cnn", "translation"))

RECIPES = {
    "mnist-addition": Recipe(
        "mnist-addition", 30_000, learning_rate=3e-3, localisation_lr_ratio=0.3, ema_decay=0.999
    ),
    "numbers-64": Recipe(
        "numbers-64",
        4_000,
        batch_size=64,
        learning_rate=2e-3,
        localisation_lr_ratio=0.1,
        ema_decay=0.99,
    ),
    "numbers-128": Recipe(
        "numbers-128",
        4_000,
        batch_size=32,
        learning_rate=1e-3,
        localisation_lr_ratio=0.1,
        ema_decay=0.99,
        init_from="numbers-64",
    ),
    "birds": Recipe(
        "birds",
        3_000,
        batch_size=16,
        learning_rate=1e-3,
        localisation_lr_ratio=1.0,
        dropout=0.5,
        ema_decay=0.99,
        perturbation=0.1,
        precision="float32",
    ),
    "cub": Recipe(
        "cub",
        3_000,
        batch_size=16,
        learning_rate=1e-3,
        localisation_lr_ratio=1.0,
        dropout=0.7,
        ema_decay=0.99,
        label_smoothing=0.1,
        perturbation=0.1,
        precision="float32",
    ),
    "colocalise-t": Recipe(
        "colocalise-t",
        400,
        seed=3,
        batch_size=50,
        learning_rate=1e-3,
        localisation_lr_ratio=1.0,
        precision="float32",
    ),
    "colocalise-tc": Recipe(
        "colocalise-tc",
        800,
        seed=3,
        batch_size=50,
        learning_rate=1e-3,
        localisation_lr_ratio=1.0,
        precision="float32",
    ),
}
for _real, _drawn in (("svhn-64", "numbers-64"), ("svhn-128", "numbers-128")):
    RECIPES[_real] = replace(RECIPES[_drawn], data=_real, init_from="")
# The paper's sizes and numbers of steps: for a GPU.
for _large, _small in (("birds-448", "birds"), ("cub-448", "cub")):
    RECIPES[_large] = replace(RECIPES[_small], data=_large, steps=30_000, batch_size=128)

NETWORKS: dict[str, tuple[Network, ...]] = {
    "mnist-addition": tuple(_SUMS),
    "numbers-64": _NUMBERS,
    "numbers-128": _NUMBERS,
    "birds": _BIRDS,
    "cub": _BIRDS,
    "colocalise-t": (("st-finder", "attention"),),
    "colocalise-tc": (("st-finder", "attention"),),
}


_OTHERS: dict[tuple[str, str], dict[str, Any]] = {
    # Its steps are slow: fewer and smaller ones. One transformer is soon as good as it can be.
    ("mnist-addition", "cnn"): {"steps": 6_000, "batch_size": 64, "learning_rate": 2e-3},
    ("mnist-addition", "st-fcn"): {"steps": 10_000},
    # Four windows cost twice the work of two.
    ("birds", "4st-cnn"): {"steps": 900},
    ("cub", "4st-cnn"): {"steps": 900},
}


def recipe_for(data: str, model: str) -> Recipe:
    """The schedule that each shipped network gets."""
    return recipe_with(RECIPES, _OTHERS, data, model)


CELLS = create_cells(
    NETWORKS,
    recipe_for,
    lambda data, network: _SUMS[network] if data == "mnist-addition" else None,
)
