"""Small linear systems, one for each sample: solved by LAPACK, or by operations of a graph.

ONNX has no operation that solves a system. While a graph is recorded, the same system is therefore
solved by Gauss-Jordan elimination with partial pivoting, whose operations depend on the size of the
system and not on its numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import is_recorded
from stnviz.shapes import Float

SMALLEST_PIVOT = 1e-12
"""A column whose pivot is smaller counts as dependent on those before it."""


def solve(system: Float[Tensor, "b n n"], wanted: Float[Tensor, "b n m"]) -> Float[Tensor, "b n m"]:
    """Solve ``system @ x = wanted``.

    Where a system is singular, the result is finite: the least-norm solution, or in a recorded
    graph the solution with zeros for the unknowns that are not determined.
    """
    if is_recorded():
        return _eliminate(system, wanted)
    solution, info = torch.linalg.solve_ex(system, wanted)
    bad = (info != 0) | ~solution.isfinite().flatten(1).all(dim=1)
    if bool(bad.any()):
        least_norm = torch.linalg.pinv(system[bad]) @ wanted[bad]
        solution = solution.index_put((bad,), least_norm)
    return solution


def _eliminate(
    system: Float[Tensor, "b n n"], wanted: Float[Tensor, "b n m"]
) -> Float[Tensor, "b n m"]:
    """Gauss-Jordan elimination. Rows stay where they are; each pivot is chosen by a unit vector."""
    size = system.shape[1]
    rows, places = torch.cat([system, wanted], dim=2), torch.arange(size, device=system.device)
    free, chosen = torch.ones_like(system[:, :, 0]), []
    for column in range(size):
        below = rows[:, :, column]
        best = (below.abs() * free).argmax(dim=1, keepdim=True)
        unit = (places == best).to(rows.dtype)
        pivot = (below * unit).sum(dim=1, keepdim=True)
        usable = (pivot.abs() > SMALLEST_PIVOT).to(rows.dtype)
        unit = unit * usable
        row = (unit[:, None] @ rows)[:, 0] / (pivot + 1 - usable)
        # The pivot's own row becomes `row`, all others lose their entry in this column.
        rows = rows - (below - unit)[..., None] * row[:, None]
        free = free - unit
        chosen.append(unit)
    return torch.stack(chosen, dim=1) @ rows[:, :, size:]
