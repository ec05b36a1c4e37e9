"""Links restore the exact state, and damaged ones lose nothing but the damage."""

from __future__ import annotations

import numpy as np
import pytest

from stnviz.data.distortions import DISTORTIONS
from stnviz.live.links import PlayState, read_link, read_report
from stnviz.live.protocol import encode_ink


@pytest.mark.feature
@pytest.mark.parametrize("name", DISTORTIONS.names())
def test_a_link_restores_the_state(name: str) -> None:
    values = {
        p.name: round(p.low + (p.high - p.low) * (0.2 + 0.01 * k), 5)
        for k, p in enumerate(DISTORTIONS.get(name).parameters)
    }
    state = PlayState(name, ("mnist-r/cnn", "mnist-r/st-cnn-affine"), 4321, None, values, 99)
    found, troubles = read_link(state.query())
    assert troubles == []
    assert PlayState(**found) == state


@pytest.mark.feature
def test_a_drawing_goes_into_the_link() -> None:
    ink = encode_ink(np.full((28, 28), 17 * 9, np.uint8))
    found, troubles = read_link(PlayState("mnist-r", (), ink=ink).query())
    assert (found["ink"], troubles) == (ink, [])


@pytest.mark.exception
@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"data": "svhn"}, "svhn"),
        ({"digit": "10000"}, "digit"),
        ({"digit": "-1"}, "digit"),
        ({"digit": "\u0663"}, "digit"),
        ({"seed": "x"}, "seed"),
        ({"ink": "abc"}, "drawing"),
        ({"data": "mnist-r", "angle": "nan"}, "angle"),
        ({"data": "mnist-r", "angle": "inf"}, "angle"),
        ({"data": "mnist-r", "angle": "99"}, "angle"),
        ({"data": "mnist-r", "angle": "<b>"}, "angle"),
    ],
)
def test_a_damaged_part_is_named_and_left_out(query: dict[str, str], word: str) -> None:
    found, troubles = read_link({**query, "models": "a,b,c,d"})
    assert len(troubles) == 1
    assert word in troubles[0]
    assert len(found["models"]) == 3
    assert found.get("values", {}) == {}


@pytest.mark.feature
def test_no_link_is_the_landing_page() -> None:
    assert read_link({}) == ({}, [])
    assert read_link({"utm_source": "mail"}) == ({}, [])


CURRENT = PlayState("mnist-r", ("mnist-r/cnn",), 3, "AAAA", {"angle": 1.0}, 8)


@pytest.mark.feature
def test_the_stages_report_is_taken_over() -> None:
    told = {"digit": 40, "ink": None, "values": {"angle": 0.25}, "seed": 7, "models": []}
    wanted = PlayState("mnist-r", ("mnist-r/cnn",), 40, None, {"angle": 0.25}, 7)
    assert read_report(told, CURRENT) == wanted


@pytest.mark.exception
@pytest.mark.parametrize(
    "told",
    [{}, {"values": 7}, {"values": {"angle": "x"}, "digit": [], "seed": -4, "ink": {}}],
)
def test_a_broken_report_breaks_nothing(told: dict[str, object]) -> None:
    state = read_report(told, CURRENT)
    assert (state.digit, state.seed, state.ink, state.values) == (3, 8, None, {})
