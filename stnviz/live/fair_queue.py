"""The engine's queue: fair turns between clients, and between quick and slow jobs."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Job = TypeVar("Job")


class FairQueue(Generic[Job]):
    """Jobs of several clients; each client gets one turn before any gets a second.

    Quick jobs are taken together. Slow ones are taken one at a time, and quick jobs come first
    after each, so that many slow jobs delay a quick one by only one of them.
    """

    def __init__(self) -> None:
        self._quick: OrderedDict[Hashable, deque[Job]] = OrderedDict()
        self._slow: OrderedDict[Hashable, deque[Job]] = OrderedDict()
        self._was_slow = True
        self._there = threading.Condition()

    def put(self, asker: Hashable, job: Job, *, slow: bool = False) -> None:
        """Queue a job.

        Args:
            asker: the client whose turn it uses.
            job: to be taken.
            slow: whether it takes long enough that other clients would notice.
        """
        with self._there:
            lane = self._slow if slow else self._quick
            lane.setdefault(asker, deque()).append(job)
            self._there.notify()

    def take(self, most: int) -> list[Job]:
        """Wait for jobs: at most ``most`` quick ones, or a single slow one."""
        with self._there:
            while not (self._quick or self._slow):
                self._there.wait()
            slow = not self._quick or (bool(self._slow) and not self._was_slow)
            self._was_slow = slow
            lane = self._slow if slow else self._quick
            jobs: list[Job] = []
            while lane and len(jobs) < (1 if slow else most):
                asker, waiting = lane.popitem(last=False)
                jobs.append(waiting.popleft())
                if waiting:
                    lane[asker] = waiting  # at the end: all other clients come first
            return jobs
