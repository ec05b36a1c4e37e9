"""The pictures in docs/images show the pages that there are."""

from __future__ import annotations

import json

import pytest

from scripts.make_screenshot import FOLDER, PICTURES, SAID
from stnviz.ui.pages import TITLES


@pytest.mark.law
def test_every_picture_shows_the_pages_that_there_are() -> None:
    said = json.loads(SAID.read_text(encoding="utf-8"))
    assert {f"{name}.png" for name in said} == {path.name for path in FOLDER.glob("*.png")}
    for picture in PICTURES:
        again = "take it again with make pictures"
        assert said[picture.name]["titles"] == list(TITLES.values()), again
        assert said[picture.name]["address"] == picture.address, again
