"""The API reference names everything that is there, and nothing that is not: no Sphinx needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stnviz

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
ROOMS = (
    "transforms",
    "geometry",
    "models",
    "analysis",
    "records",
    "checkpoints",
    "data",
    "lessons",
    "plots",
    "onnx",
    "export",
)


def modules_of(room: str) -> set[str]:
    """Full names of a room's modules and packages, but for the room itself."""
    paths = (ROOT / "stnviz" / room).rglob("*.py")
    parts = (path.relative_to(ROOT).with_suffix("").parts for path in paths)
    return {".".join(names) for names in parts if names[-1] != "__init__"}


@pytest.mark.law
@pytest.mark.parametrize("room", ROOMS)
def test_every_module_of_a_room_is_on_its_page(room: str) -> None:
    page = (REFERENCE / f"{room}.rst").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. automodule:: (\S+)$", page, re.MULTILINE)
    assert named[0] == f"stnviz.{room}"
    assert set(named[1:]) == modules_of(room)
    assert len(named) == len(set(named))


@pytest.mark.law
def test_every_public_name_is_on_the_first_page() -> None:
    page = (REFERENCE / "public.rst").read_text(encoding="utf-8")
    named = set(re.findall(r"^\.\. auto(?:function|class):: stnviz\.(\w+)", page, re.MULTILINE))
    assert named == set(stnviz.__all__) - {"__version__"}


@pytest.mark.law
def test_every_guide_and_every_page_is_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = [line for line in index.splitlines() if re.fullmatch(r"[a-z-]+(/[a-z]+)?", line)]
    pages = [path for path in DOCS.rglob("*") if path.suffix in (".md", ".rst")]
    there = {path.relative_to(DOCS).with_suffix("").as_posix() for path in pages} - {"index"}
    assert set(listed) == there
    assert listed.index("reference/public") == len(listed) - len(ROOMS) - 2
