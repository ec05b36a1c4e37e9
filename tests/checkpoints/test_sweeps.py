"""Sweeps that are kept with checkpoints: there, true, and passed over where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stnviz.analysis.distortion_sweep import sweep_error
from stnviz.checkpoints.card import CHECKPOINTS, load_card
from stnviz.checkpoints.distortion_sweeps import SWEEPS, load_stored_sweep, save_sweeps
from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.digits import part_of_gallery
from stnviz.papers.curves import SWEPT, places_of, sweepable

PLACES = [0.0, 0.1 + 0.2, 1.0]
ERRORS = [0.5, 0.25, 0.0]


@pytest.mark.smoke
def test_every_shipped_network_has_its_sweeps() -> None:
    digits = part_of_gallery(SWEPT)
    missing = [
        (name, parameter.name)
        for name, card in default_library().cards("digits").items()
        for parameter in sweepable(card.data)
        if load_stored_sweep(
            CHECKPOINTS / name, card.digest, digits.source, parameter.name, places_of(parameter)
        )
        is None
    ]
    assert missing == [], "run scripts/make_sweeps.py"


@pytest.mark.feature
@pytest.mark.parametrize("name", ["mnist-r/cnn", "mnist-tc/st-fcn-affine"])
def test_what_is_kept_is_what_is_measured(name: str) -> None:
    folder, digits = CHECKPOINTS / name, part_of_gallery(SWEPT)
    card = load_card(folder)
    parameter = sweepable(card.data)[0]
    places = places_of(parameter)
    kept = load_stored_sweep(folder, card.digest, digits.source, parameter.name, places)
    assert kept is not None
    some = slice(0, None, 8)
    again = sweep_error(load_checkpoint(folder), card.data, parameter.name, places[some], digits)
    # A digit on the edge may fall to the other side on another machine.
    assert list(again) == pytest.approx(kept[some], abs=2.5 / len(digits))


@pytest.mark.feature
def test_sweeps_of_other_weights_digits_or_places_are_passed_over(tmp_path: Path) -> None:
    save_sweeps(tmp_path, "weights", "digits", {"angle": (PLACES, ERRORS)})
    assert load_stored_sweep(tmp_path, "weights", "digits", "angle", PLACES) == ERRORS
    assert load_stored_sweep(tmp_path, "weights", "digits", "angle", [0.0, 0.3, 1.0]) == ERRORS
    assert load_stored_sweep(tmp_path, "other", "digits", "angle", PLACES) is None
    assert load_stored_sweep(tmp_path, "weights", "others", "angle", PLACES) is None
    assert load_stored_sweep(tmp_path, "weights", "digits", "scale", PLACES) is None
    assert load_stored_sweep(tmp_path, "weights", "digits", "angle", PLACES[:2]) is None
    assert load_stored_sweep(tmp_path / "none", "weights", "digits", "angle", PLACES) is None


@pytest.mark.exception
@pytest.mark.parametrize(
    "errors", [None, "text", [0.5, 0.25], [0.5, 0.25, None], [0.5, 0.25, 1.5], [0, 0, True], {}]
)
def test_odd_errors_are_passed_over(tmp_path: Path, errors: Any) -> None:
    save_sweeps(tmp_path, "weights", "digits", {"angle": (PLACES, ERRORS)})
    plain = json.loads((tmp_path / SWEEPS).read_text(encoding="utf-8"))
    plain["sweeps"]["angle"]["errors"] = errors
    (tmp_path / SWEEPS).write_text(json.dumps(plain), encoding="utf-8")
    assert load_stored_sweep(tmp_path, "weights", "digits", "angle", PLACES) is None


@pytest.mark.exception
@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, '{"sweeps": 1}', "\xff"])
def test_a_damaged_file_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / SWEEPS).write_bytes(text.encode("latin-1"))
    assert load_stored_sweep(tmp_path, "weights", "digits", "angle", PLACES) is None
