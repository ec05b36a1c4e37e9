"""The PyTorch lines, executed, give the grids and outputs of the trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stnviz.export.code import write_code
from stnviz.export.opening import open_scene
from stnviz.export.request import Wanted
from stnviz.export.scenes.traces import trace_scene
from stnviz.records.windows import letter_of, warps_of
from tests.toy_traces import Localised, digits

FEW = 1e-4

SCENES = {
    "?": 1,
    "mnist-p/st-cnn-projective": 1,
    "mnist-e/st-cnn-thin-plate-spline": 1,
    "mnist-tc/st-cnn-affine": 1,
    "inside?theta=1.5,0.2,0,-0.2,1.5,0.9&padding=border&align=1": 1,
    "mnist-addition/2st-fcn-affine": 2,
    "sequences/rnn-spn-d3-translation": 3,
    "mnist-perturbed/ic-stn-4-projective": 4,
    "glasses/st-gan-similarity": 1,
    "time_machine?": 1,
}
"""Links and checkpoints, and how many transformers their scripts reproduce at least."""


def executed(code: bytes) -> dict[str, Any]:
    names: dict[str, Any] = {"print": lambda *_: None}
    exec(compile(code, "exported.py", "exec"), names)
    return names


def compare(scene: Any, least: int) -> None:
    names = executed(write_code(scene))
    source = next(one for one in scene.sources if warps_of(one.trace))
    index = scene.shown if scene.index is None else scene.index
    steps = {letter_of(step): step for step in warps_of(source.trace)}
    assert len(names["outputs"]) >= least
    for letter, output in names["outputs"].items():
        step = steps[letter]
        np.testing.assert_allclose(names["grids"][letter][0], step.grid[index], atol=1e-5)
        np.testing.assert_allclose(output[0], step.output[index], atol=FEW)


@pytest.mark.oracle
@pytest.mark.parametrize("what", SCENES)
def test_the_lines_reproduce_the_transform(what: str) -> None:
    compare(open_scene(what, Wanted()), SCENES[what])


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("what", ["birds/4st-cnn-translation", "numbers-64/st-cnn-multi-affine"])
def test_the_lines_reproduce_the_transform_of_large_networks(what: str) -> None:
    compare(open_scene(what, Wanted()), 1)


@pytest.mark.oracle
@pytest.mark.parametrize("corners", [False, True])
def test_a_foreign_network_keeps_its_convention(corners: bool) -> None:
    from stnviz import inspect

    trace = inspect(Localised(corners=corners), digits(3))
    scene = trace_scene(trace, "a network", 2)
    assert f"align_corners={corners}" in write_code(scene).decode()
    compare(scene, 1)


@pytest.mark.feature
@pytest.mark.slow
def test_the_script_runs_by_itself_with_torch_alone(tmp_path: Path) -> None:
    script = tmp_path / "exported.py"
    code = write_code(open_scene("mnist-r/st-cnn-affine", Wanted()))
    assert b"import stnviz" not in code
    script.write_bytes(code)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "A (1, 1, 28, 28)\n"


@pytest.mark.feature
def test_a_hostile_title_stays_inside_the_docstring() -> None:
    from dataclasses import replace

    scene = open_scene("mnist-r/st-cnn-affine", Wanted())
    evil = '"""\nimport os\nos.abort()\n"""\\'
    names = executed(write_code(replace(scene, title=evil, caption=evil, link=evil)))
    assert "os" not in names
