"""The loop, its rate, its batches and the error it is judged by."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from stnviz.data.batches import TEST_BATCH, Batches
from stnviz.data.digits import Digits
from stnviz.data.distortions import DISTORTIONS
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitNetwork
from stnviz.training.devices import choose_device, choose_precision
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import Training, create_optimiser
from tests.running import pictures_of

CPU = torch.device("cpu")


@pytest.mark.smoke
def test_two_steps_give_two_records(training: Training) -> None:
    records = training.run(every=1)
    for step in (1, 2):
        record = next(records)
        assert (record.step, record.steps) == (step, 6)
        assert math.isfinite(record.loss)
        assert 0 <= record.error <= 1
        assert record.seconds > 0


@pytest.mark.cardinality
def test_a_record_comes_every_so_often_and_at_the_end(training: Training) -> None:
    assert [record.step for record in training.run(every=4)] == [4, 6]
    assert list(training.run(every=4)) == []


@pytest.mark.feature
def test_stop_ends_the_run_after_the_step_in_hand(training: Training) -> None:
    records = training.run(every=1)
    next(records)
    training.stop()
    assert list(records) == []
    assert training.done == 1


@pytest.mark.feature
def test_the_loss_falls(tiny: DigitNetwork, digits: Digits) -> None:
    recipe = Recipe("mnist-r", steps=60, batch_size=64, learning_rate=1e-2, precision="float32")
    losses = [record.loss for record in Training(tiny, recipe, pictures_of(digits)).run(every=20)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.feature
def test_the_rate_climbs_for_a_tenth_and_falls_to_nothing() -> None:
    recipe = Recipe("mnist-r", steps=100, learning_rate=0.5)
    rates = [recipe.learning_rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[9] == rates[10] == 0.5
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[55] == pytest.approx(0.25)
    assert 0 < rates[99] < 0.001


@pytest.mark.feature
@pytest.mark.parametrize("steps", [1, 2, 9])
def test_short_runs_have_a_rate_too(steps: int) -> None:
    recipe = Recipe("mnist-r", steps=steps, learning_rate=0.5)
    assert all(0 < recipe.learning_rate_at(step) <= 0.5 for step in range(steps))
    assert recipe.learning_rate_at(steps) == pytest.approx(
        0
    )  # said with the record of the last step


@pytest.mark.feature
def test_the_localisation_learns_at_its_own_rate(tiny: DigitNetwork) -> None:
    recipe = Recipe("mnist-r", steps=6, localisation_lr_ratio=0.25)
    reading, looking = create_optimiser(tiny, recipe).param_groups
    assert (reading["share"], looking["share"]) == (1.0, 0.25)
    assert tiny.transformer is not None
    theirs = {id(parameter) for parameter in tiny.transformer.localisation.parameters()}
    assert {id(parameter) for parameter in looking["params"]} == theirs
    count = len(reading["params"]) + len(looking["params"])
    assert count == len(list(tiny.parameters()))


@pytest.mark.feature
def test_the_rates_of_a_step_reach_the_optimiser(training: Training) -> None:
    training.step(0.125)
    shares = [group["lr"] for group in training.optimiser.param_groups]
    assert shares == [0.125, 0.125 * training.recipe.localisation_lr_ratio]


@pytest.mark.feature
def test_a_batch_is_a_function_of_seed_and_step(digits: Digits) -> None:
    batches = Batches(digits, DISTORTIONS.get("mnist-rts"), CPU)
    images, labels = batches.draw(16, seed=1, step=5)
    batches.draw(16, seed=1, step=6)
    again, same = batches.draw(16, seed=1, step=5)
    assert torch.equal(images, again)
    assert torch.equal(labels, same)
    for seed, step in ((1, 6), (2, 5)):
        assert not torch.equal(batches.draw(16, seed, step)[0], images)


@pytest.mark.cardinality
def test_a_test_set_holds_every_digit_once_in_order(digits: Digits) -> None:
    thrice = Digits(digits.images.repeat(3, 0), digits.labels.repeat(3, 0), "600 digits")
    parts = list(Batches(thrice, DISTORTIONS.get("mnist-r"), CPU).once())
    assert [len(labels) for _, labels in parts] == [TEST_BATCH, 600 - TEST_BATCH]
    assert torch.cat([labels for _, labels in parts]).tolist() == thrice.labels.tolist()


@pytest.mark.feature
def test_an_evaluation_repeats_itself(tiny: DigitNetwork, digits: Digits) -> None:
    tiny.train()
    first, again = (evaluate(tiny, "mnist-r", pictures_of(digits)) for _ in range(2))
    assert first == again
    assert (first.count, first.data, first.source) == (200, "mnist-r", "200 digits")
    assert 0 <= first.error <= 1
    assert tiny.training  # it comes back in the mode it was in


@pytest.mark.feature
def test_the_error_is_the_share_of_wrong_answers(tiny: DigitNetwork, digits: Digits) -> None:
    with torch.no_grad():
        (*_, last) = tiny.classifier.children()
        assert isinstance(last, nn.Linear)
        last.weight.zero_()
        last.bias.copy_(torch.eye(10)[3])
    share = float((digits.labels != 3).mean())
    assert evaluate(tiny, "mnist-r", pictures_of(digits)).error == pytest.approx(share)


@pytest.mark.exception
def test_a_device_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"no tpu device here: choose auto or .*cpu"):
        choose_device("tpu")


@pytest.mark.feature
def test_precision_is_what_was_asked_for() -> None:
    assert choose_precision("float32", CPU) == torch.float32
    assert choose_precision("bfloat16", CPU) == torch.bfloat16
    assert choose_precision("auto", CPU) in (torch.float32, torch.bfloat16)
