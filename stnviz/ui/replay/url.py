"""The replay's state in the URL of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stnviz.ui.url_state import external_changes, read_int, switch

OLD_NAMES: Final = {"moment": "snapshot"}
"""Earlier names of URL parameters, which old links still use."""


def read_address(snapshots: int, pictures: int) -> dict[str, Any]:
    """The state in which a replay opens, as ``replay_data`` takes it.

    Args:
        snapshots: how many there are.
        pictures: how many images each of them has.
    """
    last = snapshots - 1
    return {
        "snapshot": read_int("snapshot", 0, last, last),
        "picture": read_int("picture", 0, pictures - 1, 0),
        "slow": bool(read_int("slow", 0, 1, 0)),
        "asked": external_changes(),
    }


def as_address(reported: Mapping[str, Any]) -> dict[str, object]:
    """The state that the component reports, as URL parameters."""
    return {
        "snapshot": reported["snapshot"],
        "picture": reported["picture"],
        "slow": switch(reported["slow"]),
    }
