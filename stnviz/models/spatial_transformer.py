"""The spatial transformer as an ``nn.Module`` that can be inserted into any network."""

from __future__ import annotations

import math
import warnings

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.coordinates import (
    Extent,
    Kernel,
    Padding,
    Size,
    aspect_of,
    full_precision,
    is_recorded,
    sample,
)
from stnviz.models.identity_start import begins_at_identity, what_acts_behind
from stnviz.models.identity_start import start_at_identity as start_at_identity
from stnviz.records import Step
from stnviz.shapes import Float
from stnviz.transforms import Similarity, Transform

NEARLY = 0.1
"""Aspect ratios whose logarithms differ by less count as equal: feature maps may be a pixel off."""


class ThetaHead(nn.Linear):
    """A linear layer that predicts theta in float32, also under autocast and with half weights.

    A bfloat16 theta shifts the grid by up to a fifth of a pixel at 28 pixels. With float64 weights
    theta is float64.
    """

    def forward(self, features: Float[Tensor, "b f"]) -> Float[Tensor, "b p"]:
        weight, bias = at_least_float32(self.weight), self.bias
        with full_precision(features):
            return F.linear(
                features.to(weight.dtype), weight, None if bias is None else bias.to(weight.dtype)
            )


class SpatialTransformer(nn.Module):
    """Predicts theta, builds the sampling grid and samples the input (Jaderberg 2015, section 3).

    At the start it is the identity: the last layer of ``localisation`` gets zero weights and the
    transform's identity as its bias. If that layer cannot be determined, or other layers follow
    it, construction or the first call raises an error. In a compiled or exported graph this check
    is skipped.

    Args:
        localisation: any module from (B, C, H, W), or (B, C, D, H, W) volumes, to theta: (B, P), or
            (B, 2, 3), (B, P, 1, 1) or anything else with P numbers for each image. It ends in an
            ``nn.Linear``, lazy or not, or in a convolution with P outputs that are pooled to one
            pixel.
        transform: the family of theta; one of volumes takes volumes.
        output_size: (height, width) of the output, or (depth, height, width); that of the input by
            default.
        kernel: sampling kernel.
        padding: values sampled outside the input.
        lane: index of this transformer among parallel transformers.
        tick: index of its step among transformers that act in sequence.
        identity_start: False leaves the weights of ``localisation`` unchanged.

    Raises:
        ValueError: it cannot start as the identity; the message says what to change.

    Example:
        >>> from stnviz.transforms import Affine
        >>> look = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 6))
        >>> SpatialTransformer(look, Affine())(torch.rand(8, 1, 28, 28)).shape
        torch.Size([8, 1, 28, 28])
    """

    _unchecked: str | None = None
    """Name of the layer set to the identity, until the first prediction has been checked."""

    def __init__(
        self,
        localisation: nn.Module,
        transform: Transform,
        output_size: Extent | None = None,
        *,
        kernel: Kernel = "bilinear",
        padding: Padding = "zeros",
        lane: int = 0,
        tick: int = 0,
        identity_start: bool = True,
    ) -> None:
        super().__init__()
        self.localisation, self.transform, self.output_size = localisation, transform, output_size
        self.kernel, self.padding = kernel, padding
        self.lane, self.tick = lane, tick
        if identity_start:
            self._unchecked = start_at_identity(localisation, transform)

    def predict(self, image: Float[Tensor, "b c *size_in"]) -> Float[Tensor, "b p"]:
        """Predict theta, in float32, or in float64 if the localisation network computes in it.

        Raises:
            ValueError: theta does not have P numbers for each image, or it should start as the
                identity and does not.
        """
        theta = at_least_float32(self.localisation(image)).flatten(1)
        if theta.shape[1] != self.transform.size:
            raise ValueError(
                f"The localisation network says {theta.shape[1]} numbers for each image, but "
                f"{self.transform.title} needs {self.transform.size}: pool them to one pixel with "
                "nn.AdaptiveAvgPool2d(1), or change its last layer."
            )
        # Several threads may call one network at once, and each may reset the attribute after its
        # check: read it only once.
        if _can_be_checked(theta) and (head := self._unchecked) is not None:
            if not begins_at_identity(self.localisation, head, theta, self.transform):
                raise ValueError(what_acts_behind(self.localisation, head, self.transform.title))
            self._unchecked = None
            if self.transform.dimensions == 2:
                _warn_of_shear(self.transform, (image.shape[-2], image.shape[-1]))
        return theta

    def step(
        self, image: Float[Tensor, "b c *size_in"], moves: Float[Tensor, "b p"] | None = None
    ) -> Step[Tensor]:
        """Transform ``image``; return theta, the grid and the output as a step.

        Args:
            image: an image or feature maps.
            moves: perturbation of theta, in training by perturbation: the image is then sampled
                twice, with theta + moves and with theta - moves. The step has batch size 2B, and
                no gradient flows from its output to theta.
        """
        if image.ndim != 2 + self.transform.dimensions:
            raise ValueError(
                f"{self.transform.title} takes {self.transform.dimensions + 2} axes, "
                f"{'(B, C, D, H, W)' if self.transform.dimensions == 3 else '(B, C, H, W)'}, not "
                f"{tuple(image.shape)}: choose a transform of "
                f"{'volumes' if image.ndim == 5 else 'images'}."
            )
        theta = self.predict(image)
        size = self.output_size or tuple(image.shape[2:])
        sampled_theta = theta
        if moves is not None:
            image, theta = antithetic_pair(image, theta, moves)
            sampled_theta = theta.detach()
        grid = self.transform.grid(sampled_theta, size)
        output = sample(image, grid, kernel=self.kernel, padding=self.padding)
        return Step(self.transform.name, image, theta, grid, output, self.lane, self.tick)

    def forward(self, image: Float[Tensor, "b c *size_in"]) -> Float[Tensor, "b c *size"]:
        """The transformed image."""
        return self.step(image).output


def at_least_float32(tensor: Tensor) -> Tensor:
    """Convert coordinates to float32, unless they are float64 already."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()


def _warn_of_shear(transform: Transform, size: Size) -> None:
    """Warn if a similarity was created for another aspect ratio: rotations would then shear."""
    aspect = aspect_of(size) if min(size) else transform.aspect
    if isinstance(transform, Similarity) and abs(math.log(aspect / transform.aspect)) > NEARLY:
        warnings.warn(
            f"Pictures of {size[0]} x {size[1]} pixels are sheared by a similarity that is made "
            f"for an aspect of {transform.aspect:g}: create it with aspect={aspect:g}.",
            stacklevel=4,
        )


def _can_be_checked(theta: Tensor) -> bool:
    """Whether theta's values can be inspected: not while recording a graph, nor if it is empty."""
    if is_recorded():
        return False
    if type(theta) is not Tensor or theta.is_meta or theta.numel() == 0:
        return False
    if torch._C._functorch.is_batchedtensor(theta):  # under torch.func.vmap
        return False
    return not (theta.is_cuda and torch.cuda.is_current_stream_capturing())


def antithetic_pair(
    images: Float[Tensor, "b c *size"],
    theta: Float[Tensor, "b *n p"],
    moves: Float[Tensor, "b *n p"],
) -> tuple[Float[Tensor, "b2 c *size"], Float[Tensor, "b2 *n p"]]:
    """Repeat the images to 2B; theta is theta + moves in the first half, theta - moves after."""
    return torch.cat([images, images]), torch.cat([theta + moves, theta - moves])
