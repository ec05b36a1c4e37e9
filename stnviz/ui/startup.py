"""Startup in the background: what every page needs first, torch after the first page.

Loading torch takes the processor for seconds, and a page requested meanwhile would wait for it.
So the first page is drawn first, from stored data; torch and the networks are loaded after it,
or as soon as no request has come for a while.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from stnviz.live.process_engine import warm_up
from stnviz.ui.page_queue import pages
from stnviz.uploads.pool import shared_pool

LIGHT = (
    "pandas",
    "stnviz.ui.stage.model",
    "stnviz.ui.stage",
    "stnviz.ui.replay",
    "stnviz.ui.attention",
)
"""Modules that are loaded first; pandas, because Streamlit checks a component's data with it."""

PATIENCE = 3.0
"""Seconds without a request after which torch is loaded all the same."""

DRAWING, LONGEST = 1.0, 20.0
"""Seconds that a browser may take to draw a page; and that the server may take to send it."""

TIDY, SETTLED = 2.0, 600.0
"""Seconds between two garbage collections; and after which frozen objects are checked again."""

_asked, _shown = threading.Event(), threading.Event()


@contextmanager
def visit() -> Iterator[None]:
    """Run one page from its first line to its last, when it is its turn."""
    _asked.set()
    try:
        with pages.taken():
            yield
    finally:
        _shown.set()


def freeze_garbage_collector() -> None:
    """Exclude all present objects from garbage collection, as most of them are permanent.

    With torch and the networks, a collection blocks every thread for an eighth of a second.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def collect_garbage(settled: float) -> float:
    """Collect garbage after the next visit, where Streamlit would after every single one.

    Args:
        settled: when :func:`freeze_garbage_collector` last ran. After SETTLED seconds it runs
            again, for objects that were loaded since, and for sessions that have ended.

    Returns:
        When it last ran.
    """
    _shown.clear()
    _shown.wait()
    if time.monotonic() - settled < SETTLED:
        gc.collect()
        return settled
    freeze_garbage_collector()
    return time.monotonic()


def collect_garbage_forever() -> None:
    """Freeze the garbage collector, then collect from time to time."""
    freeze_garbage_collector()
    settled = time.monotonic()
    while True:
        settled = collect_garbage(settled)
        time.sleep(TIDY)


def load_in_background() -> threading.Thread:
    """Load everything beside the server; page requests meanwhile go first."""

    def load() -> None:
        for name in LIGHT:
            importlib.import_module(name)
        if _asked.wait(PATIENCE) and _shown.wait(LONGEST):
            time.sleep(DRAWING)
        warming = warm_up()
        shared_pool().warm_up()
        warming.join()
        atexit.register(gc.unfreeze)  # or libraries warn at exit about missing clean-up
        threading.Thread(target=collect_garbage_forever, name="stnviz-tidy", daemon=True).start()

    thread = threading.Thread(target=load, name="stnviz-ready", daemon=True)
    thread.start()
    return thread
