"""Exports that another command writes: networks as ONNX, and Play as one HTML file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from stnviz.checkpoints.library import default_library
from stnviz.export import commands
from stnviz.export.formats import FORMATS
from stnviz.export.opening import open_scene
from stnviz.export.progress import Cancelled
from stnviz.export.render import render
from stnviz.export.request import Wanted
from stnviz.export.scenes.scene import NotExportable

PLAY = "play?data=mnist-r&models=mnist-r/cnn,mnist-r/st-cnn-affine&digit=9132&angle=0.3"


def ignore(share: float, what: str) -> None:
    return


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that are run, which write a file that says so."""
    found: list[list[str]] = []

    class Process:
        returncode = 0

        def __init__(self, command: list[str], **how: object) -> None:
            found.append(command)
            Path(command[-1]).write_bytes(b"written")

        def poll(self) -> int:
            return 0

        def kill(self) -> None:
            return

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(commands.subprocess, "Popen", Process)
    return found


@pytest.mark.feature
@pytest.mark.parametrize(
    ("what", "kind", "command"),
    [
        (PLAY, "onnx", ["export", "mnist-r/st-cnn-affine"]),
        ("mnist-r/cnn", "onnx", ["export", "mnist-r/cnn"]),
        ("steps?model=sequences/rnn-spn-d3-translation", "onnx",
         ["export", "sequences/rnn-spn-d3-translation"]),
        (PLAY, "html", ["site", "--single-file", "--opens"]),
    ],
)  # fmt: skip
def test_the_command_names_the_network_or_the_link(
    asked: list[list[str]], what: str, kind: str, command: list[str]
) -> None:
    assert render(what, FORMATS.get(kind), Wanted()).data == b"written"
    (found,) = asked
    assert found[5 : 5 + len(command)] == command
    if kind == "html":
        assert "digit=9132" in found[-3]


@pytest.mark.exception
@pytest.mark.parametrize(
    ("what", "kind", "said"),
    [
        (f"{PLAY}&hide=theta", "onnx", "hides theta, which a network holds"),
        (f"{PLAY}&hide=answer,output", "html", "hides answer, output, which a page holds"),
        ("steps?", "html", "Only Play can be one HTML file"),
        ("results?", "onnx", "There is no network behind"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    asked: list[list[str]], what: str, kind: str, said: str
) -> None:
    with pytest.raises(NotExportable, match=said):
        render(what, FORMATS.get(kind), Wanted())
    assert not asked


@pytest.mark.exception
def test_what_a_command_says_becomes_the_sentence() -> None:
    with pytest.raises(NotExportable, match="There is no"):
        commands._written(("export", "mnist-r/none", "-o"), "x.onnx", ignore, "")


@pytest.mark.exception
def test_an_export_that_nobody_wants_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def follow(*what: object, **how: object) -> object:
        begun.append(begin(*what, **how))  # type: ignore[call-overload]
        return begun[-1]

    def refuse(share: float, what: str) -> None:
        raise Cancelled

    monkeypatch.setattr(commands.subprocess, "Popen", follow)
    with pytest.raises(Cancelled):
        commands._written(("export", "mnist-r/cnn", "-o"), "x.onnx", refuse, "")
    assert begun[0].returncode is not None


@pytest.mark.slow
@pytest.mark.oracle
def test_an_exported_network_answers_in_onnxruntime() -> None:
    made = render("mnist-r/st-cnn-affine", FORMATS.get("onnx"), Wanted())
    session = onnxruntime.InferenceSession(made.data)
    about = session.get_modelmeta().custom_metadata_map
    card = default_library().cards()["mnist-r/st-cnn-affine"]
    assert json.loads(about["stnviz.card"])["digest"] == card.digest
    source = open_scene("mnist-r/st-cnn-affine", Wanted()).sources[0].trace
    found = session.run(["probabilities"], {"images": source.images.astype(np.float32)})[0]
    np.testing.assert_allclose(found, source.probabilities, atol=1e-4)
