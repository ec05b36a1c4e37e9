"""Learning where to look by perturbation: a two-sided evolution-strategies gradient estimate.

The sampler tells a window how its crop would change if it moved by less than a pixel. Behind a
deep backbone that says next to nothing of what a move that is worth making would bring: in short
trainings windows on birds stay where they begin (docs/attention.md has the commands). So windows
are moved by delta and by -delta, and the difference of the two losses, times delta, estimates the
gradient of the loss blurred by such moves (Spall 1992, simultaneous perturbation; in pairs as in
Salimans et al. 2017). The network that reads learns from both looks. Where each window reads an
answer of its own, it is that answer's loss that tells it where to look, and no other.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from stnviz.experiments.losses import SampleLosses
from stnviz.experiments.recipe import Recipe
from stnviz.models import Output
from stnviz.training.objective import Loss


def draw_perturbations(
    count: int, shape: tuple[int, int], recipe: Recipe, generator: torch.Generator
) -> Float[Tensor, "b n p"]:
    """How far every window is moved, in units of theta.

    Args:
        count: B, pictures.
        shape: windows, and numbers of theta.
        recipe: its ``perturbation`` is their standard deviation.
        generator: on the device that they are wanted on.
    """
    return recipe.perturbation * torch.randn(
        count, *shape, generator=generator, device=generator.device
    )


def perturbation_objective(
    model: Callable[[Tensor, Tensor], Output],
    images: Float[Tensor, "b c h w"],
    labels: Int[Tensor, "b ..."],
    recipe: Recipe,
    moves: Float[Tensor, "b n p"],
    judge: SampleLosses,
) -> Loss:
    """Judge both looks, and tell the windows which was better.

    Args:
        model: in training, or what wraps it; given moves, it looks twice
            (:attr:`stnviz.models.Model.perturbable`).
        images: in [0, 1].
        labels: what they show.
        recipe: its ``label_smoothing`` and ``perturbation`` are used.
        moves: of each window of each image, as :func:`draw_perturbations` has them; of
            transformers one after another, of the first.
        judge: the losses (2B, n) that each of n windows answers for, or all of them (n = 1).
    """
    output = model(images, moves)
    losses = judge(output, torch.cat([labels, labels]), recipe.label_smoothing)
    there, back = losses.detach().chunk(2)
    # In units of a move, not of theta: so clipping leaves the rest of the network its share.
    slope = (there - back)[:, :, None] / 2 * moves / recipe.perturbation
    thetas = torch.stack(
        [step.theta[: len(images)] for step in output.steps[: moves.shape[1]]], dim=1
    )
    pull = (slope * thetas).sum(dim=(1, 2)).mean()
    # A loss is reported, and the pull is none: it counts for its gradient alone.
    return Loss(losses.sum(dim=1).mean() + pull - pull.detach(), output.logits[: len(images)])
