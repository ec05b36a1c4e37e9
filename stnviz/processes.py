"""Processes by their numbers, the same on every system."""

from __future__ import annotations

CLOCKS = 2.0
"""Seconds by which the clock of a file system and that of processes may differ."""


def is_alive(process: int, since: float | None = None) -> bool:
    """Whether the process of that number is there.

    Args:
        process: its number.
        since: when it was at work, in seconds since 1970: one that began later is another.
    """
    import psutil  # asked for late: a machine that only trains may lack it

    if since is None:
        return psutil.pid_exists(process)
    try:
        return float(psutil.Process(process).create_time()) <= since + CLOCKS
    except psutil.Error:
        return False
