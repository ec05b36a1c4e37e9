"""Links with anything in them: no page ends in a traceback, and what is dropped is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.links import LANDING
from stnviz.ui.pages import PAGES, TITLES, UNLISTED
from tests.hostile.conftest import Campaign
from tests.opening import open_page

NASTY = [
    "", " ", "inf", "-inf", "nan", "-nan", "1e400", "-1", "-0", "1.5", "0x10", "1_000", "9" * 400,
    "2147483648", "999999999", "\u0663", "\u00b2", "\u221e", "None", "null", "true", "[]", "{}",
    ",", ",,,", "a,b", "..", "../../etc/passwd", "%00", "\x00", "<script>alert(1)</script>",
    "\U0001f600", "\u202e", "x" * 5000, "'", '"', "\\", "CNN", "st-cnn", "mnist-r", "birds",
    "runs/", "/", "0,0,0", "[[1e999,0]]", "1;2;3", "affine", "+5",
]  # fmt: skip

KNOWN = {
    "play": {"data", "models", "digit", "ink", "seed", "angle"},
    "inside": {"model", "step", "x", "y", "theta", "axes", "also", "picture", "label"},
    "attention": {"what", "model", "picture", "only", "muted", "heat", "grid", "opacity", "stage"},
    "steps": {"what", "model", "picture", "tick", "own", "slow", "sharp", "handles", "distractors"},
    "video": {"model", "clip", "seed", "digit", "frame", "grid"},
    "train": {"pictures", "network", "transform", "steps", "seed", "patience", "init_from"},
    "time_machine": {"run", "snapshot", "picture"},
    "results": {"set", "mnist-r-parameter", "mnist-r-networks", "mnist-r-with"},
    "lessons": {"lesson", "lang"},
    "debug": {"model", "beside", "lane", "tick", "image", "pin", "query", "x", "y"},
}
"""Some that each page reads: the recorder would fail here if it missed them."""


@pytest.fixture(scope="module")
def parameters_of() -> Callable[[str], list[str]]:
    """What a page reads of its address, as it is read or bound to a widget there."""
    found: dict[str, list[str]] = {}

    def record(name: str) -> list[str]:
        if name not in found:
            found[name] = sorted(_recorded(name))
        return found[name]

    return record


def _recorded(name: str) -> set[str]:
    asked: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for method in ("__getitem__", "get_all", "bind_widget"):
            original = getattr(QueryParams, method)

            def listening(
                self: QueryParams, *rest: Any, _original: Any = original, **named: Any
            ) -> Any:
                asked.add(named.get("param_key") or rest[0])
                return _original(self, *rest, **named)

            patch.setattr(QueryParams, method, listening)
        open_page(name, {})
        for data, one in DATA_SETS:  # other pictures have other controls
            if one.page == name:
                open_page(name, {"what": data})
    if name == "play":  # which reads its whole address at once
        asked |= LANDING.query().keys() | {"ink"}
        asked |= {parameter.name for _, one in DISTORTIONS for parameter in one.parameters[:4]}
    return asked


@pytest.mark.smoke
def test_there_is_something_to_try() -> None:
    assert len(NASTY) >= 40
    assert {path.stem for path in Path(PAGES).glob("*.py")} == set(TITLES) | set(UNLISTED)
    assert set(TITLES) == set(KNOWN)


@pytest.mark.law
@pytest.mark.parametrize("page", TITLES)
def test_no_link_ends_in_a_traceback(
    page: str, campaign: Campaign, parameters_of: Callable[[str], list[str]]
) -> None:
    """Some parameters are odd at a time, as each alone may hide behind another."""
    names = parameters_of(page)
    assert set(names) >= KNOWN[page]
    for _ in range(campaign.count(1, 100)):
        some = campaign.random.sample(names, campaign.random.randint(1, len(names)))
        open_page(page, {name: campaign.random.choice(NASTY) for name in some})


@pytest.mark.law
@pytest.mark.parametrize("page", TITLES)
def test_what_is_dropped_is_said(
    page: str, campaign: Campaign, parameters_of: Callable[[str], list[str]]
) -> None:
    """Each value alone: it stays in the address, or a sentence says that it does not."""
    names = parameters_of(page)
    pairs = [(name, value) for name in names for value in NASTY]
    for name, value in campaign.random.sample(pairs, campaign.count(2, min(200, len(pairs)))):
        opened = open_page(page, {name: value})
        kept = opened.query_params.get(name)
        stays = value in (kept or []) or value == kept or is_usual(opened, value)
        assert stays or told(opened), f"{name}={value[:40]!r}"


def is_usual(page: AppTest, value: str) -> bool:
    """Whether something stands at it: what stands there without a link is in none.

    A number may be written otherwise, as -0 for 0.
    """
    if any(box.value == value for box in [*page.button_group, *page.selectbox]):
        return True
    try:
        return any(box.value == float(value) for box in page.number_input)
    except ValueError:
        return False


def told(page: AppTest) -> bool:
    """Whether anything was said to the visitor."""
    return bool([*page.toast, *page.info, *page.warning, *page.error])


@pytest.mark.law
@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "", "-1", "1e400", "x"])
def test_what_is_dropped_on_train_is_said(value: str) -> None:
    names = ("seed", "patience", "network", "steps", "pictures", "init_from", "transform")
    for name in names:
        if (name, value) == ("init_from", ""):  # which means new weights
            continue
        page = open_page("train", {name: value})
        said = " ".join(toast.value for toast in page.toast)
        assert f"The link's {name} must be" in said
        assert page.query_params.get(name) != [value]


@pytest.mark.law
@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("attention", {"muted": "xyz"}),
        ("attention", {"only": "perhaps"}),
        ("steps", {"handles": "1;2;3"}),
        ("steps", {"distractors": "many"}),
        ("results", {"set": "nothing"}),
        ("results", {"mnist-r-networks": "nothing"}),
    ],
)
def test_what_other_pages_drop_is_said(page: str, query: dict[str, str]) -> None:
    opened = open_page(page, query)
    said = " ".join(toast.value for toast in opened.toast)
    for name in query:
        assert f"The link's {name} must be" in said


@pytest.mark.feature
def test_what_fits_is_kept() -> None:
    page = open_page("train", {"seed": "7", "patience": "3", "network": "CNN", "steps": "1000"})
    assert not page.toast
    assert {box.label: box.value for box in page.number_input}["Seed"] == 7
    assert page.query_params["network"] in ("CNN", ["CNN"])
