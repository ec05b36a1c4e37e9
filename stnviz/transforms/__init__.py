"""Spatial transforms: the base class and its families, by increasing degrees of freedom.

Those of volumes come last, in a registry of their own.
"""

from stnviz.transforms.affine import Affine, Attention, Similarity, Translation
from stnviz.transforms.contract import (
    TRANSFORMS,
    VOLUME_TRANSFORMS,
    NotComposable,
    NotInvertible,
    Transform,
    create_transform,
)
from stnviz.transforms.projective import Projective
from stnviz.transforms.thin_plate_spline import ThinPlateSpline
from stnviz.transforms.volumetric import VolumetricAffine

__all__ = [
    "TRANSFORMS",
    "VOLUME_TRANSFORMS",
    "Affine",
    "Attention",
    "NotComposable",
    "NotInvertible",
    "Projective",
    "Similarity",
    "ThinPlateSpline",
    "Transform",
    "Translation",
    "VolumetricAffine",
    "create_transform",
]
