"""Digits in space on the Attention page, without a browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stnviz.checkpoints.library import Library, default_library
from stnviz.checkpoints.titles import LOCAL
from stnviz.live.engine import Engine
from stnviz.live.links import FIRST_IN_SPACE, SPACE_ANGLES
from stnviz.ui.stage import model as play
from stnviz.ui.volume import model as volume
from stnviz.ui.volume.model import networks_shown, volume_address
from tests.opening import open_page, texts

DATA = "mnist-volume"
SHIPPED = [f"{DATA}/cnn", f"{DATA}/cnn-views", f"{DATA}/st-cnn-affine-3d"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The title of a network of the visitor's own, beside the shipped ones."""
    shipped = default_library()
    shutil.copytree(shipped.folder(SHIPPED[0]), tmp_path / "mine")
    root = shipped.folder(SHIPPED[0]).parents[1]
    library = Library({"": root, LOCAL: tmp_path})
    monkeypatch.setattr(play, "default_library", lambda: library)
    engine = Engine(library)
    monkeypatch.setattr(volume, "shared_engine", lambda: engine)
    return f"Plain CNN ({LOCAL}mine)"


@pytest.mark.feature
def test_the_shipped_networks_are_shown_together_and_none_is_chosen() -> None:
    page = open_page("attention", {"what": DATA})
    assert not page.multiselect
    assert networks_shown(default_library().cards()) == SHIPPED
    assert "ST-CNN affine 1.08 %" in texts(page)


@pytest.mark.feature
def test_with_a_network_of_ones_own_three_can_be_chosen(own: str) -> None:
    page = open_page("attention", {"what": DATA})
    (choice,) = page.multiselect
    assert choice.value == ["Plain CNN", "CNN, three views", "ST-CNN affine"]
    assert own in choice.options
    choice.set_value([own, "ST-CNN affine"]).run()
    assert not page.exception
    (caption,) = (one.value for one in page.caption if "each turned at random" in one.value)
    assert own in caption
    assert "three views" not in caption


@pytest.mark.feature
def test_an_address_holds_a_drawn_digit_instead_of_one_of_the_gallery() -> None:
    reported = {"digit": FIRST_IN_SPACE, "ink": None, "values": SPACE_ANGLES}
    address = volume_address(reported)
    assert address["digit"] == FIRST_IN_SPACE
    assert address["y_angle"] == "0.7854"
    drawn = volume_address({**reported, "ink": "abc", "values": {}})
    assert (drawn["digit"], drawn["ink"], drawn["x_angle"]) == (None, "abc", "0")
