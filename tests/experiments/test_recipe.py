"""Averaging, dropout and early stopping in the loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from stnviz.data.digits import Digits
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.records import Snapshot, Step
from stnviz.training.distributed import SINGLE_PROCESS
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import RunningMetrics, Training
from stnviz.training.probe import Probe
from tests.running import pictures_of, probe_on, same_weights

CPU = torch.device("cpu")


def weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def network(dropout: float = 0.0) -> DigitNetwork:
    torch.manual_seed(5)
    return DigitNetwork(DigitConfig("st-fcn", (28, 28), 8, transform="affine", dropout=dropout))


@pytest.mark.feature
def test_without_averaging_the_result_is_the_model_itself(training: Training) -> None:
    list(training.run())
    assert training.result is training.model


@pytest.mark.oracle
def test_the_average_is_an_exponential_moving_average_of_the_weights(
    recipe: Recipe, digits: Digits
) -> None:
    training = Training(network(), replace(recipe, ema_decay=0.75), pictures_of(digits))
    ours: dict[str, torch.Tensor] | None = None
    for _ in training.run(every=1):
        now = weights(training.model)
        # The first weights are taken as they are, so that the start is not remembered.
        ours = now if ours is None else {k: 0.75 * ours[k] + 0.25 * now[k] for k in now}
    assert ours is not None
    theirs = weights(training.result)
    assert theirs.keys() == ours.keys()
    for name, value in theirs.items():
        assert torch.allclose(value, ours[name], atol=1e-6)
    assert not same_weights(training.result, training.model)


@pytest.mark.feature
def test_averaging_does_not_change_what_is_learned(recipe: Recipe, digits: Digits) -> None:
    plain = Training(network(), recipe, pictures_of(digits))
    averaged = Training(network(), replace(recipe, ema_decay=0.9), pictures_of(digits))
    for training in (plain, averaged):
        list(training.run())
    assert same_weights(plain.model, averaged.model)


@pytest.mark.feature
def test_the_probe_sees_the_average(recipe: Recipe, digits: Digits) -> None:
    probe = probe_on(digits)
    training = Training(network(), replace(recipe, ema_decay=0.9), pictures_of(digits), probe)
    *_, last = training.run()
    assert last.snapshot is not None
    seen, _ = probe.snapshot(training.result, 6, 0.0, 0.0)
    assert last.snapshot.probabilities.tolist() == seen.probabilities.tolist()
    other, _ = probe.snapshot(training.model, 6, 0.0, 0.0)
    assert last.snapshot.probabilities.tolist() != other.probabilities.tolist()


@pytest.mark.feature
def test_bending_is_for_the_digits_that_train_and_not_for_those_that_judge(
    recipe: Recipe, digits: Digits
) -> None:
    probe = probe_on(digits, recipe.data)
    plain, bending = (
        Training(network(), recipe, pictures_of(digits, bend=sigma), probe) for sigma in (0.0, 1.0)
    )
    (images, labels), (warped, same) = (each.pictures.draw(8, 0, 0) for each in (plain, bending))
    assert torch.equal(labels, same)
    # The same turn of the same digits, a little bent: never the same picture, never another.
    assert (images != warped).flatten(1).any(dim=1).all()
    assert float((images - warped).abs().mean()) < float((images - images.roll(1, 0)).abs().mean())
    first = [next(iter(each.run())).snapshot for each in (plain, bending)]
    assert first[0] is not None
    assert first[1] is not None
    assert first[0].validation == first[1].validation
    assert first[0].probabilities.tolist() == first[1].probabilities.tolist()


@pytest.mark.feature
def test_dropout_depends_on_seed_and_step_alone(recipe: Recipe, digits: Digits) -> None:
    dropped = replace(recipe, dropout=0.5)
    losses = []
    for disturbed in (False, True):
        training = Training(network(dropout=0.5), dropped, pictures_of(digits))
        records = training.run(every=1)
        seen = []
        for record in records:
            seen.append(record.loss)
            if disturbed:
                torch.rand(record.step)
        losses.append(seen)
    assert losses[0] == losses[1]
    plain = Training(network(), recipe, pictures_of(digits))
    assert [record.loss for record in plain.run(every=1)] != losses[0]


@pytest.mark.feature
def test_what_is_left_out_is_another_thing_each_step(recipe: Recipe, digits: Digits) -> None:
    training = Training(network(dropout=0.5), replace(recipe, dropout=0.5), pictures_of(digits))
    images, labels = training.pictures.draw(8, 0, 0)
    training.pictures.draw = lambda *_: (images, labels)  # type: ignore[method-assign]
    training.model.train()
    # At a rate of nothing, and with weight decay scaled by it, only dropout changes the loss.
    losses = [float(training.step(0.0)[0]) for _ in range(4)]
    assert len(set(losses)) == 4


@pytest.fixture
def scripted(
    digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Training, list[dict[str, torch.Tensor]]]]:
    """A training whose validation errors are given, and the weights at each snapshot."""

    def build(
        errors: list[float], recipe: Recipe
    ) -> tuple[Training, list[dict[str, torch.Tensor]]]:
        seen: list[dict[str, torch.Tensor]] = []
        look = Probe.snapshot

        def told(
            self: Probe, model: DigitNetwork, step: int, *measured: Any
        ) -> tuple[Snapshot, tuple[Step[torch.Tensor], ...]]:
            snapshot, steps = look(self, model, step, *measured)
            seen.append(weights(model))
            return replace(snapshot, validation=errors[len(seen) - 1]), steps

        monkeypatch.setattr(Probe, "snapshot", told)
        probe = probe_on(digits)
        return Training(network(), recipe, pictures_of(digits), probe), seen

    return build


@pytest.mark.feature
def test_early_stopping_ends_the_run_and_keeps_the_best(
    scripted: Callable[..., tuple[Training, list[dict[str, torch.Tensor]]]], recipe: Recipe
) -> None:
    errors = [0.9, 0.5, 0.6, 0.4, 0.45, 0.4, 0.7]
    training, seen = scripted(errors, replace(recipe, patience=2))
    records = list(training.run())
    # The best came at step 3; 4 and 5 were no better, and equal is no better.
    assert [record.step for record in records] == [0, 1, 2, 3, 4, 5]
    assert training.finished
    assert training.done == 5
    assert training.best is not None
    error, step, best = training.best
    assert (error, step) == (0.4, 3)
    assert all(torch.equal(best[name], seen[3][name]) for name in best)
    assert any(not torch.equal(best[name], seen[5][name]) for name in best)
    assert list(training.run()) == []


@pytest.mark.feature
@pytest.mark.parametrize(("patience", "steps"), [(0, 6), (9, 6), (1, 1)])
def test_patience_says_how_long_is_waited(
    scripted: Callable[..., tuple[Training, list[dict[str, torch.Tensor]]]],
    recipe: Recipe, patience: int, steps: int,
) -> None:  # fmt: skip
    training, _ = scripted([0.1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4], replace(recipe, patience=patience))
    list(training.run())
    assert training.done == steps
    assert training.finished
    assert (training.best is None) == (patience == 0)


@pytest.mark.feature
def test_the_best_are_weights_of_the_average_where_there_is_one(
    digits: Digits, recipe: Recipe
) -> None:
    probe = probe_on(digits)
    patient = replace(recipe, ema_decay=0.9, patience=50)
    training = Training(network(), patient, pictures_of(digits), probe)
    list(training.run())
    assert training.best is not None
    model = network()
    model.load_state_dict(training.best[2])
    again = evaluate(model, "mnist-r", pictures_of(digits), precision=training.precision)
    assert again.error == training.best[0]


@pytest.mark.feature
def test_a_tally_is_a_mean_over_digits_since_it_was_read() -> None:
    tally = RunningMetrics(CPU)
    tally.add(torch.tensor(2.0), torch.tensor(3), 10)
    tally.add(torch.tensor(1.0), torch.tensor(0), 30)
    assert tally.read(SINGLE_PROCESS) == pytest.approx((1.25, 3 / 40))
    loss, error = tally.read(SINGLE_PROCESS)
    assert math.isnan(loss)
    assert math.isnan(error)
