"""Formatting of result tables, measured errors beside the paper's, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stnviz.checkpoints.seeds import percent_with_spread
from stnviz.checkpoints.titles import network_title
from stnviz.cli.console import percent
from stnviz.experiments.recipe import Recipe
from stnviz.papers.report import Result
from stnviz.papers.table1 import COLUMNS, ROWS, SOURCE
from stnviz.runs.plan import Plan

LEGEND = f"Error in %, here / paper ({SOURCE}); * at or below the paper."


def _rows(results: Sequence[Result]) -> list[list[str]]:
    by_cell: Mapping[str, Result] = {result.cell: result for result in results}
    rows = []
    for model, transform in ROWS:
        cells = [by_cell.get(Plan(model, transform, Recipe(data, 1)).cell) for data in COLUMNS]
        if any(cells):
            rows.append([network_title(model, transform), *map(_entry, cells)])
    return rows


def _entry(result: Result | None) -> str:
    if result is None:
        return ""
    here = "-" if result.here is None else percent_with_spread(result.here, result.errors)
    paper = "-" if result.paper is None else f"{100 * result.paper:.1f}"
    return f"{here} / {paper}{' *' if result.reached else '  '}"


def _heads() -> list[str]:
    return ["", *(f"{name.removeprefix('mnist-').upper()}" for name in COLUMNS)]


def as_list(results: Sequence[Result], *, markdown: bool = False) -> str:
    """Format one line for each cell, for tables that do not have the paper's rows and columns."""
    lines = [[result.cell, _entry(result).strip()] for result in results]
    if markdown:
        rows = [["cell", "error in %, here / paper"], ["---", "---:"], *lines]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows).replace("*", r"\*")
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name.ljust(width)}  {entry}" for name, entry in lines)


def as_text(results: Sequence[Result]) -> str:
    """Format Table 1 as text columns."""
    table = [_heads(), *_rows(results)]
    widths = [max(len(row[at]) for row in table) for at in range(len(COLUMNS) + 1)]
    lines = (
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )
    return "\n".join((LEGEND, "", *lines))


def as_markdown(results: Sequence[Result]) -> str:
    """Format Table 1 as Markdown."""
    heads = _heads()
    rows = [heads, ["---", *("---:" for _ in COLUMNS)], *_rows(results)]
    lines = (f"| {' | '.join(cell.strip() for cell in row)} |" for row in rows)
    return "\n".join((LEGEND, "", *lines)).replace("*", r"\*")


def summary(results: Sequence[Result]) -> str:
    """How many cells are at or below the paper's error, and which are above, largest gap first."""
    measured = [result for result in results if result.here is not None]
    compared = [result for result in results if result.paper is not None]
    behind = sorted((r for r in measured if r.gap), key=lambda r: -r.gap)
    lines = [
        "",
        f"{sum(r.reached for r in measured)} of {len(compared)} cells are at or below the paper's "
        f"error; {len(results) - len(measured)} have no checkpoint.",
        *(f"  {r.cell}: {percent(r.gap)} above" for r in behind),
    ]
    return "\n".join(lines)
