"""Getting ready for visitors: what every page needs at once, torch after the first page.

Loading torch takes the processor for seconds, and a page that is asked for meanwhile would wait for
it. So the first page goes first, drawn from what is stored; torch and the networks come after it,
or as soon as nobody has come for a while.
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
"""What pages load first; pandas, because Streamlit asks it about whatever a component is sent."""

PATIENCE = 3.0
"""Seconds without a visitor after which torch is loaded all the same."""

DRAWING, LONGEST = 1.0, 20.0
"""Seconds that a browser may take to draw what it is sent; and that a page may take until then."""

TIDY, SETTLED = 2.0, 600.0
"""Seconds between two collections; and for which what they pass over stays as it is."""

_asked, _shown = threading.Event(), threading.Event()


@contextmanager
def visit() -> Iterator[None]:
    """Somebody's page, from its first line to its last, when it is its turn."""
    _asked.set()
    try:
        with pages.taken():
            yield
    finally:
        _shown.set()


def freeze_garbage_collector() -> None:
    """Have collections of garbage pass over all that is there now, as most of it is there to stay.

    With torch and the networks a collection holds every thread for an eighth of a second.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def collect_garbage(settled: float) -> float:
    """Collect after the next visit, as Streamlit would after every single one.

    Args:
        settled: when :func:`settle` was called last. After a while it is called again, for what was
            loaded since, and for sessions that are over by now.

    Returns:
        When it was called last.
    """
    _shown.clear()
    _shown.wait()
    if time.monotonic() - settled < SETTLED:
        gc.collect()
        return settled
    freeze_garbage_collector()
    return time.monotonic()


def collect_garbage_forever() -> None:
    """Settle, and collect from time to time."""
    freeze_garbage_collector()
    settled = time.monotonic()
    while True:
        settled = collect_garbage(settled)
        time.sleep(TIDY)


def load_in_background() -> threading.Thread:
    """Load everything beside the server; whoever comes meanwhile goes first."""

    def load() -> None:
        for name in LIGHT:
            importlib.import_module(name)
        if _asked.wait(PATIENCE) and _shown.wait(LONGEST):
            time.sleep(DRAWING)
        warming = warm_up()
        shared_pool().warm_up()
        warming.join()
        atexit.register(gc.unfreeze)  # or libraries complain at the end that nobody cleans up
        threading.Thread(target=collect_garbage_forever, name="stnviz-tidy", daemon=True).start()

    thread = threading.Thread(target=load, name="stnviz-ready", daemon=True)
    thread.start()
    return thread
