"""Patch for Streamlit: a callback runs to its end even if another request arrives.

When another request arrives, Streamlit ends a run at its next use of the session state. It ends
a callback in the same way, and treats the callback as done (streamlit 1.67,
``SessionState._run_callback_and_record_rerun``): of two keys pressed in quick succession, the
first took effect only in part, and the page jumped. Here a newer request waits until the
callbacks have finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any

from streamlit.runtime.state import SafeSessionState


@lru_cache(maxsize=1)
def finish_callbacks() -> None:
    """Make Streamlit finish the callbacks of a request before it looks for another one."""
    original = SafeSessionState.on_script_will_rerun

    @wraps(original)
    def finish(self: SafeSessionState, *states: Any, **options: Any) -> None:
        self._yield_callback()  # nothing has begun yet: a newer request goes first
        with _uninterrupted(self):
            original(self, *states, **options)

    SafeSessionState.on_script_will_rerun = finish  # type: ignore[method-assign]


@contextmanager
def _uninterrupted(state: SafeSessionState) -> Iterator[None]:
    """Make the session's script runner believe that no script runs: it then ends none."""
    runner: Any = getattr(state._yield_callback, "__self__", None)
    if runner is None:  # a state without a runner is never interrupted
        yield
        return
    running, runner._execing = runner._execing, False
    try:
        yield
    finally:
        runner._execing = running
