"""A network opened at one of its transformers: it runs again with another theta or sampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from stnviz.coordinates import Kernel, Padding
from stnviz.models import Model, Output
from stnviz.records import Step
from stnviz.shapes import Float
from stnviz.transforms import Transform


@dataclass(frozen=True)
class Sampler:
    """How a sampler reads its input.

    Args:
        kernel: interpolation mode.
        padding: values sampled outside the input.
        align_corners: whether it takes -1 and 1 for the centres of the outermost pixels. A network
            of this package does not; that is how it looks if conventions are mixed up.
    """

    kernel: Kernel = "bilinear"
    padding: Padding = "zeros"
    align_corners: bool = False


class SamplingMode(TorchFunctionMode):
    """Notes the calls of ``grid_sample``, and does one of them differently, with its gradients.

    Args:
        call: number of the call that is done differently; -1 for none.
        grid: (B, h, w, 2) where that call samples.
        sampler: how it samples; as the network does if None.
    """

    def __init__(
        self, call: int = -1, grid: Tensor | None = None, sampler: Sampler | None = None
    ) -> None:
        super().__init__()
        self.call, self.grid, self.sampler = call, grid, sampler
        self.grids: list[Tensor] = []
        self.samplers: list[Sampler] = []
        self.output: Tensor | None = None

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call a function of PyTorch."""
        if func is not F.grid_sample:
            return func(*args, **(kwargs or {}))
        image, grid = args
        self.grids.append(grid)
        self.samplers.append(
            Sampler(kwargs["mode"], kwargs["padding_mode"], kwargs["align_corners"])
        )
        if self.grid is None or len(self.grids) - 1 != self.call:
            return func(image, grid, **kwargs)
        how = self.sampler or self.samplers[-1]
        self.output = func(
            image, self.grid.to(grid.dtype), mode=how.kernel, padding_mode=how.padding,
            align_corners=how.align_corners,
        )  # fmt: skip
        return self.output


@dataclass(frozen=True)
class Opened:
    """A network opened at one transformer, on one image.

    Args:
        model: the network, in eval mode.
        images: (1, C, H, W) as it takes them.
        output: its own answer.
        step: of the transformer, as the network computed it.
        call: number of the sampler's call that made this step.
        sampler: how the network samples there.
        transform: family of theta.
    """

    model: Model
    images: Float[Tensor, "1 c h w"]
    output: Output
    step: Step[Tensor]
    call: int
    sampler: Sampler
    transform: Transform

    def grid(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b h w 2"]:
        """The sampling grids of ``theta``."""
        height, width = self.step.output.shape[-2:]
        return self.transform.grid(theta, (height, width))

    def run(
        self, grid: Float[Tensor, "b h w 2"], sampler: Sampler | None = None
    ) -> tuple[Output, Float[Tensor, "b c h w"]]:
        """The network's answers, and the transformer's outputs, with other grids.

        Args:
            grid: one for each time that the image is to be looked at.
            sampler: how to sample; as the network does if None.
        """
        with SamplingMode(self.call, grid, sampler) as mode:
            output = self.model(self.images.expand(len(grid), -1, -1, -1))
        assert mode.output is not None
        return output, mode.output


class NoTransformer(ValueError):
    """The network has no such transformer; the message says which it has."""


def open_transformer(
    model: Model, images: Float[Tensor, "1 c h w"], lane: int = 0, tick: int = 0
) -> Opened:
    """Run a network on one image, opened at one of its transformers.

    Args:
        model: in eval mode.
        images: as the model takes them.
        lane: of the transformer.
        tick: of the transformer.

    Raises:
        NoTransformer: the network has no such transformer.
    """
    with torch.inference_mode(mode=False):
        images = images.clone()  # of inference tensors no gradient could be taken
    with torch.inference_mode(), SamplingMode() as mode:
        output = model(images)
    for step in output.steps:
        if (step.lane, step.tick) != (lane, tick):
            continue
        (call,) = (k for k, grid in enumerate(mode.grids) if grid is step.grid)
        transform = model.config.create_transform()
        return Opened(model, images, output, step, call, mode.samplers[call], transform)
    known = ", ".join(f"lane {step.lane}, tick {step.tick}" for step in output.steps)
    raise NoTransformer(f"Choose one of its transformers: {known or 'it has none'}.")
