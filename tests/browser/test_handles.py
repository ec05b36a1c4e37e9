"""Handles of "Everything" act where they are drawn, whatever the sliders say."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Locator, Page

from stnviz.data.distort import by_name
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.true_map import TrueMap, true_map
from tests.variants import slow_but

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
Place = tuple[float, float]
Values = dict[str, float]

FREE = DISTORTIONS.get("free")
LINK = "/?data=free&models=mnist-r/st-cnn-affine&digit=22&seed=0"
VIEW = 1.3
"""How much of its surroundings a view shows around a picture, as geometry.js has it."""

NEAR = 0.004
"""Half pictures: a quarter of a pixel on the screen, and what float32 leaves of a spline."""

STRAY: Values = {
    "angle": 0.8,
    "shear": 0.25,
    "shift_x": 3,
    "shift_y": 3,
    "corner": 2.5,
    "spline": 1.2,
}
"""How far sliders are pulled from their rest."""


def some_values(seed: int) -> Values:
    """Sliders pulled anywhere, as far as the handles stay in sight and no map folds."""
    drawn, values = random.Random(seed), Values()
    for name in (parameter.name for parameter in FREE.parameters):
        if name in ("clutter", "noise"):
            continue
        if name.startswith("scale"):
            values[name] = drawn.uniform(0.6, 0.9)
            continue
        far = STRAY.get(name) or STRAY[name[:6]]
        values[name] = drawn.uniform(-far, far)
    return values


def way_back(values: Values) -> TrueMap:
    """The map by which a picture with these values is made."""
    row = [values.get(parameter.name, parameter.default) for parameter in FREE.parameters]
    return true_map(by_name(FREE, torch.tensor([row])), FREE.canvas, 1, torch.device("cpu"))


def content_at(values: Values, place: Place) -> Place:
    x, y = way_back(values).points(torch.tensor([[place]]))[0, 0].tolist()
    return x, y


def place_of(values: Values, content: Place) -> Place:
    x, y = way_back(values).inverse_points(torch.tensor([[content]]))[0, 0].tolist()
    return x, y


class Hand:
    """A mouse whose places are those of the picture."""

    def __init__(self, page: Page) -> None:
        self.page, self.view = page, page.locator("[data-testid=input]").first
        box = self.view.bounding_box()
        assert box is not None
        self.box = box

    def values(self) -> Values:
        found: Values = self.page.get_by_test_id("stage").evaluate(
            "({ component: stage }) => stage.state.values"
        )
        return dict(found)

    def place(self, handle: Locator) -> Place:
        box = handle.bounding_box()
        assert box is not None
        x = (box["x"] + box["width"] / 2 - self.box["x"]) / self.box["width"]
        y = (box["y"] + box["height"] / 2 - self.box["y"]) / self.box["height"]
        return (2 * x - 1) * VIEW, (2 * y - 1) * VIEW

    def drag(self, start: Place, end: Place) -> None:
        shares = [[(u / VIEW + 1) / 2 for u in place] for place in (start, end)]
        (x, y), (to_x, to_y) = (
            (self.box["x"] + u * self.box["width"], self.box["y"] + v * self.box["height"])
            for u, v in shares
        )
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(to_x, to_y, steps=4)
        self.page.mouse.up()
        self.drawn()

    def drawn(self) -> None:
        """Wait for the frame that puts the handles where they belong."""
        self.page.evaluate(
            "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
        )

    def hold(self, group: str) -> None:
        self.page.get_by_test_id("stage").evaluate(
            "({ component }, group) => component.hold(group)", group
        )


@pytest.fixture(params=slow_but(1, [0, 1, 2]))
def hand(request: pytest.FixtureRequest, visit: Visit) -> Hand:
    query = "".join(f"&{name}={value:.5f}" for name, value in some_values(request.param).items())
    return Hand(visit(LINK + query))


def apart(one: Place, other: Place) -> float:
    return max(abs(u - v) for u, v in zip(one, other, strict=True))


@pytest.mark.law
def test_what_is_under_the_finger_follows_the_finger(hand: Hand) -> None:
    page = hand.page
    corners = [("corner", f"Pull corner {k}") for k in (1, 2, 3, 4)]
    points = [("spline", f"Pull spline point {k}") for k in (1, 6, 11, 16)]
    for group, label in [("pose", "Move the digit"), *corners, *points]:
        hand.hold(group)
        handle = page.get_by_label(label, exact=True).first
        start, before = hand.place(handle), hand.values()
        end = (start[0] - 0.07 if start[0] > 0 else start[0] + 0.07, start[1] + 0.05)
        hand.drag(start, end)
        assert hand.values() != before, label
        assert apart(hand.place(handle), end) < NEAR, label
        held = content_at(before, start)
        assert apart(content_at(hand.values(), end), held) < 2 * NEAR, label


@pytest.mark.law
@pytest.mark.parametrize("group", slow_but(1, ["pose", "corner", "spline"]))
def test_the_picture_itself_follows_where_it_is_taken(hand: Hand, group: str) -> None:
    hand.hold(group)
    before = hand.values()
    start, end = (0.21, -0.16), (0.3, -0.05)
    hand.drag(start, end)
    assert apart(content_at(hand.values(), end), content_at(before, start)) < 2 * NEAR


@pytest.mark.law
@pytest.mark.parametrize(
    ("label", "change"), slow_but(1, [("Turn the digit", 0.3), ("Scale the digit", 1.15)])
)
def test_turning_and_scaling_end_where_the_finger_is(hand: Hand, label: str, change: float) -> None:
    hand.hold("pose")
    handle = hand.page.get_by_label(label, exact=True).first
    start, before = hand.place(handle), hand.values()
    held, wanted = content_at(before, start), dict(before)
    if label.startswith("Scale"):
        assert apart(held, (0.8, 0.8)) < 2 * NEAR
        wanted |= {name: before[name] * change for name in ("scale_x", "scale_y")}
    else:
        wanted["angle"] += change
    end = place_of(wanted, held)
    hand.drag(start, end)
    found = hand.values()
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=0.01), name
    assert apart(content_at(found, end), held) < 3 * NEAR


@pytest.mark.feature
def test_an_arrow_key_moves_a_handle_along_the_screen(hand: Hand) -> None:
    half = 1 / FREE.canvas
    for group, label in (("pose", "Move the digit"), ("corner", "Pull corner 1")):
        hand.hold(group)
        handle = hand.page.get_by_label(label, exact=True).first
        x, y = hand.place(handle)
        handle.focus()
        for _ in range(4):
            hand.page.keyboard.press("ArrowRight")
        hand.drawn()
        assert apart(hand.place(handle), (x + 4 * half, y)) < NEAR
