"""ST-GAN: warp a foreground onto a background, step by step, until the composite looks real.

After Lin et al. 2018 (arXiv 1803.01837). Each of several warps sees the background and the
foreground as warped so far, and predicts an update of the warp. The update is composed with the
warp so far, and the *original* foreground is sampled again. There is no supervision of where the
foreground belongs. A critic, trained on real images of other scenes, scores how real the composite
looks, and the warps learn from this score alone, one after another: earlier warps are frozen,
later ones are not used yet.

The result is a map in normalised coordinates, so it can be applied to larger images.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from stnviz.compositing import LAYERS, lay_on
from stnviz.coordinates import sample
from stnviz.models.config import ModelConfig
from stnviz.models.critic import (
    CENTRE,
    PENALTY,
    Critic,
    critic_loss,
    features_of,
    gradient_penalty,
    strided,
)
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import ThetaHead
from stnviz.records import Step
from stnviz.shapes import Float
from stnviz.transforms import Transform
from stnviz.transforms.projective import as_projective

MAX_UPDATE = 0.25
"""Largest update of each parameter of theta by one warp."""

CRITIC_WARMUP = 0.25
"""Share of the training steps in which only the critic is trained."""

RANDOM_SPREAD, JITTER = 0.3, 0.03
"""Standard deviations of the random maps, for each parameter of theta: of foregrounds placed at
random as false examples for the critic, and of the jitter on composites shown to the critic."""

COMPOSITE_SHARE, BARE_SHARE = 0.4, 0.2
"""Share of the warps' own composites among the critic's false examples, and share of bare
backgrounds among the others."""


@dataclass(frozen=True)
class CompositorConfig(ModelConfig):
    """Hyperparameters of a compositor; its transform must support composition.

    Args:
        width: filters of each warp's first convolution.
        critic_width: filters of the critic's first convolution.
        warps: number of warps.
        update_penalty: loss weight of the squared norm of each update (Lin et al. 2018, eq. 6).
        classes: size of the output: the 8 parameters of a projective map.
    """

    kind: ClassVar[str] = "compositor"
    names: ClassVar[tuple[str, ...]] = ("st-gan",)

    width: int = 16
    critic_width: int = 16
    warps: int = 4
    transform: str | None = field(default="similarity", kw_only=True)
    update_penalty: float = 0.1
    classes: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warps < 1:
            raise ValueError(f"A compositor with {self.warps} warps: give at least 1.")


class Warp(nn.Module):
    """One geometric predictor: predicts the update of the foreground's warp.

    Args:
        config: of the compositor.
        transform: family of its updates.
    """

    def __init__(self, config: CompositorConfig, transform: Transform) -> None:
        super().__init__()
        layers = strided(LAYERS, config.input_size, config.width)
        self.localisation = nn.Sequential(
            *layers, nn.Flatten(),
            nn.Linear(features_of(layers, config.input_size), 64), nn.LeakyReLU(0.2),
            ThetaHead(64, transform.size),
        )  # fmt: skip
        self.transform = transform
        head = cast(ThetaHead, self.localisation[-1])
        nn.init.zeros_(head.weight)  # so that a new warp starts at the identity
        nn.init.zeros_(head.bias)

    def forward(
        self, background: Float[Tensor, "b 3 h w"], seen: Float[Tensor, "b 4 h w"]
    ) -> Float[Tensor, "b p"]:
        """The update as a displacement of theta from the identity."""
        return MAX_UPDATE * self.localisation(torch.cat([background, seen], dim=1)).float().tanh()


@MODELS.register("compositor")
class Compositor(Model):
    """Warps the foreground in the last four channels onto the background in the first three.

    The logits are the composed map as projective theta, from the composite to the foreground.
    In training an input has three further channels: a real image of another scene.
    """

    config_type: ClassVar = CompositorConfig
    config: CompositorConfig
    multi_step: ClassVar[bool] = True
    composites: ClassVar[bool] = True
    stagewise: ClassVar[bool] = True

    def __init__(self, config: CompositorConfig) -> None:
        super().__init__(config)
        self.transform = config.create_transform()
        self.warps = nn.ModuleList(Warp(config, self.transform) for _ in range(config.warps))
        self.critic = Critic(config.input_size, config.critic_width)
        self.stage, self.generator = config.warps, torch.Generator()

    def on_step_start(self, step: int, steps: int) -> None:
        """Select the warp to train; a new warp starts from the weights of the one before it."""
        before, self.stage = (
            training_stage(at, steps, self.config.warps) for at in (step - 1, step)
        )
        if 1 < self.stage == before + 1:
            ours, earlier = self.warps[self.stage - 1], self.warps[self.stage - 2]
            ours.load_state_dict(earlier.state_dict())
        self.generator = torch.Generator(next(self.parameters()).device).manual_seed(step)

    def external_tensors(self) -> frozenset[str]:
        """The critic's tensors: it is only used in training and is not saved."""
        return frozenset(f"critic.{name}" for name in self.critic.state_dict())

    def forward(self, images: Float[Tensor, "b c h w"]) -> Output:
        background, foreground = images[:, :3], images[:, 3:LAYERS]
        learning = self.training and images.shape[1] > LAYERS
        theta = identity = self.transform.identity().to(images.device).expand(len(images), -1)
        seen, update, steps = foreground, torch.zeros_like(identity), []
        for tick in range(self.stage if learning else len(self.warps)):
            frozen = learning and tick < self.stage - 1
            with torch.no_grad() if frozen else nullcontext():
                update = self.warps[tick](background, seen)
                theta = self.transform.compose(theta, identity + update)
                grid = self.transform.grid(theta, self.config.input_size)
                seen = sample(foreground, grid)
            steps.append(Step(self.transform.name, foreground, theta, grid, seen, tick=tick))
        loss = None
        if learning:
            loss = self._adversarial_loss(background, foreground, theta, images[:, LAYERS:])
            loss = loss + self.config.update_penalty * update.square().sum(dim=1).mean()
        return Output(as_projective(self.transform, theta), tuple(steps), auxiliary_loss=loss)

    def _adversarial_loss(
        self,
        background: Float[Tensor, "b 3 h w"],
        foreground: Float[Tensor, "b 4 h w"],
        theta: Float[Tensor, "b p"],
        real: Float[Tensor, "b 3 h w"],
    ) -> Tensor:
        """The adversarial loss: the critic minimises it, and the current warp gets it reversed.

        If the warps' own composites were the only false examples, the critic would soon score
        images without a foreground as real, and the warps would push the foreground out of view.
        So the critic also sees foregrounds placed at random, and bare backgrounds.
        """
        start = self.transform.identity().to(theta).expand_as(theta)
        random = lay_on(background, self._sample_randomly(foreground, start, RANDOM_SPREAD))
        random = torch.where(self._share(background) < BARE_SHARE, background, random)
        ours = lay_on(background, self._sample_randomly(foreground, theta, JITTER))
        scores = self.critic(torch.cat([real, random, critic_loss(ours)])).chunk(3)
        false = torch.where(self._share(background) < COMPOSITE_SHARE, ours.detach(), random)
        penalty = gradient_penalty(self.critic, real, false, self._share(background))
        real_score, random_score, composite_score = (score.mean() for score in scores)
        centre = CENTRE * scores[0].square().mean()
        return (
            COMPOSITE_SHARE * composite_score
            + (1 - COMPOSITE_SHARE) * random_score
            - real_score
            + PENALTY * penalty
            + centre
        )

    def _sample_randomly(
        self, foreground: Float[Tensor, "b 4 h w"], theta: Float[Tensor, "b p"], spread: float
    ) -> Float[Tensor, "b 4 h w"]:
        """Sample the foreground through randomly perturbed maps.

        The warps' own composites are perturbed slightly, too. Where sampling points coincide with
        pixel centres, as at the start, the sampler's gradient is one-sided (Jaderberg et al. 2015,
        eq. 7) and would pull all foregrounds in the same direction.
        """
        noise = torch.randn(theta.shape, generator=self.generator, device=theta.device)
        noise = self.transform.identity().to(theta) + spread * noise
        grid = self.transform.grid(self.transform.compose(theta, noise), self.config.input_size)
        return sample(foreground, grid)

    def _share(self, like: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 1 1"]:
        """A uniform random number in [0, 1) for each image."""
        return torch.rand(len(like), 1, 1, 1, generator=self.generator, device=like.device)


def training_stage(step: int, steps: int, warps: int) -> int:
    """The warp that is trained at a step, counted from 1; 0 while only the critic is trained.

    All warps get equal shares of the remaining steps.
    """
    share = (step / max(1, steps) - CRITIC_WARMUP) / (1 - CRITIC_WARMUP)
    return min(warps, math.floor(share * warps) + 1) if share >= 0 else 0
