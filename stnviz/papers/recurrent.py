"""Recipes and table cells of the shipped recurrent and iterative networks.

The papers' errors are not given: their networks are larger, and they count single digits where
ours are errors of whole sequences. Compared are the number of steps and the kind of glimpses.
"""

from __future__ import annotations

from typing import Any

from stnviz.experiments.recipe import Recipe
from stnviz.papers.cells import Network, create_cells, recipe_with

RECIPES = {
    "sequences": Recipe(
        "sequences", 20_000, batch_size=32, learning_rate=2e-3, localisation_lr_ratio=1.0,
        ema_decay=0.999, perturbation=0.08, precision="float32",
    ),
    "mnist-perturbed": Recipe(
        "mnist-perturbed", 40_000, batch_size=128, localisation_lr_ratio=0.3, ema_decay=0.999
    ),
    # The gradient norm is clipped over the critic and the localisation network together: with a
    # lower limit, the critic's gradient would determine the length of the other's.
    "glasses": Recipe(
        "glasses", 8_000, batch_size=32, learning_rate=1e-3, localisation_lr_ratio=0.2,
        weight_decay=0.0, ema_decay=0.99, gradient_clip=100.0, precision="float32",
    ),
}  # fmt: skip

NETWORKS: dict[str, tuple[Network, ...]] = {
    "sequences": (
        ("cnn", None),
        ("ffn-spn-d3", "translation"),
        *((f"rnn-spn-d{smaller}", "translation") for smaller in (1, 2, 3, 4)),
    ),
    "mnist-perturbed": (
        ("cnn", None),
        ("stn", "projective"),
        *((f"ic-stn-{steps}", "projective") for steps in (2, 3, 4)),
    ),
    "glasses": (("st-gan", "similarity"),),
}

_OTHERS: dict[tuple[str, str], dict[str, Any]] = {
    # It has no window to perturb.
    ("sequences", "cnn"): {"perturbation": 0.0},
    # Its glimpses have four times as many pixels: the localisation starts from the network with
    # smaller glimpses, and the classifier is trained from scratch, with a shorter average of the
    # weights because there are few steps.
    ("sequences", "rnn-spn-d1"): {
        "steps": 2_500,
        "localisation_lr_ratio": 0.1,
        "perturbation": 0.0,
        "ema_decay": 0.99,
        "init_from": "sequences/rnn-spn-d2-translation",
    },
}


def recipe_for(data: str, model: str) -> Recipe:
    """The recipe of a shipped network."""
    return recipe_with(RECIPES, _OTHERS, data, model)


CELLS = create_cells(NETWORKS, recipe_for)
