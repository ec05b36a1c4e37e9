"""Spatial transforms: the contract and its members, in order of freedom."""

from stnviz.transforms.contract import TRANSFORMS, NotInvertible, Transform, create_transform
from stnviz.transforms.affine import Affine, Attention, Similarity, Translation  # isort: skip
from stnviz.transforms.projective import Projective  # isort: skip
from stnviz.transforms.thin_plate_spline import ThinPlateSpline  # isort: skip

__all__ = [
    "TRANSFORMS",
    "Affine",
    "Attention",
    "NotInvertible",
    "Projective",
    "Similarity",
    "ThinPlateSpline",
    "Transform",
    "Translation",
    "create_transform",
]
