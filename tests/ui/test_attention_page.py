"""The Attention page, without a browser, on networks that have learned nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.card import PREDICTIONS
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import save_checkpoint
from stnviz.checkpoints.wording import answer_words
from stnviz.data.catalogue import DATA_SETS
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.live.protocol import decode_answer
from stnviz.models.addition import AdditionConfig, AdditionNetwork
from stnviz.models.numbers import NumberConfig, NumberNetwork
from stnviz.records import Predictions
from stnviz.runs.plan import Plan
from stnviz.ui.attention import model as looking
from stnviz.ui.attention.model import KINDS
from stnviz.ui.attention.view import attention_data, attention_message
from stnviz.ui.attention.words import photo_sentence, sentence
from stnviz.ui.encoding import as_colours
from stnviz.ui.stage import model as play
from tests.opening import click, components, open_page, shelved_at, texts
from tests.small_birds import two_windows

CPU = torch.device("cpu")
HITS = {"windows": {"A": {"head": 0.9}, "B": {"head": 0.2}}, "fixed": {"head": 0.5},
        "random": {"head": 0.3}, "size": 0.5}  # fmt: skip


def put(root: Path, data: str, network: Any, family: str, wrong: list[int], **metrics: Any) -> str:
    folder = root / data / f"{network.config.name}-{network.config.transform}"
    folder.mkdir(parents=True)
    shown, _ = EXPERIMENTS.get(data).open("shown", None, CPU, config=network.config)
    misses = np.zeros(len(shown), bool)
    misses[wrong] = True
    lanes = 0 if network.config.transform is None else 2
    corners = np.tile(np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) / 2, (len(shown), lanes, 1, 1))
    none = np.zeros(len(shown), np.int64)
    Predictions(none, none, misses, corners.astype(np.float32), shown.source).save(
        folder / PREDICTIONS
    )
    numbers = {"error": 0.5, "count": 1000, "source": "none", **metrics}
    save_checkpoint(folder, network, family=family, data=data, training={}, metrics=numbers)
    return f"{data}/{folder.name}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoints")
    adding = AdditionNetwork(AdditionConfig("2st-fcn", (42, 42), 4, transform="affine"))
    put(folder, "mnist-addition", adding, "addition", [5, 9], follows=[[0.9, 0.1], [0.2, 0.8]])
    plain = AdditionNetwork(AdditionConfig("fcn", (42, 42), 4))
    put(folder, "mnist-addition", plain, "addition", [])
    reading = NumberNetwork(NumberConfig("st-cnn-multi", (64, 64), 4, 8, transform="affine"))
    put(folder, "numbers-64", reading, "numbers", [1], follows=[[0.0], [0.3], [0.4], [0.9]])
    birds = two_windows()
    put(folder, "birds", birds, "birds", [2], **HITS)
    return folder


@pytest.fixture(autouse=True)
def shelved(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with shelved_at(root, monkeypatch):
        yield


def opened(**query: str) -> AppTest:
    return open_page("attention", query)


@pytest.mark.smoke
@pytest.mark.parametrize("data", ["mnist-addition", "numbers-64", "birds"])
def test_every_kind_opens_with_its_sentence(data: str) -> None:
    page = opened(what=data)
    assert KINDS[data].opening in texts(page)
    assert page.query_params["what"] in (data, [data])
    assert "Picture 1 of" in texts(page)


@pytest.mark.feature
def test_a_network_without_transformers_is_shown_too() -> None:
    page = opened(what="mnist-addition", model="mnist-addition/fcn-None")
    assert "Picture 1 of" in texts(page)
    assert not page.table


@pytest.mark.feature
def test_how_good_a_network_is_stands_below_the_picture() -> None:
    assert "Wrong on 50.0 % of 1,000 test pictures." in texts(opened(what="birds"))


@pytest.mark.exception
def test_what_was_kept_of_other_pictures_is_not_used(root: Path) -> None:
    path = root / "mnist-addition" / "2st-fcn-affine" / PREDICTIONS
    kept = path.read_bytes()
    survey = Predictions.load(path)
    replace(survey, source="others").save(path)
    looking.predictions_of.clear()
    try:
        page = opened(what="mnist-addition", model="mnist-addition/2st-fcn-affine")
        assert page.toggle[0].disabled
    finally:
        path.write_bytes(kept)
        looking.predictions_of.clear()


@pytest.mark.feature
def test_numbers_stand_below_the_picture() -> None:
    birds = opened(what="birds")
    (table,) = birds.table
    assert list(table.value["head"]) == ["90 %", "20 %", "50 %", "30 %"]
    adding = opened(what="mnist-addition", model="mnist-addition/2st-fcn-affine")
    (table,) = adding.table
    assert list(table.value["rose digit"]) == ["10 %", "80 %"]
    (table,) = opened(what="numbers-64").table
    assert [table.value[f"after {k}"].item() for k in (1, 4)] == ["0 %", "90 %"]


@pytest.mark.feature
def test_pictures_are_stepped_through_and_the_address_follows() -> None:
    page = opened(what="numbers-64", picture="7")
    assert "Picture 8 of 1,000" in texts(page)
    click(page, "\u203a")
    assert "Picture 9 of 1,000" in texts(page)
    click(page, "\u2039")
    click(page, "\u2039")
    assert "Picture 7 of 1,000" in texts(page)


@pytest.mark.feature
def test_only_the_wrong_ones_are_offered() -> None:
    page = opened(what="mnist-addition", model="mnist-addition/2st-fcn-affine", picture="6")
    page.toggle[0].set_value(True).run()
    assert "Picture 2 of 2" in texts(page)
    click(page, "\u2039")
    assert "Picture 1 of 2" in texts(page)


@pytest.mark.exception
@pytest.mark.parametrize(
    "query",
    [{"what": "nothing"}, {"model": "no/such"}, {"picture": "-3"}, {"picture": "99999999"},
     {"stage": "x"}, {"muted": "ZZ"}],
)  # fmt: skip
def test_a_link_that_makes_no_sense_shows_something_all_the_same(query: dict[str, str]) -> None:
    page = opened(**query)
    assert "Picture" in texts(page)


@pytest.mark.exception
def test_without_networks_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "default_library", lambda: Library({"": tmp_path}))
    assert "There is no network with several transformers here" in texts(opened())


@pytest.mark.exception
def test_without_its_pictures_a_network_of_photos_still_looks_at_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    species = "Sooty Tern", "House Wren"
    folder = tmp_path / "cub" / "2st-cnn"
    folder.mkdir(parents=True)
    save_checkpoint(
        folder, two_windows(species), family="birds", data="cub", training={},
        metrics={"error": 0.25, "count": 8, "source": "none", **HITS},
    )  # fmt: skip
    monkeypatch.setattr(play, "default_library", lambda: Library({"": tmp_path}))
    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path / "nothing"))
    page = opened(what="cub")
    assert "get the archive from" in page.info[0].value
    assert "`python -m stnviz fetch cub --data-dir" in page.info[0].value
    assert "Wrong on 25.0 % of 8 test pictures." in texts(page)
    assert page.table
    assert not components(page)
    photo = BytesIO()
    Image.new("CMYK", (300, 200), (0, 120, 200, 0)).save(photo, "JPEG")
    page.file_uploader[0].upload("bird.jpg", photo.getvalue(), "image/jpeg").run()
    assert not page.exception
    assert not page.error
    assert len(components(page)) == 1
    page.file_uploader[0].upload("bird.jpg", b"no picture", "image/jpeg").run()
    assert not components(page)
    assert page.error[0].value.endswith(".")


@pytest.mark.cardinality
def test_every_network_that_is_begun_with_can_be_had() -> None:
    assert set(KINDS) == {name for name, data in DATA_SETS if data.page == "attention"}
    for name, data in KINDS.items():
        experiment = EXPERIMENTS.get(name)
        plans = {Plan(m, t, Recipe(name, 1)).network
                 for m in experiment.models for t in experiment.transforms}  # fmt: skip
        assert data.first in plans


@pytest.mark.feature
def test_what_is_said_of_an_answer() -> None:
    sure = np.array([0.0, 0, 30])
    assert sentence("mnist-addition", np.array(1), sure, ()) == (
        "This sum of 1 is read as 2, 100 % sure."
    )
    places = 30 * np.eye(11)[[4, 2, 10, 10, 10]]
    label = np.array([4, 0, 10, 10, 10])
    assert sentence("numbers-64", label, places, ()) == "This 40 is read as 42, 100 % sure."
    assert answer_words("svhn-64", np.full(5, 10)) == "nothing"
    assert answer_words("sequences", np.array([4, 0, 7])) == "4 0 7"
    pairs = "plain plain", "plain barred", "capped plain"
    assert sentence("birds", np.array(0), sure, pairs) == (
        "This bird with plain head and plain body is read as capped head and plain body, "
        "100 % sure."
    )
    assert "knows drawn birds only, says capped head" in photo_sentence("birds", sure, pairs)
    assert sentence("cub", np.array(0), sure, ("Sooty Tern", "b", "House Wren")) == (
        "This Sooty Tern is read as House Wren, 100 % sure."
    )


@pytest.mark.feature
def test_the_component_is_sent_every_stage_and_every_lane() -> None:
    lattices = np.zeros((3, 2, 49, 2), np.float32)
    crops = [np.zeros((2, 2, 5, 6), np.float32)] * 3
    message = attention_message(
        np.ones((2, 8, 9), np.float32), lattices, crops, lattice=7, answer="", right=True,
        heat=np.full((2, 4, 4), 0.5),
    )  # fmt: skip
    data = attention_data(message, {})

    packed = base64.b64decode(data["answer"])
    head, arrays = decode_answer(packed[4:])
    assert (head["letters"], head["ticks"]) == (["A", "B"], 3)
    assert arrays["picture"].shape == (8, 9, 3)
    assert arrays["crops2"].shape == (2, 5, 6, 3)
    assert arrays["heat"].shape == (2, 4, 4)
    assert (arrays["heat"] == 128).all()


@pytest.mark.feature
def test_channels_become_colours() -> None:
    grey = as_colours(np.full((1, 2, 2), 0.5))
    assert (grey == 128).all()
    pair = as_colours(np.array([[[1.0, 0.0]], [[0.0, 1.0]]]))
    assert pair[0, 0].tolist() == [255, 255, 255]
    assert pair[0, 1].tolist() == [232, 150, 176]
    assert (as_colours(np.full((3, 1, 1), 2.0)) == 255).all()
