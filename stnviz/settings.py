"""Numbers that whoever runs a server may set, by variables of the environment."""

from __future__ import annotations

import math
import os
from typing import Final

MAX_QUEUED: Final = "STNVIZ_MAX_QUEUED"
MAX_RUNS_GB: Final = "STNVIZ_MAX_RUNS_GB"
MAX_CONNECTIONS: Final = "STNVIZ_MAX_CONNECTIONS"
MAX_CONNECTIONS_OF_ADDRESS: Final = "STNVIZ_MAX_CONNECTIONS_OF_ADDRESS"

USUAL: Final = {
    MAX_QUEUED: 20.0,
    MAX_RUNS_GB: 20.0,
    MAX_CONNECTIONS: 4096.0,
    MAX_CONNECTIONS_OF_ADDRESS: 512.0,
}
"""What stands where nothing is set: for one class, on a machine with a few cores."""


def setting(name: str) -> float:
    """What the environment says; where that is no number, the usual."""
    try:
        value = float(os.environ.get(name) or USUAL[name])
    except ValueError:
        return USUAL[name]
    return USUAL[name] if math.isnan(value) else value


def is_set(name: str) -> bool:
    """Whether the environment says anything."""
    return bool(os.environ.get(name))
