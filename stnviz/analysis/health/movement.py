"""Illnesses of movement: a transformer that does nothing, or the same for every image."""

from __future__ import annotations

from dataclasses import replace

import torch

from stnviz.analysis.health.check import Check, Finding, found_in
from stnviz.analysis.health.measurements import Measurements

STILL = 0.05
"""Samples this close together count as equal, in pixels: the output changes by a twentieth of the
difference between neighbouring pixels."""

NEARLY = 0.5
"""Samples this close to the identity hardly change the output, in pixels."""

MOST_IMAGES = 0.9
"""Share of the images that stay that close."""

FEW_IMAGES = 4
"""With fewer images, equal grids are a warning: they may need the same."""

CROP = 0.95
"""A window smaller than this share of the image, along every axis, is a crop."""

UPRIGHT = 1e-3
"""A window is upright if the sides of its map are this close to the axes, relative to its size."""


def judge_identity(measured: Measurements) -> Finding | None:
    """Whether every grid is the identity."""
    if not _all_finite(measured) or float(measured.from_identity.max()) >= STILL:
        return None
    most = float(measured.from_identity.max())
    where = f"all {measured.count} images" if measured.count > 1 else "the only image"
    finding = Finding(
        1.0, f"In {where} the samples are at most {most:.2g} pixels from the identity.",
        {"from_identity": most},
    )  # fmt: skip
    return replace(finding, severity="warning") if _proves_little(measured) else finding


def judge_constant(measured: Measurements) -> Finding | None:
    """Whether every image gets the same grid, and not as a crop that may be meant."""
    if not _is_still(measured) or _may_be_meant(measured):
        return None
    finding = Finding(1.0, _evidence(measured), {"between_images": measured.between_images})
    return replace(finding, severity="warning") if _proves_little(measured) else finding


def judge_fixed_crop(measured: Measurements) -> Finding | None:
    """Whether every image gets the same window, and this may be meant."""
    if not _is_still(measured) or not _may_be_meant(measured):
        return None
    sizes = measured.window_sizes.mean(dim=0).tolist()
    shape = " x ".join(f"{size:.2f}" for size in sizes)
    finding = Finding(
        1.0, f"{_evidence(measured)} The window has {shape} of the image's extents.",
        {"between_images": measured.between_images, "window": sizes},
    )  # fmt: skip
    if measured.depends_on_images is False:
        return replace(
            finding,
            sentence="Every image gets the same grid by construction: theta does not depend on "
            "the images.",
            cure="Nothing is to be done if that is meant. Otherwise predict theta from the image.",
        )
    return replace(finding, severity="warning")


def judge_nearly_identity(measured: Measurements) -> Finding | None:
    """Whether nearly all grids stay near the identity."""
    if not measured.inputs_differ or measured.count < FEW_IMAGES or not _all_finite(measured):
        return None
    typical = float(measured.from_identity.median())
    usual = float(torch.quantile(measured.from_identity, MOST_IMAGES))
    if usual >= NEARLY:
        return None
    return found_in(
        measured.from_identity < NEARLY, measured,
        f"the samples are less than {NEARLY:g} pixels from the identity; {typical:.2g} pixels in "
        "the median image.",
        from_identity=typical,
    )  # fmt: skip


def _all_finite(measured: Measurements) -> bool:
    return bool(measured.finite.all())


def _is_still(measured: Measurements) -> bool:
    moves = measured.count > 1 and measured.inputs_differ and bool(measured.finite.any())
    return moves and measured.between_images < STILL


def _proves_little(measured: Measurements) -> bool:
    return measured.count < FEW_IMAGES or not measured.inputs_differ


def _evidence(measured: Measurements) -> str:
    return (
        f"Between {measured.count} different images the samples move by at most "
        f"{measured.between_images:.2g} pixels."
    )


def _may_be_meant(measured: Measurements) -> bool:
    """Whether an equal grid for all images may be intended: a crop, or no prediction at all."""
    if measured.depends_on_images is not None:
        return not measured.depends_on_images
    if measured.call is None:  # networks of this package predict every theta
        return False
    window = measured.affine[:, :, :-1].mean(dim=0)
    sides = window.diagonal()
    off = (window - torch.diag(sides)).abs().max()
    upright = bool(off <= UPRIGHT * sides.abs().max()) and bool((sides > 0).all())
    in_view = float(measured.outside_share.max()) < 0.5
    return upright and in_view and bool((sides.abs() < CROP).all())


IDENTITY = Check(
    "identity", "Identity", "ill",
    "The transformer does nothing: its output is its input. It has never left the start.",
    "Give the localisation network a larger learning rate, check that the optimiser has its "
    "parameters, and that a gradient reaches them.",
    f"every grid is less than {STILL:g} pixels (root mean square) from the identity; a warning "
    f"with fewer than {FEW_IMAGES} images or with images that hardly differ",
    judge_identity, hides=("constant", "nearly-identity", "makes-no-difference"),
)  # fmt: skip

CONSTANT = Check(
    "constant", "Constant", "ill",
    "The transformer does the same to every image: it does not look at the images.",
    "Start again with another seed, a smaller learning rate for the localisation network and no "
    "saturating function before theta; batch normalisation in it keeps its units alive.",
    f"between different images no sample moves by {STILL:g} pixels; a warning with fewer than "
    f"{FEW_IMAGES} images",
    judge_constant, ("warp", "field"), hides=("nearly-identity",),
)  # fmt: skip

FIXED_CROP = Check(
    "fixed-crop", "Fixed crop", "note",
    "Every image is cropped to the same window. That is well if it is meant; if the window should "
    "follow the image, the transformer is dead.",
    "Nothing is to be done if it is meant. Otherwise give the model to the check, which then "
    "looks for the cause, and treat it as constant.",
    f"constant, and upright, in view and smaller than {CROP:g} of the image, in a network whose "
    "inside is not known (a warning); or constant by construction (a note)",
    judge_fixed_crop, hides=("nearly-identity",),
)  # fmt: skip

NEARLY_IDENTITY = Check(
    "nearly-identity", "Stuck near the identity", "warning",
    "The transformer hardly moves anything. That is right for images that need no alignment; "
    "otherwise it has not learned to look.",
    "Give the localisation network a larger learning rate, or lower an identity penalty; if the "
    "images are aligned already, leave the transformer out.",
    f"in {MOST_IMAGES:.0%} of the images, of at least {FEW_IMAGES} different ones, the grid is "
    f"less than {NEARLY:g} pixels (root mean square) from the identity",
    judge_nearly_identity,
)  # fmt: skip
