"""Train, Time machine and Results, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stnviz.checkpoints.card import HISTORY
from stnviz.checkpoints.init_from import find_init
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import HYPERPARAMETERS, Recipe
from stnviz.live.links import read_link
from stnviz.papers.defaults import default_recipe
from stnviz.records import History, Verdict
from stnviz.runs import jobs, queue
from stnviz.runs.plan import Plan
from stnviz.runs.progress import Phase, Progress
from stnviz.ui.replay.view import encode_history, replay_data
from stnviz.ui.stage import model as play
from stnviz.ui.train.model import play_query
from tests.opening import opened
from tests.variants import slow_but

FEW = ("mnist-r", "mnist-addition", "cub-448", "colocalise-t", "glasses", "mnist-perturbed",
       "numbers-64", "sequences")  # fmt: skip
OTHERS = [name for name in EXPERIMENTS.names() if name not in FEW]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for jobs, and no process that would work on them."""
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    monkeypatch.setattr(queue, "start_runner", lambda root: None)
    return tmp_path


@pytest.mark.cardinality
@pytest.mark.usefixtures("runs")
def test_every_hyperparameter_is_a_control_with_its_line() -> None:
    page = opened("train")
    said = {caption.value for caption in page.caption}
    idle = EXPERIMENTS.get("mnist-r").unused_hyperparameters
    for parameter in (one for one in HYPERPARAMETERS if one.name not in idle):
        assert page.number_input(key=parameter.name).value == parameter.default
        assert parameter.help in said


@pytest.mark.feature
def test_start_queues_what_was_chosen(runs: Path) -> None:
    page = opened("train")
    next(group for group in page.button_group if group.key == "network").set_value("fcn").run()
    page.number_input(key="dropout").set_value(0.25).run()
    next(button for button in page.button if button.label == "Start").click().run()
    assert not page.exception
    (job,) = jobs.find_jobs(runs)
    assert job.plan == Plan("fcn", None, Recipe("mnist-r", 300, dropout=0.25))
    assert job.progress.phase == "queued"
    assert page.session_state["job"] == job.name


@pytest.mark.law
@pytest.mark.parametrize("name", slow_but(len(FEW), [*FEW, *OTHERS]))
def test_every_experiment_can_be_started_as_it_is_offered(runs: Path, name: str) -> None:
    page = opened("train")
    page.selectbox(key="pictures").set_value(name).run()
    next(button for button in page.button if button.label == "Start").click().run()
    assert not page.exception
    assert not page.warning
    (job,) = jobs.find_jobs(runs)
    plan, experiment = job.plan, EXPERIMENTS.get(name)
    usual = default_recipe(name, 300)
    if usual.init_from:
        assert find_init(plan.recipe.init_from, "") == find_init(usual.init_from, plan.network)
        usual = replace(usual, init_from=plan.recipe.init_from)
    assert plan.recipe == replace(usual, seed=0)
    assert (plan.model, plan.transform) == (experiment.models[-1], experiment.transforms[0])


@pytest.mark.feature
def test_an_ill_transformer_is_told_with_what_it_means_and_what_to_do(runs: Path) -> None:
    Plan("st-cnn", "affine", Recipe("mnist-r", 300)).save(runs / "mine")
    verdict = Verdict("mirrored", 0.25, "It is mirrored.", "Backward.", cure="Start again.")
    Progress("stopped", 120, 300, verdicts=(verdict,)).write(runs / "mine")
    page = opened("train")
    told = [warning.value for warning in page.warning]
    assert told == ["25 % of the probe: It is mirrored. Start again."]


@pytest.mark.feature
def test_a_stopped_run_can_be_resumed(runs: Path) -> None:
    folder = runs / "mine"
    Plan("fcn", None, Recipe("mnist-r", 300)).save(folder)
    Progress("stopped", 120, 300).write(folder)
    page = opened("train")
    next(button for button in page.button if button.label == "Resume").click().run()
    (job,) = jobs.find_jobs(runs)
    assert (job.progress.phase, job.progress.step) == ("queued", 120)


def queue_two_of_one_name(runs: Path) -> None:
    for at, data in enumerate(("mnist-e", "mnist-r")):
        folder = runs / data / "fcn"
        Plan("fcn", None, Recipe(data, 300)).save(folder)
        Progress("queued", 10 * at, 300).write(folder)


