"""A cell of a table: one network on one data set, and what the paper says of it."""

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
        plan: what is trained, and how.
        paper: the paper's error, in [0, 1]; None where the paper's data are others.
    """

    plan: Plan
    paper: float | None

    @property
    def name(self) -> str:
        """Such as ``mnist-r/st-cnn-affine``."""
        return self.plan.cell


def recipe_with(
    recipes: Mapping[str, Recipe],
    changes: Mapping[tuple[str, str], Mapping[str, Any]],
    data: str,
    model: str,
) -> Recipe:
    """The recipe of a data set, with what is different for one of its models.

    Args:
        recipes: by data set.
        changes: entries of the recipe that are others, by data set and model.
        data: the data set.
        model: the model.
    """
    return replace(recipes[data], **changes.get((data, model), {}))


def create_cells(
    networks: Mapping[str, Sequence[Network]],
    recipe_for: Callable[[str, str], Recipe],
    paper: Callable[[str, Network], float | None] = lambda _data, _network: None,
) -> Registry[Cell]:
    """A table's cells by name.

    Args:
        networks: of each data set.
        recipe_for: the recipe of a data set and a model.
        paper: the paper's error of a data set and a network, where it has one.
    """
    cells: Registry[Cell] = Registry("cell")
    for data, those in networks.items():
        for network in those:
            plan = Plan(*network, recipe_for(data, network[0]))
            cells.add(plan.cell, Cell(plan, paper(data, network)))
    return cells
