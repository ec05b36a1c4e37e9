from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stnviz.cli import main

KEYS = {
    "checkpoint", "data", "error", "card_error", "count", "source", "same_source", "equal",
    "details",
}  # fmt: skip


def edit_card(folder: Path, **changes: Any) -> None:
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.feature
def test_a_card_is_reproduced(
    data: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(trained), "--json", "--device", "cpu"]) == 0
    said = capsys.readouterr()
    (result,) = json.loads(said.out)
    assert set(result) == KEYS
    assert result["error"] == result["card_error"]
    assert result["equal"] is True
    assert result["count"] == 300
    assert said.err == ""


@pytest.mark.feature
def test_another_error_is_told_and_fails(
    data: Path, trained: Path, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = json.loads((copied / "card.json").read_text())["metrics"]
    edit_card(copied, metrics={**metrics, "error": metrics["error"] - 1 / 300})
    assert main(["evaluate", str(trained), str(copied)]) == 1
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["checkpoint", "data", "error", "card", "equal"]
    assert table[1].endswith("yes")
    assert table[2].endswith("NO")


@pytest.mark.feature
def test_other_digits_are_no_difference(
    data: Path, no_mnist: None, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(trained), "--json"]) == 0
    said = capsys.readouterr()
    (result,) = json.loads(said.out)
    assert result["same_source"] is False
    assert result["equal"] is None
    assert result["count"] == 2_000
    assert "gallery" in said.err


@pytest.mark.exception
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"format": "other-1"}, "other-1"),
        ({"data": "mnist-x"}, "mnist-x"),
        ({"data": "mnist-tc"}, "60"),
        ({"metrics": []}, "metrics"),
        ({"metrics": {}}, "no measured error"),
        ({"digest": "0"}, "not the file its card describes"),
        ({"family": "birds"}, "birds"),
        ({"family": 7, "extra": 1}, "extra, family"),
        ({"model": {}}, "does not say which network"),
    ],
)
def test_a_bad_checkpoint_is_skipped_by_name_and_the_rest_measured(
    changes: dict[str, Any], word: str,
    data: Path, trained: Path, copied: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    edit_card(copied, **changes)
    assert main(["evaluate", str(copied), str(trained), "--json"]) == 1
    said = capsys.readouterr()
    assert [result["checkpoint"] for result in json.loads(said.out)] == [trained.as_posix()]
    assert said.err.startswith(f"Skipped {copied}: ")
    assert word in said.err
    assert said.err.count("\n") == 1


@pytest.mark.exception
@pytest.mark.parametrize("name", ["weights.safetensors", "card.json"])
def test_cut_or_missing_files_are_skipped(
    name: str, data: Path, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copied / name
    file.write_bytes(file.read_bytes()[:100])
    assert main(["evaluate", str(copied)]) == 1
    file.unlink()
    assert main(["evaluate", str(copied)]) == 1
    assert capsys.readouterr().err.count(f"Skipped {copied}: ") == 2


@pytest.mark.exception
def test_requests_that_cannot_be_carried_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate"]) == 2
    assert capsys.readouterr().err.startswith("No checkpoint is named")
    assert main(["evaluate", "somewhere", "--device", "tpu"]) == 2
    assert capsys.readouterr().err.startswith("There is no tpu device here: choose auto or ")
