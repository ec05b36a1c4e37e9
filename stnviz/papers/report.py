"""Comparison of a paper's table with the errors measured here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from stnviz.checkpoints.card import CARD, BadCheckpoint, Card, load_card
from stnviz.checkpoints.seeds import load_seed_errors, spread_of
from stnviz.papers.cells import Cell

Standing = Literal["ahead", "level", "behind"]


@dataclass(frozen=True)
class Result:
    """A cell of the table with the errors measured here.

    Args:
        cell: its name, such as ``mnist-r/st-cnn-affine``.
        paper: the paper's error, in [0, 1]; None where the paper has no comparable one.
        here: the mean error of our runs; None where there is no run.
        errors: the error of each run, one for each seed.
    """

    cell: str
    paper: float | None
    here: float | None
    errors: tuple[float, ...]

    @property
    def spread(self) -> float | None:
        """The standard deviation of the error over the seeds; None with fewer than two runs."""
        return spread_of(self.errors)

    @property
    def standing(self) -> Standing | None:
        """Where the error stands beside the paper's; None if one of them is missing.

        With several seeds, ``level`` says that they differ by less than the seeds do.
        """
        if self.here is None or self.paper is None:
            return None
        if self.spread is not None and abs(self.here - self.paper) <= self.spread:
            return "level"
        return "ahead" if self.reached else "behind"

    @property
    def reached(self) -> bool:
        """Whether the error is at most the paper's, with :attr:`gap` of 0."""
        return None not in (self.here, self.paper) and self.gap == 0

    @property
    def gap(self) -> float:
        """The excess of the error over the paper's; 0 if it is not above, or one is missing."""
        if self.here is None or self.paper is None:
            return 0.0
        return max(0.0, round(self.here, 6) - self.paper)


def run_folder(root: Path, cell: str, seed: int) -> Path:
    """Folder of the run of a cell with a seed."""
    return root / (f"{cell}-seed{seed}" if seed else cell)


def collect_results(
    cells: Iterable[Cell], root: Path, seeds: int, measure: Callable[[Path, Card], float | None]
) -> list[Result]:
    """Collect the errors of the existing checkpoints of a table.

    Args:
        cells: cells of the table.
        root: folder of the runs.
        seeds: number of runs of each cell.
        measure: returns the error for a folder and its card, such as :func:`error_on_card`; None
            where it cannot be measured here.

    Raises:
        BadCheckpoint: a checkpoint is damaged.
    """
    results = []
    for cell in cells:
        folders = (run_folder(root, cell.name, seed) for seed in range(seeds))
        cards = ((folder, load_card(folder)) for folder in folders if (folder / CARD).exists())
        found = (measure(folder, card) for folder, card in cards)
        errors = tuple(error for error in found if error is not None)
        here = fmean(errors) if errors else None
        results.append(Result(cell.name, cell.paper, here, errors))
    return results


def error_on_card(folder: Path, card: Card) -> float:
    """The error that was measured when the checkpoint was made.

    Raises:
        BadCheckpoint: the card has no error.
    """
    try:
        return float(card.metrics["error"])
    except (KeyError, TypeError, ValueError):
        raise BadCheckpoint(f"{folder} has no measured error on its card.") from None


def shipped_result(cell: Cell, root: Path) -> Result:
    """A cell with the error on its checkpoint's card, or of all seeds where they were recorded.

    Args:
        cell: of the table.
        root: folder of the checkpoints.

    Raises:
        BadCheckpoint: the checkpoint is damaged.
    """
    folder = root / cell.name
    if not (folder / CARD).exists():
        return Result(cell.name, cell.paper, None, ())
    card = load_card(folder)
    seeds = load_seed_errors(folder, card.digest)
    errors = tuple(seeds.values()) or (error_on_card(folder, card),)
    return Result(cell.name, cell.paper, fmean(errors), errors)
