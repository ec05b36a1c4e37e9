"""The layout of networks in memory, and memory that a training keeps for its next step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stnviz.experiments.recipe import Recipe
from stnviz.training.devices import place
from stnviz.training.loop import Training
from tests.training.every_network import NETWORKS, experiment_and_config

STEPS_OF_A_TRAINING = """
import resource, sys, torch
from stnviz.training.devices import keep_freed_memory

if "keep" in sys.argv and not keep_freed_memory():
    sys.exit(3)

def step():
    blocks = [torch.ones(mebibytes << 18) for mebibytes in (2, 25, 60)]

for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(*words: str) -> int:
    command = [sys.executable, "-c", STEPS_OF_A_TRAINING, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip("The C library here is not glibc.")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.feature
@pytest.mark.skipif(sys.platform != "linux", reason="Page faults are counted on Linux.")
def test_a_step_reuses_the_memory_of_the_last_one() -> None:
    kept, usual = page_faults("keep"), page_faults()
    assert usual > 5 * 1000
    assert kept < 100


@pytest.mark.law
@pytest.mark.parametrize(("data", "name"), NETWORKS)
def test_channels_come_last_behind_every_convolution_of_a_training_step(
    data: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, config = experiment_and_config(data, name, monkeypatch)
    here = torch.device("cpu")
    pictures, _ = experiment.open("shown", tmp_path, here)
    network = experiment.build(config)
    place(network, here)
    wrong: list[str] = []

    def look(layer: nn.Module, images: Any, filtered: Tensor) -> None:
        if not filtered.is_contiguous(memory_format=torch.channels_last):
            wrong.append(str(layer))

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(look)
    Training(network, Recipe(data, 1, batch_size=2), pictures).step(0.001)
    assert not wrong
