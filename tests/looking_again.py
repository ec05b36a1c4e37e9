"""Small untrained networks that look again, of a library of their own."""

from __future__ import annotations

from pathlib import Path

import torch

from stnviz.checkpoints.storage import save_checkpoint
from stnviz.experiments.sequences import WINDOW
from stnviz.models import create_model
from stnviz.models.iterative import IterativeConfig
from stnviz.models.sequences import SequenceConfig

PLAIN, FOUR = "mnist-perturbed/cnn", "mnist-perturbed/ic-stn-4-projective"
ROW, NARROW = "sequences/rnn-spn-d3-translation", "sequences/rnn-spn-d4-translation"


def put_networks(root: Path) -> None:
    """Four networks, whose windows move."""
    torch.manual_seed(5)
    small = {"scale": WINDOW}
    configs = {
        PLAIN: ("iterative", IterativeConfig("cnn", (28, 28), 4)),
        FOUR: ("iterative", IterativeConfig("ic-stn-4", (28, 28), 4, transform="projective")),
        ROW: (
            "sequences",
            SequenceConfig(
                "rnn-spn-d3", (100, 100), 3, 8, transform="translation", transform_options=small
            ),
        ),
        NARROW: (
            "sequences",
            SequenceConfig(
                "rnn-spn-d4", (100, 100), 3, 8, transform="translation", transform_options=small
            ),
        ),
    }
    for name, (family, config) in configs.items():
        model = create_model(family, **vars(config))
        for part, parameter in model.named_parameters():
            if "localisation" in part and part.endswith("weight"):
                torch.nn.init.normal_(parameter, std=0.08)
        numbers = {"error": 0.5, "count": 10_000, "source": "none"}
        if family == "sequences":
            numbers |= {"digit_error": 0.25, "overlap": [0.1, 0.02], "away": [3.14, 2.0, 1.0]}
        elif config.transform:
            numbers |= {"after": [0.9, 0.8, 0.6, 0.5]}
        data = name.split("/")[0]
        save_checkpoint(root / name, model, family=family, data=data, training={}, metrics=numbers)
