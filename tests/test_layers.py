"""Imports point down the house, and heavy packages are imported where they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "stnviz"
HEAVY = {"torch", "torchvision", "streamlit"}


def modules(below: Path = PACKAGE) -> list[Path]:
    return sorted(below.rglob("*.py"))


def parts_of(path: Path) -> tuple[str, ...]:
    """Where a module lies inside the package."""
    return path.relative_to(PACKAGE).parts


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of the modules that a piece of code imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def packages(path: Path, *, at_import: bool = False) -> set[str]:
    """The top-level packages a module imports, or only those it imports when it is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if at_import:
        for node in ast.walk(tree):
            later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            never = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            if later or never:
                node.body = [ast.Pass()]  # type: ignore[attr-defined]
    return {name.partition(".")[0] for name in imported(tree)}


def loaded_after(statement: str) -> set[str]:
    """Which heavy packages a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys\nprint(*({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.feature
def test_imports_point_down_the_house() -> None:
    # The contracts are in pyproject.toml, for whoever runs lint-imports by hand.
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.feature
def test_only_the_screen_imports_streamlit() -> None:
    found = {parts_of(path)[0] for path in modules() if "streamlit" in packages(path)}
    assert found <= {"ui"}


@pytest.mark.feature
def test_plots_draw_records_without_torch() -> None:
    for path in modules(PACKAGE / "plots"):
        assert not packages(path) & {"torch", "torchvision", "streamlit"}, path
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {name for name in imported(tree) if name.startswith("stnviz")}
        allowed = ("stnviz.records", "stnviz.registry", "stnviz.lessons", "stnviz.plots")
        assert all(name.startswith(allowed) for name in own), (path, own)


@pytest.mark.feature
def test_models_and_data_do_not_know_each_other() -> None:
    for room, other in (("models", "data"), ("data", "models")):
        for path in modules(PACKAGE / room):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert not any(name.startswith(f"stnviz.{other}") for name in imported(tree)), path


@pytest.mark.law
def test_shapes_alone_asks_for_jaxtyping() -> None:
    """The app is installed without it: it is a tool for development."""
    assert [path for path in modules() if "jaxtyping" in packages(path)] == [PACKAGE / "shapes.py"]


@pytest.mark.feature
def test_torchvision_is_imported_inside_functions_only() -> None:
    everywhere = [path for path in modules() if "torchvision" in packages(path)]
    assert everywhere
    assert not [path for path in everywhere if "torchvision" in packages(path, at_import=True)]


@pytest.mark.feature
@pytest.mark.parametrize(
    "statement",
    [
        "import stnviz",
        "import stnviz.records, stnviz.registry",
        "import stnviz.data.digits; stnviz.data.digits.gallery()",
        "import stnviz.data.distortions",
        "import stnviz.checkpoints.card",
        "import stnviz.uploads.read",
        "import stnviz.uploads.worker",
        "import stnviz.cli.fetch",
    ],
)
def test_what_must_begin_quickly_loads_without_torch(statement: str) -> None:
    assert loaded_after(statement) == set()


@pytest.mark.feature
def test_training_loads_torch_but_neither_torchvision_nor_streamlit() -> None:
    assert loaded_after("import stnviz.runs.session") == {"torch"}
