"""Networks that look again: one predictor for all steps, and always at the picture itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from stnviz.analysis.glimpse_overlap import distances, successive_overlap
from stnviz.analysis.windows import CORNERS, window_corners
from stnviz.coordinates import base_grid, sample
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.sequences import WINDOW, Sequences
from stnviz.models import Model
from stnviz.models.config import has_transformer
from stnviz.models.iterative import STEPS, IterativeNetwork
from stnviz.models.sequences import SequenceNetwork

every_network = pytest.mark.parametrize(
    ("data", "name"),
    [
        (data, name)
        for data in ("sequences", "mnist-perturbed")
        for name in EXPERIMENTS.get(data).models
    ],
)
looking = pytest.mark.parametrize(
    ("data", "name"),
    [("sequences", "ffn-spn-d3"), ("sequences", "rnn-spn-d2"), ("mnist-perturbed", "ic-stn-3")],
)


def network(data: str, name: str, *, stirred: bool = False) -> Model:
    """A network of an experiment; stirred, its windows move."""
    torch.manual_seed(4)
    experiment = EXPERIMENTS.get(data)
    transform = experiment.transforms[0] if has_transformer(name) else None
    model = experiment.build(experiment.config(name, transform))
    if stirred:
        for part, parameter in model.named_parameters():
            if part.startswith("localisation") and part.endswith("weight"):
                torch.nn.init.normal_(parameter, std=0.05)
    return model


def pictures(data: str, count: int = 2) -> Tensor:
    return torch.rand(count, 1, *EXPERIMENTS.get(data).input_size)


@pytest.mark.cardinality
@every_network
def test_a_network_has_the_steps_and_answers_that_its_name_says(data: str, name: str) -> None:
    model = network(data, name).eval()
    output = model(pictures(data))
    if data == "sequences":
        assert output.logits.shape == (2, 3, 10)
        assert len(output.steps) == (3 if has_transformer(name) else 0)
    else:
        assert isinstance(model, IterativeNetwork)
        assert output.logits.shape == (2, 10)
        assert len(output.steps) == STEPS[model.config.name] == len(output.step_logits)
    assert [step.tick for step in output.steps] == list(range(len(output.steps)))


@pytest.mark.cardinality
@pytest.mark.parametrize(("data", "budget"), [("sequences", 400_000), ("mnist-perturbed", 40_000)])
def test_all_networks_of_an_experiment_are_of_one_size(data: str, budget: int) -> None:
    for name in EXPERIMENTS.get(data).models:
        count = sum(parameter.numel() for parameter in network(data, name).parameters())
        assert abs(count - budget) < 0.02 * budget, name


@pytest.mark.feature
@every_network
def test_every_look_begins_in_the_middle(data: str, name: str) -> None:
    scale = WINDOW if data == "sequences" else 1.0
    for step in network(data, name).eval()(pictures(data)).steps:
        size = step.grid.shape[1], step.grid.shape[2]
        torch.testing.assert_close(step.grid, scale * base_grid(size).expand(2, -1, -1, -1))


@pytest.mark.feature
@looking
def test_every_step_reads_the_picture_itself_where_its_theta_says(data: str, name: str) -> None:
    images = pictures(data)
    for step in network(data, name, stirred=True).eval()(images).steps:
        assert step.input is images
        torch.testing.assert_close(step.output, sample(images, step.grid))


@pytest.mark.feature
def test_the_iterations_share_one_predictor_and_compose_what_it_says() -> None:
    model = network("mnist-perturbed", "ic-stn-3", stirred=True).eval()
    assert isinstance(model, IterativeNetwork)
    assert model.localisation is not None
    images = pictures("mnist-perturbed")
    seen, theta = images, model.transform.identity().expand(2, -1)
    for step in model(images).steps:
        theta = model.transform.compose(theta, model.localisation(seen))
        torch.testing.assert_close(step.theta, theta)
        seen = step.output


@pytest.mark.feature
def test_what_is_answered_after_each_look_is_what_the_classifier_makes_of_it() -> None:
    model = network("mnist-perturbed", "ic-stn-4", stirred=True).eval()
    assert isinstance(model, IterativeNetwork)
    output = model(pictures("mnist-perturbed"))
    for step, said in zip(output.steps, output.step_logits, strict=True):
        torch.testing.assert_close(said, model.classifier(step.output))
    assert torch.equal(output.step_logits[-1], output.logits)
    assert model.train()(pictures("mnist-perturbed")).step_logits == ()


@pytest.mark.feature
def test_the_recurrent_network_is_given_the_same_at_every_step_and_only_remembers() -> None:
    model = network("sequences", "rnn-spn-d3", stirred=True).eval()
    assert isinstance(model, SequenceNetwork)
    assert model.localisation is not None
    images = pictures("sequences")
    looked = []
    handle = model.localisation.look.register_forward_hook(lambda *_: looked.append(1))
    thetas = [step.theta for step in model(images).steps]
    handle.remove()
    assert len(looked) == 1
    assert not torch.allclose(thetas[0], thetas[1])
    assert not torch.allclose(thetas[1], thetas[2])


@pytest.mark.gradcheck
@looking
def test_gradients_of_every_step_reach_the_predictor(data: str, name: str) -> None:
    model = network(data, name, stirred=True).train()
    images = pictures(data)
    for tick in range(len(model(images).steps)):
        model.zero_grad()
        output = model(images)
        answer = output.logits[:, tick] if data == "sequences" else output.logits
        (answer * torch.randn_like(answer)).sum().backward()
        for part, parameter in model.named_parameters():
            # At the first step there is nothing that could be remembered.
            if part.startswith("localisation") and (tick or "weight_hh" not in part):
                assert parameter.grad is not None
                assert float(parameter.grad.abs().sum()) > 0, part


@pytest.mark.exception
@pytest.mark.parametrize("data", ["sequences", "mnist-perturbed"])
def test_a_transform_without_a_transformer_is_refused(data: str) -> None:
    experiment = EXPERIMENTS.get(data)
    with pytest.raises(ValueError, match="cnn has no transformer"):
        experiment.config("cnn", "affine")


@pytest.mark.feature
def test_each_look_is_a_window_in_the_picture_itself() -> None:
    model = network("mnist-perturbed", "ic-stn-2", stirred=True).eval()
    assert isinstance(model, IterativeNetwork)
    output = model(pictures("mnist-perturbed"))
    corners = window_corners(model, output)
    for tick, step in enumerate(output.steps):
        here = model.transform.points(step.theta, torch.tensor(CORNERS).expand(2, -1, -1))
        torch.testing.assert_close(corners[:, tick], here)


@pytest.mark.feature
def test_overlap_is_whole_for_the_same_place_and_none_for_another() -> None:
    square = np.array(CORNERS) / 4
    half, beside = (square + np.array([shift, 0.0]) for shift in (0.25, 0.5))
    windows = np.stack([[square, square, beside], [square, half, beside]])
    np.testing.assert_allclose(successive_overlap(windows), [(1 + 1 / 3) / 2, (0 + 1 / 3) / 2])


@pytest.mark.feature
def test_a_glimpse_is_as_far_away_as_its_middle_is() -> None:
    square = np.array(CORNERS) / 4
    windows = np.stack([[square, square + 0.5], [square, square]])
    places = np.array([[[0.3, 0.4], [0.5, 0.5]], [[0.0, 0.0], [0.0, -1.0]]])
    np.testing.assert_allclose(distances(windows, places), [0.25, 0.5])


@pytest.mark.feature
def test_a_test_knows_where_its_digits_lie() -> None:
    pictures, _ = EXPERIMENTS.get("sequences").open("shown", None, torch.device("cpu"))
    assert isinstance(pictures, Sequences)
    found = pictures.middles()
    assert found.shape == (len(pictures), 3, 2)
    for index in (0, 7, len(pictures) - 1):
        torch.testing.assert_close(found[index], pictures.arrange(index).handles)
