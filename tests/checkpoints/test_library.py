"""The library: what was shipped and what was trained here, by name."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest
import torch

from stnviz.checkpoints.card import CARD, CHECKPOINTS, WEIGHTS, SkippedCheckpoint, load_card
from stnviz.checkpoints.library import ILL, Library, default_library
from stnviz.checkpoints.storage import save_checkpoint
from stnviz.models.digits import DigitNetwork
from stnviz.registry import UnknownName


def put(network: DigitNetwork, folder: Path, error: float = 0.25) -> None:
    save_checkpoint(
        folder, network, family="digits", data="mnist-r", training={}, metrics={"error": error}
    )


@pytest.fixture
def library(tiny: DigitNetwork, tmp_path: Path) -> Library:
    """One that was shipped and one that was trained here."""
    put(tiny, tmp_path / "shipped" / "mnist-r" / "cnn")
    put(tiny, tmp_path / "runs" / "mine")
    return Library({"": tmp_path / "shipped", "runs/": tmp_path / "runs"})


@pytest.mark.feature
def test_what_was_shipped_and_what_was_trained_stand_side_by_side(
    library: Library, tmp_path: Path
) -> None:
    assert list(library.cards()) == ["mnist-r/cnn", "runs/mine"]
    assert library.folder("mnist-r/cnn") == tmp_path / "shipped" / "mnist-r" / "cnn"
    assert library.folder("runs/mine") == tmp_path / "runs" / "mine"
    for name, card in library.cards().items():
        assert load_card(library.folder(name)) == card


@pytest.mark.feature
def test_a_new_one_is_seen_at_the_next_look(
    library: Library, tiny: DigitNetwork, tmp_path: Path
) -> None:
    library.cards()
    put(tiny, tmp_path / "runs" / "table1" / "new")
    assert list(library.cards()) == ["mnist-r/cnn", "runs/mine", "runs/table1/new"]
    shutil.rmtree(tmp_path / "runs" / "mine")
    assert list(library.cards()) == ["mnist-r/cnn", "runs/table1/new"]


@pytest.mark.feature
def test_one_that_was_trained_anew_replaces_the_old(
    library: Library, tiny: DigitNetwork, tmp_path: Path
) -> None:
    before = library.cards()["runs/mine"]
    with torch.no_grad():
        next(tiny.parameters()).add_(1)
    put(tiny, tmp_path / "runs" / "mine", error=0.125)
    after = library.cards()["runs/mine"]
    assert after.digest != before.digest
    assert after.metrics["error"] == 0.125


@pytest.mark.feature
def test_what_has_not_changed_is_not_read_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = library.cards()

    def refuse(_folder: Path) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("stnviz.checkpoints.library.load_card", refuse)
    assert library.cards() == first


@pytest.mark.exception
@pytest.mark.parametrize("damage", ["card", "weights", "no weights", "data"])
def test_a_damaged_one_is_passed_over_and_told_once(
    damage: str, library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "mine"
    if damage == "card":
        (folder / CARD).write_text("{")
    elif damage == "weights":
        (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-8])
    elif damage == "no weights":
        (folder / WEIGHTS).unlink()
    else:
        text = (folder / CARD).read_text().replace('"mnist-r"', '"mnist-x"')
        (folder / CARD).write_text(text)
    with pytest.warns(SkippedCheckpoint, match="mine") as said:
        assert list(library.cards()) == ["mnist-r/cnn"]
    assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(library.cards()) == ["mnist-r/cnn"]


@pytest.mark.feature
def test_a_damaged_one_that_is_mended_comes_back(
    library: Library, tiny: DigitNetwork, tmp_path: Path
) -> None:
    (tmp_path / "runs" / "mine" / CARD).write_text("{")
    with pytest.warns(SkippedCheckpoint):
        library.cards()
    put(tiny, tmp_path / "runs" / "mine")
    assert "runs/mine" in library.cards()


@pytest.mark.exception
def test_a_name_below_no_folder_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no checkpoint named 'else/where'"):
        Library({"runs/": tmp_path}).folder("else/where")


@pytest.mark.feature
def test_the_usual_shelf_holds_what_was_shipped_and_the_runs(
    tiny: DigitNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    put(tiny, tmp_path / "mine")
    library = default_library()
    shipped = {path.parent.relative_to(CHECKPOINTS).as_posix() for path in CHECKPOINTS.rglob(CARD)}
    ill = {name for name in shipped if name.startswith(ILL)}
    assert len(ill) >= 3
    assert set(library.cards(ill=True)) == shipped | {"runs/mine"}
    assert set(library.cards()) == shipped - ill | {"runs/mine"}
