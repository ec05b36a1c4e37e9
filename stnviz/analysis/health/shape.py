"""Illnesses of shape: mirrored, folded, sheared, or too coarse for what it reads."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.analysis.health.check import Check, Finding, found_in
from stnviz.analysis.health.measurements import Measurements
from stnviz.shapes import Bool, Float

BACKWARD = 1e-5
"""A cell is backward if its determinant is below minus this; the identity's is 1."""

MIRRORED_SHARE = 0.9
"""A grid is mirrored if more than this share of its cells is backward."""

FOLDED_SHARE = 0.01
"""A grid is folded if more than this share of its cells inside the image is backward."""

SKIPPED = 0.5
"""A grid aliases if it reads less than this share of the pixels in its window."""

EXACT = 1e-3
"""A map is a similarity over [-1, 1] if its sides differ from one by this, relative to them."""

OBLIQUE = 5.0
"""Sides of a window this far from a right angle are sheared, in degrees."""


def judge_mirrored(measured: Measurements) -> Finding | None:
    """Whether nearly all cells are backward."""
    if not len(measured.grid):
        return None
    which = _share(_backward(measured)) > MIRRORED_SHARE
    if not bool(which.any()):
        return None
    determinant = float(measured.areas[which].median())
    return found_in(
        which, measured,
        f"the grid runs backward: its Jacobian determinant is negative, {determinant:.2g} in the "
        "median.",
        determinant=determinant,
    )  # fmt: skip


def judge_folded(measured: Measurements) -> Finding | None:
    """Whether some cells inside the image are backward, but not nearly all."""
    if not len(measured.grid):
        return None
    backward = _backward(measured)
    inside = backward & measured.cells_inside
    folded = inside.flatten(1).sum(dim=1) / measured.cells_inside.flatten(1).sum(dim=1).clamp(min=1)
    which = (folded > FOLDED_SHARE) & (_share(backward) <= MIRRORED_SHARE)
    if not bool(which.any()):
        return None
    share = float(folded[which].mean())
    where = _where(inside[which])
    return found_in(
        which, measured,
        f"{share:.1%} of the cells inside the image are folded over, mostly {where}; "
        f"{float(folded.max()):.1%} in the worst.",
        folded=share, worst=float(folded.max()), where=where,
    )  # fmt: skip


def judge_aliasing(measured: Measurements) -> Finding | None:
    """Whether samples are so far apart that pixels between them are skipped."""
    if not len(measured.grid):
        return None
    which = measured.read_share < SKIPPED
    if not bool(which.any()):
        return None
    read = float(measured.read_share[which].mean())
    apart = float(measured.spacing[which].max(dim=1).values.mean())
    return found_in(
        which, measured,
        f"samples are {apart:.2g} pixels apart and read {read:.0%} of the pixels in the window; "
        f"{1 - read:.0%} are skipped.",
        read=read, spacing=apart,
    )  # fmt: skip


def judge_sheared(measured: Measurements) -> Finding | None:
    """Whether rotations over [-1, 1] shear an input that is not square."""
    extents = set(measured.size)
    if len(extents) == 1 or min(extents) < 2 or not len(measured.grid):
        return None
    linear = measured.affine[:, :, :-1]
    gram = linear.mT @ linear
    scale = gram.diagonal(dim1=-2, dim2=-1).mean(dim=1)[:, None, None].clamp(min=1e-12)
    axes = torch.eye(measured.axes)
    if float(((gram - scale * axes) / scale).abs().max()) > EXACT:
        return None
    sides = measured.window / measured.window.square().sum(dim=1, keepdim=True).sqrt().clamp(1e-9)
    cosines = (sides.mT @ sides - axes).abs().flatten(1).max(dim=1).values.clamp(max=1)
    off = 90 - torch.rad2deg(torch.acos(cosines))
    which = off > OBLIQUE
    if not bool(which.any()):
        return None
    shape = " x ".join(map(str, measured.size))
    return found_in(
        which, measured,
        f"the sides of the window are {float(off.max()):.0f} degrees from a right angle at most, "
        f"on an input of {shape} pixels.",
        degrees=float(off.max()),
    )  # fmt: skip


def _backward(measured: Measurements) -> Bool[Tensor, " b *cells"]:
    return measured.areas < -BACKWARD


def _share(cells: Bool[Tensor, " b *cells"]) -> Float[Tensor, " b"]:
    flat = cells.flatten(1).float()
    return flat.mean(dim=1) if flat.shape[1] else flat.sum(dim=1)


def _where(cells: Bool[Tensor, " b *cells"]) -> str:
    """The part of the output in which most of these cells lie, in words for pictures."""
    places = cells.nonzero()[:, 1:].float().mean(dim=0) / (torch.tensor(cells.shape[1:]) - 1).clamp(
        min=1
    )
    words = [("front", "middle", "back"), ("top", "middle", "bottom"), ("left", "centre", "right")]
    parts = [
        names[min(2, int(3 * float(place)))]
        for names, place in zip(words[-len(places) :], places, strict=True)
    ]
    at = " ".join(dict.fromkeys(parts))
    return "in the middle of the output" if at == "middle centre" else f"at the {at} of the output"


MIRRORED = Check(
    "mirrored", "Mirrored", "warning",
    "The transformer reads the image mirrored. That is right if the images are mirrored; it "
    "changes what a digit or a letter is.",
    "Start again with a smaller learning rate of the localisation network, or predict the scale "
    "as an exponential, which cannot change its sign.",
    f"more than {MIRRORED_SHARE:.0%} of the cells between neighbouring samples have a negative "
    "Jacobian determinant",
    judge_mirrored,
)  # fmt: skip

FOLDED = Check(
    "folded", "Folded", "warning",
    "The grid folds over itself, so that parts of the image are read twice, once mirrored.",
    "Penalise the distance to the identity or the bending, or take fewer control points; for a "
    "dense field, add a smoothness loss.",
    f"more than {FOLDED_SHARE:.0%} of the cells inside the image have a negative Jacobian "
    "determinant, but not nearly all",
    judge_folded, ("warp", "field"),
)  # fmt: skip

ALIASING = Check(
    "aliasing", "Aliasing", "warning",
    "The samples are so far apart that the pixels between them are never read: small things are "
    "lost and edges flicker.",
    "Smooth or pool the image before it is sampled, or sample more points and pool them behind "
    "the transformer.",
    f"less than {SKIPPED:.0%} of the input pixels within the window take part in any sample (with "
    "a weight of at least 0.05)",
    judge_aliasing,
)  # fmt: skip

SHEARED = Check(
    "sheared", "Sheared", "warning",
    "A rotation over [-1, 1] shears an image that is not square: squares become rhombi.",
    "Rotate in pixels: multiply the matrix's entry for y in x by height / width and that for x in "
    "y by width / height; create_transform('similarity', aspect=width / height) does it.",
    f"the map is exactly a rotation with scale over [-1, 1] (within {EXACT:g}) in all images, the "
    f"input is not square, and the window's sides are more than {OBLIQUE:g} degrees from a right "
    "angle in pixels",
    judge_sheared,
)  # fmt: skip
