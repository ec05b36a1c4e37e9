"""Where the guide says more about a verdict."""

from __future__ import annotations

ANCHORS = {
    "not-finite": "not-finite",
    "theta-in-pixels": "theta-in-pixels",
    "out-of-view": "out-of-view",
    "collapsed": "collapsed",
    "identity": "identity",
    "constant": "constant",
    "zero-gradient": "zero-gradient",
    "half-pixel-shift": "half-pixel-shift",
    "mirrored": "mirrored",
    "folded": "folded",
    "sheared": "sheared",
    "zoomed-out": "zoomed-out",
    "aliasing": "aliasing",
    "fixed-crop": "fixed-crop",
    "nearly-identity": "nearly-identity",
    "not-a-transformer": "not-a-transformer",
    "other-convention": "other-convention",
    "makes-no-difference": "makes-no-difference",
}
"""Heading of the guide for the name of each verdict."""


def anchor_of(name: str) -> str:
    """The guide's heading for a verdict; empty if the guide has none."""
    return ANCHORS.get(name, "")
