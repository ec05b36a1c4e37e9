"""The spatial transformer as a module of its own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from stnviz.models import SpatialTransformer
from stnviz.models.spatial_transformer import ThetaHead, start_at_identity
from stnviz.transforms import TRANSFORMS, Affine, Attention, Translation, create_transform

every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())


def look(numbers: int, channels: int = 1, size: tuple[int, int] = (12, 16)) -> nn.Sequential:
    pixels = channels * size[0] * size[1]
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, 8), nn.ReLU(), nn.Linear(8, numbers))


@pytest.mark.smoke
@every_transform
def test_at_the_start_it_changes_nothing(name: str) -> None:
    transform = create_transform(name, aspect=16 / 12)
    image = torch.rand(3, 2, 12, 16)
    output = SpatialTransformer(look(transform.size, 2), transform)(image)
    torch.testing.assert_close(output, image, rtol=0, atol=2e-6)


@pytest.mark.cardinality
@pytest.mark.parametrize("size", [(6, 8), (12, 16), (20, 5)])
def test_the_output_has_the_size_asked_for(size: tuple[int, int]) -> None:
    transformer = SpatialTransformer(look(6), Affine(), size)
    assert transformer(torch.rand(2, 1, 12, 16)).shape == (2, 1, *size)


@pytest.mark.feature
def test_a_step_keeps_what_happened() -> None:
    transformer = SpatialTransformer(look(3), Attention(), (6, 8), lane=1, tick=2)
    image = torch.rand(2, 1, 12, 16)
    step = transformer.step(image)
    assert (step.transform, step.lane, step.tick) == ("attention", 1, 2)
    assert step.input is image
    assert torch.equal(step.theta, Attention().identity().expand(2, 3))
    assert torch.equal(step.grid, Attention().grid(step.theta, (6, 8)))
    assert torch.equal(step.output, transformer(image))


@pytest.mark.feature
def test_gradients_reach_the_localisation_and_the_image() -> None:
    # Two batches: with zero weights at the start, only theta's layer hears of the first one.
    transformer = SpatialTransformer(look(6), Affine())
    optimiser = torch.optim.SGD(transformer.parameters(), lr=0.1)
    image = torch.rand(4, 1, 12, 16, requires_grad=True)
    for _ in range(2):
        optimiser.zero_grad()
        transformer(image).square().mean().backward()
        optimiser.step()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in transformer.parameters())
    assert image.grad is not None
    assert image.grad.abs().sum() > 0


@pytest.mark.feature
def test_it_drops_into_a_plain_network_and_finds_a_shift() -> None:
    torch.manual_seed(1)
    image = torch.zeros(1, 1, 12, 16)
    image[..., 5:7, 9:12] = 1
    image = nn.functional.avg_pool2d(image, 5, 1, 2)
    shifted = image.roll(-2, dims=3)
    network = nn.Sequential(
        SpatialTransformer(look(2), Translation(), padding="border"), nn.Identity()
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss: Tensor = (network(image) - shifted).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.02 * losses[0]


@pytest.mark.feature
def test_kernel_and_padding_are_handed_on() -> None:
    white = torch.ones(1, 1, 12, 16)
    seen = {}
    for padding in ("zeros", "border"):
        transformer = SpatialTransformer(look(2), Translation(), kernel="nearest", padding=padding)
        with torch.no_grad():
            last = transformer.localisation[-1]  # type: ignore[index]
            last.bias.copy_(torch.tensor([1.0, 0.0]))
        seen[padding] = float(transformer(white).detach().mean())
    assert seen == {"zeros": 0.5, "border": 1.0}


@pytest.mark.feature
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_theta_is_not_rounded_under_autocast(half: torch.dtype) -> None:
    head, features = ThetaHead(8, 6), torch.rand(3, 8).to(half)
    with torch.autocast("cpu", half):
        theta = head(features)
    assert torch.equal(theta, head(features.float()))


@pytest.mark.exception
def test_a_localisation_without_a_linear_layer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"end it with nn\.Linear\(features, 6\)"):
        start_at_identity(nn.Sequential(nn.Flatten(), nn.ReLU()), Affine())


@pytest.mark.exception
def test_a_theta_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="ends in 5 numbers, but Affine needs 6"):
        SpatialTransformer(look(5), Affine())


@pytest.mark.exception
def test_a_last_layer_without_a_bias_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a bias"):
        start_at_identity(nn.Sequential(nn.Linear(4, 6, bias=False)), Affine())
