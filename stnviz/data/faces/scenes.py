"""Scenes for compositing: a face, a pair of glasses, and the true position of the glasses."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch
from torch import Tensor

from stnviz.compositing import lay_on
from stnviz.coordinates import sample
from stnviz.data.faces.glasses import Glasses, draw_glasses, render_glasses
from stnviz.data.faces.heads import Faces, draw_faces, render_faces
from stnviz.data.faces.poses import box_corners, draw_poses, draw_starts, worn
from stnviz.data.numbers.sampling import Random
from stnviz.shapes import Float
from stnviz.transforms import Projective


@dataclass(frozen=True)
class Scenes:
    """Faces and glasses to be composited, independent of the image size.

    Args:
        faces: appearance of the faces.
        pose: (B, 3, 3) matrices from the image to the frame of each face.
        glasses: appearance of the glasses.
        start: (B, 3, 3) matrices from the image to the frame of the glasses at their start.
    """

    faces: Faces
    pose: Float[Tensor, "b 3 3"]
    glasses: Glasses
    start: Float[Tensor, "b 3 3"]

    def only(self, index: int) -> Scenes:
        """The scene at ``index``, as a batch of one."""
        return _row(self, index)

    def background(self, side: int) -> Float[Tensor, "b 3 s s"]:
        """RGB images of the faces without glasses."""
        return render_faces(self.faces, self.pose, side)

    def foreground(self, side: int) -> Float[Tensor, "b 4 s s"]:
        """RGBA images of the glasses at their start."""
        return render_glasses(self.glasses, self.start, side)

    def theta(self) -> Float[Tensor, "b 8"]:
        """True projective theta: sampled with it, the foreground lies on the eyes."""
        matrix = torch.linalg.inv(self.start) @ worn(self.pose)
        return (matrix / matrix[:, 2:, 2:]).flatten(1)[:, :8]

    def corners(self) -> Float[Tensor, "b 8 2"]:
        """Corners of the glasses in the image: four at their start, then four on the eyes."""
        return torch.cat([box_corners(self.start), box_corners(worn(self.pose))], dim=1)

    def finished(self, side: int) -> Float[Tensor, "b 3 s s"]:
        """RGB images of the faces with the glasses on.

        The glasses are sampled from the foreground image, as in a network's composites. Thus
        the two differ in the position of the glasses and not in their sharpness.
        """
        foreground = self.foreground(side)
        return lay_on(
            self.background(side), sample(foreground, Projective().grid(self.theta(), (side, side)))
        )


def draw_scenes(count: int, generator: torch.Generator) -> Scenes:
    """Draw random scenes, which can be rendered at any size.

    Args:
        count: number of scenes.
        generator: its device is that of the scenes.
    """
    random = Random(count, generator)
    pose, turn = draw_poses(random)
    return Scenes(draw_faces(random, turn), pose, draw_glasses(random), draw_starts(random))


def _row(scenes: Any, index: int) -> Any:
    """Select one row of every tensor in nested dataclasses."""
    if is_dataclass(scenes) and not isinstance(scenes, type):
        parts = {f.name: _row(getattr(scenes, f.name), index) for f in fields(scenes)}
        return type(scenes)(**parts)
    return scenes[index : index + 1]
