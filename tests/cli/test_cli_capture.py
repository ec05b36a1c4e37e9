"""``stnviz capture``: from a function and a folder of pictures to a trace and its health."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

import stnviz
from stnviz.cli import main
from stnviz.cli.picture_folder import read_picture_folder
from tests.pictures import NETWORK, write_pictures


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a network and pictures in it."""
    (tmp_path / "mirror.py").write_text(NETWORK)
    write_pictures(tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "mirror", raising=False)
    return tmp_path


@pytest.mark.feature
def test_a_network_is_captured_saved_and_judged(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "in" / "cut.png").write_bytes(b"cut")
    line = ["capture", "mirror:create", "--images", "in", "-o", "out/seen.trace"]
    assert main([*line, "--size", "20", "30", "--normalise", "0.5", "0.25", "--count", "3"]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == "1 step on 3 pictures is in out/seen.trace."
    assert "mirrored (warning): " in said.out
    trace = stnviz.load_trace("out/seen.trace")
    images = read_picture_folder(here / "in", (20, 30), count=3).images
    torch.testing.assert_close(torch.from_numpy(trace.images), (images - 0.5) * 4)
    assert trace.provenance["network"] == "mirror:create"
    assert trace.provenance["files"] == ["p0.jpg", "p1.png", "p2.png"]
    assert trace.steps[0].call is not None
    assert trace.steps[0].call.file.endswith("mirror.py")


@pytest.mark.feature
def test_weights_are_used_and_named(here: Path) -> None:
    import importlib

    sys.path.insert(0, str(here))
    model = importlib.import_module("mirror").create()
    model.locate.bias.data[0] = -0.5
    torch.save(model.state_dict(), "net.pt")
    line = ["capture", "mirror:create", "--images", "in", "-o", "seen.trace"]
    assert main([*line, "--weights", "net.pt"]) == 0
    trace = stnviz.load_trace("seen.trace")
    assert trace.steps[0].theta[:, 0].mean() == pytest.approx(-0.5, abs=0.02)
    assert trace.provenance["weights"] == "net.pt"


@pytest.mark.exception
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"--images": "nowhere"}, "nowhere is not a folder"),
        ({"--weights": "no.pt"}, "There is no file no.pt"),
        ({"--count": "0"}, "numbers of at least 1"),
        ({"--normalise": "1"}, "--normalise has 1 numbers"),
        ({"-o": "in"}, "cannot be written"),
        ({"--grey": None}, "does not take pictures of 1 x 24 x 32"),
        ({"network": "mirror:nothing"}, "has no function nothing"),
        ({"network": "torch.nn:Identity"}, "No sampler was called"),
    ],
)
def test_requests_that_cannot_be_carried_out(
    changes: dict[str, str | None], word: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"network": "mirror:create", "--images": "in", "-o": "seen.trace"} | changes
    network = given.pop("network")
    options = [part for name, value in given.items() for part in (name, value) if part is not None]
    assert main(["capture", str(network), *options]) == 2
    said = capsys.readouterr()
    assert word in said.err.splitlines()[-1]
    assert said.out == ""
    assert not Path("seen.trace").exists()
