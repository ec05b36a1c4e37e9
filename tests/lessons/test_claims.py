"""What the lessons say of the shipped networks, measured again."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import stnviz
from stnviz.analysis.inside.gradients import gradients
from stnviz.analysis.inside.opened import open_transformer
from stnviz.checkpoints.card import CHECKPOINTS, HISTORY
from stnviz.data.digits import gallery
from stnviz.data.distort import distort, neutral_values
from stnviz.data.distortions import DISTORTIONS
from stnviz.models import Model, Output, create_model
from stnviz.records import History

pytestmark = [pytest.mark.slow, pytest.mark.oracle]

DIGITS = torch.from_numpy(gallery().images).float()[:, None] / 255
LABELS = torch.from_numpy(gallery().labels).long()
THOUSAND = torch.arange(8000, 9000)


def changed(which: Tensor, data: str, parameter: str, amount: float | Tensor) -> Tensor:
    """Digits of the gallery with one value of a distortion set."""
    distortion = DISTORTIONS.get(data)
    values = neutral_values(distortion, len(which))
    values[:, [one.name for one in distortion.parameters].index(parameter)] = amount
    return distort(distortion, DIGITS[which], values, torch.Generator()).images


def percent_wrong(name: str, data: str, parameter: str, amount: float) -> float:
    with torch.inference_mode():
        answers = stnviz.load_model(name)(changed(THOUSAND, data, parameter, amount)).logits
    return 100 * float((answers.argmax(1) != LABELS[THOUSAND]).float().mean())


@pytest.mark.parametrize(
    ("name", "degrees", "claimed"),
    [
        ("mnist-e/cnn", 0, 0.9), ("mnist-e/cnn", 45, 32), ("mnist-e/cnn", 60, 63),
        ("mnist-e/cnn", 90, 82), ("mnist-r/cnn", 60, 1.9), ("mnist-r/st-cnn-affine", 90, 2.0),
        ("mnist-r/st-cnn-affine", 120, 25), ("mnist-r/st-cnn-affine", 135, 45),
    ],
)  # fmt: skip
def test_errors_at_an_angle(name: str, degrees: float, claimed: float) -> None:
    found = percent_wrong(name, "mnist-r", "angle", math.radians(degrees))
    assert found == pytest.approx(claimed, abs=0.5)


@pytest.mark.parametrize(("pixels", "claimed"), [(11, 1), (14, 27)])
def test_errors_at_a_shift(pixels: float, claimed: float) -> None:
    found = percent_wrong("mnist-rts/st-cnn-affine", "mnist-rts", "shift_x", pixels)
    assert found == pytest.approx(claimed, abs=0.5)


@pytest.mark.parametrize(("label", "read", "claimed"), [(6, 9, 245), (9, 6, 252)])
def test_a_six_on_its_head_is_a_nine(label: int, read: int, claimed: int) -> None:
    which = torch.nonzero(label == LABELS)[:300, 0]
    images = changed(which, "mnist-r", "angle", math.pi)
    with torch.inference_mode():
        answers = stnviz.load_model("mnist-r/st-cnn-affine")(images).logits.argmax(1)
    assert abs(int((answers == read).sum()) - claimed) <= 2


def turns(model: Model, images: Tensor) -> Tensor:
    """Degrees clockwise by which the window of an affine transformer turns."""
    with torch.inference_mode():
        a, b, _, c, d, _ = model(images).steps[0].theta.unbind(1)
    return torch.rad2deg(torch.atan2(c - b, a + d))


def test_windows_turn_on_upright_digits_too() -> None:
    model = stnviz.load_model("mnist-r/st-cnn-affine")
    upright = changed(THOUSAND, "mnist-r", "angle", 0.0)
    assert float(turns(model, upright).mean()) == pytest.approx(-18, abs=1)
    landing = changed(torch.tensor([132]), "mnist-r", "angle", math.radians(35))
    assert float(turns(model, landing)) == pytest.approx(36, abs=1)


def test_windows_shrink_and_move_before_they_turn() -> None:
    history = History.load(CHECKPOINTS / "mnist-rts" / "st-cnn-affine" / HISTORY)
    found = {}
    for snapshot in history.snapshots:
        a, b, _, c, d, _ = torch.from_numpy(snapshot.thetas[0].copy()).unbind(1)
        size = float((a * d - b * c).abs().sqrt().mean())
        turn = torch.rad2deg(torch.atan2(c - b, a + d)).std(correction=0)
        found[snapshot.step] = round(size, 2), round(float(turn))
    assert found[0] == (1, 0)
    assert found[2902] == (0.76, 2)
    assert found[20_000] == (0.76, 22)


def test_trained_on_digits_on_their_side_it_leaves_them_there() -> None:
    draws = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    model = create_model("digits", name="st-cnn", input_size=(28, 28), transform="affine", width=32)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, 1200)
    for _ in range(1200):
        which = torch.randint(0, 8000, (128,), generator=draws)
        images = changed(which, "mnist-r", "angle", math.pi * torch.rand(128, generator=draws))
        loss = torch.nn.functional.cross_entropy(model(images).logits, LABELS[which])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    model.eval()
    angles = math.pi * torch.rand(1000, generator=draws)
    images = changed(THOUSAND, "mnist-r", "angle", angles)
    left = torch.rad2deg(angles) - turns(model, images)
    assert 80 < float(left.mean()) < 115


def test_a_window_that_was_moved_away_finds_its_way_back_down_the_loss() -> None:
    name = "mnist-r/st-cnn-affine"
    model = stnviz.load_model(name)
    turned = changed(torch.tensor([132]), "mnist-r", "angle", 0.6109)
    found = open_transformer(model, turned)
    theta = torch.tensor([[1.063, -0.626, 0.6, 0.765, 0.855, 0.7]])

    def loss(output: Output) -> Tensor:
        return F.cross_entropy(output.logits, torch.tensor([2]), reduction="none")

    before = gradients(found, theta, loss)
    assert before.answer.logits.argmax() == 5
    assert before.loss > 5
    for left in range(40, 0, -1):  # as the ball rolls: 5 % of the landscape at most, less and less
        slope = 4 * gradients(found, theta, loss).theta[[2, 5]]
        length = min(0.05, 0.05 * float(slope.norm())) * left / 40
        theta[0, [2, 5]] -= 4 * length * slope / slope.norm()
    after = gradients(found, theta, loss)
    assert after.answer.logits.argmax() == 2
    assert after.loss < 0.01
    assert (theta - found.step.theta)[0, [2, 5]].norm() < 0.5
