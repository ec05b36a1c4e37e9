"""Train, Time machine and Results, without a browser."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.card import HISTORY, BadCheckpoint
from stnviz.checkpoints.init_from import find_init
from stnviz.data.digits import GALLERY_SPLIT, part_of_gallery
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.glasses import DressedFaces
from stnviz.experiments.recipe import HYPERPARAMETERS, Recipe
from stnviz.papers.defaults import default_recipe
from stnviz.papers.table1 import CELLS
from stnviz.records import History, Snapshot
from stnviz.runs import jobs, queue
from stnviz.runs.plan import Plan
from stnviz.runs.progress import Phase, Progress
from stnviz.ui.replay.glasses import describe_glasses, glasses_corners
from stnviz.ui.replay.view import replay_data
from stnviz.ui.results import model as results
from stnviz.ui.results import table
from stnviz.ui.results.model import places_of, sweepable
from stnviz.ui.results.table import table_html
from stnviz.ui.shared_work import SharedWork
from stnviz.ui.stage import model as play
from stnviz.ui.stage.links import read_link
from stnviz.ui.train.model import play_query, train_one

ROUTER = Path(play.__file__).parents[1] / "router.py"


def opened(name: str, **query: str) -> AppTest:
    page = AppTest.from_file(str(ROUTER), default_timeout=60)
    page.run()
    for key, value in query.items():
        page.query_params[key] = value
    page.switch_page(f"../../pages/{name}.py").run()
    assert not page.exception
    return page


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
@pytest.mark.parametrize("name", EXPERIMENTS.names())
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
    sent = [
        replay_data(run, history, dict(card.model), 9, data=card.data)
        for run in ("a/fcn", "b/fcn", "a/fcn")
    ]
    assert sent[0] == sent[2]
    assert sent[0]["revision"] != sent[1]["revision"]
    shorter = History(history.images, history.labels, history.snapshots[:-1])
    assert (
        replay_data("a/fcn", shorter, dict(card.model), 9, data=card.data)["revision"]
        != sent[0]["revision"]
    )


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


@pytest.mark.feature
def test_glasses_are_replayed_from_their_start_to_where_they_came_to_lie() -> None:
    pictures = DressedFaces("shown", 48, torch.device("cpu"))
    images, labels = (part[:3] for part in next(pictures.once()))
    thetas = (np.tile(np.array([0, 1, 0, 0], np.float32), (3, 1)),) * 2
    moved = (thetas[0], thetas[1] + np.array([0, 0, 0.1, 0], np.float32))
    said, ticks = np.zeros((3, 8), np.float32), (0, 0)
    history = History(
        (images * 255).byte().numpy(), labels.numpy(),
        tuple(Snapshot(k, 1, 1, 1, those, said, ticks) for k, those in enumerate((thetas, moved))),
    )  # fmt: skip
    box = glasses_corners(history, {"transform": "similarity"}, 2)
    assert box.shape == (2, 1, 3, 4, 2)
    # Points of a lattice come row by row, corners clockwise.
    start = labels[:, [0, 1, 3, 2]].numpy()
    assert np.abs(box[0, 0] - start).max() < 1e-5
    assert np.abs(box[1, 0] - (start - [0.1, 0])).max() < 1e-5  # who looks right is seen left
    told = describe_glasses(history, {"transform": "similarity"})
    wanted = (labels[:, :4] - labels[:, 4:]).norm(dim=2).mean(dim=1)
    assert told["shares"][0] == pytest.approx(wanted.tolist(), abs=1e-3)
    assert replay_data("run", history, {"transform": "similarity"}, 2, data="glasses")["answer"]


@pytest.mark.feature
def test_the_time_machine_opens_a_training() -> None:
    page = opened("time_machine")
    (choice,) = page.selectbox
    assert choice.value == "mnist-r/st-cnn-affine"


@pytest.mark.exception
def test_the_time_machine_warns_of_an_unknown_training() -> None:
    page = opened("time_machine", run="nobody/nothing")
    assert "nobody/nothing" in page.toast[0].value


@pytest.mark.exception
@pytest.mark.parametrize("snapshot", ["9" * 5_000, "-3", "one"])
def test_the_time_machine_bears_any_moment_in_its_address(snapshot: str) -> None:
    opened("time_machine", run="mnist-r/cnn", snapshot=snapshot)


@pytest.mark.exception
def test_the_time_machine_prints_an_address_as_it_is() -> None:
    page = opened("time_machine", run="![x](http://a.b/c.png) `code`")
    assert "`![x](http://a.b/c.png) 'code'`" in page.toast[0].value


@pytest.mark.exception
def test_a_training_without_a_moment_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = History.load(play.library().folder("mnist-r/cnn") / HISTORY)
    empty = History(whole.images, whole.labels)
    monkeypatch.setattr(History, "load", lambda _path: empty)
    page = opened("time_machine", run="mnist-r/cnn")
    assert page.error[0].value.startswith("mnist-r/cnn remembers no snapshot of its training.")


@pytest.mark.feature
def test_who_may_not_train_is_not_sent_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    assert train_one() == "train it on the Train page."
    monkeypatch.setenv("STNVIZ_READONLY", "1")
    assert train_one().startswith("ask whoever runs this server")


@pytest.mark.exception
def test_a_damaged_card_is_a_gap_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist-r/cnn").mkdir(parents=True)
    (tmp_path / "mnist-r/cnn/card.json").write_text("{")
    monkeypatch.setattr(table, "CHECKPOINTS", tmp_path)
    found, (trouble,) = table.results_on_cards()
    assert len(found) == len(CELLS)
    assert all(result.here is None for result in found)
    assert "mnist-r/cnn" in trouble


@pytest.mark.feature
def test_a_curve_is_measured_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def sweep(
        _model: object, _data: str, parameter: str, values: list[float], _d: object
    ) -> object:
        for value in values:
            measured.append(parameter)
            time.sleep(0.001)
            yield value

    monkeypatch.setattr(results, "load", lambda _name, _digest: None)
    monkeypatch.setattr("stnviz.analysis.sweep.sweep_error", sweep)
    monkeypatch.setattr(results, "_curves", SharedWork(kept=4, at_once=1))
    (parameter,) = sweepable("mnist-r")

    def ask(_visitor: int) -> list[float]:
        return results.curve("a", "digest", "mnist-r", parameter, lambda _share: None)

    with ThreadPoolExecutor(8) as visitors:
        found = list(visitors.map(ask, range(8)))
    assert measured == ["angle"] * results.PLACES
    assert all(one == found[0] == places_of(parameter) for one in found)


@pytest.mark.feature
def test_networks_are_compared_on_digits_that_neither_trained_on() -> None:
    card = play.library().cards()["mnist-r/cnn"]
    assert results.gallery_is_unseen([card, card])
    taught = {"digits": part_of_gallery(GALLERY_SPLIT["train"]).source}
    assert not results.gallery_is_unseen([card, replace(card, training=taught)])


@pytest.mark.exception
def test_the_results_name_a_network_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, _digest: str) -> None:
        raise BadCheckpoint(f"{name} does not load: its weights are broken.")

    monkeypatch.setattr(results, "load", load)
    monkeypatch.setattr(results, "load_stored_sweep", lambda *_: None)
    monkeypatch.setattr(results, "_curves", SharedWork(kept=4, at_once=1))
    page = opened("results")
    said = {warning.value for warning in page.warning}
    assert "mnist-r/cnn does not load: its weights are broken." in said


@pytest.mark.feature
def test_the_table_has_every_cell_of_the_paper_and_colours_it() -> None:
    from stnviz.papers.report import Result

    measured = [
        Result(name, cell.paper, cell.paper + (0.01 if number % 2 else 0), ())
        for number, (name, cell) in enumerate(CELLS)
    ]
    html = table_html(measured)
    assert html.count('class="ahead"') == html.count('class="behind"') == len(CELLS) / 2
    assert html.count("at or below the paper") == html.count("above the paper") == len(CELLS) / 2


@pytest.mark.feature
def test_curves_go_beyond_what_was_trained() -> None:
    for data, wanted in (("mnist-r", 1), ("mnist-rts", 4), ("mnist-p", 1), ("mnist-tc", 2)):
        parameters = sweepable(data)
        assert len(parameters) == wanted
        for parameter in parameters:
            places = places_of(parameter)
            assert places == sorted(places)


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
