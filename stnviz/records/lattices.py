"""How many points a window is drawn with, on the pages and in the graphs that answer for them."""

from __future__ import annotations

STAGE_LATTICE = 11
"""Points along each side of the grid on the Play and Inside pages."""

WINDOW_LATTICE = 7
"""Points along each side of a window where several windows or steps are shown."""
