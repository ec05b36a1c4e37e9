"""The call of a sampler that a step was captured from: where it stands, and how it was called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from stnviz.records.strict_json import is_count, is_number, is_text

ThetaSource = Literal["predicted", "fitted", "none"]
"""Whether theta was given to ``affine_grid``, was fitted to the grid, or does not exist."""

MAX_TEXT = 1000
"""Longest path or name that is kept, in characters."""


@dataclass(frozen=True)
class ArraySummary:
    """What is known of an array that is too large to be kept.

    Args:
        shape: its shape, as the sampler got it.
        low: smallest finite value of the images that are kept; None if there is none.
        high: largest value.
        mean: mean value.
    """

    shape: tuple[int, ...]
    low: float | None = None
    high: float | None = None
    mean: float | None = None


@dataclass(frozen=True)
class SamplerCall:
    """One call of a grid sampler in a captured model.

    Args:
        operator: name of the operator, such as ``aten::grid_sampler_2d``.
        module: dotted path of the module that called it; empty in the model's own ``forward``.
        module_type: class name of that module.
        file: source file of the calling line, the model's own and not PyTorch's; may be empty.
        line: number of that line, from 1; 0 if it is not known.
        function: name of the calling function.
        kernel: interpolation mode: bilinear, nearest or bicubic.
        padding: padding mode: zeros, border or reflection.
        align_corners: the sampler's convention, in which the step's grid and theta are given.
        grid_align_corners: the convention that ``affine_grid`` made the grid in; None if the
            model made the grid itself. The two should be equal.
        theta_source: where theta comes from.
        needs_gradient: whether a gradient could flow to the grid.
        input: summary of the sampled input.
        output: summary of the output.
    """

    operator: str
    module: str = ""
    module_type: str = ""
    file: str = ""
    line: int = 0
    function: str = ""
    kernel: str = "bilinear"
    padding: str = "zeros"
    align_corners: bool = False
    grid_align_corners: bool | None = None
    theta_source: ThetaSource = "none"
    needs_gradient: bool = False
    input: ArraySummary = ArraySummary(())
    output: ArraySummary = ArraySummary(())

    @property
    def place(self) -> str:
        """The calling line as ``file:line``, or the operator where that is not known."""
        return f"{self.file}:{self.line}" if self.file else self.operator

    def as_plain(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> SamplerCall:
        """Read what :meth:`as_plain` wrote.

        Raises:
            ValueError: an entry is missing, unknown, or has a value it cannot have.
        """
        values = dict(plain)
        given, output = _summary(values.pop("input")), _summary(values.pop("output"))
        line, source = values.pop("line"), values.pop("theta_source")
        grid_convention = values.pop("grid_align_corners")
        flags = {name: values.pop(name) for name in ("align_corners", "needs_gradient")}
        if not is_count(line) or source not in ("predicted", "fitted", "none"):
            raise ValueError("a sampler call has a wrong line or source of theta")
        if not all(isinstance(flag, bool) for flag in flags.values()):
            raise ValueError("a flag of a sampler call is neither true nor false")
        if not (grid_convention is None or isinstance(grid_convention, bool)):
            raise ValueError("grid_align_corners of a sampler call is no flag")
        for name, value in values.items():
            if not is_text(value) or len(value) > MAX_TEXT:
                raise ValueError(f"{str(name)[:20]!r} of a sampler call is no short text")
        return cls(
            **values, **flags, line=line, theta_source=source, input=given, output=output,
            grid_align_corners=grid_convention,
        )  # fmt: skip


def _summary(plain: Mapping[str, Any]) -> ArraySummary:
    shape, numbers = plain["shape"], [plain[name] for name in ("low", "high", "mean")]
    if len(shape) > 8 or not all(is_count(extent) for extent in shape):
        raise ValueError("the shape of a sampled array is wrong")
    if not all(number is None or is_number(number) for number in numbers):
        raise ValueError("a summary of an array has a number that is not finite")
    return ArraySummary(tuple(shape), *numbers)
