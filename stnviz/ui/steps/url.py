"""What a visitor has moved in an image, as URL parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stnviz.live.handles import write_handles
from stnviz.ui.url_state import switch

OLD_NAMES = {"pieces": "distractors"}
"""Earlier names of the page's URL parameters."""


def as_address(reported: Mapping[str, Any]) -> dict[str, object]:
    """The state that the component reports, as URL parameters."""
    return {
        "picture": reported["picture"],
        "tick": reported["tick"],
        "own": int(reported["own"]),
        "slow": switch(reported["slow"]),
        "sharp": int(reported["sharp"]),
        "handles": write_handles(reported["handles"]),
        "distractors": "" if reported["distractors"] is None else reported["distractors"],
    }
