"""The Play page's flow, without a browser."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from stnviz.data.digits import gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.links import LANDING, PlayState, read_link
from stnviz.live.protocol import decode_ink
from stnviz.ui.stage import model as play
from stnviz.ui.stage.model import default_models, models_for, stage_data, usable_models

ROUTER = Path(play.__file__).parents[1] / "router.py"
CARDS = play.library().cards()


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(str(ROUTER), default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


@pytest.mark.smoke
def test_the_landing_page_opens() -> None:
    page = opened()
    assert page.session_state["play"] == LANDING
    assert page.session_state["landing"] is True
    assert not page.warning


@pytest.mark.feature
def test_a_link_opens_its_state() -> None:
    page = opened(data="mnist-r", models="mnist-r/cnn", digit="123", seed="4", angle="0.25")
    assert page.session_state["play"] == PlayState(
        "mnist-r", ("mnist-r/cnn",), 123, None, {"angle": 0.25}, 4
    )
    assert page.session_state["landing"] is False


@pytest.mark.exception
def test_a_damaged_link_warns_and_opens_all_the_same() -> None:
    page = opened(data="nothing", models="../../etc", digit="many")
    assert len(page.warning) == 3  # data, digit and networks
    assert page.session_state["play"].models == LANDING.models


@pytest.mark.feature
def test_other_data_bring_other_models_and_a_link() -> None:
    page = opened()
    pills = next(group for group in page.button_group if group.key == "data")
    pills.set_value("mnist-rts").run()
    assert not page.exception
    state = page.session_state["play"]
    assert state.distortion == "mnist-rts"
    assert state.models == default_models("mnist-rts", CARDS)
    query = dict(page.query_params.items())
    assert PlayState(**read_link(query)[0]) == state


@pytest.mark.feature
def test_models_of_one_picture_size_stay_together() -> None:
    page = opened(data="free", models="mnist-r/cnn")
    page.multiselect(key="models").set_value(["mnist-r/cnn", "mnist-tc/cnn"]).run()
    assert not page.exception
    assert page.session_state["play"].models == ("mnist-tc/cnn",)


@pytest.mark.feature
def test_an_uploaded_picture_becomes_ink() -> None:
    image = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(image).line([(20, 10), (35, 50)], 0, width=5)
    file = io.BytesIO()
    image.save(file, "PNG")
    page = opened()
    page.file_uploader(key="upload").set_value(("seven.png", file.getvalue(), "image/png")).run()
    assert not page.exception
    ink = page.session_state["play"].ink
    assert decode_ink(ink).max() > 200
    assert page.query_params["ink"] in (ink, [ink])


@pytest.mark.exception
def test_a_bad_upload_is_one_sentence_and_loses_nothing() -> None:
    page = opened()
    upload = page.file_uploader(key="upload")
    upload.set_value(("seven.png", b"no picture at all", "image/png")).run()
    assert not page.exception
    assert page.warning[0].value.startswith("This file is not a picture")
    assert page.session_state["play"] == LANDING


@pytest.mark.feature
def test_models_trained_on_the_data_come_first() -> None:
    for name in ("mnist-r", "mnist-rts", "mnist-tc"):
        first = models_for(name, CARDS)[0]
        assert CARDS[first].data == name
        assert first.endswith("st-cnn-affine")
    # Nothing was trained on P, but R's pictures are as large.
    assert CARDS[models_for("mnist-p", CARDS)[0]].model["input_size"][0] == 28


@pytest.mark.feature
def test_what_was_trained_here_stands_behind_and_says_where_it_lies() -> None:
    twin = "runs/mine/st-cnn-affine"
    cards = {twin: CARDS["mnist-r/st-cnn-affine"], **CARDS}
    assert default_models("mnist-r", cards) == ("mnist-r/st-cnn-affine", "mnist-r/cnn")
    mine = {name: cards[name] for name in (twin, "mnist-r/st-cnn-thin-plate-spline")}
    assert default_models("mnist-r", mine) == ("mnist-r/st-cnn-thin-plate-spline",)
    assert default_models("mnist-r", {}) == ()
    state = PlayState("mnist-r", (twin, "mnist-r/st-cnn-affine"), 1)
    models = stage_data(state, cards, revision="", offer=(0, 1), landing=False)["models"]
    titles = [model["title"] for model in models]
    assert titles == ["ST-CNN affine (runs/mine/st-cnn-affine)", "ST-CNN affine"]


@pytest.mark.cardinality
def test_every_distortion_has_an_opening() -> None:
    assert set(play.OPENINGS) == set(DISTORTIONS.names())


@pytest.mark.feature
def test_thumbnails_are_one_of_each_class_with_the_shown_digit_among_them() -> None:
    for seed, shown in ((0, 132), (7, 9_991)):
        indices = play.thumbs(seed, shown)["indices"]
        assert shown in indices
        assert [int(gallery().labels[index]) for index in indices] == list(range(10))


@pytest.mark.cardinality
def test_at_most_three_models_and_each_once() -> None:
    names = [name for name in CARDS if name.startswith("mnist-r/")]
    assert usable_models(names + names, "mnist-r", CARDS) == names[:3]
    assert usable_models(["nobody"], "mnist-r", CARDS) == []


@pytest.mark.feature
def test_the_stage_gets_plain_data_that_change_with_the_revision() -> None:
    def data(revision: str) -> dict[str, object]:
        return stage_data(LANDING, CARDS, revision=revision, offer=(0, LANDING.digit), landing=True)

    sent = json.loads(json.dumps(data("0")))
    assert sent["state"]["digit"] in sent["thumbs"]["indices"]
    assert sent["first"]
    assert [model["transformer"] for model in sent["models"]] == [True, False]
    assert sent["revision"] == data("0")["revision"] != data("1")["revision"]
