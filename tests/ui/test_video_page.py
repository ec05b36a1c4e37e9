"""The Video page, without a browser: clips, networks, links, bad uploads, saving."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint, save_checkpoint
from stnviz.data.birds.plumage import SPECIES
from stnviz.data.clips import LARGEST_FILE, read_clip
from stnviz.data.preprocessing import frame
from stnviz.data.synthetic_clips import MOTIONS, move_digit
from stnviz.live.protocol import decode_answer
from stnviz.models.addition import AdditionConfig, AdditionNetwork
from stnviz.models.birds import BirdConfig, BirdNetwork
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.models.numbers import NumberConfig, NumberNetwork
from stnviz.ui.stage import model as play
from stnviz.ui.video import model as watching
from stnviz.ui.video.model import ClipTrace, networks
from stnviz.ui.video.presentation import answers, message, save, saved
from tests.clips import encoded, sound, square_moves
from tests.looking_again import FOUR, NARROW, ROW, put_networks
from tests.opening import ROUTER, click, open_page, shelved_at, texts

DIGITS, NUMBERS, BIRDS = "mnist-r/st-cnn-affine", "numbers-64/st-cnn-multi-affine", "birds/2st-cnn"
METRICS = {"error": 0.5, "count": 10, "source": "none"}


def put(root: Path, name: str, network: Any, family: str) -> None:
    folder = root / name
    folder.mkdir(parents=True)
    data = name.partition("/")[0]
    save_checkpoint(folder, network, family=family, data=data, training={}, metrics=METRICS)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoints")
    put(
        folder,
        DIGITS,
        DigitNetwork(DigitConfig("st-cnn", (28, 28), 4, transform="affine")),
        "digits",
    )
    put(folder, "mnist-r/cnn", DigitNetwork(DigitConfig("cnn", (28, 28), 4)), "digits")
    adding = AdditionNetwork(AdditionConfig("2st-fcn", (42, 42), 4, transform="affine"))
    put(folder, "mnist-addition/2st-fcn-affine", adding, "addition")
    reading = NumberNetwork(NumberConfig("st-cnn-multi", (64, 64), 4, 8, transform="affine"))
    put(folder, NUMBERS, reading, "numbers")
    put(folder, BIRDS, BirdNetwork(
        BirdConfig(
            "2st-cnn", (224, 224), (112, 112), SPECIES,
            transform="translation", transform_options={"scale": 0.5},
        )
    ), "birds")  # fmt: skip
    put_networks(folder)
    return folder


@pytest.fixture(autouse=True)
def shelved(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with shelved_at(root, monkeypatch):
        yield


def opened(**query: str) -> AppTest:
    return open_page("video", query)


def kept(page: AppTest) -> ClipTrace:
    found: ClipTrace = page.session_state[watching.KEPT]
    return found


def state(page: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = page.session_state["opened"]["state"]
    return found


def upload(page: AppTest, data: bytes, name: str = "clip.mp4") -> None:
    page.file_uploader[0].upload(name, data, "video/mp4").run()
    assert not page.exception


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
    assert len(page.get("bidi_component")) == 1
    assert kept(page).done == len(kept(page)) == 120
    assert "Window A keeps still." in texts(page)  # it has learned nothing
    assert page.button_group(key="chosen-clip").value == "moving"
    assert not page.error


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
    assert len(opened(**query).get("bidi_component")) == 1


@pytest.mark.exception
def test_without_networks_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "default_library", lambda: Library({"": tmp_path}))
    play.library.cache_clear()
    assert "There is no network with a transformer here" in texts(opened())


@pytest.mark.feature
def test_a_clip_of_ones_own_is_watched_and_says_what_was_done_to_it() -> None:
    page = opened(model=DIGITS, frame="5")
    paper = 255 - np.repeat(move_digit("turning", 7, 0, 60).clip.frames, 2, axis=0)
    upload(page, encoded(paper[:30], "mp4", "libx264"))
    assert len(kept(page)) == 30
    assert kept(page).title == "clip"
    assert "bright ground was turned dark" in texts(page)
    assert state(page)["frame"] is None
    assert kept(page).given() is not None
    upload(page, encoded(square_moves(620), "mp4", "libx264"))
    assert "The clip is cut after 600 frames" in texts(page)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("data", "word"), [(b"no clip", "not a clip"), (sound(), "sound but no picture")]
)
def test_a_bad_upload_is_one_sentence(data: bytes, word: str) -> None:
    page = opened(model=DIGITS)
    upload(page, data)
    assert len(page.error) == 1
    assert word in page.error[0].value
    assert not page.get("bidi_component")
    assert page.file_uploader  # to choose another one


@pytest.mark.feature
def test_a_clip_that_is_stopped_shows_what_there_is_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = opened(model=DIGITS)
    whole = kept(page)
    short = ClipTrace(
        whole.network, whole.source, whole.title, whole.clip, whole.model, whole.images, (),
        whole.truth,
    )  # fmt: skip
    for _ in range(3):
        next(short.go_on())
    page.session_state[watching.KEPT] = short
    page.session_state["halted"] = short.key
    page.run()
    assert not page.exception
    assert "Stopped after 48 of 120 frames." in texts(page)
    click(page, "Go on")
    assert kept(page).done == 120
    assert "Stopped" not in texts(page)
    np.testing.assert_array_equal(kept(page).track().windows, whole.track().windows)


@pytest.mark.law
def test_who_is_still_at_work_adds_nothing_after_the_next_has_begun() -> None:
    watch = kept(opened(model=DIGITS))
    watch.parts.clear()
    before = watch.go_on()
    assert next(before) == 16
    now = watch.go_on()
    assert next(now) == 32
    assert list(before) == []
    assert list(now)[-1] == 120
    watch.parts.clear()
    before = watch.go_on()
    next(before)
    watch.hold()
    assert list(before) == []
    assert watch.done == 16


@pytest.mark.feature
@pytest.mark.parametrize("kind", ["mp4", pytest.param("gif", marks=pytest.mark.slow)])
def test_the_saved_clip_has_every_frame(kind: Any) -> None:
    page = opened(model=DIGITS, clip="turning", grid="1")
    click(page, f"Save as {kind.upper()}")
    file = saved(kept(page), kind, grid=True)
    assert file is not None
    (offered,) = page.get("download_button")
    assert offered.proto.label.startswith(f"Download {kind.upper()}, ")
    assert saved(kept(page), kind, grid=False) is None
    clip = read_clip(file)
    assert len(clip) == 120
    assert clip.rate == pytest.approx(24, rel=0.02)
    blue = np.array((0x58, 0xA6, 0xE0))
    assert (np.abs(clip.frames[60].astype(int) - blue).max(axis=-1) < 50).sum() > 100


@pytest.mark.exception
def test_saving_that_is_stopped_keeps_nothing() -> None:
    watch = kept(opened(model=DIGITS))

    def tell(count: int) -> None:
        if count == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(watch, play.library().cards()[DIGITS], "mp4", grid=False, tell=tell)
    assert watch.files == {}


@pytest.mark.feature
def test_the_component_is_sent_reels_windows_and_moves() -> None:
    page = opened(model=DIGITS, clip="crossing")
    sent = message(kept(page), play.library().cards()[DIGITS])
    assert message(kept(page), play.library().cards()[DIGITS]) is sent  # made once
    head, arrays = decode_answer(base64.b64decode(sent["answer"])[4:])
    assert head["letters"] == ["A"]
    assert set(head["reels"]) == {"picture", "crops"}
    assert {reel["kind"] for reel in head["reels"].values()} == {"image/png"}
    assert len(head["said"]) == len(head["reels"]["picture"]["ends"]) == 120
    assert arrays["windows"].shape == (120, 1, 49, 2)
    assert arrays["moves"].shape == (120, 1)
    assert arrays["truth"].shape == (120, 2)


@pytest.mark.feature
def test_the_longest_clip_fits_into_one_message() -> None:
    grain = np.random.default_rng(0).integers(0, 256, (600, 270, 480, 3), np.uint8)
    found = watching.Clip(grain, 24.0)
    page = opened(model=DIGITS)
    whole = kept(page)
    card = play.library().cards()[DIGITS]
    images = frame(grain, (28, 28), 1)
    watch = ClipTrace(whole.network, "grain", "clip", found, whole.model, images, ())
    assert list(watch.go_on())[-1] == 600
    assert len(message(watch, card)["answer"]) < 9_500_000


@pytest.mark.law
def test_the_server_takes_files_as_large_as_the_page_does() -> None:
    settings = tomllib.loads((ROUTER.parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 == LARGEST_FILE


@pytest.mark.exception
def test_without_its_pictures_a_network_of_photos_still_watches_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    species = "Sooty Tern", "House Wren"
    config = BirdConfig(
        "2st-cnn",
        (224, 224),
        (112, 112),
        species,
        transform="translation",
        transform_options={"scale": 0.5},
    )
    put(tmp_path, "cub/2st-cnn", BirdNetwork(config), "birds")
    monkeypatch.setattr(play, "default_library", lambda: Library({"": tmp_path}))
    play.library.cache_clear()
    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path / "nothing"))
    page = opened()
    assert "get the archive from" in page.info[0].value
    assert not page.get("bidi_component")
    upload(page, encoded(square_moves(4), "webm", "libvpx"))
    assert len(page.get("bidi_component")) == 1
    assert not page.info


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
