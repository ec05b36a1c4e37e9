"""Default recipes by data set, from the tables of the papers."""

from __future__ import annotations

from dataclasses import replace

from stnviz.experiments.recipe import Recipe
from stnviz.papers import attention
from stnviz.papers import recurrent as again

RECIPES = {**attention.RECIPES, **again.RECIPES}


def default_recipe(data: str, steps: int) -> Recipe:
    """The default recipe for ``data``, with ``steps`` steps."""
    return replace(RECIPES.get(data, Recipe(data, steps)), steps=steps)
