"""The networks that look again and are shipped, and our recipe for each.

The papers' errors are of larger networks, and of single digits where ours are of whole sequences:
none stands beside ours. What is compared is how often, and how, a network looks.
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
        "mnist-perturbed", 10_000, batch_size=128, localisation_lr_ratio=0.1, ema_decay=0.999
    ),
    # Clipping judges the critic and the warp together: below this, the former's gradient would
    # decide how long the latter's is.
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
    # It has no window to move.
    ("sequences", "cnn"): {"perturbation": 0.0},
    # Four times as many pixels: its windows are those that have learned on smaller glimpses, and
    # what reads them learns anew, too briefly for a long average.
    ("sequences", "rnn-spn-d1"): {
        "steps": 2_500,
        "localisation_lr_ratio": 0.1,
        "perturbation": 0.0,
        "ema_decay": 0.99,
        "init_from": "sequences/rnn-spn-d2-translation",
    },
}


def recipe_for(data: str, model: str) -> Recipe:
    """The schedule that each shipped network gets."""
    return recipe_with(RECIPES, _OTHERS, data, model)


CELLS = create_cells(NETWORKS, recipe_for)
