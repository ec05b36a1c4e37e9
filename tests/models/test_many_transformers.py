"""Networks with several transformers: shapes, the start, and gradients that reach every one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from stnviz.analysis.inspect import inspect
from stnviz.analysis.windows import CORNERS, window_corners
from stnviz.checkpoints.init_from import copy_fitting_weights
from stnviz.models import Model
from stnviz.models.addition import AdditionConfig, AdditionNetwork
from stnviz.models.birds import TILES, BirdConfig, BirdNetwork
from stnviz.models.finder import SPAN, Finder, FinderConfig, Inside
from stnviz.models.imagenet import OFFLINE, Normalise
from stnviz.models.numbers import DENSE, FILTERS, NumberConfig, NumberNetwork
from stnviz.records import Trace

Build = Any


def addition(name: Any, transform: str | None) -> Model:
    return AdditionNetwork(
        AdditionConfig(name, (42, 42), 8, transform=transform, sampled_size=(28, 28))
    )


def numbers(name: Any, transform: str | None, side: int = 32) -> Model:
    return NumberNetwork(NumberConfig(name, (side, side), 4, 16, transform=transform))


def birds(name: Any, transform: str | None, **options: Any) -> Model:
    return BirdNetwork(
        BirdConfig(
            name, (96, 96), (48, 48), tuple("abcde"), transform=transform, transform_options=options
        )
    )


def finder(name: Any, transform: str) -> Model:
    return Finder(FinderConfig(name, (84, 84), (28, 28), transform=transform))


CASES = [
    (addition, "fcn", None, 0, 2), (addition, "cnn", None, 0, 2),
    (addition, "st-fcn", "affine", 1, 2), (addition, "2st-fcn", "projective", 2, 2),
    (addition, "2st-fcn", "thin-plate-spline", 2, 2),
    (numbers, "cnn", None, 0, 3), (numbers, "st-cnn-single", "affine", 1, 3),
    (numbers, "st-cnn-multi", "affine", 4, 3),
    (birds, "cnn", None, 0, 3), (birds, "2st-cnn", "translation", 2, 3),
    (birds, "4st-cnn", "affine", 4, 3),
]  # fmt: skip
every_network = pytest.mark.parametrize(
    ("build", "name", "transform", "transformers", "channels"), CASES,
    ids=[f"{case[0].__name__}-{case[1]}-{case[2]}" for case in CASES],
)  # fmt: skip


@pytest.mark.cardinality
@every_network
def test_pictures_in_logits_and_steps_out(
    build: Build, name: str, transform: str | None, transformers: int, channels: int
) -> None:
    model = build(name, transform).eval()
    output = model(torch.rand(2, channels, *model.config.input_size))
    wanted = (2, 5, 11) if build is numbers else (2, model.config.classes)
    assert output.logits.shape == wanted
    assert output.logits.dtype == torch.float32
    assert [step.transform for step in output.steps] == [transform] * transformers
    places = [(step.tick, step.lane) for step in output.steps]
    assert places == sorted(set(places))
    assert len({lane for _, lane in places}) in (1, transformers) or not transformers


@pytest.mark.feature
@every_network
def test_a_trace_has_every_step_and_probabilities_that_sum_to_one(
    build: Build, name: str, transform: str | None, transformers: int, channels: int, tmp_path: Path
) -> None:
    model = build(name, transform).eval()
    trace = inspect(model, torch.rand(2, channels, *model.config.input_size))
    trace.save(tmp_path / "trace.safetensors")
    again = Trace.load(tmp_path / "trace.safetensors")
    assert len(again.steps) == transformers
    assert again.probabilities.sum(axis=-1) == pytest.approx(1, abs=1e-5)


@pytest.mark.gradcheck
@every_network
def test_gradients_reach_every_number_that_is_learned(
    build: Build, name: str, transform: str | None, transformers: int, channels: int
) -> None:
    model = build(name, transform).train()
    images = torch.rand(4, channels, *model.config.input_size)
    # Zero weights at the start let nothing through to what is below them.
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.Linear) and not module.weight.any():
                module.weight.normal_(0, 0.01)
    model(images).logits.square().sum().backward()
    learned = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    without = [name for name, p in learned if p.grad is None or not p.grad.any()]
    assert without == []


@pytest.mark.law
def test_a_finders_window_begins_in_the_middle_and_never_leaves_the_picture() -> None:
    model = Finder(FinderConfig("st-finder", (84, 84), (28, 28))).eval()
    images = torch.rand(5, 1, 84, 84)
    torch.testing.assert_close(model(images).logits, torch.tensor([[1 / 3, 0.0, 0.0]] * 5))
    torch.testing.assert_close(model(images).steps[0].output, images[:, :, 28:56, 28:56])
    windows = Inside(1 / 3)(20 * torch.randn(500, 3))
    assert (windows[:, 1:].abs() + windows[:, :1] <= 1 + 1e-6).all()
    assert ((windows[:, 0] >= 1 / 3 / SPAN - 1e-6) & (windows[:, 0] <= SPAN / 3 + 1e-6)).all()
    assert windows[:, 1:].abs().max() > 0.55


@pytest.mark.feature
@pytest.mark.parametrize("name", ["st-fcn", "2st-fcn"])
def test_addition_begins_with_the_whole_picture(name: str) -> None:
    model = addition(name, "affine")
    output = model(torch.rand(3, 2, 42, 42))
    for window in window_corners(model, output).flatten(0, 1):
        torch.testing.assert_close(window, torch.tensor(CORNERS))


@pytest.mark.feature
def test_two_transformers_have_localisation_networks_of_their_own() -> None:
    model = addition("2st-fcn", "affine")
    assert isinstance(model, AdditionNetwork)
    first, second = model.transformers
    own = {id(p) for p in first.parameters()}
    assert own.isdisjoint(id(p) for p in second.parameters())


@pytest.mark.feature
@pytest.mark.parametrize(("name", "count"), [("2st-cnn", 2), ("4st-cnn", 4)])
@pytest.mark.parametrize("transform", ["translation", "attention", "affine"])
def test_bird_windows_tile_the_picture_at_the_start(name: str, count: int, transform: str) -> None:
    options = {"scale": 0.5} if transform == "translation" else {}
    model = birds(name, transform, **options).eval()
    windows = window_corners(model, model(torch.rand(1, 3, 96, 96)))[0]
    for window, middle in zip(windows, TILES[count], strict=True):
        assert torch.allclose(window.mean(dim=0), torch.tensor(middle))
        assert torch.allclose(window, torch.tensor(CORNERS) / 2 + torch.tensor(middle))


@pytest.mark.feature
def test_a_bird_window_reads_the_picture_pixel_by_pixel() -> None:
    model = birds("4st-cnn", "translation", scale=0.5).eval()
    images = torch.rand(1, 3, 96, 96)
    crops = [step.output[0] for step in model(images).steps]
    torch.testing.assert_close(crops[0], images[0, :, :48, :48], rtol=0, atol=1e-5)
    torch.testing.assert_close(crops[3], images[0, :, 48:, 48:], rtol=0, atol=1e-5)


@pytest.mark.feature
@pytest.mark.slow
def test_what_imagenet_gave_is_not_learned_and_not_stored() -> None:
    model = birds("2st-cnn", "translation", scale=0.5)
    given, everything = model.external_tensors(), model.state_dict()
    assert given < everything.keys()
    learned = sum(everything[name].numel() for name in everything.keys() - given)
    assert learned < 0.75 * sum(value.numel() for value in everything.values())
    before = {name: everything[name].clone() for name in given}
    model.train()
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model(torch.rand(4, 3, 96, 96)).logits.sum().backward()
    optimiser.step()
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())


@pytest.mark.oracle
def test_at_full_width_the_street_number_network_is_the_papers() -> None:
    config = NumberConfig("st-cnn-multi", (64, 64), FILTERS[0], DENSE, transform="affine")
    assert config.filters == FILTERS == (48, 64, 128, 160, 192, 192, 192, 192)
    with torch.device("meta"):
        model = NumberNetwork(config)
    sizes = [step.shape for step in _pooled(model)]
    assert sizes[-1] == (1, 192, 4, 4)


@pytest.mark.cardinality
@pytest.mark.parametrize("name", ["cnn", "st-cnn-single", "st-cnn-multi"])
def test_networks_for_large_crops_can_begin_with_all_of_those_for_small_ones(name: Any) -> None:
    transform = None if name == "cnn" else "affine"
    small = NumberNetwork(NumberConfig(name, (64, 64), 4, 16, transform=transform))
    large = NumberNetwork(NumberConfig(name, (128, 128), 4, 16, transform=transform))
    assert copy_fitting_weights(large, small) == len(small.state_dict()) == len(large.state_dict())


def _pooled(model: NumberNetwork) -> list[torch.Tensor]:
    seen, found = torch.rand(1, 3, 64, 64, device="meta"), []
    for layer in model.layers:
        seen = layer(seen)
        found.append(seen)
    return found


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("build", "name", "transform", "sentence"),
    [
        (addition, "rnn", None, "Unknown addition network 'rnn': choose one of fcn, cnn"),
        (addition, "2st-fcn", None, "2st-fcn needs a transform"),
        (numbers, "cnn", "affine", "cnn has no transformer"),
        (numbers, "x", None, "Unknown number network 'x'"),
        (birds, "5st-cnn", "affine", "Unknown bird network '5st-cnn'"),
        (birds, "4st-cnn", None, "4st-cnn needs a transform"),
        (finder, "st-finder", "affine", "window is upright: choose attention, not affine"),
        (
            birds,
            "2st-cnn",
            "projective",
            "cannot be laid out with Plane projective: choose translation",
        ),
    ],
)
def test_configs_that_make_no_sense_are_refused(
    build: Build, name: str, transform: str | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        build(name, transform)


@pytest.mark.feature
def test_pictures_are_normalised_with_their_channels_last() -> None:
    pictures = torch.rand(2, 3, 8, 8)
    normal = Normalise(OFFLINE)(pictures)
    assert torch.allclose(normal, 2 * pictures - 1, atol=1e-6)  # mean and spread are a half
    assert normal.is_contiguous(memory_format=torch.channels_last)
