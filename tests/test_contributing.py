"""What CONTRIBUTING.md and CITATION.cff say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import stnviz

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.mark.law
def test_every_guide_to_adding_something_is_linked() -> None:
    guides = {f"docs/{path.name}" for path in (ROOT / "docs").glob("adding-a-*.md")}
    assert guides
    assert guides <= set(re.findall(r"\]\(([^)]+)\)", TEXT))


@pytest.mark.law
def test_every_file_and_folder_it_names_is_there() -> None:
    names = set(re.findall(r"`([\w.-]+(?:/[\w.-]*)+|[\w-]+\.(?:toml|txt|md|cff))`", TEXT))
    assert len(names) > 10
    assert not [name for name in names if not (ROOT / name).exists()]


@pytest.mark.law
def test_every_target_it_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^ +|`)make ([a-z-]+)", TEXT, re.MULTILINE))
    assert {"run", "test", "check", "docs"} <= named <= targets


@pytest.mark.law
def test_every_mark_is_explained() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    marks = re.search(r"^markers = \[(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    assert marks
    for name in re.findall(r'^    "(\w+):', marks[1], re.MULTILINE):
        assert f"`{name}`" in TEXT, name


@pytest.mark.feature
def test_the_citation_is_of_this_version_and_licence() -> None:
    assert CITATION["cff-version"] == "1.2.0"
    assert (CITATION["title"], CITATION["type"]) == ("stnviz", "software")
    assert CITATION["authors"] == [{"name": "The stnviz developers"}]
    assert str(CITATION["version"]) == stnviz.__version__
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines()[0]
    assert licence == f"{CITATION['license']} License"
    (paper,) = CITATION["references"]
    assert (paper["title"], paper["year"]) == ("Spatial Transformer Networks", 2015)
    names = [author["family-names"] for author in paper["authors"]]
    assert names == ["Jaderberg", "Simonyan", "Zisserman", "Kavukcuoglu"]
