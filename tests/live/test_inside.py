"""Live answers on the inside of a network."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from stnviz.coordinates import sample
from stnviz.live.engine import Engine
from stnviz.live.protocol import BadRequest, InsideRequest, decode_answer, parse_request

NETWORK = "mnist-r/st-cnn-affine"
SQUARE = {"axes": [0, 1], "low": [0, 0], "high": [1, 1], "count": 3, "rows": [0]}
OTHERS = (
    "mnist-addition/2st-fcn-affine", "numbers-64/st-cnn-multi-affine",
    "colocalise-t/st-finder-attention",
)  # fmt: skip
MALFORMED: tuple[dict[str, Any], ...] = (
    {"theta": [1e9]}, {"theta": "x"}, {"lane": -1}, {"want": ["all"]}, {"sampler": {"kernel": "x"}},
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def asked(**changes: Any) -> InsideRequest:
    plain: dict[str, Any] = {
        "version": 1, "id": 5, "inside": NETWORK, "source": {"digit": 132},
        "distortion": {"name": "mnist-r", "values": {"angle": 0.6}}, **changes,
    }  # fmt: skip
    request = parse_request(json.dumps(plain))
    assert isinstance(request, InsideRequest)
    return request


def answered(engine: Engine, **changes: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return decode_answer(engine.submit(asked(**changes)).result(timeout=60))


@pytest.mark.feature
def test_an_answer_has_all_that_the_page_draws(engine: Engine) -> None:
    head, arrays = answered(engine)
    assert head["id"] == 5
    assert head["labels"] == [2]
    assert not head["edited"]
    assert np.array_equal(arrays["theta"], arrays["own"])
    assert np.allclose(arrays["answer"], arrays["probabilities"], atol=1e-6)
    image, grid = (torch.from_numpy(arrays[name].copy())[None] for name in ("input", "grid"))
    assert np.allclose(sample(image, grid)[0].numpy(), arrays["output"], atol=1e-5)
    theta = arrays["weight"] @ arrays["features"] + arrays["bias"]
    assert np.allclose(theta, arrays["theta"], atol=1e-4)
    assert len(head["layers"]) == sum(name.startswith("layer") for name in arrays)
    assert np.array(head["opencv"]).shape == (2, 3)


@pytest.mark.feature
def test_another_theta_changes_the_answer_and_only_what_is_wanted_is_sent(engine: Engine) -> None:
    _, before = answered(engine)
    head, arrays = answered(engine, theta=[0.3, 0, 0.5, 0, 0.3, 0.5], want=["gradients"])
    assert head["edited"]
    assert "input" not in arrays
    assert "weight" not in arrays
    assert np.allclose(arrays["theta"], [0.3, 0, 0.5, 0, 0.3, 0.5])
    assert np.array_equal(arrays["own"], before["own"])
    assert not np.allclose(arrays["answer"], before["answer"], atol=1e-3)


@pytest.mark.feature
def test_rows_of_a_landscape_are_the_losses_of_their_thetas(engine: Engine) -> None:
    rows = {"axes": [2, 5], "low": [-1, -1], "high": [1, 1], "count": 5, "rows": [1, 4]}
    _, arrays = answered(engine, landscape=rows)
    assert arrays["losses"].shape == (2, 5)
    own = answered(engine)[1]["own"].tolist()
    theta = [*own[:2], 0.5, *own[3:5], 1.0]
    head, _ = answered(engine, theta=theta)
    assert arrays["losses"][1, 3] == pytest.approx(head["loss"], abs=1e-4)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"inside": "nobody"}, "inside"),
        ({"inside": "mnist-r/cnn"}, "inside"),
        ({"lane": 3}, "lane"),
        ({"theta": [1.0]}, "theta"),
        ({"label": 11}, "label"),
        ({"source": None}, "source"),
        ({"landscape": {**SQUARE, "axes": [0, 7]}}, "landscape"),
        ({"landscape": {**SQUARE, "rows": [3]}}, "landscape"),
    ],
)  # fmt: skip
def test_what_is_impossible_is_refused_with_its_field(
    engine: Engine, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        engine.submit(asked(**changes)).result(timeout=60)
    assert refused.value.field == field
    assert refused.value.message.endswith(".")


@pytest.mark.exception
@pytest.mark.parametrize("changes", MALFORMED)
def test_a_malformed_request_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        asked(**changes)


@pytest.mark.feature
@pytest.mark.parametrize("network", OTHERS)
def test_networks_of_other_pictures_are_opened_too(engine: Engine, network: str) -> None:
    head, arrays = answered(engine, inside=network, picture=2, source=None, distortion=None)
    assert head["count"] > 2
    assert arrays["image"].ndim in (2, 3)
    assert np.isfinite(arrays["answer"]).all()
