"""Train theta by perturbation: a two-sided evolution-strategies gradient estimate.

The sampler's gradient describes how a crop changes if its window moves by less than a pixel.
Behind a deep backbone this says next to nothing about the effect of larger, useful moves: in short
trainings windows on birds stay where they start (docs/attention.md has the commands). So each
theta is perturbed by delta and by -delta. The difference of the two losses, times delta, estimates
the gradient of the loss smoothed over such perturbations (Spall 1992, simultaneous perturbation;
antithetic pairs as in Salimans et al. 2017). The classifier is trained on both crops. If each
window has a prediction of its own, its theta is trained by the loss of that prediction alone.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from stnviz.experiments.losses import SampleLosses
from stnviz.experiments.recipe import Recipe
from stnviz.models import Output
from stnviz.shapes import Float, Int
from stnviz.training.objective import Loss


def draw_perturbations(
    count: int, shape: tuple[int, int], recipe: Recipe, generator: torch.Generator
) -> Float[Tensor, "b n p"]:
    """Draw a random perturbation of every window's theta, in units of theta.

    Args:
        count: B, number of images.
        shape: number of windows, and parameters of theta.
        recipe: its ``perturbation`` is the standard deviation.
        generator: random generator on the device of the result.
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
    """Compute the loss at both perturbed thetas, and from it a gradient estimate for theta.

    Args:
        model: the model in training mode, or a wrapper of it; given moves, it samples every image
            twice (:attr:`stnviz.models.Model.perturbable`).
        images: in [0, 1].
        labels: labels of the images.
        recipe: its ``label_smoothing`` and ``perturbation`` are used.
        moves: perturbation of each window of each image, from :func:`draw_perturbations`; of
            transformers in sequence, only of the first.
        judge: the losses (2B, n), one for each of n windows, or one for all of them (n = 1).
    """
    output = model(images, moves)
    losses = judge(output, torch.cat([labels, labels]), recipe.label_smoothing)
    there, back = losses.detach().chunk(2)
    # In units of the perturbation, not of theta, so this term does not dominate the gradient norm
    # when gradients are clipped.
    slope = (there - back)[:, :, None] / 2 * moves / recipe.perturbation
    thetas = torch.stack(
        [step.theta[: len(images)] for step in output.steps[: moves.shape[1]]], dim=1
    )
    pull = (slope * thetas).sum(dim=(1, 2)).mean()
    # The pull is not a loss: it adds its gradient only, and nothing to the reported value.
    return Loss(losses.sum(dim=1).mean() + pull - pull.detach(), output.logits[: len(images)])
