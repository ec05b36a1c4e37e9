"""What a run begins with where nothing else is said: the recipe that its pictures are known for."""

from __future__ import annotations

from dataclasses import replace

from stnviz.experiments.recipe import Recipe
from stnviz.papers import attention
from stnviz.papers import recurrent as again

RECIPES = {**attention.RECIPES, **again.RECIPES}


def default_recipe(data: str, steps: int) -> Recipe:
    """The recipe for ``data``, over so many steps."""
    return replace(RECIPES.get(data, Recipe(data, steps)), steps=steps)
