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

from stnviz.live.shared import warm_up
from stnviz.uploads.pool import shared_pool

LIGHT = ("pandas", "stnviz.ui.play", "stnviz.ui.stage", "stnviz.ui.replay", "stnviz.ui.attention")
"""What pages load first; pandas, because Streamlit asks it about whatever a component is sent."""

PATIENCE = 3.0
"""Seconds without a visitor after which torch is loaded all the same."""

DRAWING, LONGEST = 1.0, 20.0
"""Seconds that a browser may take to draw what it is sent; and that a page may take until then."""

SETTLED = 600.0
"""Seconds for which what collections pass over stays as it is."""

_asked, _shown = threading.Event(), threading.Event()


@contextmanager
def visit() -> Iterator[None]:
    """Somebody's page, from its first line to its last."""
    _asked.set()
    try:
        yield
    finally:
        _shown.set()


def settle() -> None:
    """Have collections of garbage pass over all that is there now.

    Streamlit collects after every run of a page, and everybody waits meanwhile: an eighth of a
    second once torch and the networks are loaded.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def settle_anew() -> None:
    """Settle after a while and a visit: for what was loaded since, and sessions that are over."""
    time.sleep(SETTLED)
    _shown.clear()
    _shown.wait()
    settle()


def stay_settled() -> None:
    """Settle anew again and again."""
    while True:
        settle_anew()


def get_ready() -> threading.Thread:
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
        settle()
        threading.Thread(target=stay_settled, name="stnviz-settled", daemon=True).start()

    thread = threading.Thread(target=load, name="stnviz-ready", daemon=True)
    thread.start()
    return thread
