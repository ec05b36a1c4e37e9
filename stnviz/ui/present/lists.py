"""Lists of links that the presenter offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LinkList:
    """Links of this app in the order in which they are shown.

    Args:
        title: of the list.
        links: (title, link) of each; a link is relative to the app, such as
            ``attention?what=birds``, and does not say ``embed``.
    """

    title: str
    links: Sequence[tuple[str, str]]


ROTATED = "play?data=mnist-r&models=mnist-r/st-cnn-affine&digit=132&seed=0&size=large"

LISTS: Mapping[str, LinkList] = {
    "windows": LinkList(
        "Where networks look: a first lesson",
        (
            ("A rotated digit: what does the network read?",
             f"{ROTATED}&angle=0.61087&hide=choices,pictures,buttons,window,output,answer,theta,"
             "leftover"),
            ("Its window, and what it reads there",
             f"{ROTATED}&angle=0.61087&hide=choices,pictures,buttons,theta,leftover"),
            ("Theta: the numbers behind the window",
             f"{ROTATED}&angle=0.61087&hide=choices,pictures,buttons,leftover"),
            ("Upside down: outside the training range",
             f"{ROTATED}&angle=3.14159&hide=choices,pictures,buttons,leftover"),
            ("Two windows on a bird",
             "attention?what=birds&size=large&picture=3&hide=choices,pictures,sliders,facts"),
            ("Step by step to a straight digit",
             "steps?what=mnist-perturbed&size=large&hide=choices,facts"),
            ("How it was learned", "time_machine?size=large&hide=choices"),
        ),
    ),
}  # fmt: skip
"""The lists by the names that links have for them."""
