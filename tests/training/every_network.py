"""Every network of every family, with pictures that are quick to be had."""

from __future__ import annotations

import pytest

from stnviz.experiments import bird_sets
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.contract import Experiment
from stnviz.models.config import ModelConfig, has_transformer

SMALLEST = {
    "digits": "mnist-r",
    "addition": "mnist-addition",
    "finder": "colocalise-t",
    "birds": "birds",
    "compositor": "glasses",
    "iterative": "mnist-perturbed",
    "numbers": "numbers-64",
    "sequences": "sequences",
    "volumes": "mnist-volume",
}
"""Of each family of networks, the experiment whose pictures are the quickest to be had."""

NETWORKS = [
    pytest.param(
        data, name, marks=() if name == EXPERIMENTS.get(data).models[-1] else pytest.mark.slow
    )
    for data in SMALLEST.values()
    for name in EXPERIMENTS.get(data).models
]
"""All; the last of each family, which has the most in it, whenever tests are run."""


def experiment_and_config(
    data: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Experiment, ModelConfig]:
    """A network's config with its experiment, which has a few birds where it has birds."""
    monkeypatch.setitem(bird_sets.COUNTS, "test", 5)
    experiment = EXPERIMENTS.get(data)
    return experiment, experiment.config(
        name, experiment.transforms[0] if has_transformer(name) else None
    )
