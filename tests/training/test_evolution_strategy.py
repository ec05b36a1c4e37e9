"""Learning by trying: it points downhill, and nothing else tells a window where to look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.data.image_source import Batch, one
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.models.birds import BirdConfig, BirdNetwork
from stnviz.models.output import Model, Output
from stnviz.records import Step
from stnviz.training.evolution_strategy import draw_perturbations, perturbation_objective
from stnviz.training.loop import Training

TARGET = torch.tensor([0.3, -0.2])
SHARES = EXPERIMENTS.get("birds").window_losses


def recipe(trial: float = 0.1, **choices: float) -> Recipe:
    return Recipe("birds", steps=10, perturbation=trial, **choices)  # type: ignore[arg-type]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Bowl(nn.Module):
    """The nearer its one window is to the target, the surer it is of answer 0."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(2))

    def loss_at(self, theta: Tensor) -> Tensor:
        return F.softplus((theta - TARGET).square().sum(dim=-1))

    def forward(self, images: Tensor, moves: Tensor) -> Output:
        theta = self.theta.expand(len(images), 2)
        both = torch.cat([theta + moves[:, 0], theta - moves[:, 0]])
        far = (both.detach() - TARGET).square().sum(dim=1)
        grid = torch.zeros(len(both), 1, 1, 2)
        step = Step("translation", images.repeat(2, 1, 1, 1), both, grid, grid)
        return Output(torch.stack([-far, torch.zeros_like(far)], dim=1), (step,))


@pytest.mark.gradcheck
@pytest.mark.parametrize("trial", [0.01, 0.05])
def test_trials_estimate_the_gradient_in_units_of_a_move(trial: float) -> None:
    bowl, count = Bowl(), 20_000
    asked = recipe(trial)
    moves = draw_perturbations(count, (1, 2), asked, seeded())
    images, labels = torch.zeros(count, 1, 1, 1), torch.zeros(count, dtype=torch.long)
    perturbation_objective(bowl, images, labels, asked, moves, SHARES).total.backward()
    estimate = bowl.theta.grad
    theta = torch.zeros(2, requires_grad=True)
    bowl.loss_at(theta).backward()
    assert estimate is not None
    assert theta.grad is not None
    torch.testing.assert_close(estimate / trial, theta.grad, rtol=0.05, atol=0.01)


@pytest.mark.feature
def test_the_loss_that_is_reported_is_the_mean_of_both_looks() -> None:
    bowl, asked = Bowl(), recipe()
    moves = draw_perturbations(6, (1, 2), asked, seeded())
    images, labels = torch.zeros(6, 1, 1, 1), torch.zeros(6, dtype=torch.long)
    loss = perturbation_objective(bowl, images, labels, asked, moves, SHARES)
    both = torch.cat([bowl.loss_at(moves[:, 0]), bowl.loss_at(-moves[:, 0])])
    assert loss.total.item() == pytest.approx(both.mean().item(), rel=1e-6)
    assert loss.logits.shape == (6, 2)


@pytest.mark.cardinality
def test_moves_are_as_far_as_they_were_asked_to_be_and_come_from_their_seed() -> None:
    moves = draw_perturbations(2_000, (2, 3), recipe(0.2), seeded(3))
    assert moves.shape == (2_000, 2, 3)
    assert moves.std().item() == pytest.approx(0.2, rel=0.05)
    assert torch.equal(moves, draw_perturbations(2_000, (2, 3), recipe(0.2), seeded(3)))


def network(name: str = "2st-cnn") -> BirdNetwork:
    torch.manual_seed(0)
    transform = None if name == "cnn" else "translation"
    options = {} if name == "cnn" else {"scale": 0.5}
    return BirdNetwork(
        BirdConfig(
            name, (64, 64), (32, 32), ("a", "b"), transform=transform, transform_options=options
        )
    )  # type: ignore[arg-type]


def rows() -> Model:
    torch.manual_seed(0)
    experiment = EXPERIMENTS.get("sequences")
    return experiment.build(experiment.config("rnn-spn-d4", "translation"))


IMAGES, LABELS = torch.rand(4, 3, 64, 64, generator=seeded()), torch.tensor([0, 1, 0, 1])


@pytest.mark.feature
def test_a_bird_network_looks_twice_and_once_each_way() -> None:
    model = network().eval()
    assert model.perturbable == (2, 2)
    assert network("cnn").perturbable is None
    moves = draw_perturbations(4, (2, 2), recipe(), seeded())
    plain, twice = model(IMAGES), model(IMAGES, moves)
    for lane, (step, both) in enumerate(zip(plain.steps, twice.steps, strict=True)):
        there, back = both.theta.chunk(2)
        torch.testing.assert_close(there, step.theta + moves[:, lane])
        torch.testing.assert_close(back, step.theta - moves[:, lane])
    still = model(IMAGES, torch.zeros_like(moves))
    for half in still.logits.chunk(2):
        torch.testing.assert_close(half, plain.logits, rtol=1e-4, atol=1e-4)


