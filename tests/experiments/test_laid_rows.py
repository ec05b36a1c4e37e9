"""A row of digits that a hand lays out anew: the test's own picture, drawn alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from stnviz.data.image_source import TEST_SEED
from stnviz.data.sequences import corner_at, draw_sequences
from stnviz.experiments import sequences as room
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.sequences import TEST_BATCH, Sequences

MOVED = torch.tensor([[0.5, 0.1], [-0.6, 0.4], [0.0, -0.7]])


@pytest.fixture(scope="module")
def rows() -> Sequences:
    opened, _ = EXPERIMENTS.get("sequences").open("shown", None, torch.device("cpu"))
    assert isinstance(opened, Sequences)
    return opened


@pytest.mark.law
@pytest.mark.parametrize("index", [0, 3, TEST_BATCH - 1, TEST_BATCH, 1_777])
def test_a_row_alone_is_the_one_of_the_test_to_the_bit(rows: Sequences, index: int) -> None:
    images, labels = rows.picture(index)
    laid = rows.arrange(index)
    assert torch.equal(laid.images, images)
    assert torch.equal(laid.labels, labels)
    assert laid.distractors == room.CLUTTER
    again = rows.arrange(index, laid.handles, laid.distractors)
    assert torch.equal(again.images, images)


def among_all(
    rows: Sequences, index: int, handles: Tensor | None, distractors: int | None
) -> Tensor:
    """The picture cut out of its whole part, which is drawn with that one row laid out anew."""
    part, row = divmod(index, TEST_BATCH)
    which, places, generator = rows._begin(part, TEST_SEED)
    amount = torch.full((len(which),), float(room.CLUTTER))
    if handles is not None:
        places[row] = corner_at(handles)
    if distractors is not None:
        amount[row] = distractors
    digits = rows.images[which].float() / 255
    whole = draw_sequences(digits, places, digits.flatten(0, 1)[:, None], generator, amount)
    return whole[row : row + 1]


@pytest.mark.law
@pytest.mark.parametrize("distractors", [None, 0, 1, 6, 8, 9, 16])
@pytest.mark.parametrize("handles", [None, MOVED], ids=["as it was", "moved"])
@pytest.mark.parametrize("index", [0, 3, TEST_BATCH - 1, TEST_BATCH, 1_777])
def test_a_row_laid_out_anew_is_the_one_of_its_whole_part_to_the_bit(
    rows: Sequences, index: int, handles: Tensor | None, distractors: int | None
) -> None:
    laid = rows.arrange(index, handles, distractors)
    assert torch.equal(laid.images, among_all(rows, index, handles, distractors))


@pytest.mark.feature
def test_a_row_is_read_from_left_to_right_wherever_its_digits_went(rows: Sequences) -> None:
    _, labels = rows.picture(3)
    assert torch.equal(rows.arrange(3, MOVED).labels, labels[:, [1, 2, 0]])


@pytest.mark.cardinality
@pytest.mark.parametrize("distractors", [None, 0, 6, 16])
def test_only_the_row_that_is_wanted_is_drawn(
    rows: Sequences, distractors: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = room.draw_sequences

    def counted(digits: Tensor, *rest: Any) -> Tensor:
        drawn.append(len(digits))
        return draw(digits, *rest)

    monkeypatch.setattr(room, "draw_sequences", counted)
    rows.arrange(3, MOVED, distractors)
    assert drawn == [1]
