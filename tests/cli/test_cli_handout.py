"""The command ``handout``."""

from __future__ import annotations

from pathlib import Path

import pytest

from stnviz.cli import main


@pytest.mark.feature
def test_named_lessons_become_a_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lessons.pdf"
    assert main(["handout", "half-a-pixel", "--lang", "de", "-o", str(file)]) == 0
    assert file.read_bytes().startswith(b"%PDF-")
    assert f"1 lesson and the answers are in {file}." in capsys.readouterr().out


@pytest.mark.exception
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["handout", "none", "-o", "x.pdf"], "There is no lesson none: name some of what-a-pixel"),
        (["handout", "--lang", "xx", "-o", "x.pdf"], "--lang must be one of en, de."),
    ],
)
def test_what_does_not_exist_is_named(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.exception
def test_a_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    code = main(["handout", "half-a-pixel", "-o", str(tmp_path / "file" / "x.pdf")])
    assert code == 2
    assert "cannot be written" in capsys.readouterr().err
