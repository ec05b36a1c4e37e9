"""``import stnviz``: what it offers, what it loads and when, and what it says when it cannot."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

import stnviz
from stnviz.checkpoints.card import CARD, CHECKPOINTS, WEIGHTS, BadCheckpoint
from stnviz.registry import UnknownName

ROOT = Path(__file__).parents[1]
NAME = "mnist-r/st-cnn-affine"
TREE = ast.parse((ROOT / "stnviz" / "__init__.py").read_text(encoding="utf-8"))


def fresh(code: str) -> list[str]:
    """What an interpreter of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.law
@pytest.mark.parametrize("name", sorted(set(stnviz.__all__) - {"__version__"}))
def test_every_public_name_is_what_its_room_defines_and_says_what_it_does(name: str) -> None:
    found = getattr(stnviz, name)
    assert found is getattr(import_module(stnviz._MODULES[name]), name)
    assert found.__doc__
    assert name in dir(stnviz)


@pytest.mark.law
def test_what_editors_are_told_is_what_is_imported() -> None:
    (told,) = (node for node in TREE.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in told.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == stnviz._MODULES
    assert set(stnviz.__all__) == {*seen, "__version__"}
    assert (ROOT / "stnviz" / "py.typed").exists()


@pytest.mark.feature
def test_health_is_the_function_also_when_the_package_of_that_name_was_imported() -> None:
    package = import_module("stnviz.analysis.health")
    assert stnviz.health is not package
    report = stnviz.health(stnviz.inspect(stnviz.load_model(NAME), torch.rand(4, 1, 28, 28)))
    assert isinstance(report, stnviz.HealthReport)
    assert all(isinstance(v, stnviz.Verdict) for one in report.transformers for v in one.verdicts)


@pytest.mark.feature
def test_importing_loads_nothing_until_something_is_used() -> None:
    code = """
import sys, stnviz
heavy = {"torch", "matplotlib", "numpy", "streamlit", "plotly"}
print("first", *sorted(heavy & sys.modules.keys()))
dir(stnviz), stnviz.__version__
print("listed", *sorted(heavy & sys.modules.keys()))
stnviz.list_checkpoints()
print("names", *sorted(heavy & sys.modules.keys()))
"""
    words = fresh(code)
    assert words[:2] == ["first", "listed"]
    assert not {"torch", "streamlit", "matplotlib", "plotly"} & set(words)


@pytest.mark.feature
def test_figures_need_neither_pyplot_nor_plotly_nor_torch() -> None:
    code = """
import sys, stnviz
stnviz.plot_grid
print(*sorted({"matplotlib", "matplotlib.pyplot", "plotly", "torch"} & sys.modules.keys()))
"""
    assert fresh(code) == ["matplotlib"]


@pytest.mark.exception
def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'stnviz' has no attribute 'load_modle'"):
        getattr(stnviz, "load_modle")  # noqa: B009


@pytest.mark.feature
def test_a_model_is_loaded_by_name_or_from_a_folder_and_looked_into(tmp_path: Path) -> None:
    assert NAME in stnviz.list_checkpoints()
    birds = stnviz.list_checkpoints("birds")
    assert birds
    assert set(birds) < set(stnviz.list_checkpoints())
    assert all(name.startswith(("birds/", "cub/")) for name in birds)
    folder = shutil.copytree(CHECKPOINTS / NAME, tmp_path / "mine")
    images = torch.rand(2, 1, 28, 28)
    traces = [
        stnviz.inspect(stnviz.load_model(given), images) for given in (NAME, folder, str(folder))
    ]
    assert not stnviz.load_model(NAME).training
    for trace in traces[1:]:
        np.testing.assert_array_equal(trace.probabilities, traces[0].probabilities)
    traces[0].save(tmp_path / "seen.safetensors")
    again = stnviz.load_trace(str(tmp_path / "seen.safetensors"))
    np.testing.assert_array_equal(again.steps[0].theta, traces[0].steps[0].theta)


@pytest.mark.exception
def test_an_unknown_checkpoint_says_what_to_do() -> None:
    with pytest.raises(UnknownName) as caught:
        stnviz.load_model("mnist-r/st-cnn-afine")
    assert f"did you mean '{NAME}'" in str(caught.value)
    assert "stnviz.list_checkpoints()" in str(caught.value)
    with pytest.raises(UnknownName) as caught:
        stnviz.load_model("?")
    assert "did you mean" not in str(caught.value)


@pytest.mark.exception
def test_a_folder_that_is_no_checkpoint_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=rf"holds no {CARD}"):
        stnviz.load_model(tmp_path)
    torn = shutil.copytree(CHECKPOINTS / NAME, tmp_path / "torn")
    (torn / WEIGHTS).write_bytes(b"half")
    with pytest.raises(BadCheckpoint, match="copy both again"):
        stnviz.load_model(torn)


@pytest.mark.exception
def test_a_file_that_is_no_trace_says_so(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    with pytest.raises(ValueError, match="not a readable trace"):
        stnviz.load_trace(tmp_path / "nothing")
    for meta, sentence in (
        ({"format": "stnviz-trace-1"}, "not a whole trace"),
        ({"format": "stnviz-trace-1", "steps": "[{}]", "provenance": "{}"}, "not a whole trace"),
        ({"format": "stnviz-trace-1", "steps": "{", "provenance": "{}"}, "not a whole trace"),
        ({"format": "other"}, "holds other"),
    ):
        save_file({"images": np.zeros((1, 1, 2, 2))}, tmp_path / "odd", meta)
        with pytest.raises(ValueError, match=sentence):
            stnviz.load_trace(tmp_path / "odd")
