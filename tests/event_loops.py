"""Event loops of tests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_apart(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine, run in another thread.

    In the thread of a worker that has opened a browser, the loop of Playwright is running.
    """
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, coroutine).result()
