"""ONNX files: what their GridSample nodes read is what the network in torch reads."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz
from tests.analysis.capture.strangers import AFFINE, head

onnx = pytest.importorskip("onnx")


class Classifier(nn.Module):
    """A transformer and a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.look, self.answer = head(64, AFFINE), nn.Linear(64, 5)

    def forward(self, x: Tensor) -> Tensor:
        theta = self.look(x.flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(theta, [x.shape[0], 1, 8, 8], align_corners=True)
        read = F.grid_sample(x, grid, align_corners=True, padding_mode="border")
        return self.answer(read.flatten(1))


@pytest.fixture(scope="module")
def network() -> Classifier:
    return Classifier().eval()


@pytest.fixture(scope="module")
def path(network: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "network.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.rand(3, 1, 8, 8),), path, opset_version=20, dynamo=False)
    return path


@pytest.mark.oracle
def test_a_file_samples_what_the_network_samples(network: Classifier, path: Path) -> None:
    x = torch.rand(3, 1, 8, 8)
    trace, wanted = stnviz.inspect(path, x), stnviz.inspect(network, x)
    (step,), (other,) = trace.steps, wanted.steps
    assert (step.kind, step.transform) == ("warp", "affine")
    assert step.call is not None
    assert (step.call.align_corners, step.call.padding) == (True, "border")
    for name in ("input", "theta", "grid", "output"):
        torch.testing.assert_close(
            torch.tensor(getattr(step, name)), torch.tensor(getattr(other, name)),
            atol=2e-5, rtol=1e-4,
        )  # fmt: skip
    torch.testing.assert_close(
        torch.tensor(trace.probabilities), torch.tensor(wanted.probabilities), atol=1e-5, rtol=1e-4
    )


@pytest.mark.exception
def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.onnx"
    foreign.write_bytes(b"no model at all")
    with pytest.raises(ValueError, match="is no readable ONNX model"):
        stnviz.inspect(foreign, torch.rand(1, 1, 8, 8))


@pytest.mark.exception
def test_other_images_are_refused_with_the_reason(path: Path) -> None:
    with pytest.raises(ValueError, match=r"does not run on images \(3, 2, 8, 8\)"):
        stnviz.inspect(path, torch.rand(3, 2, 8, 8))


@pytest.mark.exception
def test_a_model_without_a_sampler_is_said(tmp_path: Path) -> None:
    path = tmp_path / "plain.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            nn.Flatten(), (torch.rand(1, 1, 8, 8),), path, opset_version=20, dynamo=False
        )
    with pytest.raises(ValueError, match="has no GridSample node"):
        stnviz.inspect(path, torch.rand(1, 1, 8, 8))
