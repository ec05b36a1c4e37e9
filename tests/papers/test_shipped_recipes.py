"""What a card says of its training is what the tables would do again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from stnviz.checkpoints.card import CARD, CHECKPOINTS, load_card
from stnviz.cli.reproduce import TABLES
from stnviz.papers.cells import Cell

SHIPPED = {
    name: cell
    for table in TABLES.values()
    for name, cell in table
    if (CHECKPOINTS / name / CARD).exists()
}


@pytest.mark.law
@pytest.mark.parametrize("cell", SHIPPED.values(), ids=SHIPPED)
def test_a_shipped_network_was_trained_by_the_recipe_of_its_cell(cell: Cell) -> None:
    card = load_card(CHECKPOINTS / cell.name)
    wanted: dict[str, Any] = asdict(cell.plan.recipe)
    if not card.model.get("transform"):
        del wanted["localisation_lr_ratio"]  # there is no localisation network
    # Older cards leave out what was added since, which was 0 then.
    found = {name: card.training.get(name) or type(value)() for name, value in wanted.items()}
    assert found == wanted
    changed = {name: card.model[name] for name in cell.plan.changes}
    assert changed == cell.plan.changes
