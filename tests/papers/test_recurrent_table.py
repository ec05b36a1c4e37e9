"""The networks that look again and are shipped."""

from __future__ import annotations

import pytest

from stnviz.experiments.recipe import Recipe
from stnviz.papers import attention
from stnviz.papers import recurrent as again
from stnviz.papers.defaults import default_recipe
from stnviz.papers.recurrent import CELLS

every_cell = pytest.mark.parametrize("name", CELLS.names())


@pytest.mark.law
@every_cell
def test_every_cell_can_be_trained(name: str) -> None:
    cell = CELLS.get(name)
    assert list(cell.plan.problems()) == []
    assert cell.name == name


@pytest.mark.feature
def test_what_is_begun_with_is_trained_by_another_cell() -> None:
    starts = [cell.plan.recipe.init_from for _, cell in CELLS if cell.plan.recipe.init_from]
    assert starts
    assert all(start in CELLS for start in starts)


@pytest.mark.feature
def test_a_run_begins_with_the_recipe_that_its_pictures_are_known_for() -> None:
    for known in (again.RECIPES, attention.RECIPES):
        for data, recipe in known.items():
            assert default_recipe(data, recipe.steps) == recipe
    assert default_recipe("mnist-r", 70) == Recipe("mnist-r", 70)
