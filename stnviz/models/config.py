"""Base class of all model configs: common hyperparameters and their validation."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from stnviz.coordinates import Size
from stnviz.transforms import Transform, create_transform


@dataclass(frozen=True)
class ModelConfig(ABC):
    """Plain values from which a network can be rebuilt; every model family adds its own.

    Attributes:
        kind: what such a network is called in messages.
        names: the networks of the family.

    Args:
        name: one of ``names``.
        input_size: (height, width) of the image.
        transform: registered name of its transform, None for a network without transformers.
        transform_options: constructor options of the transform.
        dropout: dropout probability of the classifier's features.

    Raises:
        ValueError: there is no such network, or it does not match ``transform``; the message
            says what to choose.
    """

    kind: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    name: str
    input_size: Size
    _: KW_ONLY
    transform: str | None = None
    transform_options: dict[str, Any] = field(default_factory=dict)
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in self.names:
            raise ValueError(
                f"Unknown {self.kind} {self.name!r}: choose one of {', '.join(self.names)}."
            )
        if has_transformer(self.name) != (self.transform is not None):
            wants = "needs a transform" if self.transform is None else "has no transformer"
            raise ValueError(f"{self.name} {wants}: set transform accordingly.")

    @property
    @abstractmethod
    def classes(self) -> int:
        """Number of classes."""

    def create_transform(self) -> Transform:
        """Create the transform; only for networks that have transformers."""
        assert self.transform is not None
        return create_transform(self.transform, **self.transform_options)

    @classmethod
    def from_card(cls, values: Mapping[str, Any]) -> ModelConfig:
        """Create the config of a card; JSON lists become tuples."""
        plain: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**plain)


def has_transformer(name: str) -> bool:
    """Whether a network of this name has a spatial transformer."""
    return re.search(r"st-|stn|spn", name) is not None
