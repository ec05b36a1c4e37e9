"""A log that is bounded whatever strangers cause."""

from __future__ import annotations

import logging

import pytest

from stnviz.live.log import MOST, RepeatFilter


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    caplog.set_level(logging.INFO)
    one = logging.Logger("loud")
    one.addHandler(caplog.handler)
    return one


@pytest.mark.feature
def test_what_is_said_again_and_again_is_written_a_few_times(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(RepeatFilter(times=3, span=60))
    for number in range(50):
        logger.error("connection %d failed", number)
    logger.error("something else")
    assert caplog.messages == [
        "connection 0 failed",
        "connection 1 failed",
        "connection 2 failed (more of these are left out)",
        "something else",
    ]


@pytest.mark.feature
def test_after_a_while_it_is_said_again(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(RepeatFilter(times=1, span=-1))
    for _ in range(3):
        logger.error("failed")
    assert len(caplog.messages) == 3


@pytest.mark.cardinality
def test_many_different_messages_take_no_memory(logger: logging.Logger) -> None:
    repeats = RepeatFilter()
    logger.addFilter(repeats)
    for number in range(3 * MOST):
        logger.error(f"failed {number}")
    assert len(repeats._seen) <= MOST
