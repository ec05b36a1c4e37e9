"""How parallel transformers are told apart wherever they are drawn on images."""

from __future__ import annotations

LANES = (
    ("A", "#58a6e0", ()),
    ("B", "#4fc29b", (9, 4)),
    ("C", "#b78be0", (3, 3)),
    ("D", "#d9a441", (12, 3, 3, 3)),
)
"""Letter, colour, and dash in pixels of each; as in ui/attention."""
