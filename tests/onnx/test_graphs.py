"""Recorded graphs against torch and against the live engine."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.digits import gallery
from stnviz.data.distort import by_name, draw_values
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.true_map import true_map
from stnviz.live.engine import Engine
from stnviz.live.protocol import decode_answer, parse_request
from stnviz.onnx.catalogue import answer_graph
from stnviz.onnx.compare import TOLERANCE, GraphRunner, differences
from stnviz.onnx.graph import Graph
from stnviz.onnx.network import network_graph
from stnviz.records.lattices import STAGE_LATTICE
from stnviz.transforms.thin_plate_spline import control_points
from tests.onnx.exporting import ROOT, export

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

SPLINE, AFFINE = "mnist-r/st-fcn-thin-plate-spline", "mnist-r/st-cnn-affine"
LIBRARY = default_library()
EVERY = list(LIBRARY.cards(ill=True))
MOVING = [
    name
    for name, card in LIBRARY.cards().items()
    if card.model.get("transform") and card.family != "volumes"  # these have no recorded answer
]
NEAR = 2.0
"""Half images within which points are compared: beyond, next to a horizon, they have no bound."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network and an answer, as files."""
    folder = tmp_path_factory.mktemp("onnx")
    done = export(
        [SPLINE, "-o", folder / "net.onnx", "--check"],
        [AFFINE, "--answer", "-o", folder / "answer.onnx"],
    )
    assert [one["code"] for one in done] == [0, 0], done
    assert "probabilities" in done[0]["out"]
    return folder


def graph(name: str, *, answer: bool = False, distortion: str = "") -> Graph:
    model, card = load_checkpoint(LIBRARY.folder(name)), LIBRARY.cards(ill=True)[name]
    return answer_graph(model, card, distortion) if answer else network_graph(model, card)


@pytest.mark.oracle
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_a_batch_of_any_length_gives_what_torch_gives(folder: Path, batch: int) -> None:
    inputs = {"images": torch.rand(batch, 1, 28, 28)}
    apart = differences(graph(SPLINE), GraphRunner(folder / "net.onnx"), inputs)
    assert apart.keys() > {"logits", "lane0.tick0.theta", "lane0.tick0.grid"}
    assert max(apart.values()) <= TOLERANCE, apart


@pytest.mark.feature
def test_the_file_says_what_it_is(folder: Path) -> None:
    runner = GraphRunner(folder / "answer.onnx")
    kept = runner.session.get_modelmeta().custom_metadata_map
    about = {key: json.loads(value) for key, value in kept.items()}
    assert about["stnviz.card"]["digest"] == LIBRARY.cards()[AFFINE].digest
    assert about["stnviz.classes"] == [str(digit) for digit in range(10)]
    assert "align_corners=False" in about["stnviz.convention"]
    assert about["stnviz.distortion"]["name"] == "mnist-r"
    assert {"pose.angle", "pose.shift_y"} <= {one.name for one in runner.session.get_outputs()}
    assert set(about["stnviz.inputs"]) == {"digit", "values"}


@pytest.mark.oracle
def test_the_answer_is_that_of_the_live_route(folder: Path) -> None:
    engine, runner = Engine(LIBRARY), GraphRunner(folder / "answer.onnx")
    for digit in range(40):
        angle = math.pi * (digit / 20 - 1)
        head, arrays = ask(engine, AFFINE, "mnist-r", digit, {"angle": angle})
        found = runner.run({"digit": clean(digit), "values": torch.tensor([[angle]])})
        for name in ("theta", "lattice", "composed", "probabilities"):
            np.testing.assert_allclose(found[name][0], arrays[f"0.{name}"], atol=TOLERANCE)
        np.testing.assert_allclose(found["yours"][0], arrays["yours"], atol=TOLERANCE)
        for name, ours in (("input", arrays["input"]), ("output", arrays["0.output"])):
            assert np.abs(255 * found[name][0] - ours).max() <= 0.5 + 255 * TOLERANCE
        for name, number in head["rows"][0]["pose"].items():
            assert found[f"pose.{name}"][0] == pytest.approx(number, abs=TOLERANCE)


def clean(digit: int) -> Tensor:
    return torch.from_numpy(gallery().images[digit])[None, None].float() / 255


