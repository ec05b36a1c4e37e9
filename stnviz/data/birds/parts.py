"""The 15 parts of a bird, named and ordered as in CUB-200-2011, grouped into four regions."""

from __future__ import annotations

PARTS = (
    "back", "beak", "belly", "breast", "crown", "forehead", "left eye", "left leg", "left wing",
    "nape", "right eye", "right leg", "right wing", "tail", "throat",
)  # fmt: skip

REGIONS: dict[str, tuple[str, ...]] = {
    "head": ("beak", "crown", "forehead", "left eye", "right eye", "nape", "throat"),
    "body": ("back", "belly", "breast", "left wing", "right wing"),
    "tail": ("tail",),
    "legs": ("left leg", "right leg"),
}
