"""The spatial transformer as an ordinary module that drops into any network."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stnviz.coordinates import Kernel, Padding, Size, full_precision, sample
from stnviz.records import Step
from stnviz.transforms import Transform


class ThetaHead(nn.Linear):
    """A linear layer that predicts theta, in float32 also under autocast.

    A bfloat16 theta moves the grid by up to a fifth of a pixel at 28 pixels.
    """

    def forward(self, features: Float[Tensor, "b f"]) -> Float[Tensor, "b p"]:
        with full_precision(features):
            return super().forward(features.float())


class SpatialTransformer(nn.Module):
    """Predict theta, lay the grid, read the input there (Jaderberg et al. 2015, section 3).

    At the start it changes nothing: the last linear layer of ``localisation`` is given zero
    weights and the transform's identity as its bias.

    Args:
        localisation: any module from (B, C, H, W) to theta (B, P); its last ``nn.Linear``
            must have P outputs.
        transform: which family theta belongs to.
        output_size: (height, width) of the output; that of the input by default.
        kernel: how the input is read.
        padding: what lies outside the input.
        lane: which transformer this is, of several side by side.
        tick: when it acts, of several one after another.

    Example:
        >>> from stnviz.transforms import Affine
        >>> look = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 6))
        >>> SpatialTransformer(look, Affine())(torch.rand(8, 1, 28, 28)).shape
        torch.Size([8, 1, 28, 28])
    """

    def __init__(
        self,
        localisation: nn.Module,
        transform: Transform,
        output_size: Size | None = None,
        *,
        kernel: Kernel = "bilinear",
        padding: Padding = "zeros",
        lane: int = 0,
        tick: int = 0,
    ) -> None:
        super().__init__()
        self.localisation, self.transform, self.output_size = localisation, transform, output_size
        self.kernel, self.padding = kernel, padding
        self.lane, self.tick = lane, tick
        start_at_identity(localisation, transform)

    def step(
        self, image: Float[Tensor, "b c h_in w_in"], moves: Float[Tensor, "b p"] | None = None
    ) -> Step[Tensor]:
        """Transform ``image`` and keep everything that happened on the way.

        Args:
            image: a picture or feature maps.
            moves: of theta, in training by trial: the image is then read with theta moved so, and
                again with theta moved the other way. The step is of 2B, and what was read says
                nothing to theta.
        """
        theta = self.localisation(image).float()
        size = self.output_size or (image.shape[-2], image.shape[-1])
        looked = theta
        if moves is not None:
            image, theta = antithetic_pair(image, theta, moves)
            looked = theta.detach()
        grid = self.transform.grid(looked, size)
        output = sample(image, grid, kernel=self.kernel, padding=self.padding)
        return Step(self.transform.name, image, theta, grid, output, self.lane, self.tick)

    def forward(self, image: Float[Tensor, "b c h_in w_in"]) -> Float[Tensor, "b c h w"]:
        """The transformed image."""
        return self.step(image).output


def antithetic_pair(
    images: Float[Tensor, "b c h w"], theta: Float[Tensor, "b *n p"], moves: Float[Tensor, "b *n p"]
) -> tuple[Float[Tensor, "b2 c h w"], Float[Tensor, "b2 *n p"]]:
    """For two looks at each image: 2B images, and theta moved one way, then the other way."""
    return images.repeat(2, 1, 1, 1), torch.cat([theta + moves, theta - moves])


def start_at_identity(localisation: nn.Module, transform: Transform, maps: int = 1) -> None:
    """Zero the last linear layer's weights and set its bias to the transform's identity.

    Args:
        localisation: any module with a linear layer.
        transform: which family theta belongs to.
        maps: how many thetas the last layer says, one after another.

    Raises:
        ValueError: there is no linear layer, or the last one does not have P outputs.
    """
    linear = [module for module in localisation.modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise ValueError(
            "The localisation network has no linear layer: end it with "
            f"nn.Linear(features, {transform.size}) to predict theta."
        )
    last = linear[-1]
    if last.out_features != maps * transform.size:
        raise ValueError(
            f"The localisation network ends in {last.out_features} numbers, but "
            f"{transform.title} needs {maps * transform.size}: change its last linear layer."
        )
    if last.bias is None:
        raise ValueError("The localisation network's last linear layer needs a bias.")
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(transform.identity().repeat(maps))
