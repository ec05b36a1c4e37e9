"""Check whether a process is alive by its process ID, on every operating system."""

from __future__ import annotations

CLOCKS = 2.0
"""Seconds by which file-system times and process start times may differ."""


def is_alive(process: int, since: float | None = None) -> bool:
    """Whether the process with this ID is running.

    Args:
        process: its process ID.
        since: a time when it was running, in seconds since 1970. A process that started later
            is a different one with the same ID.
    """
    import psutil  # imported late: a machine that only trains may lack it

    if since is None:
        return psutil.pid_exists(process)
    try:
        return float(psutil.Process(process).create_time()) <= since + CLOCKS
    except psutil.Error:
        return False
