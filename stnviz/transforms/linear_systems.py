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
"""A column whose pivot is smaller counts as dependent on those before it; it is left out."""


def solve(system: Float[Tensor, "b n n"], wanted: Float[Tensor, "b n m"]) -> Float[Tensor, "b n m"]:
    """Solve ``system @ x = wanted``, in float64 where the device has it.

    In float32 a bent spline's system loses half of its digits, and two ways of solving it would
    differ by more than a grey level.

    Where a system is singular, the result is finite: the least-norm solution, or in a recorded
    graph any numbers.
    """
    exact = torch.float64 if system.device.type in ("cpu", "cuda") else torch.float32
    return _solve(system.to(exact), wanted.to(exact)).to(system.dtype)


def _solve(
    system: Float[Tensor, "b n n"], wanted: Float[Tensor, "b n m"]
) -> Float[Tensor, "b n m"]:
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
    rows, units = torch.cat([system, wanted], dim=2), torch.eye(size).to(system)
    free, chosen = torch.ones_like(system[:, :, :1]), []
    for column in range(size):
        entries = rows[:, :, column : column + 1]
        unit = units[(entries.abs() * free).argmax(dim=1)]
        row = unit @ rows
        pivot = row[:, :, column : column + 1]
        row = row / torch.where(pivot.abs() > SMALLEST_PIVOT, pivot, torch.inf)
        # The pivot's own row becomes `row`, all others lose their entry in this column.
        rows = rows - (entries - unit.mT) @ row
        free = free - unit.mT
        chosen.append(unit)
    return torch.cat(chosen, dim=1) @ rows[:, :, size:]
