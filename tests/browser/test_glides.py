"""Glasses go with their outline from look to look: the pixels on the way, in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Page

from stnviz.compositing import read_on
from stnviz.coordinates import base_grid
from stnviz.live.engine import Engine
from stnviz.live.protocol import decode_answer, parse_request
from tests.painted import PIXELS

pytestmark = pytest.mark.browser
Look = Callable[..., Page]
Arrays = dict[str, NDArray[Any]]

NETWORK = "glasses/st-gan-similarity"
READY = "[data-testid=steps][data-ready=true]"
SIDE = 48
PIXEL = 2 / SIDE
MOVING = 0.6
"""Share of a look's time in which its window is on its way, as steps.js has it."""

ROUNDING = 2
"""Grey levels: colours and opacity come as bytes, and so does what is laid on."""

GONE = """({ component: steps }, place) => {
    steps.transport.halt();
    steps.transport.come(place);
    steps.frame();
}"""

DRAWN = """({ component: steps }, place) => {
    const { overlay } = steps.scene, { thin } = overlay;
    let drawn = null;
    overlay.thin = (lattice, ...how) => {
        drawn = [...lattice];
        thin.call(overlay, lattice, ...how);
    };
    steps.transport.halt();
    steps.transport.come(place);
    steps.frame();
    delete overlay.thin;
    return drawn;
}"""
"""Goes to a place, and tells the lattice whose outline is drawn there."""


def step_trace(sharp: bool) -> Arrays:
    """What the page is sent for its picture."""
    edit = {"picture": 4, "sharp": sharp}
    request = {"version": 1, "id": 1, "network": NETWORK, "edit": edit}
    _, arrays = decode_answer(Engine().submit(parse_request(json.dumps(request))).result())
    return arrays


def on_the_way(arrays: Arrays, place: float) -> NDArray[Any]:
    """The composite of a map that is between those of two looks as their windows' points are."""
    goal = int(np.ceil(place))
    share = (place - goal + 1) / MOVING
    share = share * share * (3 - 2 * share)
    windows = [arrays["start"], *arrays["lattices"]]
    seen = windows[goal - 1] + share * (windows[goal] - windows[goal - 1])
    known = np.concatenate([seen, np.ones((len(seen), 1))], axis=1)
    back = torch.tensor(np.linalg.lstsq(known, arrays["start"], rcond=None)[0].T)
    layers = np.concatenate([arrays["background"], arrays["foreground"]], axis=3) / 255
    pixels = base_grid(layers.shape[1:3], dtype=torch.float64)
    grid = torch.cat([pixels, torch.ones_like(pixels[..., :1])], dim=-1) @ back.mT
    laid = read_on(torch.tensor(layers).permute(0, 3, 1, 2), grid[None])
    return (255 * laid[0].permute(1, 2, 0)).numpy()


def painted(page: Page) -> NDArray[Any]:
    canvas = page.locator(".scene canvas.pixels")
    side = canvas.evaluate("({ width }) => width")
    return np.array(canvas.evaluate(PIXELS), float).reshape(side, side, 4)[..., :3]


@pytest.mark.slow
@pytest.mark.law
@pytest.mark.parametrize("sharp", [False, True], ids=["as seen", "sharp"])
def test_on_the_way_the_pixels_are_those_of_the_map_on_the_way(look: Look, sharp: bool) -> None:
    page = look(f"/steps?what=glasses&picture=4&sharp={int(sharp)}&tick=4", READY)
    page.emulate_media(reduced_motion="no-preference")
    root, arrays = page.get_by_test_id("steps"), step_trace(sharp)
    for place in (0.05, 0.3, 0.55, 1.3, 2.3, 3.5):
        root.evaluate(GONE, place)
        wanted = on_the_way(arrays, place)
        assert np.abs(painted(page) - wanted).max() <= ROUNDING
    for place, wanted in ((0, arrays["picture"][0]), (0.6, arrays["outputs"][0])):
        root.evaluate(GONE, place)
        assert np.abs(painted(page) - wanted).max() <= ROUNDING


@pytest.mark.feature
def test_the_outline_lies_around_the_glasses_on_their_way(look: Look) -> None:
    page = look("/steps?what=glasses&picture=4&tick=4", READY)
    page.emulate_media(reduced_motion="no-preference")
    root, arrays = page.get_by_test_id("steps"), step_trace(sharp=False)
    for place in (0.15, 0.3, 0.45, 1.3):
        drawn = root.evaluate(DRAWN, place)
        left, top = np.array(drawn).reshape(-1, 2).min(axis=0)
        right, bottom = np.array(drawn).reshape(-1, 2).max(axis=0)
        rows, columns = np.nonzero(np.abs(painted(page) - arrays["background"][0]).max(axis=2) > 30)
        xs, ys = (2 * columns + 1) / SIDE - 1, (2 * rows + 1) / SIDE - 1
        assert left - PIXEL < xs.min() < xs.max() < right + PIXEL
        assert top - PIXEL < ys.min() < ys.max() < bottom + PIXEL
        assert xs.max() - xs.min() > 0.6 * (right - left)


@pytest.mark.slow
@pytest.mark.feature
def test_with_reduced_motion_nothing_is_on_its_way(look: Look) -> None:
    page = look("/steps?what=glasses&picture=4&tick=4", READY)
    root, arrays = page.get_by_test_id("steps"), step_trace(sharp=False)
    for place, wanted in ((1.3, 1), (1.7, 2)):
        root.evaluate(GONE, place)
        assert np.array_equal(painted(page), arrays["outputs"][wanted - 1])
