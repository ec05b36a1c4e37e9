"""The trace: inputs, theta, grids and outputs of spatial transformers on images.

Inside a model the arrays are tensors (``Step[Tensor]``); a trace has numpy arrays. Our own networks
return their steps; those of any other network are captured at its samplers, and then say in
``call`` where and how the sampler was called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, get_args

from numpy.typing import NDArray

from stnviz.records.sampler_call import SamplerCall

if TYPE_CHECKING:
    from stnviz.records.drawing import Drawing

A = TypeVar("A")
B = TypeVar("B")
Array = NDArray[Any]

Kind = Literal["warp", "field", "points", "planes", "lookup", "resampling"]
"""What a sampling grid is. Only the first kind is a spatial transformer.

- warp: one smooth map of the whole picture, close to a member of a transform's family or a spline.
- field: a dense displacement of every pixel, as in optical flow and registration.
- points: a few sampled points for every query, as in deformable attention and convolution.
- planes: samples of feature planes along lines, where the output has one row or column.
- lookup: tiny windows around every pixel, as in the correlation lookup of optical flow.
- resampling: a grid that does not depend on the picture: augmentation, or a fixed resize.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)

ARRAYS = ("input", "theta", "grid", "output")
OPTIONAL_ARRAYS = ("residual", "weights", "grid_gradient", "theta_gradient")


@dataclass(frozen=True)
class Step(Generic[A]):
    """One application of one spatial transformer.

    Shapes are those of pictures; a volume has one axis more, (D, H, W), and grids of (x, y, z).

    Args:
        transform: registered name of the transform; ``affine-3d`` for an affine map of volumes,
            empty if the grid is of no known family.
        input: (B, C, H, W) its input. Of captured feature maps too large to be kept, C is 1, their
            mean over the channels, or 0.
        theta: (B, P) predicted theta; P is 0 if there is none.
        grid: (B, h, w, 2) sampling grid, (x, y) in [-1, 1]; for sampled points, the h queries and
            their w points.
        output: (B, C, h, w) the input sampled at the grid; C as for the input.
        lane: index among parallel transformers; in a captured trace, index of the call site.
        tick: index of the step, among transformers that are applied one after another; in a
            captured trace, among the calls of one site.
        kind: what the grid is.
        call: where and how the sampler was called; None for our own networks, which always use
            ``align_corners=False``.
        residual: (B,) root mean square distance between the grid and its fitted theta, in input
            pixels; None if theta was predicted.
        weights: (B, h, w) weights of sampled points.
        grid_gradient: (B, h, w, 2) derivative of the loss with respect to the grid.
        theta_gradient: (B, P) derivative of the loss with respect to theta.
    """

    transform: str
    input: A
    theta: A
    grid: A
    output: A
    lane: int = 0
    tick: int = 0
    kind: Kind = "warp"
    call: SamplerCall | None = None
    residual: A | None = None
    weights: A | None = None
    grid_gradient: A | None = None
    theta_gradient: A | None = None

    def map(self, convert: Callable[[A], B]) -> Step[B]:
        """The same step with ``convert`` applied to every array."""
        arrays: dict[str, Any] = {name: convert(getattr(self, name)) for name in ARRAYS}
        for name in OPTIONAL_ARRAYS:
            if (array := getattr(self, name)) is not None:
                arrays[name] = convert(array)
        return cast("Step[B]", replace(cast("Step[Any]", self), **arrays))


@dataclass(frozen=True)
class Trace:
    """Images, a model's steps on them, and its predictions.

    Args:
        images: (B, C, H, W), or (B, C, D, H, W) volumes, as the model received them: in [0, 1] for
            our own networks, often normalised for others.
        steps: steps in order of (tick, lane).
        probabilities: (B, classes), or (B, places, classes) where a prediction has several places;
            no classes if the model does not classify.
        provenance: model, checkpoint, data, seed, notes and the like; JSON values.
    """

    images: Array
    steps: tuple[Step[Array], ...]
    probabilities: Array
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was not captured, or only in part."""
        return tuple(self.provenance.get("notes", ()))

    def show(self, images: int = 4) -> Drawing:
        """Draw the first images with their grids and outputs; a notebook shows it by itself.

        Args:
            images: how many images are drawn, at most.
        """
        from stnviz.records.drawing import draw_trace

        return draw_trace(self, images)

    def save(self, path: str | Path) -> None:
        """Write a safetensors file, which can be loaded without running code from it.

        Raises:
            ValueError: the trace is too large to be read again; the message says what to do.
        """
        from stnviz.records.trace_file import save_trace

        save_trace(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """Read a trace written by :meth:`save`.

        Raises:
            ValueError: the file is not a trace of this format; the message says what it is.
        """
        from stnviz.records.trace_file import load_trace

        return load_trace(path)