def ask(
    engine: Engine, model: str, distortion: str, digit: int, values: Mapping[str, float]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The live route's answer."""
    request = {
        "version": 1, "id": 1, "models": [model], "source": {"digit": digit},
        "distortion": {"name": distortion, "values": dict(values)},
    }  # fmt: skip
    (answer,) = engine.answer([parse_request(json.dumps(request))])
    assert isinstance(answer, bytes)
    return decode_answer(answer)


@pytest.mark.feature
def test_the_example_of_the_guide_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs/onnx.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert len(example.splitlines()) <= 11
    before = Path.cwd()
    os.chdir(folder)
    try:
        exec(compile(example, "docs/onnx.md", "exec"), {})
    finally:
        os.chdir(before)
    assert "(3, 32)" in capsys.readouterr().out


@pytest.mark.law
@pytest.mark.parametrize("name", {one.split("/")[0]: one for one in MOVING}.values())
def test_every_data_set_has_an_answer_with_finite_numbers(name: str) -> None:
    found = graph(name, answer=True).run()
    assert len(found) >= 3
    assert all(bool(value.isfinite().all()) for value in found.values())


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.parametrize("name", EVERY)
def test_every_checkpoint_and_its_answer_agree_with_torch(name: str, tmp_path: Path) -> None:
    net, answer = tmp_path / "net.onnx", tmp_path / "answer.onnx"
    done = export([name, "-o", net, "--check"], [name, "--answer", "-o", answer, "--check"])
    if LIBRARY.cards(ill=True)[name].family == "volumes":
        assert done[0]["code"] == 0, done
        assert "export the network itself" in done[1]["err"]
        return
    assert [one["code"] for one in done] == [0, 0], done


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "distortion"),
    [
        ("mnist-rts/st-cnn-affine", "mnist-rts"),
        ("mnist-p/st-cnn-projective", "mnist-p"),
        ("mnist-e/st-cnn-thin-plate-spline", "mnist-e"),
        ("mnist-tc/st-cnn-affine", "mnist-tc"),
        (AFFINE, "free"),
    ],
)
def test_answers_agree_on_500_random_states(name: str, distortion: str, tmp_path: Path) -> None:
    file = tmp_path / "answer.onnx"
    (done,) = export([name, "--answer", "--distortion", distortion, "-o", file])
    assert done["code"] == 0, done
    ours, runner = graph(name, answer=True, distortion=distortion), GraphRunner(file)
    for digit, values in enumerate(states(distortion)):
        inputs = {**ours.inputs, "digit": clean(digit), "values": values}
        wanted, found = ours.run(inputs), runner.run(inputs)
        for output, value in wanted.items():
            near = value.abs() <= NEAR if output in ("composed", "yours") else value.abs() < np.inf
            if output == "yours":
                near &= only_ours_is_right(
                    ours.module, values, value, torch.from_numpy(found[output])
                )
            far = (value - torch.from_numpy(found[output]))[near].abs()
            assert far.numel() == 0 or float(far.max()) <= TOLERANCE, (output, values)


def only_ours_is_right(module: Any, values: Tensor, ours: Tensor, theirs: Tensor) -> Tensor:
    """Where our place of the clean grid leads to where it should, and theirs does not.

    Places are sought step by step. Where a distortion nearly folds, two that are well apart come to
    lie together in the image, and where it folds, neither search may end.
    """
    side = module.model.config.input_size[0]
    clean = true_map(by_name(module.distortion, values), side, 1, values.device)
    xy = control_points(STAGE_LATTICE)[None]
    off = torch.stack([(clean.points(one) - xy).abs() for one in (ours, theirs)])
    right = (off <= TOLERANCE).all(dim=-1, keepdim=True)
    return (right[0] & ~right[1]).expand_as(ours)


def states(distortion: str) -> list[Tensor]:
    """Values as in training, and with a single control anywhere."""
    shown, generator = DISTORTIONS.get(distortion), torch.Generator().manual_seed(1)
    bounds = torch.tensor([[p.low, p.high, p.default] for p in shown.parameters])
    found = list(draw_values(shown, 250, generator).clamp(bounds[:, 0], bounds[:, 1]).split(1))
    for _ in range(250):
        values = bounds[:, 2].clone()
        which = int(torch.randint(len(values), (), generator=generator))
        low, high = bounds[which, :2]
        values[which] = low + (high - low) * torch.rand((), generator=generator)
        found.append(values[None])
    return found
