"""Train, Time machine and Results, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from stnviz.training import jobs
from stnviz.training.cards import BadCheckpoint
from stnviz.training.plan import Plan
from stnviz.training.progress import Progress
from stnviz.training.recipe import PRACTICE, Recipe
from stnviz.training.table1 import CELLS
from stnviz.ui import play, results
from stnviz.ui.results import places_of, sweepable, table_html

ROUTER = Path(play.__file__).parent / "router.py"


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
    monkeypatch.setattr(jobs, "start_runner", lambda root: None)
    return tmp_path


@pytest.mark.cardinality
@pytest.mark.usefixtures("runs")
def test_every_choice_of_the_practice_is_a_control_with_its_line() -> None:
    page = opened("train")
    said = {caption.value for caption in page.caption}
    for parameter in PRACTICE:
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


@pytest.mark.feature
def test_a_stopped_run_can_be_resumed(runs: Path) -> None:
    folder = runs / "mine"
    Plan("fcn", None, Recipe("mnist-r", 300)).save(folder)
    Progress("stopped", 120, 300).write(folder)
    page = opened("train")
    next(button for button in page.button if button.label == "Resume").click().run()
    (job,) = jobs.find_jobs(runs)
    assert (job.progress.phase, job.progress.step) == ("queued", 120)


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
def test_the_time_machine_opens_a_training() -> None:
    page = opened("time_machine")
    (choice,) = page.selectbox
    assert choice.value == "mnist-r/st-cnn-affine"
    assert page.query_params["run"] in ("mnist-r/st-cnn-affine", ["mnist-r/st-cnn-affine"])


@pytest.mark.exception
def test_the_time_machine_warns_of_an_unknown_training() -> None:
    page = opened("time_machine", run="nobody/nothing")
    assert "nobody/nothing" in page.warning[0].value


@pytest.mark.exception
def test_the_results_name_a_network_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, _digest: str) -> None:
        raise BadCheckpoint(f"{name} does not load: its weights are broken.")

    monkeypatch.setattr(results, "load", load)
    page = opened("results")
    said = {warning.value for warning in page.warning}
    assert "mnist-r/cnn does not load: its weights are broken." in said


@pytest.mark.feature
def test_the_table_has_every_cell_of_the_paper_and_colours_it() -> None:
    from stnviz.training.report import Result

    measured = [
        Result(name, cell.paper, cell.paper + (0.01 if number % 2 else 0), ())
        for number, (name, cell) in enumerate(CELLS)
    ]
    html = table_html(measured)
    assert html.count('class="ahead"') == html.count('class="behind"') == len(CELLS) / 2


@pytest.mark.feature
def test_curves_go_beyond_what_was_trained() -> None:
    for data, wanted in (("mnist-r", 1), ("mnist-rts", 4), ("mnist-p", 1), ("mnist-tc", 2)):
        parameters = sweepable(data)
        assert len(parameters) == wanted
        for parameter in parameters:
            places = places_of(parameter)
            assert places == sorted(places)
