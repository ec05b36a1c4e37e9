"""A folder of small untrained checkpoints, and an engine over it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import save_checkpoint
from stnviz.live.engine import Engine
from stnviz.models.digits import DigitConfig, DigitNetwork

MODELS = {
    "mnist-r/cnn": DigitConfig("cnn", (28, 28), 4),
    "mnist-r/st-cnn-affine": DigitConfig("st-cnn", (28, 28), 4, transform="affine"),
    "mnist-r/st-cnn-thin-plate-spline": DigitConfig(
        "st-cnn", (28, 28), 4, transform="thin-plate-spline"
    ),
    "mnist-tc/st-cnn-projective": DigitConfig(
        "st-cnn", (60, 60), 4, transform="projective", pool=2
    ),
}


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(3)
    for name, config in MODELS.items():
        model = DigitNetwork(config)
        if model.transformer is not None:
            # Away from the identity, so that a mixed-up theta shows.
            head = list(model.transformer.localisation.modules())[-1]
            torch.nn.init.normal_(head.weight, std=0.05)
        data = name.split("/")[0]
        save_checkpoint(root / name, model, family="digits", data=data, training={}, metrics={})
    return root


@pytest.fixture(scope="session")
def engine(checkpoints: Path) -> Engine:
    return Engine(Library({"": checkpoints}))


@pytest.fixture
def message() -> Callable[..., dict[str, Any]]:
    """A good request as plain values, with parts of it replaced."""

    def build(**changes: Any) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "version": 1,
            "id": 5,
            "models": ["mnist-r/st-cnn-affine"],
            "source": {"digit": 7},
            "distortion": {"name": "mnist-r", "values": {"angle": 0.5}},
        }
        return json.loads(json.dumps({**plain, **changes}))

    return build
