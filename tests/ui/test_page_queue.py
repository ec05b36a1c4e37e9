"""Pages that are asked for together take turns, and nobody waits for whoever waits."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stnviz.ui.page_queue import PageQueue, pages
from stnviz.ui.shared_work import SharedWork


@pytest.mark.law
def test_two_go_at_a_time_and_all_go() -> None:
    turns, lock = PageQueue(at_once=2, patience=60), threading.Lock()
    going, most, done = 0, 0, []

    def page(number: int) -> None:
        nonlocal going, most
        with turns.taken():
            with lock:
                going += 1
                most = max(most, going)
            time.sleep(0.005)
            with lock:
                going -= 1
            done.append(number)

    with ThreadPoolExecutor(20) as visitors:
        list(visitors.map(page, range(20)))
    assert most == 2
    assert sorted(done) == list(range(20))


@pytest.mark.law
def test_whoever_waits_steps_aside_and_comes_back() -> None:
    turns = PageQueue(at_once=1, patience=60)
    waited, others = threading.Event(), []

    def other() -> None:
        with turns.taken():
            others.append(1)
        waited.set()

    with turns.taken(), turns.aside():
        threading.Thread(target=other).start()
        assert waited.wait(20)
    with turns.taken():
        late = threading.Thread(target=other)
        late.start()
        late.join(0.2)
        assert others == [1]
    late.join(20)
    assert others == [1, 1]


@pytest.mark.exception
def test_a_page_that_breaks_off_gives_its_turn_back() -> None:
    turns = PageQueue(at_once=1, patience=60)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.taken(), turns.aside():
            raise ZeroDivisionError
    with turns.taken():
        pass


@pytest.mark.exception
def test_nobody_waits_for_ever() -> None:
    turns = PageQueue(at_once=1, patience=0.05)

    def second() -> str:
        with turns.taken(), turns.aside():
            return "gone"

    with turns.taken(), ThreadPoolExecutor(1) as others:
        assert others.submit(second).result(20) == "gone"
    with turns.taken():  # and who went all the same has given back nothing
        assert not turns._free.acquire(blocking=False)


@pytest.mark.feature
def test_what_visitors_share_is_made_aside() -> None:
    shared: SharedWork[str] = SharedWork(kept=1, at_once=1)
    makes, may_end = threading.Event(), threading.Event()

    def make() -> str:
        makes.set()
        assert may_end.wait(20)
        return "made"

    def watch(_: int) -> str:
        with pages.taken():
            return shared.get("clip", make)

    with ThreadPoolExecutor(5) as visitors:
        found = [visitors.submit(watch, k) for k in range(5)]
        assert makes.wait(20)
        began = time.monotonic()
        for _ in range(4):
            with pages.taken():
                pass
        assert time.monotonic() - began < 1
        may_end.set()
        assert [one.result(20) for one in found] == ["made"] * 5
