"""Spatial transforms: the base class and its families, by increasing degrees of freedom."""

from stnviz.transforms.affine import Affine, Attention, Similarity, Translation
from stnviz.transforms.contract import (
    TRANSFORMS,
    NotComposable,
    NotInvertible,
    Transform,
    create_transform,
)
from stnviz.transforms.projective import Projective
from stnviz.transforms.thin_plate_spline import ThinPlateSpline

__all__ = [
    "TRANSFORMS",
    "Affine",
    "Attention",
    "NotComposable",
    "NotInvertible",
    "Projective",
    "Similarity",
    "ThinPlateSpline",
    "Transform",
    "Translation",
    "create_transform",
]
