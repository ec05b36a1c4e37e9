"""The convolution of one grey channel: nn.Conv2d's numbers and gradients, found otherwise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from stnviz.models.thin_convolution import ThinConv2d, to_picture

SHAPES = [(2, 3, 1, 4, 4), (1, 1, 3, 3, 3), (3, 5, 9, 28, 28), (2, 4, 5, 7, 12), (2, 3, 2, 9, 5)]
every_shape = pytest.mark.parametrize(("batch", "filters", "side", "height", "width"), SHAPES)


def both(filters: int, side: int) -> tuple[ThinConv2d, nn.Conv2d]:
    torch.manual_seed(0)
    thin, usual = ThinConv2d(filters, side), nn.Conv2d(1, filters, side)
    usual.load_state_dict(thin.state_dict())
    return thin, usual


def gradients(layer: nn.Conv2d, images: Tensor) -> tuple[Tensor, ...]:
    images = images.clone().requires_grad_()
    answer = layer(images)
    weights = torch.linspace(-1, 1, answer.numel()).reshape(answer.shape)
    assert layer.bias is not None
    return torch.autograd.grad((answer * weights).sum(), (images, layer.weight, layer.bias))


@pytest.mark.feature
@every_shape
def test_answers_and_gradients_are_those_of_the_usual_layer(
    batch: int, filters: int, side: int, height: int, width: int
) -> None:
    thin, usual = both(filters, side)
    images = torch.randn(batch, 1, height, width)
    assert torch.allclose(thin(images), usual(images), atol=1e-5)
    for ours, theirs in zip(gradients(thin, images), gradients(usual, images), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.gradcheck
def test_the_gradient_is_the_slope() -> None:
    thin, _ = both(3, 3)
    images = torch.randn(2, 1, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(thin.double(), images)


@pytest.mark.feature
@every_shape
def test_the_gradient_to_the_picture_is_a_transposed_convolution(
    batch: int, filters: int, side: int, height: int, width: int
) -> None:
    gradient = torch.randn(batch, filters, height - side + 1, width - side + 1)
    weight = torch.randn(filters, 1, side, side)
    expected = torch.nn.functional.conv_transpose2d(gradient, weight)
    assert torch.allclose(to_picture(gradient, weight), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.feature
def test_under_autocast_it_computes_in_the_half_type_as_the_usual_layer_does() -> None:
    thin, usual = both(4, 3)
    images = torch.randn(2, 1, 8, 8, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = thin(images), usual(images)
    assert ours.dtype == theirs.dtype == torch.bfloat16
    assert torch.allclose(ours.float(), theirs.float(), atol=0.05)
    (gradient,) = torch.autograd.grad(ours.float().sum(), images)
    assert gradient.dtype == torch.float32
