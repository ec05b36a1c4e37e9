"""Errors of further seeds beside a checkpoint."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stnviz.checkpoints.card import CARD, load_card
from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.seeds import (
    SEEDS,
    OtherRun,
    check_same_run,
    load_seed_errors,
    percent_with_spread,
    save_seed_errors,
    spread_of,
)
from stnviz.papers.report import Result, shipped_result
from stnviz.papers.table1 import CELLS

ROOT = Path(__file__).parents[2]
CNN = "mnist-r/cnn"
DIGEST = "0" * 64


@pytest.mark.feature
def test_errors_are_read_back_for_the_same_weights_alone(tmp_path: Path) -> None:
    save_seed_errors(tmp_path, DIGEST, {2: 0.012, 0: 0.011, 1: 0.013})
    assert load_seed_errors(tmp_path, DIGEST) == {0: 0.011, 1: 0.013, 2: 0.012}
    assert load_seed_errors(tmp_path, "1" * 64) == {}


@pytest.mark.exception
@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 1}', '{"format": "stnviz-seeds-1", "weights": "%s"}',
             '{"format": "stnviz-seeds-1", "weights": "%s", "errors": {"0": "low"}}',
             '{"format": "stnviz-seeds-1", "weights": "%s", "errors": {"0": 7}}'],
)  # fmt: skip
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / SEEDS).write_text(text.replace("%s", DIGEST))
    assert load_seed_errors(tmp_path, DIGEST) == {}


@pytest.mark.feature
def test_a_spread_needs_two_seeds() -> None:
    assert spread_of((0.01,)) is None
    assert spread_of((0.01, 0.03)) == pytest.approx(0.01414, abs=1e-5)
    assert percent_with_spread(0.0113, ()) == "1.13"
    assert percent_with_spread(0.0113, (0.0113, 0.0117)) == "1.15 \u00b1 0.03"


@pytest.mark.feature
@pytest.mark.parametrize(
    ("errors", "standing"),
    [
        ((0.0120,), "ahead"), ((0.0121,), "behind"), ((0.0100, 0.0102), "ahead"),
        ((0.0115, 0.0123), "level"), ((0.0140, 0.0142), "behind"),
    ],
)  # fmt: skip
def test_ahead_is_said_only_beyond_the_spread(errors: tuple[float, ...], standing: str) -> None:
    assert Result(CNN, 0.012, sum(errors) / len(errors), errors).standing == standing
    assert Result(CNN, None, errors[0], errors).standing is None
    assert Result(CNN, 0.012, None, ()).standing is None


def written(folder: Path, **training: object) -> Path:
    """A run's folder with the card of the shipped network, its recipe changed."""
    card = json.loads((default_library().folder(CNN) / CARD).read_text())
    card["training"] |= training
    card["metrics"]["error"] = 0.0121
    folder.mkdir(parents=True)
    (folder / CARD).write_text(json.dumps(card))
    return folder


@pytest.mark.feature
def test_the_script_records_runs_that_differ_by_their_seed(tmp_path: Path) -> None:
    shipped = written(tmp_path / CNN)
    other = written(tmp_path / "other", seed=1, device="cuda")
    longer = written(tmp_path / "longer", seed=2, steps=7)

    def record(*runs: Path) -> subprocess.CompletedProcess[str]:
        script = [sys.executable, ROOT / "scripts" / "record_seeds.py", shipped, *runs]
        return subprocess.run(script, capture_output=True, text=True, check=False)

    done = record(other)
    assert done.returncode == 0, done.stderr
    assert "1.21 \u00b1 0.00 % over 2 seeds" in done.stdout
    digest = load_card(shipped).digest
    assert load_seed_errors(shipped, digest) == {0: 0.0121, 1: 0.0121}
    assert "over 3 seeds" in record(written(tmp_path / "third", seed=2)).stdout
    assert "its recipe is another one" in record(longer).stderr
    assert "has the seed 0, which is here already" in record(shipped).stderr
    result = shipped_result(CELLS.get(CNN), tmp_path)
    assert (result.here, result.spread) == (pytest.approx(0.0121), 0.0)


@pytest.mark.exception
def test_another_network_is_no_other_seed() -> None:
    card = load_card(default_library().folder(CNN))
    check_same_run(card, replace(card, training={**card.training, "seed": 3}))
    with pytest.raises(OtherRun, match="its network is another one"):
        check_same_run(card, replace(card, model={**card.model, "width": 3}))
    with pytest.raises(OtherRun, match="its data set is another one"):
        check_same_run(card, replace(card, data="mnist-e"))
