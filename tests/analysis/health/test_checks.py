"""Laws that hold for every check, and the page of the guide that lists them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stnviz.analysis.health import causes
from stnviz.analysis.health.checks import CHECKS, OF_MOVEMENT
from stnviz.analysis.health.table import rows
from stnviz.records.health import SEVERITIES
from stnviz.records.trace import KINDS

NAMES = [check.name for check in CHECKS]
GUIDE = Path(__file__).parents[3] / "docs" / "health.md"
every_check = pytest.mark.parametrize("check", CHECKS, ids=NAMES)


@pytest.mark.law
def test_names_are_different_and_those_of_the_guide() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert set(NAMES) == {
        "identity", "constant", "nearly-identity", "out-of-view", "collapsed", "zoomed-out",
        "mirrored", "folded", "aliasing", "half-pixel-shift", "sheared", "not-finite",
        "zero-gradient", "theta-in-pixels", "makes-no-difference", "other-convention",
        "fixed-crop", "not-a-transformer",
    }  # fmt: skip


@pytest.mark.law
@every_check
def test_every_check_says_what_it_is_how_it_is_measured_and_what_to_do(check) -> None:  # type: ignore[no-untyped-def]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", check.name)
    assert check.title[0].isupper()
    for text in (check.sentence, check.cure):
        assert text[0].isupper() or text.startswith("stnviz.")
        assert text.endswith(".")
    assert len(check.threshold) > 20
    assert check.severity in SEVERITIES
    assert set(check.kinds) <= set(KINDS)
    assert set(check.hides) <= set(NAMES) - {check.name}
    assert check.judge.__doc__


@pytest.mark.law
@every_check
def test_every_check_is_in_the_guide_as_it_is_in_the_code(check) -> None:  # type: ignore[no-untyped-def]
    guide = GUIDE.read_text(encoding="utf-8")
    (row,) = (row for row in rows() if row.startswith(f"| `{check.name}`"))
    assert row in guide.splitlines(), f"docs/health.md lacks this row:\n{row}"


@pytest.mark.law
def test_causes_are_looked_for_of_verdicts_that_exist() -> None:
    assert set(causes.SEARCHES) <= set(NAMES)
    assert set(OF_MOVEMENT) <= set(NAMES)
