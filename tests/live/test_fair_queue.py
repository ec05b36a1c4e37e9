"""Fair turns: nobody waits for all that somebody else has asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import pytest

from stnviz.live.engine import Engine
from stnviz.live.fair_queue import FairQueue
from stnviz.live.protocol import BadRequest, parse_request


@pytest.mark.feature
def test_each_asker_gets_a_turn_before_any_gets_a_second() -> None:
    turns: FairQueue[str] = FairQueue()
    for asker, job in (("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1")):
        turns.put(asker, job)
    assert turns.take(3) == ["a1", "b1", "c1"]
    assert turns.take(3) == ["a2", "a3"]


@pytest.mark.feature
def test_a_crowd_of_slow_jobs_delays_a_quick_one_by_one_of_them() -> None:
    turns: FairQueue[str] = FairQueue()
    for number in range(50):
        turns.put(number, "slow", slow=True)
    assert turns.take(64) == ["slow"]
    turns.put("me", "quick")
    assert turns.take(64) == ["quick"]
    turns.put("me", "quick")
    assert [turns.take(64), turns.take(64)] == [["slow"], ["quick"]]


@pytest.mark.feature
def test_taking_waits_until_there_is_something() -> None:
    turns: FairQueue[str] = FairQueue()
    threading.Timer(0.05, turns.put, ("a", "late")).start()
    assert turns.take(1) == ["late"]


def request(message: Callable[..., dict[str, Any]], **changes: Any) -> Any:
    import json

    return parse_request(json.dumps(message(**changes)))


@pytest.fixture
def stalled(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The engine's next answers wait for this, and what it is asked is noted."""
    go, answer = threading.Event(), engine.answer

    def wait(requests: Any) -> Any:
        assert go.wait(20)
        return answer(requests)

    monkeypatch.setattr(engine, "answer", wait)
    return go


@pytest.mark.feature
def test_what_somebody_who_left_has_asked_is_dropped(
    engine: Engine, message: Callable[..., dict[str, Any]], stalled: threading.Event
) -> None:
    seen: list[int] = []
    wrapped = engine.answer
    engine.answer = lambda some: seen.extend(one.id for one in some) or wrapped(some)  # type: ignore[method-assign]
    first = engine.submit(request(message, id=1), "first")
    time.sleep(0.1)  # it is being answered
    left = engine.submit(request(message, id=2), "left")
    stays = engine.submit(request(message, id=3), "stays")
    assert left.cancel()
    stalled.set()
    assert first.result(20)
    assert stays.result(20)
    assert seen == [1, 3]
    with pytest.raises(CancelledError):
        left.result(1)


@pytest.mark.exception
def test_one_failing_request_spoils_no_other(
    engine: Engine, message: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = engine.answer

    def fail(requests: Any) -> Any:
        if any(one.id == 13 for one in requests):
            raise RuntimeError("broken")
        return answer(requests)

    monkeypatch.setattr(engine, "answer", fail)
    with engine._turns._there:  # so that they are taken together
        futures = [engine.submit(request(message, id=id), id) for id in (12, 13, 14)]
    assert futures[0].result(20)
    assert futures[2].result(20)
    with pytest.raises(RuntimeError, match="broken"):
        futures[1].result(20)


@pytest.mark.exception
def test_a_bad_request_among_others_is_its_own_asker_s(
    engine: Engine, message: Callable[..., dict[str, Any]]
) -> None:
    bad = engine.submit(request(message, models=["nobody"]), "a")
    good = engine.submit(request(message), "b")
    with pytest.raises(BadRequest):
        bad.result(20)
    assert good.result(20)
