"""Log limits: a repeated message is written a few times a minute, so that nobody fills the log."""

from __future__ import annotations

import logging
import time
from typing import Final

TIMES, SPAN = 20, 60.0
"""How often one message is written, within how many seconds."""

LOUD: Final = ("asyncio", "uvicorn.error", "websockets.server", "stnviz",
               "streamlit")  # fmt: skip
"""Loggers for what strangers cause: failed connections, malformed requests."""

MOST: Final = 1_000
"""Distinct messages that are counted at a time; beyond that, counting starts again."""


class RepeatFilter(logging.Filter):
    """Lets each message through a few times; the last one says that more are left out.

    Two messages are the same if they come from the same line of code with the same text before
    formatting, so that a thousand addresses do not make a thousand messages.
    """

    def __init__(self, times: int = TIMES, span: float = SPAN) -> None:
        super().__init__()
        self.times, self.span = times, span
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether ``record`` is written."""
        now = time.monotonic()
        key = record.pathname, record.lineno, str(record.msg)[:200]
        since, count = self._seen.get(key, (now, 0))
        if now - since > self.span:
            since, count = now, 0
        if len(self._seen) >= MOST and key not in self._seen:
            self._seen.clear()
        self._seen[key] = since, count + 1
        if count + 1 == self.times:
            record.msg, record.args = f"{record.getMessage()} (more of these are left out)", None
        return count < self.times


def limit_log() -> None:
    """Limit repeated messages of all loggers that strangers can trigger."""
    repeats = RepeatFilter()
    for name in LOUD:
        logging.getLogger(name).addFilter(repeats)
