"""Recipes and table cells of the shipped networks with several transformers, and of volumes.

The paper's errors are given only where the data are the same: sums of two digits (Jaderberg et
al. 2015, appendix A.1). It gives none for volumes (A.3). Its street numbers and birds are
photographs, ours are drawn; CUB here is 50 of its 200 species, at a quarter of the paper's pixels.
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
    ("st-fcn", "projective"): 0.185,
    ("st-fcn", "thin-plate-spline"): 0.191,
    ("2st-fcn", "affine"): 0.090,
    ("2st-fcn", "thin-plate-spline"): 0.058,
}

_VOLUMES = (("cnn", None), ("cnn-views", None), ("st-cnn", "affine-3d"))
_NUMBERS = (("cnn", None), ("st-cnn-single", "affine"), ("st-cnn-multi", "affine"))
_BIRDS = (("cnn", None), ("2st-cnn", "translation"), ("4st-cnn", "translation"))

_BASE = Recipe("", 4_000, learning_rate=1e-3, localisation_lr_ratio=1.0, precision="float32")

RECIPES = {
    "mnist-addition": Recipe("mnist-addition", 30_000, ema_decay=0.999),
    "mnist-volume": Recipe("mnist-volume", 8_000, batch_size=64, dropout=0.3, ema_decay=0.999),
    "numbers-64": Recipe(
        "numbers-64", 4_000,
        batch_size=64, learning_rate=2e-3, localisation_lr_ratio=0.1, ema_decay=0.99,
    ),
    "birds": replace(
        _BASE, data="birds", steps=3_000, batch_size=16, dropout=0.5, ema_decay=0.99,
        perturbation=0.1,
    ),
    "colocalise-t": replace(_BASE, data="colocalise-t", steps=400, seed=3, batch_size=50),
}  # fmt: skip
"""Recipes by data set; those below are derived from these."""


def _derive(data: str, base: str, **changes: Any) -> None:
    RECIPES[data] = replace(RECIPES[base], data=data, **changes)


_derive("numbers-128", "numbers-64", batch_size=32, learning_rate=1e-3, init_from="numbers-64")
_derive("svhn-64", "numbers-64")
_derive("svhn-128", "numbers-128", init_from="")
_derive("cub", "birds", dropout=0.7, label_smoothing=0.1)
# The paper's image sizes and numbers of steps, for a GPU.
_derive("birds-448", "birds", steps=30_000, batch_size=128)
_derive("cub-448", "cub", steps=30_000, batch_size=128)
_derive("colocalise-tc", "colocalise-t", steps=800)

NETWORKS: dict[str, tuple[Network, ...]] = {
    "mnist-addition": tuple(_SUMS),
    "mnist-volume": _VOLUMES,
    "numbers-64": _NUMBERS,
    "numbers-128": _NUMBERS,
    "birds": _BIRDS,
    "cub": _BIRDS,
    "colocalise-t": (("st-finder", "attention"),),
    "colocalise-tc": (("st-finder", "attention"),),
}


_OTHERS: dict[tuple[str, str], dict[str, Any]] = {
    # The CNN's steps are slow, so it gets fewer steps and smaller batches.
    ("mnist-addition", "cnn"): {"steps": 6_000, "batch_size": 64, "learning_rate": 2e-3},
    ("mnist-addition", "st-fcn"): {"batch_size": 128},
    # Its localisation network starts anew: at 64 pixels, windows have nothing to search.
    ("numbers-128", "st-cnn-single"): {
        "perturbation": 0.1,
        "localisation_lr_ratio": 1.0,
        "init_from": "numbers-64/cnn",
    },
    # Four windows take twice the computation of two.
    ("cub", "4st-cnn"): {"steps": 900},
}


def recipe_for(data: str, model: str) -> Recipe:
    """The recipe of a shipped network."""
    return recipe_with(RECIPES, _OTHERS, data, model)


CELLS = create_cells(
    NETWORKS,
    recipe_for,
    lambda data, network: _SUMS[network] if data == "mnist-addition" else None,
)
