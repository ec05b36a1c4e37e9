"""Whatever a trace holds, it is judged without an exception: anybody may have made it."""

from __future__ import annotations

import numpy as np
import pytest

import stnviz
from stnviz.records import SamplerCall, Step, Trace
from stnviz.records.strict_json import as_json
from stnviz.records.trace import KINDS

VALUES = (0.0, -1.0, 1.0, 1e-30, 1e10, 3e38, float("nan"), float("inf"), -float("inf"))


def odd_trace(random: np.random.Generator) -> Trace:
    """Arrays of odd shapes and odd numbers that a trace file may hold."""
    axes, count = int(random.integers(2, 4)), int(random.integers(1, 5))
    size = [int(random.integers(1, 6)) for _ in range(axes)]
    output = [int(random.integers(1, 6)) for _ in range(axes)]

    def array(*shape: int) -> np.ndarray:
        found = random.normal(size=shape) * 10.0 ** random.integers(-3, 4)
        if random.random() < 0.5:
            odd = random.random(shape) < random.choice([0.05, 0.5, 1.0])
            found[odd] = random.choice(VALUES)
        kind = random.choice([np.float32, np.float64])
        return found.astype(kind)

    with np.errstate(all="ignore"):
        call = None
        if random.random() < 0.7:
            flags = [bool(flag) for flag in random.integers(0, 2, 2)]
            made = random.choice([None, True, False])
            call = SamplerCall("x", kernel=random.choice(["nearest", "bilinear"]),
                               align_corners=flags[0], needs_gradient=flags[1],
                               grid_align_corners=made)  # fmt: skip
        grid = array(count, *output, axes)
        gradient = array(count, *output, axes) if random.random() < 0.3 else None
        step = Step(
            "", array(count, int(random.integers(0, 3)), *size), array(count, 6), grid,
            array(count, 1, *output), kind=random.choice(KINDS), call=call, grid_gradient=gradient,
        )  # fmt: skip
        return Trace(array(count, 1, *size), (step,), np.zeros((count, 0)))


@pytest.mark.exception
@pytest.mark.parametrize("seed", range(5))
def test_odd_traces_are_judged_without_an_exception(seed: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(40):
        report = stnviz.health(odd_trace(random))
        assert str(report)
        for one in report.transformers:
            as_json([dict(verdict.numbers) for verdict in one.verdicts])
            assert all(0 < verdict.share <= 1 for verdict in one.verdicts)
