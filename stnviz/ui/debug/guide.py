"""Where the guide says more about a verdict."""

from __future__ import annotations

ANCHORS = {
    "identity": "identity",
    "constant": "constant",
    "near-identity": "near-the-identity",
    "out-of-view": "out-of-view",
    "collapsed": "collapsed",
    "zoomed-out": "zoomed-out",
    "mirrored": "mirrored",
    "folded": "folded",
    "aliasing": "aliasing",
    "half-pixel": "half-pixel-shift",
    "sheared": "sheared",
    "not-finite": "not-finite",
    "zero-gradient": "zero-gradient",
    "pixels": "theta-in-pixels",
    "no-difference": "makes-no-difference",
    "other-convention": "the-other-convention",
}
"""Heading in the guide for the name of each verdict."""


def anchor_of(name: str) -> str:
    """The guide's heading for a verdict; its own name if the guide has none."""
    return ANCHORS.get(name, name)
