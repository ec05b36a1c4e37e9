"""Work shared between visitors: the first request computes a result, the others wait for it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from stnviz.ui.page_queue import pages

V = TypeVar("V")


class Busy(Exception):
    """The work is not done yet: others do it, or go first. Ask again later."""


class SharedWork(Generic[V]):
    """Results by key, each computed once; only a few are computed at a time.

    Args:
        kept: number of results that are kept; the longest unused is dropped first.
        at_once: number of results that are computed at a time.
    """

    def __init__(self, kept: int, at_once: int) -> None:
        self._most, self._free = kept, at_once
        self._changed = threading.Condition()
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._made: set[Hashable] = set()

    def get(self, key: Hashable | None, make: Callable[[], V], patience: float | None = None) -> V:
        """The result under ``key``, computed by the first to ask.

        Args:
            key: identifies the work; None for work that nobody else needs.
            make: computes the result; its errors are raised here, and the next to ask tries again.
            patience: seconds to wait for others; None for as long as it takes.

        Raises:
            Busy: the wait took longer than ``patience``.
        """
        with self._changed:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with pages.aside():
            return self._made_once(key, make, patience)

    def _made_once(self, key: Hashable | None, make: Callable[[], V], patience: float | None) -> V:
        end = None if patience is None else time.monotonic() + patience
        with self._changed:
            while key not in self._kept and (key in self._made or not self._free):
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise Busy
                self._changed.wait(left)
            if key in self._kept:
                return self._kept[key]
            self._free -= 1
            if key is not None:
                self._made.add(key)
        try:
            result = make()
            if key is not None:
                self._keep(key, result)
            return result
        finally:
            with self._changed:
                self._free += 1
                self._made.discard(key)
                self._changed.notify_all()

    def _keep(self, key: Hashable, result: V) -> None:
        with self._changed:
            self._kept[key] = result
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
