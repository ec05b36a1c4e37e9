"""The wheel: what is in it, and that the app starts from it in an empty environment, anywhere."""

from __future__ import annotations

import email
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import stnviz
from stnviz.checkpoints.card import CHECKPOINTS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "stnviz"
UV = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
PATIENCE = 120
CORE = {"numpy", "safetensors", "torch"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by setuptools alone, without a network, and outside of the checkout's own folders."""
    out = tmp_path_factory.mktemp("wheel")
    base, store = str(out / "build"), ("--compression", "stored")
    subprocess.run(
        [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", str(out),
         "build", "--build-base", base,
         "bdist_wheel", "--bdist-dir", f"{base}/w", "--dist-dir", str(out), *store],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (found,) = out.glob("*.whl")
    shutil.rmtree(base)
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


@pytest.mark.feature
def test_it_holds_the_package_and_everything_that_the_package_reads(names: set[str]) -> None:
    read = (
        ".py",
        ".js",
        ".css",
        ".json",
        ".npz",
        ".bin",
        ".typed",
        ".md",
        ".toml",
        ".png",
        "LICENSE",
    )
    for path in PACKAGE.rglob("*"):
        if path.is_file() and path.name.endswith(read):
            assert path.relative_to(ROOT).as_posix() in names
    assert {"stnviz/py.typed", "stnviz/data/gallery.npz", "stnviz/ui/stage/stage.js"} <= names


@pytest.mark.feature
def test_it_holds_the_app_its_pages_and_the_shipped_checkpoints(names: set[str]) -> None:
    wanted = {"app.py", ".streamlit/config.toml"}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py")}
    wanted |= {
        f"checkpoints/{path.relative_to(CHECKPOINTS).as_posix()}"
        for path in CHECKPOINTS.rglob("*")
        if path.is_file()
    }
    assert len(wanted) > 200
    assert not {f"stnviz/_app/{name}" for name in wanted} - names


@pytest.mark.feature
def test_it_holds_nothing_that_belongs_to_a_workplace(names: set[str]) -> None:
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    inside = {name.split("/")[2] for name in names if name.startswith("stnviz/_app/")}
    assert inside == {"app.py", "pages", "checkpoints", ".streamlit"}
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"stnviz", f"stnviz-{stnviz.__version__}.dist-info"}


def pins_of(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("==") for line in lines if "==" in line)
    return {name.lower(): version for name, _, version in pairs}


@pytest.mark.law
def test_the_core_needs_little_and_the_pins_lie_in_its_ranges(wheel: Path) -> None:
    from packaging.requirements import Requirement

    with zipfile.ZipFile(wheel) as file:
        (path,) = (name for name in file.namelist() if name.endswith("/METADATA"))
        metadata = email.message_from_bytes(file.read(path))
    wanted = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    assert {one.name for one in wanted if one.marker is None} == CORE
    pins = pins_of("requirements.txt")
    name = "onnxruntime"  # for whoever has to do with such files; the app records them only
    assert name not in pins
    pins[name] = pins_of("requirements-dev.txt")[name]
    others = [(one.name.lower(), one) for one in wanted if one.name != "stnviz"]
    assert {name for name, _ in others} == pins.keys()
    for name, one in others:
        assert pins[name] in one.specifier
        assert any(part.operator == ">=" for part in one.specifier), name


@pytest.mark.feature
def test_the_core_runs_without_what_the_extras_bring(tmp_path: Path) -> None:
    code = """
import sys
for name in ("PIL", "matplotlib", "plotly", "streamlit", "tyro", "filelock", "psutil", "av", "h5py",
             "pydantic", "timm", "torchvision", "jaxtyping", "tensorboard",
             "beartype", "starlette", "uvicorn", "pandas"):
    sys.modules[name] = None
import stnviz, torch
from stnviz.records import History, Step
stnviz.SpatialTransformer(torch.nn.Linear(4, 6), stnviz.create_transform("affine"))
model = stnviz.load_model(stnviz.list_checkpoints("digits")[0])
stnviz.inspect(model, torch.rand(1, 1, *model.config.input_size)).save(sys.argv[1])
assert len(stnviz.load_trace(sys.argv[1])) == 1
class Foreign(torch.nn.Module):
    def forward(self, x):
        grid = torch.nn.functional.affine_grid(torch.eye(2, 3)[None], x.shape, align_corners=False)
        return torch.nn.functional.grid_sample(x, grid, align_corners=False)
with stnviz.capture(Foreign()) as recording:
    recording.model(torch.rand(1, 1, 8, 8))
assert "<svg" in recording.trace.show().svg
with stnviz.watch(Foreign(), 1, folder=sys.argv[2], images=torch.rand(1, 1, 8, 8)) as watcher:
    watcher.step()
model, images = stnviz.load_model("mnist-r/st-fcn-affine"), torch.rand(2, 1, 28, 28)
stnviz.measure_noise(model, images, levels=(0.1,))
assert stnviz.measure_alignment(model, images, {"angle": (0.1,)}).images == 2
try:
    stnviz.plot_grid
except ModuleNotFoundError as error:
    print(error)
sys.argv = ["stnviz", "list", "transforms"]
from stnviz.__main__ import main
print(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "trace"), str(tmp_path / "watched")], cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "stnviz.plot_grid needs the package matplotlib: install it with "
        "pip install 'stnviz[plots]'.",
        "2",
    ]
    assert "pip install 'stnviz[train]'" in done.stderr
    assert len(list((tmp_path / "watched").iterdir())) == 2


@pytest.mark.feature
def test_the_live_route_answers_without_the_tools_for_development() -> None:
    code = """
import json, sys
from importlib.metadata import packages_distributions
for name, packages in packages_distributions().items():
    if set(packages) & set(sys.argv[1:]):
        sys.modules[name] = None
from stnviz.live.engine import Engine
from stnviz.live.protocol import parse_request
engine = Engine()
for asked in (
    {"models": ["mnist-r/cnn"], "source": {"digit": 1}, "distortion": {"name": "mnist-r"}},
    {"network": "mnist-perturbed/ic-stn-2-projective", "edit": {"picture": 0}},
    {"inside": "mnist-addition/2st-fcn-affine", "picture": 0},
):
    request = parse_request(json.dumps({"version": 1, "id": 1, **asked}))
    print(len(engine.submit(request).result(120)) > 1000)
"""
    tools = sorted(pins_of("requirements-dev.txt"))
    done = subprocess.run(
        [sys.executable, "-c", code, *tools], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["True"] * 3, done.stderr


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an empty environment with the wheel and all that the app needs."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([UV, "venv", "-q", "-p", sys.executable, str(folder)], check=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run(
        [UV, "pip", "install", "-q", "--python", str(programs / "python"), f"{wheel}[app]"],
        check=True,
    )
    return programs


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has nothing to do with stnviz, as the current one."""
    for name in ("STNVIZ_RUNS", "STNVIZ_DATA", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def address(environment: Path, elsewhere: Path) -> Iterator[str]:
    """Of the app, started by the console script from that folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (elsewhere / "log").open("wb") as log:
        server = subprocess.Popen(
            [environment / "stnviz", "run", "--server.port", str(port)], stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.slow
@pytest.mark.feature
def test_the_installed_app_starts_from_any_folder(address: str, elsewhere: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                assert answer.read() == b"ok"
                break
        except OSError:
            assert time.monotonic() < end, (elsewhere / "log").read_text()
            time.sleep(0.5)
    # The settings beside the app hold: Streamlit's own are another address, and statistics.
    said = (elsewhere / "log").read_text()
    assert "127.0.0.1" in said
    assert "usage statistics" not in said.lower()


@pytest.mark.slow
@pytest.mark.feature
def test_every_installed_page_opens(environment: Path, elsewhere: Path) -> None:
    code = """
from streamlit.testing.v1 import AppTest
from stnviz.settings import ROOT, runs_folder
from stnviz.ui.pages import PAGES, ROUTER, TITLES
for name in TITLES:
    page = AppTest.from_file(str(ROUTER), default_timeout=120).run()
    page.switch_page(str(PAGES / f"{name}.py")).run()
    assert not page.exception, page.exception[0].stack_trace
    assert not page.error, page.error[0].value
print(ROOT, runs_folder(), sep="\\n")
"""
    done = subprocess.run(
        [environment / "python", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    root, runs = map(Path, done.stdout.splitlines()[-2:])
    assert root.parts[-2:] == ("stnviz", "_app")
    assert runs == (elsewhere / "runs").resolve()


@pytest.mark.slow
@pytest.mark.feature
def test_the_installed_command_line_lists_and_trains(environment: Path, elsewhere: Path) -> None:
    listed = subprocess.run(
        [environment / "stnviz", "list", "checkpoints", "--json"], capture_output=True, check=True
    )
    shipped = {
        path.parent.relative_to(CHECKPOINTS).as_posix() for path in CHECKPOINTS.rglob("card.json")
    }
    listed_names = {entry["name"] for entry in json.loads(listed.stdout)}
    assert listed_names == {name for name in shipped if not name.startswith("ill/")}
    installed = environment.parent / "lib"
    before = {path for path in installed.rglob("*") if path.suffix != ".pyc"}
    subprocess.run(
        [environment / "stnviz", "train", "--data", "mnist-r", "--model", "fcn", "--steps", "2",
         "--batch-size", "8", "--out", "mine", "--data-dir", "nothing", "--device", "cpu"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert (elsewhere / "mine" / "card.json").exists()
    after = {path for path in installed.rglob("*") if path.suffix != ".pyc"}
    assert not {path for path in after - before if path.name != "__pycache__"}
