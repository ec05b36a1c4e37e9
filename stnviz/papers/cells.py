"""Cells of a results table: one network on one data set, with the paper's error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stnviz.experiments.recipe import Recipe
from stnviz.registry import Registry
from stnviz.runs.plan import Plan

Network = tuple[str, str | None]
"""Model and transform."""


@dataclass(frozen=True)
class Cell:
    """One network on one data set.

    Args:
        plan: the network and its recipe.
        paper: the paper's error, in [0, 1]; None where the paper's data differ.
    """

    plan: Plan
    paper: float | None

    @property
    def name(self) -> str:
        """Name of the cell, such as ``mnist-r/st-cnn-affine``."""
        return self.plan.cell


def recipe_with(
    recipes: Mapping[str, Recipe],
    changes: Mapping[tuple[str, str], Mapping[str, Any]],
    data: str,
    model: str,
) -> Recipe:
    """The recipe of a data set, with the changes for one of its models.

    Args:
        recipes: recipes by data set.
        changes: changed fields of the recipe, by data set and model.
        data: the data set.
        model: the model.
    """
    return replace(recipes[data], **changes.get((data, model), {}))


def create_cells(
    networks: Mapping[str, Sequence[Network]],
    recipe_for: Callable[[str, str], Recipe],
    paper: Callable[[str, Network], float | None] = lambda _data, _network: None,
) -> Registry[Cell]:
    """Create a table's cells, by name.

    Args:
        networks: networks by data set.
        recipe_for: returns the recipe for a data set and a model.
        paper: returns the paper's error for a data set and a network, or None.
    """
    cells: Registry[Cell] = Registry("cell")
    for data, those in networks.items():
        for network in those:
            plan = Plan(*network, recipe_for(data, network[0]))
            cells.add(plan.cell, Cell(plan, paper(data, network)))
    return cells
