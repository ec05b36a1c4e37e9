"""The Export dialog's offers and its jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from stnviz.export import render as rendering
from stnviz.export.formats import FORMATS, Format
from stnviz.export.link import PAGES, Link
from stnviz.export.progress import Tell
from stnviz.export.render import Rendered
from stnviz.export.request import Wanted
from stnviz.export.scenes.scene import NotExportable
from stnviz.ui.export.job import FAILED, ExportJob
from stnviz.ui.export.offers import first_sweep, formats_of, sweeps_of
from stnviz.ui.pages import TITLES

PATIENCE = 30


@pytest.mark.law
@pytest.mark.parametrize("page", PAGES)
def test_every_page_offers_stills_and_its_first_format(page: str) -> None:
    assert page in TITLES
    offered = [one.suffix for one in formats_of(Link(page))]
    assert offered[0] == "png"
    assert ("webp" in offered) == (page not in ("results", "debug"))


@pytest.mark.feature
@pytest.mark.parametrize(
    ("link", "swept"),
    [
        (Link("play"), "angle"),
        (Link("play", {"data": "mnist-p"}), "scale"),
        (Link("play", {"data": "free"}), "angle"),
        (Link("inside"), "angle"),
        (Link("attention", {"model": "birds/2st-cnn-translation"}), "angle"),
        (Link("attention", {"what": "colocalise-t"}), None),
        (Link("steps"), None),
        (Link("video"), None),
    ],
)
def test_the_sweep_that_is_offered_first(link: Link, swept: str | None) -> None:
    first = first_sweep(link)
    assert (first.parameter.name if first else None) == swept
    assert bool(sweeps_of(link)) == (swept is not None)


def patched(monkeypatch: pytest.MonkeyPatch, work: Callable[[str, Tell], Rendered]) -> None:
    def render(what: str, kind: Format, wanted: Wanted, tell: Tell) -> Rendered:
        return work(what, tell)

    monkeypatch.setattr(rendering, "render", render)


@pytest.mark.feature
def test_a_job_makes_a_file_and_a_class_makes_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def work(what: str, tell: Tell) -> Rendered:
        made.append(what)
        tell(0.5, "Drawing")
        return Rendered("a.png", b"data")

    patched(monkeypatch, work)
    for _ in range(2):
        job = ExportJob("?digit=1", "png", Wanted()).start()
        assert job.wait(PATIENCE)
        assert job.file == Rendered("a.png", b"data")
    assert made == ["?digit=1"]


@pytest.mark.feature
def test_a_job_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(what: str, tell: Tell) -> Rendered:
        begun.set()
        go_on.wait(PATIENCE)
        tell(0.5, "Drawing")
        raise AssertionError("it was stopped")

    patched(monkeypatch, work)
    job = ExportJob("?digit=2", "png", Wanted()).start()
    assert begun.wait(PATIENCE)
    assert not job.wait(0)
    job.stop()
    go_on.set()
    assert job.wait(PATIENCE)
    assert (job.file, job.problem) == (None, "Stopped.")


@pytest.mark.exception
@pytest.mark.parametrize(
    ("error", "said"),
    [(NotExportable("Choose another."), "Choose another."), (RuntimeError("secret"), FAILED)],
)
def test_a_job_that_fails_says_a_sentence(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(what: str, tell: Tell) -> Rendered:
        raise error

    patched(monkeypatch, work)
    job = ExportJob(f"?digit={said}", "png", Wanted()).start()
    assert job.wait(PATIENCE)
    assert job.problem == said


@pytest.mark.law
def test_formats_have_different_endings_and_titles() -> None:
    titles = [one.title for _, one in FORMATS]
    assert len(set(titles)) == len(titles)
