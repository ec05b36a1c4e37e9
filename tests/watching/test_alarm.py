"""The log says once that a transformer has fallen ill, and once that it has recovered."""

from __future__ import annotations

import logging

import pytest

from stnviz.records import HealthReport
from stnviz.watching.alarm import Alarm
from tests.watched import report


def heard(caplog: pytest.LogCaptureFixture, *reports: HealthReport) -> list[tuple[str, str]]:
    alarm = Alarm()
    caplog.set_level(logging.INFO, "stnviz.watch")
    for count, one in enumerate(reports):
        alarm.hear(100 * count, one)
    return [(record.levelname, record.getMessage()) for record in caplog.records]


@pytest.mark.feature
def test_an_illness_is_told_once_and_again_after_a_recovery(
    caplog: pytest.LogCaptureFixture,
) -> None:
    well, ill = report(), report("out-of-view")
    said = heard(caplog, well, ill, ill, well, well, ill)
    assert [level for level, _ in said] == ["WARNING", "INFO", "WARNING"]
    assert said[0][1] == (
        "Step 100: model.stn is ill (out-of-view). It is out-of-view. Start again."
    )
    assert said[1][1] == "Step 300: model.stn has recovered (out-of-view)."


@pytest.mark.feature
def test_every_transformer_and_every_illness_is_told_apart(
    caplog: pytest.LogCaptureFixture,
) -> None:
    both = HealthReport(
        (*report("folded", "mirrored").transformers, *report("folded", lane=1).transformers)
    )
    said = heard(caplog, report("folded"), both)
    assert [message.split("(")[1].split(")")[0] for _, message in said] == [
        "folded", "mirrored", "folded",
    ]  # fmt: skip


@pytest.mark.feature
def test_before_the_first_step_nobody_is_blamed_for_standing_still(
    caplog: pytest.LogCaptureFixture,
) -> None:
    still = report("identity", "constant", "out-of-view")
    said = heard(caplog, still, still)
    assert [message.split(":")[0] for _, message in said] == ["Step 0", "Step 100", "Step 100"]
    assert "(out-of-view)" in said[0][1]
