"""Visitors who want the same: it is done once, and never more at a time than may be."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from stnviz.checkpoints.library import default_library
from stnviz.records import Track
from stnviz.ui.shared_work import Busy, SharedWork
from stnviz.ui.video import model as watching
from stnviz.ui.video.model import TOGETHER, ClipTrace


@pytest.mark.feature
def test_what_many_want_is_made_once() -> None:
    shared: SharedWork[int] = SharedWork(kept=4, at_once=4)
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(8) as visitors:
        found = list(visitors.map(lambda _: shared.get("key", make), range(8)))
    assert found == [1] * 8
    assert shared.get("other", make) == 2


@pytest.mark.feature
@pytest.mark.parametrize("own", [False, True])
def test_no_more_are_made_at_a_time_than_may_be(own: bool) -> None:
    shared: SharedWork[int] = SharedWork(kept=4, at_once=2)
    at_work, most, lock = 0, 0, threading.Lock()

    def make() -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.02)
        with lock:
            at_work -= 1
        return 0

    with ThreadPoolExecutor(8) as visitors:
        list(visitors.map(lambda k: shared.get(None if own else k, make), range(12)))
    assert most == 2


@pytest.mark.exception
def test_work_that_breaks_off_is_done_by_the_next() -> None:
    shared: SharedWork[int] = SharedWork(kept=4, at_once=1)

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        shared.get("key", fail)
    assert shared.get("key", lambda: 3) == 3


@pytest.mark.exception
def test_whoever_waits_too_long_is_told_so() -> None:
    shared: SharedWork[int] = SharedWork(kept=4, at_once=1)
    begun, over = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        over.wait(20)
        return 1

    thread = threading.Thread(target=shared.get, args=("key", slow), daemon=True)
    thread.start()
    begun.wait(20)
    for key in ("key", "other", None):
        with pytest.raises(Busy):
            shared.get(key, lambda: 2, patience=0.05)
    over.set()
    thread.join(20)
    assert shared.get("key", lambda: 2, patience=0.05) == 1


@pytest.mark.cardinality
def test_only_so_much_is_remembered() -> None:
    shared: SharedWork[int] = SharedWork(kept=2, at_once=1)
    made: list[int] = []
    for key in (1, 2, 1, 3, 1, 2):
        shared.get(key, lambda key=key: made.append(key) or key)  # type: ignore[misc]
    assert made == [1, 2, 3, 2]


@pytest.mark.feature
def test_a_class_sends_a_clip_through_the_network_once(monkeypatch: pytest.MonkeyPatch) -> None:
    name = watching.FIRST
    card = default_library().cards()[name]
    seen: list[int] = []
    original = ClipTrace._track

    def counted(self: ClipTrace, start: int) -> Track:
        seen.append(start)
        return original(self, start)

    monkeypatch.setattr(ClipTrace, "_track", counted)
    monkeypatch.setattr(watching, "_tracks", SharedWork(kept=64, at_once=2))
    first = watching.watch_digit(name, card, "turning", 3, 0)
    class_ = [replace(first, parts=[], lock=threading.Lock()) for _ in range(6)]
    with ThreadPoolExecutor(6) as visitors:
        ends = list(visitors.map(lambda watch: list(watch.go_on())[-1], class_))
    assert ends == [len(first)] * 6
    assert sorted(seen) == list(range(0, len(first), TOGETHER))
    leaver = replace(first, parts=[], lock=threading.Lock())
    assert next(leaver.go_on()) == TOGETHER
    own = replace(first, parts=[], truth=None, lock=threading.Lock())
    list(own.go_on())
    assert len(seen) == 2 * len(range(0, len(first), TOGETHER))
