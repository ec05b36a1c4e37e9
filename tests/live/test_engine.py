"""The engine: its answers are the models' own, alone or in company."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stnviz.checkpoints.card import SkippedCheckpoint
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint, save_checkpoint
from stnviz.data.digits import gallery
from stnviz.data.distort import distort
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.engine import LATTICE_POINTS, Engine
from stnviz.live.protocol import BadRequest, Request, decode_answer, parse_request
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.transforms import create_transform

Message = Callable[..., dict[str, Any]]


def read(plain: dict[str, Any]) -> Request:
    return parse_request(json.dumps(plain))


def one(engine: Engine, plain: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    (answer,) = engine.answer([read(plain)])
    if isinstance(answer, BadRequest):
        raise answer
    return decode_answer(answer)


@pytest.mark.feature
def test_an_answer_is_the_models_own(engine: Engine, checkpoints: Path, message: Message) -> None:
    _, arrays = one(engine, message())
    digit = torch.from_numpy(gallery().images[7]).float()[None, None] / 255
    done = distort(DISTORTIONS.get("mnist-r"), digit, torch.tensor([[0.5]]), torch.Generator())
    with torch.inference_mode():
        output = load_checkpoint(checkpoints / "mnist-r/st-cnn-affine")(done.images)
    step = output.steps[0]
    assert np.allclose(arrays["0.theta"], step.theta[0], atol=1e-6)
    assert np.allclose(arrays["0.probabilities"], output.logits.softmax(1)[0], atol=1e-6)
    grey = (step.output[0, 0] * 255).round().byte().numpy()
    assert np.abs(arrays["0.output"].astype(int) - grey).max() <= 1


@pytest.mark.feature
@pytest.mark.parametrize(
    ("model", "transform"),
    [
        ("mnist-r/st-cnn-affine", "affine"),
        ("mnist-r/st-cnn-thin-plate-spline", "thin-plate-spline"),
    ],
)
def test_the_lattice_is_where_the_network_looks(
    engine: Engine, message: Message, model: str, transform: str
) -> None:
    head, arrays = one(engine, message(models=[model]))
    theta = torch.tensor(arrays["0.theta"])[None]
    wanted = create_transform(transform).points(theta, LATTICE_POINTS[None])[0]
    assert head["rows"][0]["transform"] == transform
    assert np.allclose(arrays["0.lattice"], wanted, atol=1e-6)


@pytest.mark.feature
def test_your_frame_and_the_clean_map_undo_one_another(engine: Engine, message: Message) -> None:
    spline = {f"spline{k}_x": 2.0 * (-1) ** k for k in range(16)}
    plain = message(distortion={"name": "mnist-e", "values": {"scale": 0.8, **spline}})
    from stnviz.live.distorted_input import make_input

    asked = read(plain)
    picture = make_input(asked.source, asked.distortion, (28, 28), asked.id)
    _, arrays = one(engine, plain)
    back = picture.clean.points(torch.tensor(arrays["yours"])[None])[0]
    assert np.allclose(back, LATTICE_POINTS, atol=2e-3)


@pytest.mark.feature
def test_company_changes_no_answer(engine: Engine, message: Message) -> None:
    requests = [
        read(message(id=k, source={"digit": k}, distortion={"name": "mnist-r", "values": {
            "angle": 0.1 * k}}, models=["mnist-r/cnn", "mnist-r/st-cnn-affine"][: 1 + k % 2]))
        for k in range(9)
    ]  # fmt: skip
    together = engine.answer(requests)
    for request, answer in zip(requests, together, strict=True):
        (alone,) = engine.answer([request])
        assert isinstance(answer, bytes)
        assert isinstance(alone, bytes)
        head, arrays = decode_answer(answer)
        head_alone, arrays_alone = decode_answer(alone)
        assert head["id"] == head_alone["id"] == request.id
        for name, array in arrays_alone.items():
            # A batch adds in another order, and a pixel may round the other way.
            tolerance = 1.0 if array.dtype == np.uint8 else 1e-5
            assert np.allclose(array.astype(float), arrays[name].astype(float), atol=tolerance)


@pytest.mark.feature
def test_a_network_that_was_trained_anew_under_its_old_name_answers_next(
    checkpoints: Path, tmp_path: Path, message: Message
) -> None:
    name = "mnist-r/st-cnn-affine"
    shutil.copytree(checkpoints, tmp_path, dirs_exist_ok=True)
    engine = Engine(Library({"": tmp_path}))
    _, before = one(engine, message())
    torch.manual_seed(99)
    shutil.rmtree(tmp_path / name)
    anew = DigitNetwork(DigitConfig("st-cnn", (28, 28), 4, transform="affine"))
    save_checkpoint(tmp_path / name, anew, family="digits", data="mnist-r", training={}, metrics={})
    _, after = one(engine, message())
    assert not np.allclose(before["0.probabilities"], after["0.probabilities"])
    shutil.rmtree(tmp_path / name)
    with pytest.raises(BadRequest, match="Choose models among mnist-r/cnn"):
        one(engine, message())


@pytest.mark.exception
@pytest.mark.parametrize("transform", ["affine", "projective", "thin-plate-spline"])
def test_a_transformer_that_broke_answers_without_a_pose(
    tmp_path: Path, message: Message, transform: str
) -> None:
    broken = DigitNetwork(DigitConfig("st-cnn", (28, 28), 4, transform=transform))
    assert broken.transformer is not None
    with torch.no_grad():
        list(broken.transformer.localisation.parameters())[-1].fill_(torch.nan)
    save_checkpoint(
        tmp_path / "b", broken, family="digits", data="mnist-r", training={}, metrics={}
    )
    head, arrays = one(Engine(Library({"": tmp_path})), message(models=["b"]))
    assert head["rows"][0]["pose"] is None
    assert np.isnan(arrays["0.theta"]).all()


@pytest.mark.exception
def test_one_bad_request_spoils_no_other(engine: Engine, message: Message) -> None:
    good, bad = read(message(id=1)), read(message(id=2, models=["nobody"]))
    first, second = engine.answer([good, bad])
    assert isinstance(first, bytes)
    assert isinstance(second, BadRequest)
    assert (second.field, second.id) == ("models", 2)
    assert "mnist-r/cnn" in second.message


@pytest.mark.exception
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("models", {"models": ["mnist-r/cnn", "mnist-tc/st-cnn-projective"]}),
        ("distortion.name", {"distortion": {"name": "blur"}}),
        ("distortion.values.angle", {"distortion": {"name": "mnist-r", "values": {"angle": 4.0}}}),
        ("distortion.values.size", {"distortion": {"name": "mnist-r", "values": {"size": 1.0}}}),
    ],
)
def test_what_the_schema_cannot_know_is_judged_too(
    engine: Engine, message: Message, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest) as caught:
        one(engine, message(**changes))
    assert caught.value.field == field


@pytest.mark.feature
def test_drawn_values_come_with_the_answer_and_repeat_it(engine: Engine, message: Message) -> None:
    drawing = {"name": "mnist-p", "seed": 11, "draw": True}
    head, arrays = one(engine, message(distortion=drawing))
    again = {"name": "mnist-p", "seed": 11, "values": head["values"]}
    _, repeated = one(engine, message(distortion=again))
    assert set(head["values"]) == {p.name for p in DISTORTIONS.get("mnist-p").parameters}
    assert np.array_equal(arrays["input"], repeated["input"])


@pytest.mark.feature
def test_outside_its_training_it_says_so(engine: Engine, message: Message) -> None:
    head, _ = one(engine, message(distortion={"name": "mnist-r", "values": {"angle": 2.0}}))
    assert any("Turn" in sentence and "115" in sentence for sentence in head["rows"][0]["outside"])
    inside, _ = one(engine, message())
    assert inside["rows"][0]["outside"] == []


@pytest.mark.exception
def test_corners_on_a_line_give_an_answer_without_a_frame(engine: Engine, message: Message) -> None:
    flat = {"corner0_x": 14.0, "corner0_y": 14.0, "corner1_x": -14.0, "corner1_y": 14.0}
    both = {**flat, "corner2_x": -14.0, "corner2_y": -14.0, "corner3_x": 14.0, "corner3_y": -14.0}
    _, arrays = one(engine, message(distortion={"name": "mnist-p", "values": both}))
    assert np.isfinite(arrays["0.probabilities"]).all()
    assert "yours" not in arrays or np.isfinite(arrays["yours"]).all()


@pytest.mark.exception
def test_a_damaged_checkpoint_is_skipped_and_the_rest_answers(
    checkpoints: Path, tmp_path: Path, message: Message
) -> None:
    root = tmp_path / "checkpoints"
    shutil.copytree(checkpoints, root)
    (root / "mnist-r/cnn/card.json").write_text("{")
    weights = root / "mnist-r/st-cnn-thin-plate-spline/weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.warns(SkippedCheckpoint) as said:
        engine = Engine(Library({"": root}))
    for name in ("mnist-r/cnn", "mnist-r/st-cnn-thin-plate-spline"):
        assert sum(f"{root}/{name}/" in str(warning.message) for warning in said) == 1
    engine.warm_up()
    _, arrays = one(engine, message())
    assert len(arrays["0.probabilities"]) == 10
    with pytest.raises(BadRequest) as caught:
        one(engine, message(models=["mnist-r/st-cnn-thin-plate-spline"]))
    assert caught.value.field == "models"


@pytest.mark.feature
def test_the_worker_outlives_an_error(engine: Engine, message: Message) -> None:
    with pytest.raises(BadRequest):
        engine.submit(read(message(models=["nobody"]))).result(timeout=20)
    assert engine.submit(read(message())).result(timeout=20)
