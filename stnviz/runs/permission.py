"""Permissions to start, stop and resume trainings on a server that others can reach."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from stnviz.files import write_text
from stnviz.loopback import is_loopback

OWNER_FILE = ".owner"

_reach = {"strangers": False}


def read_only() -> bool:
    """Whether training is forbidden, as on a server for a class.

    ``STNVIZ_READONLY`` always forbids it. On a server that others can reach, it is forbidden unless
    ``STNVIZ_TRAINING`` is set.
    """
    if os.environ.get("STNVIZ_READONLY", "") not in ("", "0"):
        return True
    return _reach["strangers"] and os.environ.get("STNVIZ_TRAINING", "") in ("", "0")


def listen_at(address: str | None) -> str | None:
    """Record the server's address; return a sentence on what others can do if they can reach it.

    Args:
        address: address that the server is bound to; None, or any name that is not a loopback
            address, counts as reachable by others.
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
    """Record the owner of the run in ``folder``: the secret ``owner`` allows to change it."""
    write_text(folder / OWNER_FILE, _hashed(owner))


def may_change(folder: Path, owner: str) -> bool:
    """Whether the secret ``owner`` allows to stop or resume the job in ``folder``.

    Where only this machine can reach the server, everybody may.
    """
    if not _reach["strangers"]:
        return True
    try:
        return (folder / OWNER_FILE).read_text(encoding="utf-8") == _hashed(owner)
    except (OSError, ValueError):
        return False


def _hashed(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()
