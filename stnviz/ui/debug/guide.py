"""Where the guide says more about a verdict."""

from __future__ import annotations

GUIDE = "docs/debugging-guide.md"

BLACK, NOTHING, WRONG, OTHERS = (
    "My transformer is black",
    "My transformer does nothing",
    "Theta goes the wrong way",
    "What else is found",
)

CHAPTERS = {
    "out-of-view": BLACK,
    "theta-in-pixels": BLACK,
    "collapsed": BLACK,
    "zoomed-out": BLACK,
    "not-finite": BLACK,
    "identity": NOTHING,
    "constant": NOTHING,
    "fixed-crop": NOTHING,
    "makes-no-difference": NOTHING,
    "mirrored": WRONG,
    "half-pixel-shift": WRONG,
    "sheared": WRONG,
    "other-convention": WRONG,
    "folded": OTHERS,
    "aliasing": OTHERS,
    "nearly-identity": OTHERS,
    "zero-gradient": OTHERS,
}
"""The chapter of the guide for the name of each verdict."""


def guide_of(name: str) -> str:
    """Where the guide treats a verdict, in words; empty if it does not."""
    return f"{GUIDE}, \u201c{CHAPTERS[name]}\u201d" if name in CHAPTERS else ""