@pytest.mark.feature
def test_the_run_that_is_looked_at_stays_while_others_go_on(runs: Path) -> None:
    queue_two_of_one_name(runs)
    page = opened("train", job="mnist-e/fcn")
    choice = page.selectbox(key="job")
    assert sorted(choice.options) == ["mnist-e/fcn", "mnist-r/fcn"]
    for step in (20, 30):
        Progress("queued", step, 300).write(runs / "mnist-r" / "fcn")
        page.run()
        assert page.selectbox(key="job").value == "mnist-e/fcn"
        assert page.query_params["job"] in ("mnist-e/fcn", ["mnist-e/fcn"])


@pytest.mark.feature
def test_runs_in_folders_of_one_name_are_replayed_apart() -> None:
    card = play.library().cards()["mnist-r/cnn"]
    history = History.load(play.library().folder("mnist-r/cnn") / HISTORY)
    answer = encode_history(history, dict(card.model), 9, True, card.data)
    sent = [replay_data(run, answer) for run in ("a/fcn", "b/fcn", "a/fcn")]
    assert sent[0] == sent[2]
    assert sent[0]["revision"] != sent[1]["revision"]
    shorter = History(history.images, history.labels, history.snapshots[:-1])
    fewer = encode_history(shorter, dict(card.model), 9, True, card.data)
    assert replay_data("a/fcn", fewer)["revision"] != sent[0]["revision"]


@pytest.mark.exception
def test_a_disk_that_is_full_is_a_sentence(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = runs / "mine"
    Plan("fcn", None, Recipe("mnist-r", 300)).save(folder)
    Progress("queued", 0, 300).write(folder)

    def fail(_path: Path, _text: str) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("stnviz.runs.progress.write_text", fail)
    page = opened("train")
    next(button for button in page.button if button.label == "Stop").click().run()
    assert not page.exception
    assert "No space left on device): make room or free it." in page.error[0].value


@pytest.mark.exception
@pytest.mark.parametrize("phase", ["training", "stopped"])
def test_pictures_that_cannot_be_read_are_not_promised(runs: Path, phase: Phase) -> None:
    folder = runs / "mine"
    Plan("fcn", None, Recipe("mnist-r", 300)).save(folder)
    Progress(phase, 120, 300).write(folder)
    (folder / HISTORY).write_bytes(b"nothing")
    said = [caption.value for caption in opened("train").caption]
    assert "The pictures of its probe cannot be read: train it again to see them." in said


@pytest.mark.feature
def test_play_opens_with_what_the_network_was_trained_on(runs: Path) -> None:
    query = play_query("mnist-tc", "runs/mine")
    found, troubles = read_link(query)
    assert not troubles
    assert found["values"] == {"clutter": 6.0}
    assert (found["distortion"], found["models"]) == ("mnist-tc", ("runs/mine",))


@pytest.mark.feature
def test_a_class_server_only_shows(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = runs / "mine"
    Plan("fcn", None, Recipe("mnist-r", 300)).save(folder)
    Progress("stopped", 120, 300).write(folder)
    monkeypatch.setenv("STNVIZ_READONLY", "1")
    page = opened("train")
    assert [button.label for button in page.button] == ["Resume"]
    assert page.button[0].disabled
    assert not page.number_input
    assert any("train on a computer of your own" in caption.value for caption in page.caption)


@pytest.mark.feature
def test_a_class_server_writes_nothing(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if a click on a button arrives that is not there: one was sent before the setting."""
    page = opened("train")
    start = next(button for button in page.button if button.label == "Start")
    monkeypatch.setenv("STNVIZ_READONLY", "1")
    start.click().run()
    assert not page.exception
    assert not list(runs.iterdir())


@pytest.mark.feature
def test_a_run_begins_with_the_checkpoint_that_was_chosen(runs: Path) -> None:
    page = opened("train")
    page.selectbox(key="init_from-mnist-r").set_value("mnist-rts/cnn").run()
    assert page.query_params["init_from"] == "mnist-rts/cnn"
    next(button for button in page.button if button.label == "Start").click().run()
    (job,) = jobs.find_jobs(runs)
    assert job.plan.recipe == Recipe("mnist-r", 300, init_from="mnist-rts/cnn")
    assert any("initialised from mnist-rts/cnn" in caption.value for caption in page.caption)
    again = opened("train", init_from="mnist-rts/cnn")
    assert again.selectbox(key="init_from-mnist-r").value == "mnist-rts/cnn"
