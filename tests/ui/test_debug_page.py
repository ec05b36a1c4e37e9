"""The Debug page without a browser: what is examined, the address, uploads, and files at start."""

from __future__ import annotations

import base64
import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.storage import save_checkpoint
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.settings import TRACE
from stnviz.ui.debug import choice, view
from stnviz.ui.debug import message as messages
from stnviz.ui.debug import model as examining
from stnviz.ui.debug.choice import EXAMINED
from stnviz.ui.debug.url import as_address
from stnviz.ui.export.handed import HANDED
from stnviz.ui.shared_work import SharedWork
from tests.opening import open_page, shelved_at, texts
from tests.toy_traces import KINDS, MARKUP

AFFINE, SPLINE, ILL = "mnist-r/st-cnn-affine", "mnist-r/st-cnn-thin-plate-spline", "ill/constant"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoints")
    for name, model, transform in (
        (AFFINE, "st-cnn", "affine"), (SPLINE, "st-cnn", "thin-plate-spline"),
        (ILL, "st-fcn", "affine"), ("mnist-r/cnn", "cnn", None),
    ):  # fmt: skip
        (folder / name).mkdir(parents=True)
        network = DigitNetwork(DigitConfig(model, (28, 28), 4, transform=transform))
        save_checkpoint(
            folder / name, network, family="digits", data="mnist-r", training={},
            metrics={"error": 0.5, "count": 10, "source": "none"},
        )  # fmt: skip
    return folder


