"""Time of a warp, as a ratio to ``F.affine_grid`` + ``F.grid_sample``.

    python benchmarks/warp.py --check

Each contestant computes its sampling grid (or its equivalent) and samples the images, forward pass
only. kornia and OpenCV take part where they are installed.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.coordinates import sample
from stnviz.transforms import Transform, create_transform

SHAPES = ((256, 1, 42, 42), (32, 3, 224, 224))
BASE = "F.affine_grid + F.grid_sample"
OURS = {"affine": "affine", "projective": "projective", "spline": "thin-plate-spline"}
SMALL = "256x1x42x42, 1 thread"
GOALS = (
    report.Goal(SMALL, "stnviz affine", 0.40),
    report.Goal(SMALL, "stnviz projective", 0.40),
    report.Goal(SMALL, "stnviz spline", 0.80),
)

Contestants = dict[str, Callable[[], object]]


@dataclass(frozen=True)
class Task:
    """Images with one affine, one projective and one spline theta each, all near the identity."""

    images: Tensor
    affine: Tensor
    projective: Tensor
    spline: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.images.shape[2], self.images.shape[3]


def create_task(shape: tuple[int, int, int, int]) -> Task:
    """Create random images and thetas from a fixed seed."""
    draw = torch.Generator().manual_seed(0)

    def near(transform: Transform, spread: float) -> Tensor:
        noise = torch.randn(shape[0], transform.size, generator=draw)
        return transform.identity() + spread * noise

    thetas = (near(create_transform(name), 0.05) for name in OURS.values())
    return Task(torch.rand(shape, generator=draw), *thetas)


def ours(task: Task) -> Contestants:
    """This package's transforms."""

    def warp(transform: Transform, theta: Tensor) -> Callable[[], object]:
        return lambda: sample(task.images, transform.grid(theta, task.size))

    return {
        f"stnviz {short}": warp(create_transform(name), getattr(task, short))
        for short, name in OURS.items()
    }


def matrices(task: Task) -> tuple[Tensor, Tensor]:
    """The affine and the projective maps as matrices over [-1, 1]."""
    last = torch.tensor([[0.0, 0.0, 1.0]]).expand(len(task.affine), 3)
    affine = torch.cat([task.affine, last], dim=1)
    projective = torch.cat([task.projective, last[:, 2:]], dim=1)
    return affine.unflatten(1, (3, 3)), projective.unflatten(1, (3, 3))


def in_pixels(task: Task, matrix: Tensor) -> Tensor:
    """Convert such a matrix to pixel coordinates."""
    height, width = task.size
    to_unit = torch.tensor(
        [[2 / width, 0, 1 / width - 1], [0, 2 / height, 1 / height - 1], [0, 0, 1]]
    )
    return to_unit.inverse() @ matrix @ to_unit


def torch_base(task: Task) -> Contestants:
    """The baseline: PyTorch's own affine warp."""
    rows = task.affine.unflatten(1, (2, 3))
    shape = list(task.images.shape)

    def warp() -> Tensor:
        grid = F.affine_grid(rows, shape, align_corners=False)
        return F.grid_sample(task.images, grid, align_corners=False)

    return {BASE: warp}


def kornia_warps(task: Task) -> Contestants:
    """Warps of kornia; its spline solves the linear system at every call."""
    from kornia.geometry import transform as kornia

    affine, homography = matrices(task)
    forward = in_pixels(task, affine).inverse()[:, :2]
    axis = torch.linspace(-1, 1, 4)
    points = torch.cartesian_prod(axis, axis).flip(1).expand(len(affine), 16, 2)
    looks = points + task.spline.unflatten(1, (16, 2))

    def spline() -> Tensor:
        weights, flat = kornia.get_tps_transform(points, looks)
        return kornia.warp_image_tps(task.images, points, weights, flat)

    return {
        "kornia affine": lambda: kornia.warp_affine(task.images, forward, task.size),
        "kornia homography": lambda: kornia.homography_warp(task.images, homography, task.size),
        "kornia spline": spline,
    }


def opencv_loops(task: Task) -> Contestants:
    """OpenCV's warps in a loop over the images; without a spline."""
    import cv2

    cv2.setNumThreads(torch.get_num_threads())
    height, width = task.size
    pictures = list(task.images.permute(0, 2, 3, 1).contiguous().numpy())
    affine, projective = matrices(task)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def loop(warp: Any, maps: Tensor) -> Callable[[], object]:
        pixels = list(in_pixels(task, maps).numpy())

        def run() -> list[Any]:
            return [
                warp(picture, matrix, (width, height), flags=flags)
                for picture, matrix in zip(pictures, pixels, strict=True)
            ]

        return run

    def warp_affine(picture: Any, matrix: Any, size: Any, flags: int) -> Any:
        return cv2.warpAffine(picture, matrix[:2], size, flags=flags)

    return {
        "OpenCV warpAffine loop": loop(warp_affine, affine),
        "OpenCV warpPerspective loop": loop(cv2.warpPerspective, projective),
    }


def main() -> int:
    """Measure every shape with every number of threads."""
    options = report.parser("Warps as a ratio to torch's own affine warp.")
    options.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    chosen = options.parse_args()
    rivals: list[Callable[[Task], Contestants]] = [torch_base, ours]
    optional = {"kornia": kornia_warps, "cv2": opencv_loops}
    for module, build in optional.items():
        if importlib.util.find_spec(module):
            rivals.append(build)
        else:
            print(f"{module} is not installed and does not take part.")
    results = []
    with torch.inference_mode():
        for shape in SHAPES:
            for threads in chosen.threads:
                torch.set_num_threads(threads)
                task = create_task(shape)
                contestants: Contestants = {}
                for rival in rivals:
                    contestants |= rival(task)
                plural = "" if threads == 1 else "s"
                case = f"{'x'.join(map(str, shape))}, {threads} thread{plural}"
                results += report.ratios(case, contestants, base=BASE, rounds=chosen.rounds)
    return report.finish(chosen, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
