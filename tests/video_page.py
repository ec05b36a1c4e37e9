"""The Video page with small networks of every kind, for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.storage import save_checkpoint
from stnviz.models.addition import AdditionConfig, AdditionNetwork
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.models.numbers import NumberConfig, NumberNetwork
from stnviz.ui.video import model as watching
from stnviz.ui.video.model import ClipTrace
from tests.looking_again import put_networks
from tests.opening import open_page, shelved_at
from tests.small_birds import two_windows

DIGITS = "mnist-r/st-cnn-affine"
NUMBERS = "numbers-64/st-cnn-multi-affine"
BIRDS = "birds/2st-cnn"
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
    put(folder, BIRDS, two_windows(), "birds")  # fmt: skip
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
