"""Base class of all models, their output, and the registry of model families."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from stnviz.models.config import ModelConfig
from stnviz.records import Step
from stnviz.registry import Registry
from stnviz.shapes import Float


@dataclass(frozen=True)
class Output:
    """Output of a model's forward pass.

    Args:
        logits: (B, classes), float32; (B, places, classes) if a prediction has several places.
        steps: one per step of each transformer, in order of (tick, lane); empty without any.
        step_logits: logits after each step of an iterative network, outside training; else empty.
        auxiliary_loss: scalar that the network adds to the loss in training; None for nothing.
    """

    logits: Float[Tensor, "b *places k"]
    steps: tuple[Step[Tensor], ...]
    step_logits: tuple[Float[Tensor, "b k"], ...] = ()
    auxiliary_loss: Tensor | None = None


class Model(nn.Module):
    """A network that also returns the steps of its transformers; ``config`` rebuilds it.

    Attributes:
        config_type: class of its family's configs.
        config: the config it was built from, its only argument without a default.
        multi_step: whether every step samples the original image, instead of the output of the
            step before it.
        residual_warps: whether each step refines the warp of the step before it, so its residual
            warp is a window in that step's output.
        composites: whether it warps a foreground onto a background
            (:mod:`stnviz.compositing`); the window is then the foreground's outline.
        stagewise: whether different parts are trained at different times
            (:meth:`on_step_start`).
    """

    config_type: ClassVar[type[ModelConfig]]
    config: ModelConfig
    multi_step: ClassVar[bool] = False
    residual_warps: ClassVar[bool] = False
    composites: ClassVar[bool] = False
    stagewise: ClassVar[bool] = False

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config

    @property
    def perturbable(self) -> tuple[int, int] | None:
        """Number of windows whose theta can be perturbed, and parameters of each; None for none.

        The ``forward`` of such a network also takes moves (B, windows, parameters), and then
        samples every image twice.
        """
        return None

    @abstractmethod
    def forward(self, images: Float[Tensor, "b c *size"]) -> Output:
        """Classify images in [0, 1], or volumes."""

    def plain_config(self) -> dict[str, Any]:
        """The config as plain values, for a checkpoint's card."""
        return asdict(self.config)

    def adapt_tensor(self, name: str, value: Tensor) -> Tensor:
        """Adapt a tensor of a similar network to initialise this one: unchanged, or enlarged.

        Args:
            name: name of the tensor in both networks.
            value: its value in the other network.
        """
        return value

    def on_step_start(self, step: int, steps: int) -> None:
        """Prepare for a training step; all changes depend only on the two arguments.

        Args:
            step: index of the step, counted from 0.
            steps: number of steps of the whole training.
        """
        return

    def external_tensors(self) -> frozenset[str]:
        """Names of tensors that are not saved in checkpoints.

        They are either installed with the program or needed only in training.
        """
        return frozenset()


MODELS: Registry[type[Model]] = Registry("model family")
"""Maps the name of a family to its model class."""


def create_model(family: str, **config: Any) -> Model:
    """Build a model of a registered family from the plain values of its config.

    Raises:
        ValueError: the config is impossible; the message says what to choose.
    """
    network = MODELS.get(family)
    return network(network.config_type.from_card(config))
