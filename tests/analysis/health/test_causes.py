"""Causes in the model: each fault is put into a layer, and that layer is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz
from stnviz.models import SpatialTransformer
from stnviz.transforms import create_transform
from tests.analysis.health.patients import Network, examined, pictures


def cause(model: nn.Module, name: str) -> str:
    """The cause of a verdict that the network must have got."""
    (one,) = examined(model).transformers
    (verdict,) = [verdict for verdict in one.verdicts if verdict.name == name]
    return verdict.cause


def fill(tensor: Tensor, value: float) -> None:
    with torch.no_grad():
        tensor.fill_(value)


class Functional(nn.Module):
    """A localisation network of functions, whose last layer is registered first.

    Args:
        act: the function behind its first two layers.
        behind: the function behind its last one.
    """

    def __init__(
        self,
        act: Callable[[Tensor], Tensor] = torch.relu,
        behind: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.out = nn.Linear(16, 6)
        self.first, self.second = nn.Linear(144, 32), nn.Linear(32, 16)
        self.classifier, self.never = nn.Linear(144, 4), nn.Linear(16, 6)
        self.act, self.behind = act, behind
        with torch.no_grad():
            self.out.bias.copy_(torch.eye(2, 3).flatten())
            self.first.weight.mul_(8)
            self.classifier.weight.mul_(20)

    def forward(self, images: Tensor) -> Tensor:
        theta = self.out(self.act(self.second(self.act(self.first(images.flatten(1) - 0.5)))))
        if self.behind is not None:
            theta = self.behind(theta)
        grid = F.affine_grid(theta.unflatten(1, (2, 3)), list(images.shape), align_corners=False)
        return self.classifier(F.grid_sample(images, grid, align_corners=False).flatten(1) - 0.5)


@pytest.mark.feature
def test_healthy_networks_have_no_verdict_and_no_cause() -> None:
    for model in (Network(), Functional(), Functional(torch.tanh), Functional(torch.sigmoid)):
        (one,) = examined(model).transformers
        assert (one.state, one.verdicts) == ("alive", ()), type(model)


@pytest.mark.feature
@pytest.mark.parametrize(("layer", "units"), [(0, 32), (2, 16)])
def test_dead_units_are_counted_in_the_layer_that_died(layer: int, units: int) -> None:
    model = Network(torch.tensor([[0.8, 0.2, 0], [-0.2, 0.8, 0]]))
    fill(model.fc_loc[layer].bias, -1e3)
    found = cause(model, "constant")
    assert found == (
        f"fc_loc.{layer}: {units} of {units} units are zero for every image, behind its ReLU."
    )


@pytest.mark.feature
def test_dead_units_behind_a_function_are_found_as_well() -> None:
    model = Functional()
    fill(model.second.bias, -1e3)
    assert cause(model, "identity").startswith("second: 16 of 16 units are zero")


@pytest.mark.feature
def test_some_dead_units_are_no_cause_and_no_illness() -> None:
    model = Network()
    fill(model.fc_loc[2].bias[:8], -1e3)
    (one,) = examined(model).transformers
    assert one.state == "alive"


@pytest.mark.feature
@pytest.mark.parametrize("function", [torch.tanh, torch.sigmoid])
def test_a_saturated_function_is_named_with_its_layer_and_share(
    function: Callable[[Tensor], Tensor],
) -> None:
    model = Functional(function)
    fill(model.first.bias, 1e5)
    found = cause(model, "identity" if function is torch.relu else "constant")
    assert found.startswith(f"first: 100% of the values of the {function.__name__} behind it")


@pytest.mark.feature
def test_a_saturated_function_behind_theta_is_named() -> None:
    model = Functional(behind=torch.tanh)
    fill(model.out.bias, 40.0)
    found = cause(model, "collapsed")
    assert found.startswith("out: 100% of the values of the tanh behind it are saturated")


@pytest.mark.feature
def test_weights_of_zero_are_told_with_the_bias_that_remains() -> None:
    model = Network()
    fill(model.fc_loc[-1].weight, 0.0)
    with torch.no_grad():
        model.fc_loc[-1].bias.copy_(torch.tensor([0.8, 0.25, 0, -0.25, 0.8, 0.1]))
    assert cause(model, "constant") == (
        "fc_loc.4: its weights are all zero, so that it says its bias, "
        "(0.8, 0.25, 0, -0.25, 0.8, 0.1)."
    )


@pytest.mark.feature
def test_the_layer_that_ran_last_is_blamed_and_not_the_one_registered_last() -> None:
    model = Functional()
    fill(model.out.weight, 0.0)
    assert cause(model, "identity").startswith("out: its weights are all zero")


@pytest.mark.feature
@pytest.mark.parametrize("place", ["fc_loc.2.weight", "fc_loc.4.bias"])
def test_a_parameter_that_is_no_number_is_named(place: str) -> None:
    model = Network()
    fill(model.get_parameter(place).view(-1)[:3], float("nan"))
    assert cause(model, "not-finite").startswith(f"{place}: 3 of its ")


@pytest.mark.feature
def test_a_layer_that_makes_infinity_is_named() -> None:
    model = Network()
    fill(model.fc_loc[2].weight, 3e38)
    assert cause(model, "not-finite").startswith("fc_loc.2: its input is finite")


@pytest.mark.feature
def test_a_bias_that_alone_moves_the_window_is_written_out() -> None:
    model = Network(torch.tensor([[1.0, 0, 3.0], [0, 1.0, 0]]))
    found = cause(model, "out-of-view")
    assert found.startswith("fc_loc.4: it is the bias of this layer that says so, (1")


@pytest.mark.feature
def test_without_a_cause_none_is_guessed() -> None:
    """These windows leave the image because of the images: every layer is in order."""
    model = Network(spread=0.02)
    with torch.no_grad():
        model.fc_loc[-1].weight[2] *= 1e3
    (one,) = examined(model).transformers
    (verdict,) = [verdict for verdict in one.verdicts if verdict.name == "out-of-view"]
    assert verdict.cause == ""


class LearnedCrop(Network):
    """The same crop for every image, learned as a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.crop = nn.Parameter(torch.tensor([[0.5, 0, 0.1], [0, 0.5, 0]]))

    def theta(self, images: Tensor) -> Tensor:
        return self.crop.expand(len(images), -1, -1)


