"""Live answers on volumes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint, save_checkpoint
from stnviz.data.digits import gallery
from stnviz.data.volumes import extrude, rotation_about
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.live.engine import Engine
from stnviz.live.protocol import BadRequest, decode_answer, encode_ink, parse_request
from stnviz.models.volumes import VolumeNetwork

DATA = "mnist-volume"
ST, CNN, VIEWS = f"{DATA}/st-cnn-affine-3d", f"{DATA}/cnn", f"{DATA}/cnn-views"
ANGLES = {"x_angle": 0.4, "y_angle": -0.9, "z_angle": 0.2}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three networks, the one with a transformer away from the identity."""
    root, experiment = tmp_path_factory.mktemp("volumes"), EXPERIMENTS.get(DATA)
    torch.manual_seed(3)
    for name, model, transform in (
        (ST, "st-cnn", "affine-3d"), (CNN, "cnn", None), (VIEWS, "cnn-views", None),
    ):  # fmt: skip
        built = experiment.build(experiment.config(model, transform))
        assert isinstance(built, VolumeNetwork)
        if built.transformer is not None:
            torch.nn.init.normal_(built.transformer.localisation[-1].weight, std=0.1)
        save_checkpoint(
            root / name, built, family="volumes", data=DATA, training={}, metrics={"error": 0.5}
        )
    return root


@pytest.fixture(scope="module")
def engine(root: Path) -> Engine:
    return Engine(Library({"": root}))


def ask(engine: Engine, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    asked = {
        "version": 1, "id": 5, "volumes": [CNN, VIEWS, ST], "source": {"digit": 37},
        "values": ANGLES, **changes,
    }  # fmt: skip
    answer = engine.submit(parse_request(json.dumps(asked))).result()
    return decode_answer(answer)


@pytest.mark.feature
def test_an_answer_is_what_the_networks_say_of_the_turned_digit(engine: Engine, root: Path) -> None:
    head, arrays = ask(engine)
    assert (head["id"], head["label"]) == (5, 7)
    clean = torch.from_numpy(gallery().images[37])[None, None].float() / 255
    rotation = rotation_about(*(torch.tensor([angle]) for angle in ANGLES.values()))
    assert arrays["rotation"] == pytest.approx(rotation[0].numpy())
    assert (arrays["digit"] == gallery().images[37]).all()
    volume = extrude(clean, rotation)
    for k, (name, views) in enumerate(((CNN, 1), (VIEWS, 3), (ST, 1))):
        with torch.inference_mode():
            output = load_checkpoint(root / name)(volume)
        shares = output.logits[0].softmax(dim=-1).numpy()
        assert arrays[f"{k}.probabilities"] == pytest.approx(shares, abs=1e-5)
        assert arrays[f"{k}.seen"].shape == (views, 32, 32)
    assert (arrays["walls"] == arrays["1.seen"]).all()
    assert (arrays["walls"][:1] == arrays["0.seen"]).all()
    assert arrays["2.theta"] == pytest.approx(output.steps[0].theta[0].numpy(), abs=1e-6)
    assert set(head["rows"][2]["pose"]) >= {"x_angle", "y_angle", "z_angle", "volume"}
    assert "0.theta" not in arrays


@pytest.mark.feature
def test_a_drawn_digit_has_no_label_and_angles_left_out_are_zero(engine: Engine) -> None:
    ink = encode_ink(gallery().images[37])
    head, arrays = ask(engine, source={"ink": ink}, values={}, volumes=[CNN])
    assert head["label"] is None
    assert head["values"] == {"x_angle": 0.0, "y_angle": 0.0, "z_angle": 0.0}
    assert arrays["rotation"].tolist() == torch.eye(3).tolist()
    assert arrays["walls"][0, 2:30, 2:30].astype(int) == pytest.approx(
        arrays["digit"].astype(int), abs=1
    )


@pytest.mark.feature
def test_what_lies_outside_the_training_is_said(engine: Engine) -> None:
    head, _ = ask(engine, values={"y_angle": math.radians(100)}, volumes=[CNN])
    (sentence,) = head["outside"]
    assert sentence.startswith("Turn sideways 100° is outside its training")


@pytest.mark.exception
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"volumes": ["mnist-r/cnn"]}, "volumes", "Choose networks among"),
        ({"volumes": []}, "volumes", "at least 1"),
        ({"values": {"x_angle": 4.0}}, "values.x_angle", "Stay between"),
        ({"values": {"tilt": 0.1}}, "values.tilt", "has no such value"),
        ({"source": {}}, "source", "Name a digit or send ink"),
        ({"source": {"digit": 10_000}}, "source.digit", "less than 10000"),
        ({"extra": 1}, "extra", "not permitted"),
    ],
)
def test_a_request_at_fault_is_answered_with_the_field(
    engine: Engine, changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words) as caught:
        ask(engine, **changes)
    assert caught.value.field == field