@pytest.fixture(autouse=True)
def shelved(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(TRACE, raising=False)
    monkeypatch.setattr(choice, "FIRST", AFFINE)
    with shelved_at(root, monkeypatch):
        yield


@pytest.fixture(autouse=True)
def mounted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the component was given, in order."""
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(view, "mount_debug", lambda data, **_: given.append(data))
    return given


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traces")
    for kind in ("constant", "points", "wild"):
        KINDS[kind]().save(folder / f"{kind}.trace")
    return folder


def opened(**query: str) -> AppTest:
    return open_page("debug", query)


def decoded(data: dict[str, Any]) -> dict[str, Any]:
    return messages.Message(base64.b64decode(data["answer"])).head


def sides(data: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = decoded(data)["sides"]
    return found


def upload(page: AppTest, *paths: Path) -> None:
    kind = "application/octet-stream"
    files = [(path.name, path.read_bytes(), kind) for path in paths]
    page.file_uploader[0].set_value(files).run()
    assert not page.exception


@pytest.mark.feature
def test_it_opens_with_a_network_and_its_images(mounted: list[dict[str, Any]]) -> None:
    page = opened()
    (side,) = sides(mounted[-1])
    assert side["title"].startswith("ST-CNN affine on ")
    assert side["count"] == examining.IMAGES
    assert len(side["labels"]) == side["count"]
    assert page.selectbox[0].options[0].startswith("ill: constant (")
    assert len(page.selectbox[0].options) == 3
    assert not page.error


@pytest.mark.feature
def test_a_link_restores_what_was_seen(mounted: list[dict[str, Any]]) -> None:
    page = opened(model=SPLINE, image="7", pin="2", x="bend", y="area", lane="0", tick="0")
    state = mounted[-1]["state"]
    wanted = {"image": 7, "pin": 2, "x": "bend", "y": "area", "lane": 0, "tick": 0}
    assert wanted.items() <= state.items()
    assert not page.toast
    assert {k: v for k, v in as_address(state).items() if v is not None} == wanted


@pytest.mark.exception
def test_what_a_link_asks_in_vain_is_said() -> None:
    for query, name in (
        ({"lane": "4", "tick": "0"}, "lane"), ({"x": "no such"}, "x"), ({"image": "-1"}, "image"),
        ({"model": "gone"}, "network"),
    ):  # fmt: skip
        page = open_page("debug", query)
        assert any(name in toast.value for toast in page.toast)
        assert not page.error


@pytest.mark.feature
def test_two_networks_stand_side_by_side(mounted: list[dict[str, Any]]) -> None:
    page = opened(model=AFFINE)
    page.selectbox[1].set_value(SPLINE).run()
    assert not page.exception
    assert page.query_params["beside"] in (SPLINE, [SPLINE])
    assert [side["title"].split(" on ")[0] for side in sides(mounted[-1])] == [
        "ST-CNN affine", "ST-CNN thin-plate spline",
    ]  # fmt: skip


@pytest.mark.feature
def test_another_network_starts_from_its_own_view(mounted: list[dict[str, Any]]) -> None:
    page = opened(model=AFFINE, image="5", x="angle")
    page.selectbox[0].set_value(SPLINE).run()
    assert {"image", "x"}.isdisjoint(page.query_params)
    assert mounted[-1]["state"]["image"] is None
    assert mounted[-1]["state"]["asked"] != mounted[0]["state"]["asked"]


@pytest.mark.feature
def test_a_network_is_examined_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    original = examining._examine_network
    monkeypatch.setattr(examining, "_examined", SharedWork(kept=6, at_once=1))
    monkeypatch.setattr(
        examining, "_examine_network", lambda *asked: (ran.append(asked[0]), original(*asked))[1]
    )
    for _ in range(2):
        opened(model=SPLINE)
    assert ran == [SPLINE]


@pytest.mark.feature
def test_an_uploaded_trace_is_shown_and_cannot_be_linked(
    files: Path, mounted: list[dict[str, Any]]
) -> None:
    page = opened(image="3")
    upload(page, files / "constant.trace")
    (side,) = sides(mounted[-1])
    assert page.session_state[HANDED][1].name == side["title"]
    assert side["title"] == "constant.trace: Constant"
    assert side["transformers"][0]["state"] == "ill"
    assert "The address holds what is chosen in it, but not the trace" in texts(page)
    assert "image" not in page.query_params
    upload(page, files / "constant.trace", files / "points.trace")
    assert [side["kind"] for side in sides(mounted[-1])] == ["warp", "points"]
    page.file_uploader[0].set_value([]).run()
    assert sides(mounted[-1])[0]["title"].startswith("ST-CNN affine")


@pytest.mark.exception
def test_a_damaged_upload_gets_one_sentence_and_loses_nothing(
    files: Path, tmp_path: Path, mounted: list[dict[str, Any]]
) -> None:
    bad = tmp_path / "**bad**.trace"
    bad.write_bytes((files / "constant.trace").read_bytes()[:-50])
    page = opened(model=SPLINE)
    upload(page, bad)
    (error,) = page.error
    assert error.value.startswith(r"\*\*bad\*\*\.trace\: ")
    assert sides(mounted[-1])[0]["title"].startswith("ST-CNN thin-plate spline")
    upload(page, bad, files / "points.trace")
    assert len(page.error) == 1
    assert [side["kind"] for side in sides(mounted[-1])] == ["points"]


@pytest.mark.law
def test_an_upload_goes_with_its_session(files: Path) -> None:
    page = opened()
    upload(page, files / "points.trace")
    (kept,) = page.session_state[EXAMINED].values()
    trace = weakref.ref(kept.trace)
    del kept
    gc.collect()
    assert trace() is not None
    del page
    gc.collect()
    assert trace() is None


@pytest.mark.feature
def test_the_file_of_the_start_is_what_it_opens_with(
    files: Path, monkeypatch: pytest.MonkeyPatch, mounted: list[dict[str, Any]]
) -> None:
    monkeypatch.setenv(TRACE, str(files / "wild.trace"))
    page = opened()
    assert page.selectbox[0].value == "file"
    (side,) = sides(mounted[-1])
    assert side["title"] == f"wild.trace: {MARKUP}"[:200]
    assert MARKUP not in texts(page)
    page.selectbox[0].set_value(AFFINE).run()
    assert sides(mounted[-1])[0]["title"].startswith("ST-CNN affine")


@pytest.mark.exception
def test_a_file_that_is_no_trace_is_said_and_networks_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: list[dict[str, Any]]
) -> None:
    for name, content in (("gone.trace", None), ("odd.trace", b"hello")):
        path = tmp_path / name
        if content:
            path.write_bytes(content)
        monkeypatch.setenv(TRACE, str(path))
        mounted.clear()
        page = opened()
        (error,) = page.error
        assert "trace" in error.value
        assert not mounted
        page.selectbox[0].set_value(AFFINE).run()
        assert not page.error
        assert mounted


@pytest.mark.feature
def test_traces_of_one_training_are_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: list[dict[str, Any]]
) -> None:
    """Those beside the file of the start, and watched ones."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for step, kind in ((0, "warp"), (100, "points"), (200, "constant")):
        KINDS[kind]().save(folder / f"step-{step:06d}.trace")
    monkeypatch.setenv(TRACE, str(folder / "step-000100.trace"))
    opened()
    assert decoded(mounted[-1])["series"] == ["step 0", "step 100", "step 200"]
    assert mounted[-1]["state"]["at"] == 1
    assert sides(mounted[-1])[0]["kind"] == "points"
    opened(at="2")
    assert sides(mounted[-1])[0]["transformers"][0]["state"] == "ill"
    opened(at="99")
    assert sides(mounted[-1])[0]["title"].startswith("step-000200")
    monkeypatch.delenv(TRACE)
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    page = opened(model="watched/mine")
    assert not page.toast
    assert mounted[-1]["state"]["at"] == 2
    opened()
    assert decoded(mounted[-1])["series"] == []


@pytest.mark.feature
def test_a_trace_without_steps_is_said(files: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.trace"
    replace(KINDS["planes"](), steps=()).save(empty)
    page = opened()
    upload(page, empty)
    (error,) = page.error
    assert "holds no step of a transformer" in error.value
