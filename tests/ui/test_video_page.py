"""The Video page, without a browser: clips, networks, links, bad uploads, saving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.synthetic_clips import MOTIONS, move_digit
from stnviz.ui.stage import model as play
from stnviz.ui.video import model as watching
from stnviz.ui.video.model import networks
from stnviz.ui.video.presentation import answers
from tests.looking_again import FOUR, NARROW, ROW
from tests.opening import click, components, texts
from tests.video_page import BIRDS, DIGITS, NUMBERS, kept, opened, root, shelved, state

__all__ = ["root", "shelved"]


@pytest.mark.feature
@pytest.mark.parametrize(("model", "looks"), [(ROW, 3), (FOUR, 4)])
def test_networks_that_look_again_have_a_window_for_each_look(model: str, looks: int) -> None:
    page = opened(model=model)
    assert kept(page).done == 120
    assert [f"Window {letter} " in texts(page) for letter in "ABCD"] == [
        look < looks for look in range(4)
    ]


@pytest.mark.smoke
@pytest.mark.parametrize("model", [DIGITS, NUMBERS])
def test_a_clip_is_there_at_once(model: str) -> None:
    page = opened(model=model)
    assert len(components(page)) == 1
    assert kept(page).done == len(kept(page)) == 120
    assert "Window A keeps still." in texts(page)  # it has learned nothing
    assert page.button_group(key="chosen-clip").value == "moving"
    assert not page.error


@pytest.mark.slow
@pytest.mark.smoke
def test_every_window_of_birds_is_followed() -> None:
    page = opened(model=BIRDS, clip="jumping")
    assert "Window A" in texts(page)
    assert "Window B" in texts(page)
    assert kept(page).track().windows.shape == (120, 2, 49, 2)
    assert "Picture 1 of" in texts(page)
    click(page, "\u203a")
    assert "Picture 2 of" in texts(page)


@pytest.mark.cardinality
def test_networks_with_transformers_and_one_picture_are_offered() -> None:
    page = opened()
    assert page.selectbox[0].options == [
        "ST-CNN affine on Rotated",
        "2\u00d7ST-CNN translation on Drawn birds",
        "ST-CNN Multi affine on Drawn house numbers, close",
        "RNN-SPN, glimpse 1/3 on Three digits in a row",
        "RNN-SPN, glimpse 1/4 on Three digits in a row",
        "IC-STN-4 projective on Perturbed digits",
    ]
    assert set(networks(play.library().cards())) == {DIGITS, NUMBERS, BIRDS, ROW, NARROW, FOUR}


@pytest.mark.feature
def test_a_link_restores_clip_frame_and_grid() -> None:
    page = opened(model=DIGITS, clip="crossing", digit="57", seed="9", frame="33", grid="1")
    wanted = move_digit("crossing", 57, 9, 28)
    assert (kept(page).clip.frames == wanted.clip.frames).all()
    assert (state(page)["frame"], state(page)["grid"]) == (33, True)


@pytest.mark.feature
def test_without_a_frame_in_the_link_the_clip_plays_from_its_start() -> None:
    assert state(opened(model=DIGITS))["frame"] is None


@pytest.mark.feature
def test_another_path_and_another_digit_are_in_the_address() -> None:
    page = opened(model=DIGITS, digit="57", frame="33")
    click(page, "Another path")
    assert page.query_params["seed"] in ("1", ["1"])
    assert state(page)["frame"] is None
    page.button_group(key="digit-chosen").set_value(3).run()
    assert page.query_params["digit"] in ("53", ["53"])
    assert (kept(page).clip.frames == move_digit("moving", 53, 1, 28).clip.frames).all()


@pytest.mark.feature
def test_another_network_keeps_the_frame() -> None:
    page = opened(model=DIGITS, frame="33")
    page.selectbox[0].set_value(NUMBERS).run()
    assert not page.exception
    assert state(page)["frame"] == 33
    assert "Crossing" not in [o.content for g in page.button_group for o in g.proto.options]


@pytest.mark.exception
@pytest.mark.parametrize(
    "query",
    [{"model": "no/such"}, {"clip": "flying"}, {"digit": "-3"}, {"digit": "99999999"},
     {"seed": "x"}, {"frame": "9999"}, {"grid": "maybe"},
     {"model": NUMBERS, "picture": "99999999"}, {"model": NUMBERS, "clip": "crossing"}],
)  # fmt: skip
def test_a_link_that_makes_no_sense_shows_something_all_the_same(query: dict[str, str]) -> None:
    assert len(components(opened(**query))) == 1


@pytest.mark.exception
def test_without_networks_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "default_library", lambda: Library({"": tmp_path}))
    assert "There is no network with a transformer here" in texts(opened())


@pytest.mark.feature
def test_answers_are_in_words() -> None:
    cards = play.library().cards()
    sure = np.eye(10)[[2, 7]]
    assert answers(cards[DIGITS], sure) == ["Read as 2, 100 % sure.", "Read as 7, 100 % sure."]
    places = np.eye(11)[[4, 2, 10, 10, 10]]
    assert answers(cards[NUMBERS], places[None]) == ["Read as 42, 100 % sure."]


@pytest.mark.law
def test_the_page_begins_with_a_shipped_network() -> None:
    from stnviz.checkpoints.card import CHECKPOINTS

    assert load_checkpoint(CHECKPOINTS / watching.FIRST).config.input_size == (60, 60)
    assert MOTIONS.names()[0] == "moving"
