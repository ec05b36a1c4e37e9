"""The one engine of this process, created when it is first needed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stnviz.live.engine import Engine

_lock = threading.Lock()
_engine: Engine | None = None

log = logging.getLogger(__name__)


def loaded_engine() -> Engine | None:
    """The engine if it is loaded, else None; never waits."""
    return _engine


def shared_engine() -> Engine:
    """The engine; the first caller waits some seconds while torch loads."""
    global _engine
    with _lock:
        if _engine is None:
            from stnviz.live.engine import Engine

            _engine = Engine()
        return _engine


def warm_up() -> threading.Thread:
    """Load torch and every model in the background, so that the first answer is quick."""

    def load() -> None:
        try:
            shared_engine().warm_up()
        except Exception:
            log.exception("The engine could not be warmed up; the first answer will say why.")

    thread = threading.Thread(target=load, name="stnviz-warm-up", daemon=True)
    thread.start()
    return thread
