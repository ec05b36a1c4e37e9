"""What the Results page computes and how its table looks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st
import torch

from stnviz.analysis.contrast import Contrast, Pictures, contrast
from stnviz.analysis.sweep import sweep_error
from stnviz.data.digits import gallery, part_of_gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.labels import reading
from stnviz.models import Model
from stnviz.records import Parameter
from stnviz.training.batches import Batches
from stnviz.training.checkpoint import load_checkpoint
from stnviz.training.plan import Plan
from stnviz.training.recipe import Recipe
from stnviz.training.report import Result
from stnviz.training.table1 import COLUMNS, ROWS
from stnviz.training.titles import network_title
from stnviz.ui.play import shelf

SWEPT = slice(0, 1_000)
"""Gallery digits on which the curves are measured."""

PLACES = 25
REACH = {"angle": (-math.pi, math.pi)}

TABLE_STYLE = """<style>
.table1 { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.table1 { width: 100%; max-width: 52rem; }
.table1 th { font-weight: 600; text-align: right; padding: .35rem .75rem; }
.table1 th:first-child { text-align: left; padding-left: 0; white-space: nowrap; }
.table1 td { text-align: right; padding: .35rem .75rem; white-space: nowrap; }
.table1 tbody tr { border-top: 1px solid rgba(128,128,128,.25); }
.table1 td small { opacity: .65; }
.table1 .ahead { background: rgba(31,111,178,.16); }
.table1 .behind { background: rgba(217,115,13,.14); }
.table1-place { overflow-x: auto; }
@media (max-width: 600px) {
  .table1 { font-size: .72rem; }
  .table1 th, .table1 td { padding: .35rem .2rem; white-space: normal; vertical-align: middle; }
  .table1 th:first-child { min-width: 4.5rem; white-space: normal; }
  .table1 td small { display: block; }
}
</style>"""


def table_html(results: Sequence[Result]) -> str:
    """The paper's table beside ours: blue where we are ahead or equal, orange where behind."""
    by_cell: Mapping[str, Result] = {result.cell: result for result in results}
    heads = "".join(f"<th>{escape(DISTORTIONS.get(name).title)}</th>" for name in COLUMNS)
    lines = []
    for model, transform in ROWS:
        cells = (by_cell.get(Plan(model, transform, Recipe(data, 1)).cell) for data in COLUMNS)
        entries = "".join(map(_entry, cells))
        lines.append(f"<tr><th>{escape(network_title(model, transform))}</th>{entries}</tr>")
    body = "".join(lines)
    return (
        f'{TABLE_STYLE}<div class="table1-place"><table class="table1"><thead><tr><th></th>{heads}'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _entry(result: Result | None) -> str:
    if result is None:
        return "<td></td>"
    paper = f"<small>{100 * result.paper:.1f}</small>"
    if result.here is None:
        return f"<td>\N{EN DASH} {paper}</td>"
    kind = "ahead" if result.reached else "behind"
    return f'<td class="{kind}">{100 * result.here:.2f} {paper}</td>'


def sweepable(data: str) -> list[Parameter]:
    """The parameters of a distortion that training moved and a curve can follow."""
    return [
        control.parameter
        for control in DISTORTIONS.get(data).controls
        if control.law.trained[0] != control.law.trained[1]
        and not control.parameter.name.startswith(("corner", "spline"))
    ]


def places_of(parameter: Parameter) -> list[float]:
    """Values from end to end of what a control offers."""
    low, high = REACH.get(parameter.name, (parameter.low, parameter.high))
    return [low + (high - low) * k / (PLACES - 1) for k in range(PLACES)]


def as_read(parameter: Parameter, values: Sequence[float]) -> list[float]:
    """Values in the unit that a person reads."""
    return [value * reading(parameter).factor for value in values]


@st.cache_resource(max_entries=24, show_spinner=False)
def load(name: str, digest: str) -> Model:
    """A model of the shelf; ``digest`` tells a retrained one from the old."""
    return load_checkpoint(shelf().folder(name))


_curves: dict[tuple[str, str, str], list[float]] = {}


def curve(
    name: str, digest: str, data: str, parameter: Parameter, tell: Callable[[float], None]
) -> list[float]:
    """Errors of one model at every place; measured once, ``tell`` hears the share done."""
    key = digest, data, parameter.name
    if key not in _curves:
        values, errors = places_of(parameter), []
        for error in sweep_error(
            load(name, digest), data, parameter.name, values, part_of_gallery(SWEPT)
        ):
            errors.append(error)
            tell(len(errors) / PLACES)
        _curves[key] = errors
    return _curves[key]


@st.cache_resource(max_entries=16, show_spinner="Looking at the 10,000 digits of the gallery")
def contrast_of(
    ours: str, rival: str, data: str, digests: tuple[str, str], lattice: int
) -> Contrast:
    """Two models of the shelf on the gallery, distorted as in training."""
    batches = Batches(gallery(), DISTORTIONS.get(data), torch.device("cpu")).once()
    return contrast(load(ours, digests[0]), load(rival, digests[1]), batches, lattice)


def words_of(pictures: Pictures) -> list[str]:
    """What is said below each picture: what it is and what either network read."""
    return [
        f"a {label}\nread {ours} | {rival}"
        for label, (ours, rival) in zip(pictures.labels, pictures.said, strict=True)
    ]
