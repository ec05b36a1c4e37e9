"""The report: the worst first, names, notes, text; and the same checks on a network's own steps."""

from __future__ import annotations

import json

import pytest
import torch

import stnviz
from stnviz.analysis.health.health import judge_steps
from stnviz.records import HealthReport, TransformerHealth
from stnviz.records.strict_json import as_json
from tests.analysis.health.patients import (
    Network,
    affine_step,
    captured,
    examined,
    pictures,
    same,
    trace_of,
    turned,
)

IDENTITY = same(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def mirrored() -> torch.Tensor:
    rows = turned()
    rows[:, 0] *= -1
    return rows


@pytest.mark.feature
def test_the_worst_transformer_and_the_worst_verdict_come_first() -> None:
    from dataclasses import replace

    both = mirrored()
    both[:, 0, 2] += 3  # out of view as well
    steps = [
        replace(affine_step(rows), lane=lane)
        for lane, rows in enumerate((turned(), mirrored(), both, IDENTITY))
    ]
    steps.append(replace(captured(affine_step(turned()), "resampling"), lane=4))
    report = stnviz.health(trace_of(*steps))
    assert [one.state for one in report.transformers] == [
        "ill", "ill", "warning", "alive", "not judged",
    ]  # fmt: skip
    assert [one.lane for one in report.transformers] == [2, 3, 1, 0, 4]
    assert [verdict.name for verdict in report.transformers[0].verdicts] == [
        "out-of-view", "mirrored",
    ]  # fmt: skip
    assert report.is_ill
    assert not stnviz.health(trace_of(*steps[:2])).is_ill


@pytest.mark.feature
def test_transformers_are_called_by_letter_step_or_line() -> None:
    from dataclasses import replace

    one, two = affine_step(turned()), replace(affine_step(turned()), tick=1)
    assert [found.name for found in stnviz.health(trace_of(one)).transformers] == ["A"]
    assert [found.name for found in stnviz.health(trace_of(one, two)).transformers] == [
        "A, step 1", "A, step 2",
    ]  # fmt: skip
    site = captured(replace(one, lane=1), module="model.stn", file="/home/me/net.py", line=41)
    assert stnviz.health(trace_of(site)).transformers[0].name == "model.stn (net.py:41)"
    again, beside = replace(site, tick=1), replace(site, lane=2)
    assert stnviz.health(trace_of(site, again)).transformers[1].name == (
        "model.stn (net.py:41), call 2"
    )
    assert [found.name for found in stnviz.health(trace_of(site, beside)).transformers] == [
        "B: model.stn (net.py:41)", "C: model.stn (net.py:41)",
    ]  # fmt: skip


@pytest.mark.feature
def test_the_text_is_readable_in_a_terminal() -> None:
    text = str(stnviz.health(trace_of(affine_step(IDENTITY))))
    lines = text.splitlines()
    assert lines[0] == "A: ill"
    assert lines[1].startswith("  identity: The transformer does nothing")
    assert max(map(len, lines)) <= 100
    assert any(line.startswith("    Cure: ") for line in lines)
    assert "The model was not given" in text


@pytest.mark.feature
def test_numbers_are_plain_values_also_of_the_healthy() -> None:
    for report in (examined(Network()), stnviz.health(trace_of(affine_step(mirrored())))):
        for one in report.transformers:
            assert one.numbers["window"]
            for numbers in (one.numbers, *(verdict.numbers for verdict in one.verdicts)):
                assert json.loads(as_json(dict(numbers)))


@pytest.mark.feature
def test_an_empty_trace_has_an_empty_report() -> None:
    from stnviz.records import Trace

    trace = Trace(pictures().numpy(), (), torch.zeros(8, 0).numpy())
    assert stnviz.health(trace).transformers == ()
    assert not stnviz.health(trace).is_ill
    assert str(HealthReport((TransformerHealth(0, 0, "A", "warp"),))) == "A: alive"


@pytest.mark.feature
def test_steps_of_a_training_are_judged_alike_and_movement_only_when_asked() -> None:
    assert [one.name for one in judge_steps((affine_step(IDENTITY),))] == ["identity"]
    for rows in (IDENTITY, same(0.8, 0.3, 0.0, -0.3, 0.8, 0.1), IDENTITY + 0.001 * turned()):
        assert judge_steps((affine_step(rows),), judge_movement=False) == ()
    both = (affine_step(turned()), affine_step(mirrored()))
    assert [one.name for one in judge_steps(both, judge_movement=False)] == ["mirrored"]
    assert judge_steps(()) == ()


@pytest.mark.feature
def test_a_trace_that_was_saved_gets_the_same_report(tmp_path) -> None:  # type: ignore[no-untyped-def]
    trace = stnviz.inspect(Network(spread=0.0), pictures(8, 1, 12, 12))
    trace.save(tmp_path / "stn.trace")
    assert stnviz.health(stnviz.load_trace(tmp_path / "stn.trace")) == stnviz.health(trace)
