"""Recorded gradients against autograd itself."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stnviz.onnx.backward import recorded_with_gradients
from stnviz.onnx.compare import GraphRunner, differences
from stnviz.onnx.export import record
from stnviz.onnx.graph import Graph

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

PARTS = {
    "convolution": nn.Conv2d(2, 3, 3),
    "steps that leave pixels over": nn.Conv2d(2, 3, 3, stride=2),
    "a padded one": nn.Conv2d(2, 3, (3, 5), padding=(1, 2), stride=(2, 3)),
    "a spread one in groups": nn.Conv2d(2, 4, 3, dilation=2, groups=2),
    "max pooling": nn.MaxPool2d(2),
    "max pooling that leaves pixels over": nn.MaxPool2d(3),
    "average pooling": nn.AvgPool2d(2),
    "average pooling that leaves pixels over": nn.AvgPool2d((2, 4)),
    "a whole network": nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 16, 3)
    ),
}  # fmt: skip


def backwards(part: nn.Module) -> Any:
    """A function that returns the gradient of a weighted sum of what ``part`` returns."""

    def function(images: Tensor) -> dict[str, Tensor]:
        with torch.enable_grad():
            images = images.detach().requires_grad_()
            output = part(images)
            weights = torch.linspace(-1, 1, output.numel()).reshape(output.shape)
            (gradient,) = torch.autograd.grad((output * weights).sum(), images)
        return {"output": output.detach(), "gradient": gradient}

    return function


@pytest.mark.gradcheck
@pytest.mark.parametrize("name", PARTS)
def test_the_gradient_is_autograds(name: str) -> None:
    part = PARTS[name].requires_grad_(requires_grad=False)
    generator = torch.Generator().manual_seed(0)
    example, images = torch.rand(2, 1, 2, 11, 11, generator=generator)
    images[..., 3:7, 3:7] = 0.5  # windows in which all pixels are the largest
    module = recorded_with_gradients(backwards(part), (example,))
    wanted = backwards(part)(images)
    for output, found in module(images).items():
        torch.testing.assert_close(found, wanted[output])
    graph = Graph(module, {"images": example}, {})
    runner = GraphRunner(record(graph).SerializeToString())
    assert max(differences(graph, runner, {"images": images}).values()) < 1e-5


@pytest.mark.exception
@pytest.mark.parametrize(
    ("part", "said"),
    [
        (nn.MaxPool2d(3, stride=2), "side by side"),
        (nn.MaxPool2d(2, dilation=2), "side by side"),
        (nn.AvgPool2d(2, ceil_mode=True), "side by side"),
        (nn.ConvTranspose2d(2, 2, 3), "gradient of images of a convolution"),
        (nn.Conv2d(2, 2, 3), "gradient of images of a convolution"),
    ],
)
def test_what_is_not_recorded_is_said(part: nn.Module, said: str) -> None:
    frozen = not isinstance(part, nn.Conv2d)
    part.requires_grad_(requires_grad=not frozen)

    def function(images: Tensor) -> dict[str, Tensor]:
        images = images.detach().requires_grad_()
        wanted = [images, *(part.parameters() if not frozen else ())]
        return {"gradient": torch.autograd.grad(part(images).sum(), wanted)[0]}

    with pytest.raises(NotImplementedError, match=said):
        recorded_with_gradients(function, (torch.rand(1, 2, 11, 11),))
