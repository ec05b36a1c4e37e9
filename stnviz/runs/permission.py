"""Who may train here, and stop a run or go on with it: not everybody, where strangers come."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from stnviz.files import write_text
from stnviz.loopback import is_loopback

OWNER_FILE = ".owner"

_reach = {"strangers": False}


def read_only() -> bool:
    """Whether nobody may train here, as on a server for a class.

    ``STNVIZ_READONLY`` forbids it anywhere; where strangers reach the server, it takes
    ``STNVIZ_TRAINING`` to allow it.
    """
    if os.environ.get("STNVIZ_READONLY", "") not in ("", "0"):
        return True
    return _reach["strangers"] and os.environ.get("STNVIZ_TRAINING", "") in ("", "0")


def listen_at(address: str | None) -> str | None:
    """Note where the server listens; what strangers can do there, in a sentence, if they reach it.

    Args:
        address: that it is bound to; None and names that are no address may be anybody's.
    """
    _reach["strangers"] = not is_loopback(address or "")
    if not _reach["strangers"]:
        return None
    if read_only():
        return (
            "Whoever reaches this server can use every page; nobody can train: set "
            "STNVIZ_TRAINING=1 to allow it."
        )
    return "Whoever reaches this server can start trainings: set STNVIZ_READONLY=1 to forbid it."


def note_owner(folder: Path, owner: str) -> None:
    """Let whoever has the secret ``owner`` stop the run in ``folder``."""
    write_text(folder / OWNER_FILE, _hashed(owner))


def may_change(folder: Path, owner: str) -> bool:
    """Whether whoever has this secret may stop or resume the job.

    Where no strangers come, anybody may.
    """
    if not _reach["strangers"]:
        return True
    try:
        return (folder / OWNER_FILE).read_text(encoding="utf-8") == _hashed(owner)
    except (OSError, ValueError):
        return False


def _hashed(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()
