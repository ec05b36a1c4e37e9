"""A few processes for everybody: who comes while all are at work waits, in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stnviz.uploads import pool as pools
from stnviz.uploads.pool import Pool
from stnviz.uploads.process import Killed, Process


class Slow:
    """Takes as long as it is told, and breaks where it is told so."""

    made: list[Slow]
    most = 0

    def __init__(self, megabytes: float) -> None:
        self.fit, self.ended = True, False
        self.made.append(self)

    def ask(
        self, head: dict[str, Any], data: bytes, seconds: float, tell: Callable[[float], object]
    ) -> tuple[dict[str, Any], bytearray]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            tell(seconds)
            time.sleep(0.01)
        if head.get("breaks"):
            self.fit = False
            raise Killed("broken")
        return head, bytearray(data)

    def end(self) -> None:
        self.fit, self.ended = False, True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, unchecked: None) -> Pool:
    Slow.made = []
    monkeypatch.setattr(pools, "Process", Slow)
    return Pool(2, 1000)


@pytest.fixture
def real() -> Iterator[Pool]:
    one = Pool(1, 1000)
    yield one
    one.close()


@pytest.mark.feature
def test_at_most_so_many_work_at_a_time_and_the_others_hear_how_many_are_before_them(
    pool: Pool,
) -> None:
    done: list[int] = []
    heard: dict[int, list[int]] = {k: [] for k in range(6)}
    busy: list[int] = []

    def one(k: int) -> None:
        def tell(before: int, taken: float) -> None:
            heard[k].append(before)
            busy.append(len(pool._busy))

        pool.ask({}, b"", 0.2, tell)
        done.append(k)

    threads = [threading.Thread(target=one, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join(10)
    assert len(Slow.made) == 2
    assert max(busy) == 2
    assert [k // 2 for k in done] == [0, 0, 1, 1, 2, 2]  # whoever came first
    assert max(heard[0]) == 0
    assert max(heard[5]) == 4
    assert heard[5] == sorted(heard[5], reverse=True)


@pytest.mark.feature
def test_one_is_warm_before_it_is_asked_and_after_one_was_killed(pool: Pool) -> None:
    pool.warm_up()
    pool.warm_up()
    assert len(Slow.made) == 1
    assert pool.ask({}, b"abc", 0) == ({}, b"abc")
    assert len(Slow.made) == 1
    with pytest.raises(Killed):
        pool.ask({"breaks": True}, b"", 0)
    assert Slow.made[0].ended
    assert len(Slow.made) == 2
    assert pool.ask({}, b"abc", 0) == ({}, b"abc")
    assert len(Slow.made) == 2


@pytest.mark.feature
def test_one_that_has_grown_is_replaced(pool: Pool) -> None:
    pool.ask({}, b"", 0)
    pool.ask({}, b"", 0)
    assert len(Slow.made) == 1
    Slow.made[0].fit = False
    pool.ask({}, b"", 0)
    assert Slow.made[0].ended
    assert len(Slow.made) == 2


@pytest.mark.exception
def test_who_leaves_the_queue_is_not_waited_for(pool: Pool) -> None:
    def leave(before: int, taken: float) -> None:
        if before:
            raise KeyboardInterrupt

    threads = [threading.Thread(target=pool.ask, args=({}, b"", 0.5)) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    with pytest.raises(KeyboardInterrupt):
        pool.ask({}, b"", 0, leave)
    for thread in threads:
        thread.join(10)
    assert pool.ask({}, b"x", 0) == ({}, b"x")
    assert not pool._waiting
    assert not pool._busy


@pytest.mark.smoke
def test_it_ends_its_processes(real: Pool) -> None:
    real.warm_up()
    (one,) = real._idle
    assert isinstance(one, Process)
    assert one.rss() > 0
    real.close()
    assert one.rss() == 0
