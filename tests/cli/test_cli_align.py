"""``stnviz align``: the pictures of a folder as a transformer straightens them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import stnviz
from stnviz.cli import align, main
from stnviz.cli.picture_folder import read_picture_folder
from tests.pictures import NETWORK, write_pictures

CHECKPOINT = "mnist-rts/st-cnn-affine"


@pytest.mark.feature
def test_a_checkpoint_straightens_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_pictures(tmp_path / "in")
    (folder / "cut.png").write_bytes(b"cut")
    assert main(["align", CHECKPOINT, str(folder), "-o", str(tmp_path / "out"), "--windows"]) == 0
    said = capsys.readouterr()
    assert said.out == f"4 straightened pictures are in {tmp_path / 'out'}.\n"
    assert said.err == "Passed over as damaged: cut.png.\n"
    names = [f"p{index}.png" for index in range(4)]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == names
    assert sorted(path.name for path in (tmp_path / "out" / "windows").iterdir()) == names
    images = read_picture_folder(folder, (42, 42), grey=True).images
    output = stnviz.inspect(stnviz.load_model(CHECKPOINT), images).steps[0].output
    for index, name in enumerate(names):
        written = np.asarray(Image.open(tmp_path / "out" / name))
        np.testing.assert_allclose(written / 255, output[index, 0], atol=1 / 255)
    drawn = np.asarray(Image.open(tmp_path / "out" / "windows" / "p1.png")).astype(int)
    assert drawn.shape == (168, 168, 3)
    assert (abs(drawn[..., 2] - drawn[..., 0]) > 60).any()  # a blue line on a grey picture


@pytest.mark.feature
def test_a_network_of_ones_own_straightens_in_its_own_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "mirror", raising=False)
    monkeypatch.setattr(align, "TOGETHER", 2)
    write_pictures(tmp_path / "in", 4)
    Image.open("in/p1.png").save("in/p0.png")
    line = ["align", "mirror:create", "in", "-o", "out", "--normalise", "0.5", "0.25"]
    assert main(line) == 0
    assert len(list(Path("out").iterdir())) == 5
    assert {"p0.jpg.png", "p0.png.png", "p1.png"} < {path.name for path in Path("out").iterdir()}
    seen, given = (np.asarray(Image.open(f"{name}/p1.png")).astype(int) for name in ("out", "in"))
    assert abs(seen[:, 4:-4] - given[:, ::-1][:, 4:-4]).mean() < 12


@pytest.mark.exception
@pytest.mark.parametrize(
    ("line", "word"),
    [
        (["mnist-rts/st-cnn-afine", "in"], "did you mean 'mnist-rts/st-cnn-affine'"),
        (["mnist-rts/cnn", "in"], "no transformer that warps pictures"),
        (["mnist-addition/2st-fcn-affine", "in"], "takes no single pictures"),
        ([CHECKPOINT, "in", "--lane", "B"], "no transformer B here: choose one of A with --lane"),
        ([CHECKPOINT, "nowhere"], "nowhere is not a folder"),
        ([CHECKPOINT, "empty"], "empty holds no pictures"),
        ([CHECKPOINT, "in", "--weights", "w.pt"], "leave out --weights"),
        ([CHECKPOINT, "in", "-o", "in"], "choose another one"),
        ([CHECKPOINT, "in", "-o", "file"], "cannot be written"),
        (["nowhere:create", "in"], "There is no module nowhere here"),
        ([CHECKPOINT, "in", "--normalise", "1"], "--normalise has 1 numbers"),
    ],
)
def test_requests_that_cannot_be_carried_out(
    line: list[str], word: str, unchecked: None, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write_pictures(tmp_path / "in", 2)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    output = [] if "-o" in line else ["-o", "out"]
    assert main(["align", *line, *output]) == 2
    said = capsys.readouterr()
    assert word in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