@pytest.mark.feature
def test_a_crop_by_intent_is_a_note_and_a_dead_window_is_constant() -> None:
    (meant,) = examined(LearnedCrop()).transformers
    (verdict,) = meant.verdicts
    assert (meant.state, verdict.name, verdict.severity) == ("alive", "fixed-crop", "note")
    assert verdict.cause == "The grid is made from crop alone; no layer looks at the images."
    dead = Network()
    fill(dead.fc_loc[0].bias, -1e3)
    fill(dead.fc_loc[2].bias, 0.0)
    with torch.no_grad():
        dead.fc_loc[-1].bias.copy_(torch.tensor([0.5, 0, 0.1, 0, 0.5, 0]))
    (one,) = examined(dead).transformers
    assert (one.state, one.verdicts[0].name) == ("ill", "constant")
    assert one.verdicts[0].cause.startswith("fc_loc.0: 32 of 32 units")
    trace = stnviz.inspect(dead, pictures(24, 1, 12, 12))
    (alone,) = stnviz.health(trace).transformers
    assert (alone.state, alone.verdicts[0].name) == ("warning", "fixed-crop")


@pytest.mark.feature
def test_frozen_layers_are_told_where_nothing_moves() -> None:
    model = Network(spread=0.003)
    model.fc_loc.requires_grad_(False)
    assert cause(model, "nearly-identity") == (
        "All layers from fc_loc.0 to fc_loc.4 are frozen (requires_grad=False)."
    )


class Ours(nn.Module):
    """A transformer of this package in somebody's network."""

    def __init__(self, last: nn.Linear) -> None:
        super().__init__()
        localisation = nn.Sequential(
            nn.Flatten(), nn.Linear(144, 16), nn.ReLU(), last,
        )  # fmt: skip
        transform = create_transform("thin-plate-spline", side=2)
        self.stn = SpatialTransformer(localisation, transform)
        self.classifier = nn.Linear(144, 3)

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.stn(images).flatten(1))


@pytest.mark.feature
def test_a_spline_that_never_learned_is_traced_to_its_last_layer() -> None:
    """Theta does not go through affine_grid, and it has another length than the map's matrix."""
    assert cause(Ours(nn.Linear(16, 8)), "identity") == (
        "stn.localisation.3: its weights are all zero, so that it says its bias, "
        "(0, 0, 0, 0, 0, 0, 0, 0)."
    )


@pytest.mark.feature
def test_where_autograd_cannot_look_the_verdict_has_no_cause() -> None:
    """A scripted module takes no hooks, and a block without gradients leaves no graph."""

    class Hidden(Network):
        def theta(self, images: Tensor) -> Tensor:
            with torch.no_grad():
                return super().theta(images)

    for model in (Network(), Hidden()):
        fill(model.fc_loc[0].bias, -1e3)
        fill(model.fc_loc[2].bias, 0.0)
        with torch.no_grad():
            model.fc_loc[-1].bias.copy_(torch.tensor([0.9, 0.2, 0, -0.2, 0.9, 0]))
        if type(model) is Network:
            model.fc_loc = torch.jit.script(model.fc_loc)
        with stnviz.capture(model) as recording, torch.no_grad():
            model(pictures(24, 1, 12, 12))
        (one,) = stnviz.health(recording.trace, model).transformers
        assert [(verdict.name, verdict.cause) for verdict in one.verdicts] == [("constant", "")]
