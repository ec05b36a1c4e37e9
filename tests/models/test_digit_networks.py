"""The four digit networks: their sizes, their answers and their start."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch

from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.digits import DigitExperiment
from stnviz.models import MODELS, create_model
from stnviz.models import budget as budgets
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.registry import UnknownName
from stnviz.transforms import TRANSFORMS

EXPERIMENTS_WITH_DIGITS = [name for name, each in EXPERIMENTS if each.family == "digits"]
every_experiment = pytest.mark.parametrize("data", EXPERIMENTS_WITH_DIGITS)

NETWORKS: list[tuple[str, str | None]] = [
    (name, transform)
    for name in DigitConfig.names
    for transform in (TRANSFORMS.names() if name.startswith("st-") else (None,))
]
every_network = pytest.mark.parametrize(("name", "transform"), NETWORKS)


def experiment(data: str) -> DigitExperiment:
    found = EXPERIMENTS.get(data)
    assert isinstance(found, DigitExperiment)
    return found


def count_parameters(config: DigitConfig) -> int:
    return budgets.count_parameters(lambda: DigitNetwork(config))


@cache
def config_of(data: str, name: str, transform: str | None) -> DigitConfig:
    return experiment(data).config(name, transform)


@pytest.mark.cardinality
@every_experiment
def test_networks_of_one_experiment_have_equally_many_parameters(data: str) -> None:
    budget = experiment(data).budget
    counts = {pair: count_parameters(config_of(data, *pair)) for pair in NETWORKS}
    assert max(counts.values()) <= 400_000
    for pair, count in counts.items():
        assert count == pytest.approx(budget, rel=0.02), pair


@pytest.mark.cardinality
@every_experiment
@every_network
def test_pictures_in_logits_and_steps_out(data: str, name: str, transform: str | None) -> None:
    config = config_of(data, name, transform)
    network = DigitNetwork(config)
    output = network(torch.rand(2, 1, *config.input_size))
    assert output.logits.shape == (2, config.classes)
    assert output.logits.dtype == torch.float32
    assert [step.transform for step in output.steps] == ([transform] if transform else [])
    for step in output.steps:
        size = config.sampled_size or config.input_size
        assert step.grid.shape == (2, *size, 2)
        assert step.output.shape == (2, 1, *size)


@pytest.mark.cardinality
def test_counting_agrees_with_building() -> None:
    config = config_of("mnist-tc", "st-fcn", "thin-plate-spline")
    built = sum(parameter.numel() for parameter in DigitNetwork(config).parameters())
    assert count_parameters(config) == built


@pytest.mark.feature
@every_network
def test_at_the_start_the_classifier_sees_the_picture_itself(
    name: str, transform: str | None
) -> None:
    images = torch.rand(3, 1, 28, 28)
    network = DigitNetwork(config_of("mnist-r", name, transform))
    logits = network(images).logits
    torch.testing.assert_close(logits, network.classifier(images), rtol=0, atol=1e-5)


@pytest.mark.feature
@every_network
def test_gradients_reach_every_parameter_after_one_step(name: str, transform: str | None) -> None:
    # In the first step only theta's own layer moves: its weights are zero and let nothing past.
    network = DigitNetwork(config_of("mnist-r", name, transform))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(2):
        optimiser.zero_grad()
        labels = torch.randint(10, (16,))
        logits = network(torch.rand(16, 1, 28, 28)).logits
        torch.nn.functional.cross_entropy(logits, labels).backward()
        optimiser.step()
    for label, parameter in network.named_parameters():
        assert parameter.grad is not None, label
        assert parameter.grad.isfinite().all(), label
        assert parameter.grad.abs().sum() > 0, label


@pytest.mark.feature
@pytest.mark.parametrize("transform", TRANSFORMS.names())
def test_theta_and_grid_stay_float32_under_autocast(transform: str) -> None:
    network = DigitNetwork(config_of("mnist-r", "st-cnn", transform))
    with torch.autocast("cpu", torch.bfloat16):
        output = network(torch.rand(2, 1, 28, 28))
    (step,) = output.steps
    assert {step.theta.dtype, step.grid.dtype, output.logits.dtype} == {torch.float32}
    network.eval()
    assert network.transformer is not None
    relaid = network.transformer.transform.grid(step.theta, (28, 28))
    assert torch.equal(step.grid, relaid)


@pytest.mark.feature
def test_a_network_is_rebuilt_from_plain_values() -> None:
    first = DigitNetwork(config_of("mnist-rts", "st-cnn", "affine"))
    plain: dict[str, Any] = first.plain_config()
    plain["input_size"] = list(plain["input_size"])  # as JSON gives it back
    plain["sampled_size"] = list(plain["sampled_size"])
    again = create_model("digits", **plain)
    assert again.config == first.config
    again.load_state_dict(first.state_dict())
    images = torch.rand(2, 1, 42, 42)
    assert torch.equal(first(images).logits, again(images).logits)


@pytest.mark.feature
def test_options_reach_the_transform() -> None:
    config = DigitConfig(
        "st-fcn", (28, 28), 8, transform="thin-plate-spline", transform_options={"side": 3}
    )
    (step,) = DigitNetwork(config)(torch.rand(2, 1, 28, 28)).steps
    assert step.theta.shape == (2, 18)


@pytest.mark.feature
@pytest.mark.parametrize("budget", [1_000, 30_000, 91_000])
def test_no_other_width_comes_nearer_to_the_budget(budget: int) -> None:
    def build(width: int) -> DigitConfig:
        return DigitConfig("fcn", (28, 28), width)

    best = budgets.fit_width(build, DigitNetwork, budget)
    distance = abs(count_parameters(best) - budget)
    for step in (-1, 1):
        if best.width + step > 0:
            other = replace(best, width=best.width + step)
            assert abs(count_parameters(other) - budget) >= distance


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("name", "transform", "sentence"),
    [
        ("rnn", None, "Unknown digit network 'rnn': choose one of fcn, cnn"),
        ("st-cnn", None, "st-cnn needs a transform"),
        ("cnn", "affine", "cnn has no transformer"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(
    name: Any, transform: str | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        DigitConfig(name, (28, 28), 8, transform=transform)


@pytest.mark.exception
def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"Unknown model family 'fish': choose one of .*digits"):
        create_model("fish")
    with pytest.raises(UnknownName, match="Unknown transform 'afine'"):
        DigitNetwork(DigitConfig("st-fcn", (28, 28), 8, transform="afine"))
    assert "digits" in MODELS


@pytest.mark.feature
@pytest.mark.parametrize("transform", [None, "affine"])
def test_pooling_halves_what_the_classifier_sees(transform: str | None) -> None:
    name = "fcn" if transform is None else "st-fcn"
    network = create_model(
        "digits", name=name, input_size=(20, 20), width=8, pool=2, transform=transform
    ).eval()
    first = next(m for m in network.classifier.modules() if isinstance(m, torch.nn.Linear))
    assert first.in_features == 100
    # Patterns of single pixels that average to the same grey are one to it.
    board = (torch.arange(20)[:, None] + torch.arange(20)) % 2
    even, odd = board[None, None].float(), 1 - board[None, None].float()
    assert torch.allclose(network(even).logits, network(odd).logits, atol=1e-6)
