"""The paper's Table 1 as HTML, with our errors beside it, coloured by which is lower.

Where several seeds were trained, it shows their mean and standard deviation, and a difference
within that deviation has no colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from stnviz.checkpoints.card import CHECKPOINTS, BadCheckpoint
from stnviz.checkpoints.titles import network_title
from stnviz.data.distortions import DISTORTIONS
from stnviz.experiments.recipe import Recipe
from stnviz.papers.report import Result, shipped_result
from stnviz.papers.table1 import CELLS, COLUMNS, ROWS
from stnviz.runs.plan import Plan

TABLE_STYLE = """<style>
.table1 { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.table1 { width: 100%; max-width: 52rem; }
.table1 th { font-weight: 600; text-align: right; padding: .35rem .75rem; }
.table1 th:first-child { text-align: left; padding-left: 0; white-space: nowrap; }
.table1 td { text-align: right; padding: .35rem .75rem; white-space: nowrap; }
.table1 tbody tr { border-top: 1px solid rgba(128,128,128,.25); }
.table1 td small { opacity: .65; font-size: 0.875rem; }
.table1 .ahead { background: rgba(31,111,178,.16); }
.table1 .behind { background: rgba(217,115,13,.14); }
.table1-place { overflow-x: auto; }
.table1 .aside { position: absolute; clip-path: inset(50%); width: 1px; overflow: hidden; }
@media (max-width: 600px) {
  .table1 { font-size: .85rem; }
  .table1 th { font-size: .75rem; }
  .table1 th, .table1 td { padding: .35rem .2rem; white-space: normal; vertical-align: middle; }
  .table1 th:first-child { min-width: 4.5rem; white-space: normal; }
  .table1 td small { display: block; font-size: .75rem; }
}
</style>"""


_WORDS = {"ahead": "at or below", "level": "within the spread of", "behind": "above"}


def table_html(results: Sequence[Result]) -> str:
    """The paper's table beside ours: blue where we are ahead or equal, orange where behind."""
    by_cell: Mapping[str, Result] = {result.cell: result for result in results}
    heads = "".join(
        f'<th scope="col">{escape(DISTORTIONS.get(name).title)}</th>' for name in COLUMNS
    )
    lines = []
    for model, transform in ROWS:
        cells = (by_cell.get(Plan(model, transform, Recipe(data, 1)).cell) for data in COLUMNS)
        entries = "".join(map(_entry, cells))
        title = escape(network_title(model, transform))
        lines.append(f'<tr><th scope="row">{title}</th>{entries}</tr>')
    body = "".join(lines)
    return (
        f'{TABLE_STYLE}<div class="table1-place"><table class="table1"><thead><tr><td></td>{heads}'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _entry(result: Result | None) -> str:
    if result is None:
        return "<td></td>"
    assert result.paper is not None  # every cell of this table is the paper's
    paper = f"<small>{100 * result.paper:.1f}</small>"
    if result.here is None:
        return f"<td>\N{EN DASH} {paper}</td>"
    assert result.standing is not None
    # For those who do not see the colour.
    aside = f'<span class="aside"> {_WORDS[result.standing]} the paper\'s </span>'
    here = f"{100 * result.here:.2f}"
    if result.spread is not None:
        here += f"<small> \N{PLUS-MINUS SIGN} {100 * result.spread:.2f}</small>"
    return f'<td class="{result.standing}">{here}{aside} {paper}</td>'


def results_on_cards() -> tuple[list[Result], list[str]]:
    """Every cell of the table with our error from its card, and a sentence per damaged card."""
    results, troubles = [], []
    for _, cell in CELLS:
        try:
            results.append(shipped_result(cell, CHECKPOINTS))
        except BadCheckpoint as error:
            results.append(Result(cell.name, cell.paper, None, ()))
            troubles.append(str(error))
    return results, troubles
