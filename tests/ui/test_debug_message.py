"""What the Debug component is sent: whole, bounded, and harmless whatever a trace holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stnviz.analysis.sampling_maps import pixel_positions
from stnviz.live.protocol import decode_answer
from stnviz.records import HealthReport, Step, Trace, TransformerHealth, Verdict
from stnviz.records.trace import Array
from stnviz.ui.debug import message as messages
from stnviz.ui.debug.display import Scale
from stnviz.ui.debug.message import View, encode
from stnviz.ui.debug.model import Examined
from tests.toy_traces import KINDS, MARKUP

LIMIT = 10 * 10**6
"""Bytes of a message that Streamlit sends."""


def examined(trace: Trace, *verdicts: Verdict) -> Examined:
    """A trace whose transformers all have these verdicts."""
    found = [
        TransformerHealth(step.lane, step.tick, f"site {step.lane}", step.kind, verdicts)
        for step in trace.steps
    ]
    return Examined("key", "title", trace, HealthReport(tuple(found)))


Part = tuple[dict[str, Any], dict[str, Array]]


def parts(sides: list[Examined], view: View = View()) -> list[Part]:  # noqa: B008 (it is frozen)
    def unpacked() -> Iterator[Part]:
        packed, at = encode(sides, view).packed, 0
        assert len(packed) * 4 / 3 < LIMIT
        while at < len(packed):
            length = int.from_bytes(packed[at : at + 4], "little")
            yield decode_answer(packed[at + 4 : at + 4 + length])
            at += 4 + length

    return list(unpacked())


@pytest.mark.law
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_sent(kind: str) -> None:
    trace = KINDS[kind]()
    (head, arrays), *pictures = parts([examined(trace)])
    (side,) = head["sides"]
    assert side["count"] == len(trace)
    assert arrays["values0"].shape == (len(trace), len(side["quantities"]))
    assert len(side["transformers"]) == len(trace.steps)
    assert len(arrays["inputs0"]) == len(trace)
    assert pictures
    for picture, found in pictures:
        assert {"reads", "counts" if kind != "volume" else "areas"} <= found.keys()
        assert picture["size"] == list(trace.steps[0].input.shape[2:])


@pytest.mark.feature
def test_pixels_and_places_are_exact() -> None:
    trace = KINDS["warp"]()
    step = trace.steps[0]
    _, *pictures = parts([examined(trace)])
    assert [head["image"] for head, _ in pictures] == list(range(len(trace)))
    head, found = pictures[3]
    wanted = pixel_positions(step.grid[3], (28, 28), align_corners=False)
    np.testing.assert_array_equal(found["reads"], wanted)
    low, high = head["limits"]["input"]
    assert (low, high) == pytest.approx((step.input.min(), step.input.max()))
    shown = low + found["input"] / 255 * (high - low)
    np.testing.assert_allclose(shown, step.input[3, 0], atol=(high - low) / 500)


@pytest.mark.feature
def test_what_is_shown_in_another_range_is_said() -> None:
    (_, _), (head, _), *_ = parts([examined(KINDS["warp"]())])
    assert head["words"]["input"] == "black is \u22120.424, white 2.82"
    stages = [examined(KINDS["stages"]())]
    (_, _), (head, _), *_ = parts(stages, View(lane=0, tick=1))
    assert head["words"]["input"].startswith("mean of 16 channels")
    assert Scale.of(np.zeros((2, 1, 4, 4), np.float32), own=True).limits == (0.0, 1.0)


@pytest.mark.feature
def test_what_was_not_kept_is_said_and_the_image_stands_in_its_place() -> None:
    (_, _), (head, found), *_ = parts([examined(KINDS["wild"]())])
    assert head["words"]["input"] == "not kept; the model's image in its place"
    assert found["input"].shape == (28, 28)


@pytest.mark.feature
def test_missing_values_are_marked() -> None:
    _, *pictures = parts([examined(KINDS["nan"]())])
    broken, sound = pictures[0][1], pictures[1][1]
    assert broken["output_missing"].all()
    assert "output_missing" not in sound
    assert np.isnan(broken["reads"][..., 0]).all()


@pytest.mark.feature
def test_large_images_are_sent_one_by_one() -> None:
    trace = _large(6, 300)
    (head, _), *pictures = parts([examined(trace)], View(image=4, pin=1))
    assert head["sides"][0]["count"] == 6
    assert [one["image"] for one, _ in pictures] == [1, 4]
    assert pictures[0][0]["every"] == 2
    assert pictures[0][1]["reads"].shape == (150, 150, 2)
    _, *pictures = parts([examined(trace), examined(trace)], View(image=99, pin=99))
    assert [(one["side"], one["image"]) for one, _ in pictures] == [(0, 5), (1, 5)]


def _large(count: int, side: int) -> Trace:
    line = (2 * np.arange(side, dtype=np.float32) + 1) / side - 1
    grid = np.broadcast_to(np.stack(np.meshgrid(line, line), axis=-1), (count, side, side, 2))
    images = np.random.default_rng(0).random((count, 3, side, side), np.float32)
    step = Step("", images, np.zeros((count, 0), np.float32), grid, images)
    return Trace(images, (step,), np.zeros((count, 0), np.float32))


@pytest.mark.exception
@pytest.mark.parametrize(
    "shape", [(1, 0, 2**20, 2**20), (1, 1, 1, 2000), (1, 1, 2000, 1), (1, 70, 3, 5), (1, 2, 9, 9)]
)
def test_absurd_sizes_stay_small(shape: tuple[int, ...]) -> None:
    for points in ((1, 1), (1, 400)):
        grid = np.full((1, *points, 2), 0.5, np.float32)
        step: Step[Array] = Step(
            "no such", np.zeros(shape, np.float32), np.full((1, 5000), np.nan, np.float32), grid,
            np.zeros((1, 0, *points), np.float32),
        )  # fmt: skip
        images = np.full((1, 1, 2, 3), np.inf, np.float32)
        for kind in ("warp", "field", "points"):
            trace = Trace(images, (replace(step, kind=kind),), np.zeros((1, 0), np.float32))
            assert len(parts([examined(trace)])) == 2


@pytest.mark.feature
def test_of_very_many_images_some_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_IMAGES", 4)
    (head, arrays), *pictures = parts([examined(KINDS["warp"]())])
    assert (head["sides"][0]["count"], head["sides"][0]["of"]) == (4, 24)
    assert len(arrays["inputs0"]) == len(pictures) == 4


@pytest.mark.feature
def test_verdicts_are_sent_as_data_whatever_their_numbers_are() -> None:
    numbers = {"spread": np.float32(0.5), "images": np.arange(2), "odd": object(), "gone": np.nan}
    verdict = Verdict("constant", 1.0, MARKUP, numbers=numbers)
    (head, _), *_ = parts([examined(KINDS["constant"](), verdict)])
    (light,) = head["sides"][0]["transformers"]
    assert light["state"] == "ill"
    (sent,) = light["verdicts"]
    assert sent["sentence"] == MARKUP
    assert sent["guide"] == "constant"
    assert (sent["numbers"]["spread"], sent["numbers"]["images"]) == (0.5, [0, 1])
    assert sent["numbers"]["gone"] is None
    json.dumps(head, allow_nan=False)
