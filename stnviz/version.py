"""The version of stnviz."""

from __future__ import annotations

__version__ = "0.1.0"
