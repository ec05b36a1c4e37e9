"""Small linear systems, one for each sample: solved by LAPACK, or by operations of a graph.

ONNX has no operation that solves a system. While a graph is recorded, a system is therefore solved
by Gauss-Jordan elimination, whose operations depend on the size of the system and not on its
numbers. It exchanges no rows, so that each column takes a few operations.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.shapes import Float

SMALLEST_PIVOT = 1e-12
"""A column whose pivot is smaller counts as dependent on those before it; it is left out."""


def solve(system: Float[Tensor, "b n n"], wanted: Float[Tensor, "b n m"]) -> Float[Tensor, "b n m"]:
    """Solve ``system @ x = wanted``, in float64 where the device has it.

    In float32 a bent spline's system loses half of its digits, and two ways of solving it would
    differ by more than a grey level.

    Where a system is singular, the result is finite: the least-norm solution.
    """
    exact = torch.float64 if system.device.type in ("cpu", "cuda") else torch.float32
    matrix, right = system.to(exact), wanted.to(exact)
    solution, info = torch.linalg.solve_ex(matrix, right)
    bad = (info != 0) | ~solution.isfinite().flatten(1).all(dim=1)
    if bool(bad.any()):
        least_norm = torch.linalg.pinv(matrix[bad]) @ right[bad]
        solution = solution.index_put((bad,), least_norm)
    return solution.to(system.dtype)


def eliminate(
    system: Float[Tensor, "b n n"], wanted: Float[Tensor, "b n m"]
) -> Float[Tensor, "b n m"]:
    """Solve ``system @ x = wanted`` by Gauss-Jordan elimination.

    Where a system is singular, the result is any finite numbers.

    Args:
        system: with leading blocks that have inverses, as those of a positive definite matrix do.
        wanted: right-hand sides.
    """
    size = system.shape[1]
    rows, units = torch.cat([system, wanted], dim=2), torch.eye(size).to(system)
    for column in range(size):
        entries, row = rows[:, :, column : column + 1], rows[:, column : column + 1]
        pivot = row[:, :, column : column + 1]
        row = row / torch.where(pivot.abs() > SMALLEST_PIVOT, pivot, torch.inf)
        # The pivot's own row becomes `row`, all others lose their entry in this column.
        rows = rows - (entries - units[:, column : column + 1]) @ row
    return rows[:, :, size:]
