"""The probe: always the same pictures, seen at the right snapshots."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from stnviz.data.digits import Digits
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import FEWEST, Training
from stnviz.training.probe import SNAPSHOTS, Probe, snapshot_steps
from tests.running import PROBE, pictures_of, probe_on

CPU = torch.device("cpu")


@pytest.fixture
def probe(digits: Digits) -> Probe:
    return probe_on(digits)


@pytest.mark.cardinality
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 63, 64, 65, 1_000, 12_000, 1_000_000])
def test_moments_begin_at_nothing_end_at_the_last_and_are_few(steps: int) -> None:
    snapshots = sorted(snapshot_steps(steps))
    assert snapshots[0] == 0
    assert snapshots[-1] == steps
    assert len(snapshots) <= SNAPSHOTS == 64
    assert set(snapshots) <= set(range(steps + 1))


@pytest.mark.feature
def test_moments_lie_closest_together_at_the_start() -> None:
    snapshots = sorted(snapshot_steps(12_000))
    gaps = [after - before for before, after in pairwise(snapshots)]
    assert len(snapshots) == SNAPSHOTS
    assert gaps[0] < 10
    assert all(later >= sooner - 1 for sooner, later in pairwise(gaps))
    assert gaps[-1] > 100


@pytest.mark.feature
@pytest.mark.parametrize("data", ["mnist-r", "mnist-rts", "mnist-tc"])
def test_the_pictures_are_the_same_every_time(digits: Digits, data: str) -> None:
    first = probe_on(digits, data)
    torch.rand(7)
    again = probe_on(digits, data)
    assert torch.equal(first.images, again.images)
    assert first.labels.tolist() == digits.labels[:PROBE].tolist()
    assert len(first.images) == PROBE


@pytest.mark.feature
def test_the_pictures_of_an_empty_history_are_those_that_are_looked_at(probe: Probe) -> None:
    history = probe.empty()
    assert len(history) == 0
    assert torch.equal(torch.from_numpy(history.images).float() / 255, probe.images)
    assert history.labels.tolist() == probe.labels.tolist()


@pytest.mark.cardinality
@pytest.mark.parametrize(
    ("config", "numbers"),
    [
        (DigitConfig("fcn", (28, 28), 8), ()),
        (DigitConfig("st-fcn", (28, 28), 8, transform="affine"), (6,)),
        (DigitConfig("st-cnn", (28, 28), 4, transform="thin-plate-spline"), (32,)),
    ],
)
def test_a_moment_has_a_theta_for_each_transformer_and_an_answer_for_each_picture(
    probe: Probe, config: DigitConfig, numbers: tuple[int, ...]
) -> None:
    snapshot, steps = probe.snapshot(DigitNetwork(config), 5, 0.5, 0.25)
    assert (snapshot.step, snapshot.loss, snapshot.error) == (5, 0.5, 0.25)
    assert [theta.shape for theta in snapshot.thetas] == [(PROBE, count) for count in numbers]
    assert snapshot.probabilities.shape == (PROBE, 10)
    assert snapshot.probabilities.sum(axis=1) == pytest.approx(1)
    assert len(steps) == len(numbers)


@pytest.mark.feature
@pytest.mark.parametrize("mode", [True, False])
def test_a_model_comes_back_in_the_mode_it_was_in(
    probe: Probe, mode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = DigitNetwork(DigitConfig("fcn", (28, 28), 8, dropout=0.5)).train(mode)
    first, _ = probe.snapshot(model, 0, 0.0, 0.0)
    again, _ = probe.snapshot(model, 0, 0.0, 0.0)
    assert first.probabilities.tolist() == again.probabilities.tolist()
    assert model.training is mode

    def fail(*_arguments: object, **_options: object) -> None:
        raise MemoryError

    monkeypatch.setattr("stnviz.training.probe.evaluate", fail)
    with pytest.raises(MemoryError):
        probe.snapshot(model, 0, 0.0, 0.0)
    assert model.training is mode


@pytest.mark.feature
def test_only_the_validation_error_is_in_the_precision_of_the_training(
    probe: Probe, tiny: DigitNetwork
) -> None:
    half = {}
    tiny.register_forward_pre_hook(
        lambda _model, inputs: half.update({len(inputs[0]): torch.is_autocast_enabled("cpu")})
    )
    probe.snapshot(tiny, 0, 0.0, 0.0, torch.bfloat16)
    validated = [count for count in half if count != PROBE]
    assert half[PROBE] is False
    assert validated
    assert all(half[count] for count in validated)


@pytest.mark.oracle
def test_the_validation_error_is_that_of_an_evaluation(
    probe: Probe, tiny: DigitNetwork, digits: Digits
) -> None:
    snapshot, _ = probe.snapshot(tiny, 0, 0.0, 0.0)
    assert snapshot.validation == evaluate(tiny, "mnist-r", pictures_of(digits)).error


@pytest.mark.feature
def test_a_run_looks_at_its_probe_at_every_moment_and_says_what_is_wrong(
    tiny: DigitNetwork, digits: Digits, probe: Probe
) -> None:
    recipe = Recipe(
        "mnist-r", steps=300, batch_size=8, localisation_lr_ratio=0.0, precision="float32"
    )
    records = list(Training(tiny, recipe, pictures_of(digits), probe).run(every=1_000))
    snapshots = sorted(snapshot_steps(300))
    assert [record.step for record in records if record.snapshot] == snapshots
    assert len(records) == len(snapshots)
    first, *rest = records
    assert math.isnan(first.loss)
    assert all(math.isfinite(record.loss) for record in rest)
    # A localisation network that does not learn stays at the identity, which is no fault at the
    # start.
    early = [record for record in records if record.step < FEWEST]
    late = [record for record in records if record.step >= FEWEST]
    assert [record.verdicts for record in early] == [()] * len(early)
    assert {verdict.name for record in late for verdict in record.verdicts} == {"identity"}


@pytest.mark.feature
def test_without_a_probe_there_are_no_moments(training: Training) -> None:
    records = list(training.run(every=1))
    assert [record.step for record in records] == [1, 2, 3, 4, 5, 6]
    assert {record.snapshot for record in records} == {None}


@pytest.mark.feature
def test_a_moment_tells_of_the_steps_since_the_moment_before(
    tiny: DigitNetwork, digits: Digits, probe: Probe
) -> None:
    recipe = Recipe("mnist-r", steps=80, batch_size=8, precision="float32")
    losses: dict[int, float] = {}
    for record in Training(tiny, recipe, pictures_of(digits), probe).run(every=1):
        losses[record.step] = record.loss
        if record.snapshot and record.step:
            before = max(step for step in snapshot_steps(80) if step < record.step)
            since = [losses[step] for step in range(before + 1, record.step + 1)]
            assert record.snapshot.loss == pytest.approx(sum(since) / len(since), rel=1e-5)
