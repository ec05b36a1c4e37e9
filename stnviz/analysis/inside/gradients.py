"""How the loss of one image depends on theta: its gradient, and its landscape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.analysis.inside.opened import Opened, Sampler
from stnviz.models import Output
from stnviz.shapes import Float

Loss = Callable[[Output], Tensor]
"""The (B,) losses of a network's answers, as in its training."""


@dataclass(frozen=True)
class Gradients:
    """Derivatives of the loss of one image.

    Args:
        loss: the loss itself.
        output: (C, h, w) with respect to the transformer's output.
        grid: (h, w, 2) with respect to the sampling grid (Jaderberg et al. 2015, eq. 7).
        theta: (P,) with respect to theta.
        answer: the network's answer.
        sampled: (C, h, w) the transformer's output.
    """

    loss: float
    output: Float[Tensor, "c h w"]
    grid: Float[Tensor, "h w 2"]
    theta: Float[Tensor, " p"]
    answer: Output
    sampled: Float[Tensor, "c h w"]


def gradients(
    opened: Opened, theta: Float[Tensor, "1 p"], loss: Loss, sampler: Sampler | None = None
) -> Gradients:
    """Run the network with ``theta`` and differentiate its loss.

    Args:
        opened: the network at the transformer that gets this theta.
        theta: any theta of its family.
        loss: of the network's answers.
        sampler: how to sample; as the network does if None.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        leaf = theta.detach().clone().requires_grad_()
        grid = opened.grid(leaf)
        answer, sampled = opened.run(grid, sampler)
        (price,) = loss(answer)
        by_theta, by_grid, by_output = torch.autograd.grad(price, (leaf, grid, sampled))
    return Gradients(
        float(price.detach()),
        by_output[0],
        by_grid[0],
        by_theta[0],
        _detached(answer),
        sampled[0].detach(),
    )


def losses_around(
    opened: Opened, thetas: Float[Tensor, "n p"], loss: Loss, sampler: Sampler | None = None
) -> Float[Tensor, " n"]:
    """The losses with many values of theta.

    Args:
        opened: the network at the transformer that gets them.
        thetas: one for each loss.
        loss: of the network's answers.
        sampler: how to sample; as the network does if None.
    """
    with torch.inference_mode():
        answer, _ = opened.run(opened.grid(thetas), sampler)
        return loss(answer)


def _detached(answer: Output) -> Output:
    return Output(answer.logits.detach(), ())
