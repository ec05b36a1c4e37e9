"""What the README and the documents promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stnviz.cli.options import (
    Align,
    Evaluate,
    Export,
    Handout,
    Health,
    List,
    Render,
    Reproduce,
    Site,
    Train,
    parse,
)

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
HEADS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
DOCUMENTS = [*(ROOT / name for name in HEADS), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.law
def test_every_make_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    promised = set(re.findall(r"(?:^ +|`)make ([a-z-]+)", README, re.MULTILINE))
    assert {"run", "test"} <= promised <= targets
    for target in ("run", "test", "install", "install-dev", "check", "bench", "help"):
        assert target in targets
        assert f"make {target} " in makefile, f"make help does not name {target}"


@pytest.mark.law
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not (document.parent / link).exists()]
    assert not missing


@pytest.mark.law
def test_every_command_line_parses() -> None:
    joined = README.replace("\\\n", " ")
    lines = re.findall(r"^    python -m stnviz (.+)$", joined, re.MULTILINE)
    parsed = [parse(line.split()) for line in lines if "--help" not in line]
    kinds = {type(command) for command in parsed}
    assert kinds == {
        Train, Evaluate, List, Reproduce, Align, Health, Export, Handout, Render, Site
    }  # fmt: skip


@pytest.mark.law
def test_every_folder_on_the_map_is_there() -> None:
    rooms = README.split("## A map of the house")[1].split("## ")[0]
    named = re.findall(r"`((?:stnviz|app|pages|checkpoints|tests|benchmarks)[^`]*)`", rooms)
    assert len(named) >= 12
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.law
@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-docs.txt"]
)
def test_every_requirement_is_pinned_and_explained(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    for line in wanted:
        package, _, version = line.partition("==")
        assert re.fullmatch(r"\d+(\.\d+)+", version), line
        assert re.search(rf"\b{re.escape(package)}\b", README), f"{package}: say why in README.md"
    assert wanted == sorted(wanted, key=str.lower)
