"""The stage's script and its stored answers."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from stnviz.live.engine import Engine
from stnviz.live.protocol import decode_answer, parse_request
from stnviz.ui.bundle import bundle, order
from stnviz.ui.stage import model as play
from stnviz.ui.stage.model import FIRST_ANSWERS

UI = Path(play.__file__).parents[1]
SCRIPTS = Path(__file__).parents[2] / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMPONENTS = (
    "stage", "replay", "image_grid", "attention", "steps", "video", "debug", "inside", "link",
    "present", "lessons", "volume",
)  # fmt: skip
ENTRIES = {name: UI / name / f"{name}.js" for name in COMPONENTS}
every_component = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)


@pytest.mark.cardinality
@every_component
def test_every_module_is_in_the_bundle_once(entry: Path) -> None:
    modules = order(entry)
    assert len(modules) == len(set(modules))
    assert set(entry.parent.rglob("*.js")) <= set(modules)


@pytest.mark.feature
@every_component
def test_a_module_comes_after_what_it_imports(entry: Path) -> None:
    modules = order(entry)
    for module in modules:
        for imported in re.findall(r'from "([^"]+)"', module.read_text(encoding="utf-8")):
            there = (module.parent / imported).resolve()
            assert modules.index(there) < modules.index(module)


@pytest.mark.feature
@every_component
def test_no_two_modules_declare_one_name(entry: Path) -> None:
    declared = re.findall(
        r"^(?:export default )?(?:const|let|function|class|async function) (\w+)",
        bundle(entry),
        re.M,
    )
    assert [name for name, count in Counter(declared).items() if count > 1] == []


@pytest.mark.smoke
@pytest.mark.skipif(shutil.which("node") is None, reason="node checks the script where it is")
@every_component
def test_the_bundle_is_a_module(entry: Path, tmp_path: Path) -> None:
    path = tmp_path / "stage.mjs"
    path.write_text(bundle(entry), encoding="utf-8")
    subprocess.run(["node", "--check", path], check=True, capture_output=True)


@pytest.mark.feature
def test_the_stored_answers_are_the_engines() -> None:
    texts = script("make_first_answers").first_requests()
    engine, data, at = Engine(), FIRST_ANSWERS.read_bytes(), 0
    for text in texts:
        length = int.from_bytes(data[at : at + 4], "little")
        head, arrays = decode_answer(data[at + 4 : at + 4 + length])
        at += 4 + length
        fresh_head, fresh = decode_answer(engine.submit(parse_request(text)).result(timeout=60))
        assert [row["model"] for row in head["rows"]] == [r["model"] for r in fresh_head["rows"]]
        for name, array in fresh.items():
            tolerance = 1.0 if array.dtype == np.uint8 else 1e-3
            assert np.allclose(array.astype(float), arrays[name].astype(float), atol=tolerance)
    assert at == len(data)
