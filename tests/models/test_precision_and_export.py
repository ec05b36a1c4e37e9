"""A transformer in every precision, and recorded as a graph with a batch of any length."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stnviz.models import SpatialTransformer
from stnviz.models.spatial_transformer import ThetaHead
from stnviz.transforms import TRANSFORMS, create_transform, thin_plate_spline

ROOT = Path(__file__).parents[2]

every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())
affine_and_slowly_every_other = pytest.mark.parametrize(
    "name",
    [
        name if name == "affine" else pytest.param(name, marks=pytest.mark.slow)
        for name in TRANSFORMS.names()
    ],
)


def moved(name: str, head: type[nn.Linear] = nn.Linear) -> SpatialTransformer:
    """A transformer that has left the identity, and looks at different places in each picture."""
    transform = create_transform(name, aspect=8 / 6)
    look = nn.Sequential(nn.Flatten(), nn.Linear(2 * 6 * 8, 5), nn.Tanh(), head(5, transform.size))
    transformer = SpatialTransformer(look, transform)
    with torch.no_grad():
        for number in look[-1].parameters():
            number += 0.1 * torch.randn_like(number)
    return transformer.eval()


def image(batch: int = 3) -> Tensor:
    return torch.rand(batch, 2, 6, 8)


@pytest.mark.gradcheck
@every_transform
@pytest.mark.parametrize("head", [pytest.param(nn.Linear, marks=pytest.mark.slow), ThetaHead])
def test_a_whole_network_in_float64_has_the_right_gradient(
    name: str, head: type[nn.Linear]
) -> None:
    transformer = moved(name, head).double()
    seen = image(1).double().requires_grad_()
    step = transformer.step(seen)
    assert step.theta.dtype == step.grid.dtype == step.output.dtype == torch.float64
    bias = transformer.get_parameter("localisation.3.bias")
    assert torch.autograd.gradcheck(lambda picture, _: transformer(picture), (seen, bias))


@pytest.mark.feature
@every_transform
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_half_weights_and_autocast_leave_grids_in_float32(name: str, half: torch.dtype) -> None:
    transformer = moved(name, ThetaHead)
    with torch.autocast("cpu", half):
        step = transformer.step(image())
    assert step.theta.dtype == step.grid.dtype == torch.float32
    assert torch.equal(step.grid, transformer.transform.grid(step.theta, (6, 8)))
    halved = transformer.to(half).step(image().to(half))
    assert halved.theta.dtype == halved.grid.dtype == torch.float32
    assert torch.equal(halved.grid, transformer.transform.grid(halved.theta, (6, 8)))


@pytest.mark.feature
@affine_and_slowly_every_other
def test_it_is_exported_with_a_batch_of_any_length(name: str) -> None:
    transformer = moved(name)
    batch = {"image": {0: torch.export.Dim("batch")}}
    program = torch.export.export(transformer, (image(),), dynamic_shapes=batch)
    for count in (1, 3, 5):
        seen = image(count)
        torch.testing.assert_close(program.module()(seen), transformer(seen))
    assert "linalg" not in str(program.graph)


@pytest.mark.feature
def test_recording_a_spline_leaves_nothing_behind_that_is_no_number() -> None:
    for cached in (thin_plate_spline._solution, thin_plate_spline._basis):
        cached.cache_clear()
    transformer, seen = moved("thin-plate-spline"), image()
    torch.export.export(transformer, (seen,))
    theta = transformer.step(seen).theta
    grid = transformer.transform.grid(theta, (6, 8))
    assert type(grid.detach()) is Tensor
    assert grid.isfinite().all()


def record(part: str) -> Any:
    """What the recorder below says; it runs beside the tests, which check every shape."""
    script = Path(__file__).with_name("record_transformers.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, part], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def compiled() -> Any:
    """Every transformer, compiled: half a minute."""
    return record("compile")


@pytest.fixture(scope="module")
def exported() -> Any:
    """Every transformer, exported to ONNX."""
    return record("export")


@pytest.mark.slow
@pytest.mark.feature
@every_transform
def test_it_is_compiled_as_one_graph(compiled: Any, name: str) -> None:
    assert compiled["compiled"][name] < 1e-6


@pytest.mark.slow
@pytest.mark.feature
def test_a_new_transformer_is_recorded_unchecked_and_checked_afterwards(compiled: Any) -> None:
    assert compiled["unchecked"] == pytest.approx(math.tanh(1))
    assert "let that layer speak last" in compiled["sentence"]


@pytest.mark.slow
@pytest.mark.oracle
@every_transform
@pytest.mark.parametrize("exporter", ["torchscript", "dynamo"])
def test_onnx_says_the_same_for_a_batch_of_any_length(
    exported: Any, exporter: str, name: str
) -> None:
    pytest.importorskip("onnx.reference")
    if exporter == "dynamo":
        pytest.importorskip("onnxscript")
    assert exported[exporter][name] < 1e-5