@pytest.mark.gradcheck
def test_only_the_trial_tells_a_window_where_to_look() -> None:
    model = network().train()
    moves = draw_perturbations(4, (2, 2), recipe(), seeded())
    head = [p for name, p in model.named_parameters() if name.startswith("localisation.read")]
    model(IMAGES, moves).logits.square().sum().backward()
    assert all(p.grad is None for p in head)
    perturbation_objective(model, IMAGES, LABELS, recipe(), moves, SHARES).total.backward()
    assert head[-1].grad is not None
    assert head[-1].grad.abs().max() > 0


@pytest.mark.feature
def test_a_sequence_network_looks_twice_and_reads_nothing_to_its_windows() -> None:
    model = rows().eval()
    assert model.perturbable == (3, 2)
    assert EXPERIMENTS.get("sequences").build(
        EXPERIMENTS.get("sequences").config("cnn")
    ).perturbable is None  # fmt: skip
    images, moves = torch.rand(2, 1, 100, 100), draw_perturbations(2, (3, 2), recipe(), seeded())
    plain, twice = model(images), model(images, moves)
    assert twice.logits.shape == (4, 3, 10)
    for tick, (step, both) in enumerate(zip(plain.steps, twice.steps, strict=True)):
        there, back = both.theta.chunk(2)
        torch.testing.assert_close(there, step.theta + moves[:, tick])
        torch.testing.assert_close(back, step.theta - moves[:, tick])
        assert not both.output.requires_grad


@pytest.mark.gradcheck
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_window_of_a_row_learns_from_its_own_digit_alone(place: int) -> None:
    """A window that was not moved has nothing to learn, whatever is said of the other digits."""
    thetas = torch.zeros(4, 3, 2, requires_grad=True)
    moves = torch.zeros(4, 3, 2)
    moves[:, place] = 0.1

    def reads(images: Tensor, moves: Tensor) -> Output:
        looked = torch.cat([thetas + moves, thetas - moves])
        grid = torch.zeros(8, 1, 1, 2)
        steps = tuple(
            Step("translation", images, theta, grid, grid, tick=tick)
            for tick, theta in enumerate(looked.unbind(dim=1))
        )
        return Output(torch.randn(8, 3, 10, generator=seeded(2)), steps)

    labels = torch.zeros(4, 3, dtype=torch.long)
    judge = EXPERIMENTS.get("sequences").window_losses
    perturbation_objective(
        reads, torch.zeros(4, 1, 1, 1), labels, recipe(), moves, judge
    ).total.backward()
    shares = judge(reads(torch.zeros(4, 1, 1, 1), moves), torch.cat([labels, labels]), 0.0)
    there, back = shares.chunk(2)
    assert thetas.grad is not None
    expected = torch.zeros(4, 3, 2)
    # The move is one trial long, and the loss is the mean of four pictures.
    expected[:, place] = (there - back)[:, place, None] / 2 / 4
    torch.testing.assert_close(thetas.grad, expected)


@pytest.mark.exception
@pytest.mark.parametrize("price", ["consistency_weight", "identity_penalty"])
def test_a_trial_goes_with_no_other_price(price: str) -> None:
    (problem,) = recipe(**{price: 0.5}).problems()
    assert "Perturbation" in problem


class Noise:
    """Random pictures."""

    source = "noise"

    def __len__(self) -> int:
        return 8

    def draw(self, count: int, seed: int, step: int) -> Batch:
        generator = seeded(seed + step)
        return torch.rand(count, 3, 64, 64, generator=generator), torch.arange(count) % 2

    def once(self, seed: int = 0) -> Iterator[Batch]:
        yield self.draw(8, seed, 0)

    def picture(self, index: int, seed: int = 0) -> Batch:
        return one(self.draw(8, seed, 0), index)


@pytest.mark.feature
def test_the_loop_trains_on_trial_and_twice_the_same() -> None:
    assert "perturbation" not in EXPERIMENTS.get("birds").unused_hyperparameters
    asked = Recipe(
        "birds",
        steps=2,
        batch_size=4,
        learning_rate=1e-3,
        localisation_lr_ratio=1.0,
        perturbation=0.1,
    )
    results = []
    for _ in range(2):
        model = network()
        before = model.localisation.read[-1].weight.clone()  # type: ignore[union-attr]
        torch.manual_seed(0)
        list(Training(model, asked, Noise()).run())
        results.append(model.localisation.read[-1].weight)  # type: ignore[union-attr]
        assert not torch.equal(before, results[-1])
    assert torch.equal(*results)
