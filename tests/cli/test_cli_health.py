"""``stnviz health``: verdicts as text, as JSON, and as an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import stnviz
from stnviz.cli import main
from tests.followers import Fixed, Follower, blobs


@pytest.mark.feature
def test_an_ill_transformer_is_told_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ill.trace"
    stnviz.inspect(Fixed(), torch.rand(8, 1, 24, 24)).save(path)
    assert main(["health", str(path)]) == 1
    said = capsys.readouterr()
    assert said.out == f"{stnviz.health(stnviz.load_trace(path))}\n"
    assert "constant: " in said.out
    assert said.err == ""
    assert main(["health", str(path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ill"] is True
    (one,) = told["transformers"]
    assert (one["state"], one["lane"], one["kind"]) == ("ill", 0, "warp")
    assert one["verdicts"][0]["name"] == "constant"
    assert one["verdicts"][0]["cure"]


@pytest.mark.feature
def test_a_healthy_transformer_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "well.trace"
    stnviz.inspect(Follower(), blobs(8)).save(path)
    assert main(["health", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ill"] is False
    assert told["transformers"][0]["state"] == "alive"


@pytest.mark.feature
def test_a_checkpoint_is_examined_on_pictures_of_its_own(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["health", "mnist-rts/st-cnn-affine", "--count", "20"]) == 0
    assert "alive" in capsys.readouterr().out
    assert main(["health", "ill/constant", "--count", "20", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    verdicts = {one["name"]: one for one in told["transformers"][0]["verdicts"]}
    assert verdicts["constant"]["cause"]  # the model was looked into


@pytest.mark.exception
@pytest.mark.parametrize(
    ("line", "word"),
    [
        (["mnist-rts/st-cnn-afine"], "did you mean 'mnist-rts/st-cnn-affine'"),
        (["mnist-r/cnn"], "has no spatial transformer"),
        (["odd.trace"], "is not a readable trace"),
        (["nothing.trace"], "There is no checkpoint and no folder 'nothing.trace'"),
        (["."], "holds no card.json"),
        (["mnist-r/cnn", "--count", "0"], "--count is 0"),
    ],
)
def test_requests_that_cannot_be_carried_out(
    line: list[str], word: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.trace").write_bytes(b"odd")
    assert main(["health", *line]) == 2
    said = capsys.readouterr()
    assert word in said.err
    assert said.out == ""
