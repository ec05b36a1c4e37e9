"""Links with anything in them: no page ends in a traceback, whatever a parameter is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stnviz.training.recipe import PRACTICE
from stnviz.ui.pages import PAGES, TITLES
from tests.hostile.conftest import Campaign
from tests.opening import open_page

SOURCES = [*PAGES.glob("*.py"), *(PAGES.parent / "stnviz" / "ui").glob("**/*.py")]
NAMED = re.compile(
    r"(?:query_params(?:\.get\(|\.pop\(|\[)|whole\(|share\(|fit_\w+\(|pick(?:_from_list)?\(\s*|key=)"
    r"\"([a-z_]+)\""
)
PARAMETERS = sorted(
    {name for path in SOURCES for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    | {parameter.name for parameter in PRACTICE}
    | {"network", "transform", "angle", "scale", "x", "y", "digit", "ink", "models", "data"}
)
NASTY = [
    "", " ", "inf", "-inf", "nan", "-nan", "1e400", "-1", "-0", "1.5", "0x10", "1_000", "9" * 400,
    "2147483648", "999999999", "\u0663", "\u00b2", "\u221e", "None", "null", "true", "[]", "{}",
    ",", ",,,", "a,b", "..", "../../etc/passwd", "%00", "\x00", "<script>alert(1)</script>",
    "\U0001f600", "\u202e", "x" * 5000, "'", '"', "\\", "CNN", "st-cnn", "mnist-r", "birds",
    "runs/", "/", "0,0,0", "[[1e999,0]]", "1;2;3", "affine", "+5",
]  # fmt: skip


@pytest.mark.smoke
def test_there_is_something_to_try() -> None:
    assert len(NASTY) >= 40
    assert {"seed", "patience", "network", "picture", "opacity", "handles", "what"} <= {
        *PARAMETERS
    } or pytest.fail(str(PARAMETERS))


@pytest.mark.law
@pytest.mark.parametrize("page", TITLES)
def test_no_link_ends_in_a_traceback(page: str, campaign: Campaign) -> None:
    """Some parameters are odd at a time, as each alone may hide behind another."""
    for _ in range(campaign.count(2, 300)):
        some = campaign.random.sample(PARAMETERS, campaign.random.randint(1, len(PARAMETERS)))
        query = {name: campaign.random.choice(NASTY) for name in some}
        open_page(page, query)


@pytest.mark.law
@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "", "-1", "1e400", "x"])
def test_what_is_dropped_on_train_is_said(value: str) -> None:
    query = {"seed": value, "patience": value, "network": value, "steps": value}
    page = open_page("train", query)
    said = " ".join(toast.value for toast in page.toast)
    for name in query:
        assert f"The link's {name} must be" in said


@pytest.mark.feature
def test_what_fits_is_kept() -> None:
    page = open_page("train", {"seed": "7", "patience": "3", "network": "CNN", "steps": "1000"})
    assert not page.toast
    assert {box.label: box.value for box in page.number_input}["Seed"] == 7
    assert page.query_params["network"] in ("CNN", ["CNN"])


def test_every_page_is_tried() -> None:
    assert {path.stem for path in Path(PAGES).glob("*.py")} == set(TITLES)
