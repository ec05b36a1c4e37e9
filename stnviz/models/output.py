"""What every model is and returns, and the registry of model families."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from stnviz.models.config import ModelConfig
from stnviz.records import Step
from stnviz.registry import Registry


@dataclass(frozen=True)
class Output:
    """A model's answer.

    Args:
        logits: (B, classes), float32; (B, places, classes) where an answer has several places.
        steps: what its transformers did, in order of (tick, lane); empty without any.
        step_logits: of multi-step networks, the logits after each step, while they are not in
            training; else empty.
        auxiliary_loss: in training, what the network itself adds to the loss, scalar; None for
            nothing.
    """

    logits: Float[Tensor, "b *places k"]
    steps: tuple[Step[Tensor], ...]
    step_logits: tuple[Float[Tensor, "b k"], ...] = ()
    auxiliary_loss: Tensor | None = None


class Model(nn.Module):
    """A network that returns its steps; ``config`` rebuilds it.

    Attributes:
        config_type: of the configs of its family.
        config: what it was built from, its only argument without a default.
        multi_step: whether a transformer that acts later looks at the image anew, and not at what
            the one before it has read.
        residual_warps: whether each of these steps improves on the one before it, so that what it
            adds is a window in what that one has read.
        composites: whether what is warped is a foreground that is laid on a background
            (:mod:`stnviz.compositing`): a window is then where the foreground lies.
        stagewise: whether what it learns changes in the course of a training
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
        """Windows that can be perturbed, and how many numbers each; None without any.

        Such a network's ``forward`` takes moves (B, windows, numbers) beside images, and looks
        twice.
        """
        return None

    @abstractmethod
    def forward(self, images: Float[Tensor, "b c h w"]) -> Output:
        """Classify images in [0, 1]."""

    def plain_config(self) -> dict[str, Any]:
        """The config as plain values for a card."""
        return asdict(self.config)

    def adapt_tensor(self, name: str, value: Tensor) -> Tensor:
        """A tensor of another such network as this one can begin with it: as it is, or enlarged.

        Args:
            name: the tensor's in both.
            value: the other network's.
        """
        return value

    def on_step_start(self, step: int, steps: int) -> None:
        """Get ready for a step of a training; whatever it changes follows from the two numbers.

        Args:
            step: its number, counted from 0.
            steps: of the whole training.
        """
        return

    def external_tensors(self) -> frozenset[str]:
        """Names of tensors that are not stored with the network.

        It is born with them, or needs them only while it learns.
        """
        return frozenset()


MODELS: Registry[type[Model]] = Registry("model family")
"""Family name to the networks of the family."""


def create_model(family: str, **config: Any) -> Model:
    """Build a model of a registered family from the plain values of its config.

    Raises:
        ValueError: the config is impossible; the message says what to choose.
    """
    network = MODELS.get(family)
    return network(network.config_type.from_card(config))
