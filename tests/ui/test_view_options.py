"""What a link hides: every page names its parts, and shows itself without any of them."""

from __future__ import annotations

import re

import pytest

from stnviz.ui.bundle import HOUSE, bundle, stylesheet
from stnviz.ui.pages import PAGES, TITLES
from stnviz.ui.view_options import PAGE_PARTS, PARTS
from tests.opening import open_page

UI = HOUSE.parent
MARKS = re.compile(r'"data-part": "(\w+)"')
COMPONENTS = {"play": "stage", "train": "replay", "time_machine": "replay", "results": "image_grid"}


@pytest.mark.law
@pytest.mark.parametrize("page", TITLES)
def test_a_page_hides_what_it_says(page: str) -> None:
    """Each part is marked in its component, or asked for in its script, or a container there."""
    name = COMPONENTS.get(page, page)
    script = bundle(UI / name / f"{name}.js")
    source = (PAGES / f"{page}.py").read_text(encoding="utf-8")
    marked = {*MARKS.findall(script), *re.findall(r'hides\([\w.]+, "(\w+)"\)', script)}
    asked = {*re.findall(r'shows\("(\w+)"\)', source), *re.findall(r'key="part-(\w+)', source)}
    assert set(PAGE_PARTS[page]) <= marked | asked
    assert marked | asked <= set(PARTS)


@pytest.mark.law
@pytest.mark.parametrize("page", TITLES)
def test_a_page_without_any_part_is_still_a_page(page: str) -> None:
    opened = open_page(page, {"hide": ",".join(PAGE_PARTS[page])})
    assert not opened.toast
    assert not [one for one in opened.markdown if one.value.startswith("#### ")]


@pytest.mark.feature
def test_hidden_choices_are_not_drawn() -> None:
    assert open_page("play", {}).button_group
    assert not open_page("play", {"hide": "choices"}).button_group
    assert open_page("attention", {}).table
    assert not open_page("attention", {"hide": "facts"}).table


@pytest.mark.exception
@pytest.mark.parametrize(
    ("query", "words", "kept"),
    [
        ({"hide": "theta,soup"}, "The link hides soup, which this page does not have", "theta"),
        ({"hide": "[x](y)"}, r"The link hides \[x\]\(y\), which", None),
        ({"size": "huge"}, "The link's size must be one of large", None),
    ],
)
def test_what_cannot_be_hidden_is_said(query: dict[str, str], words: str, kept: str | None) -> None:
    page = open_page("play", query)
    assert words in page.toast[0].value
    for name in query:
        assert page.query_params.get(name) in (kept, kept and [kept])


@pytest.mark.feature
def test_no_type_of_a_component_is_below_the_least() -> None:
    for sheet in UI.rglob("*/*.css"):
        for size in re.findall(r"font(?:-size)?: ([^;}]+)", stylesheet(sheet)):
            assert "rem" not in size or "var(--least-type" in size, f"{sheet}: {size}"
            assert "px" not in size.replace("0px", ""), f"{sheet}: {size}"
