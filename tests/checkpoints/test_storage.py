"""Checkpoints: there and back, and every way in which one can be bad."""

from __future__ import annotations

import hashlib
import json
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from stnviz.checkpoints import storage as checkpoint
from stnviz.checkpoints.card import (
    CARD,
    CARD_FORMAT,
    HISTORY,
    WEIGHTS,
    BadCheckpoint,
    SkippedCheckpoint,
    load_card,
)
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import as_stored, load_checkpoint, save_checkpoint
from stnviz.data.digits import Digits
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitNetwork
from stnviz.records import History
from stnviz.runs.plan import Plan
from stnviz.runs.session import Session
from stnviz.training.evaluate import evaluate
from tests.running import pictures_of, same_weights


@pytest.fixture
def folder(tiny: DigitNetwork, tmp_path: Path) -> Path:
    """A good checkpoint."""
    path = tmp_path / "mnist-r" / "good"
    save(tiny, path)
    return path


def save(network: DigitNetwork, path: Path) -> None:
    save_checkpoint(
        path, network, family="digits", data="mnist-r",
        training={"seed": 3, "steps": 10}, metrics={"error": 0.25, "count": 200},
    )  # fmt: skip


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the card, as somebody with an editor might."""
    plain = json.loads((folder / CARD).read_text())
    change(plain)
    (folder / CARD).write_text(json.dumps(plain))


def replace_weights(folder: Path, content: bytes) -> None:
    """Other weights, and a card that vouches for them."""
    (folder / WEIGHTS).write_bytes(content)
    edit(folder, lambda plain: plain.update(digest=hashlib.sha256(content).hexdigest()))


@pytest.mark.feature
def test_a_model_comes_back_from_its_folder_alone(tiny: DigitNetwork, folder: Path) -> None:
    back = load_checkpoint(folder)
    assert isinstance(back, DigitNetwork)
    assert not back.training
    assert back.config == tiny.config
    images = torch.rand(3, 1, 28, 28)
    assert torch.equal(back(images).logits, as_stored(tiny).eval()(images).logits)


@pytest.mark.feature
def test_a_card_says_what_was_trained_and_how(folder: Path) -> None:
    card = load_card(folder)
    assert (card.family, card.data, card.model["name"]) == ("digits", "mnist-r", "st-fcn")
    assert card.training == {"seed": 3, "steps": 10}
    assert card.metrics == {"error": 0.25, "count": 200}
    assert set(card.versions) == {"stnviz", "torch", "python"}
    assert json.loads((folder / CARD).read_text())["format"] == CARD_FORMAT


@pytest.mark.feature
def test_saving_again_replaces_both_files(tiny: DigitNetwork, folder: Path) -> None:
    with torch.no_grad():
        for parameter in tiny.parameters():
            parameter.add_(1)
    save(tiny, folder)
    for ours, theirs in zip(
        as_stored(tiny).parameters(), load_checkpoint(folder).parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)
    assert {path.name for path in folder.iterdir()} == {CARD, WEIGHTS}


@pytest.mark.feature
def test_weights_that_are_rounded_as_stored_are_those_that_load(
    tiny: DigitNetwork, folder: Path
) -> None:
    before = {name: value.clone() for name, value in tiny.state_dict().items()}
    back = load_checkpoint(folder)
    assert not same_weights(tiny, back)
    assert same_weights(as_stored(tiny), back)
    for name, value in tiny.state_dict().items():
        assert value.dtype == torch.float32
        assert torch.allclose(value, before[name], rtol=1e-3, atol=1e-7)
    tensors = load_file(folder / WEIGHTS).values()
    assert {value.dtype for value in tensors} == {torch.float16}


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_the_error_on_the_card_is_that_of_the_model_that_loads(
    digits: Digits, tmp_path: Path
) -> None:
    # A rate that makes answers close calls, so that rounding the weights shows.
    recipe = Recipe(
        "mnist-r", steps=8, batch_size=64, learning_rate=0.02, ema_decay=0.3, precision="float32"
    )
    run = Session(Plan("st-fcn", "affine", recipe), tmp_path, device="cpu")
    list(run.run())
    card = run.finish()
    assert 0 < card.metrics["error"] < 1
    again = evaluate(load_checkpoint(tmp_path), "mnist-r", pictures_of(digits))
    assert again.error == card.metrics["error"]


@pytest.mark.feature
def test_a_history_lies_beside_the_weights_where_there_is_one(
    tiny: DigitNetwork, folder: Path
) -> None:
    assert not (folder / HISTORY).exists()
    history = History(np.zeros((1, 1, 28, 28), np.uint8), np.zeros(1, np.uint8))
    save_checkpoint(
        folder, tiny, family="digits", data="mnist-r", training={}, metrics={}, history=history
    )
    assert len(History.load(folder / HISTORY)) == 0


@pytest.mark.exception
def test_a_folder_without_a_card_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"has no card\.json"):
        load_checkpoint(tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[1, 2]", b'"card"', b"null"])
def test_a_card_that_is_no_json_object_is_refused(folder: Path, text: bytes) -> None:
    (folder / CARD).write_bytes(text)
    with pytest.raises(BadCheckpoint, match=r"card\.json (cannot be read|holds no object)"):
        load_checkpoint(folder)


@pytest.mark.exception
def test_a_foreign_format_is_refused(folder: Path) -> None:
    edit(folder, lambda plain: plain.update(format="elsewhere-7"))
    with pytest.raises(BadCheckpoint, match=f"holds elsewhere-7; this version reads {CARD_FORMAT}"):
        load_checkpoint(folder)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("change", "entry"),
    [
        (lambda plain: plain.pop("model"), "model"),
        (lambda plain: plain.update(metrics=[0.25]), "metrics"),
        (lambda plain: plain.update(author="me"), "author"),
        (lambda plain: plain.update(digest=7), "digest"),
    ],
)
def test_missing_odd_and_unknown_entries_are_named(
    folder: Path, change: Callable[[dict[str, Any]], object], entry: str
) -> None:
    edit(folder, change)
    with pytest.raises(BadCheckpoint, match=f"entries: {entry}"):
        load_checkpoint(folder)


@pytest.mark.exception
@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.update(family="birds"),
        lambda plain: plain["model"].update(name="rnn"),
        lambda plain: plain["model"].update(transform="afine"),
        lambda plain: plain["model"].update(width=9),
        lambda plain: plain["model"].update(depth=3),
        lambda plain: plain["model"].update(pool=0),
        lambda plain: plain["model"].pop("width"),
        lambda plain: plain["model"].update(input_size="large"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_a_model_that_cannot_be_built_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    edit(folder, change)
    with pytest.raises(BadCheckpoint, match=r"does not load|odd or unknown entries"):
        load_checkpoint(folder)


@pytest.mark.exception
def test_weights_cut_short_are_noticed_by_their_digest(folder: Path) -> None:
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadCheckpoint, match="not the file its card describes"):
        load_checkpoint(folder)


@pytest.mark.exception
@pytest.mark.parametrize("kept", [0, 4, 100, -8])
def test_weights_cut_short_are_refused_even_with_their_own_digest(folder: Path, kept: int) -> None:
    replace_weights(folder, (folder / WEIGHTS).read_bytes()[:kept])
    with pytest.raises(BadCheckpoint, match="does not load"):
        load_checkpoint(folder)


@pytest.mark.exception
def test_missing_weights_are_named(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    with pytest.raises(BadCheckpoint, match=WEIGHTS):
        load_checkpoint(folder)


class Trap:
    """What a pickle may do to whoever reads it."""

    sprung: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.sprung,)


@pytest.mark.exception
def test_a_pickle_in_place_of_the_weights_is_never_read(folder: Path, tmp_path: Path) -> None:
    trap = Trap()
    trap.sprung = tmp_path / "sprung"
    replace_weights(folder, pickle.dumps(trap))
    with pytest.raises(BadCheckpoint, match="does not load"):
        load_checkpoint(folder)
    assert not trap.sprung.exists()
    pickle.loads((folder / WEIGHTS).read_bytes())
    assert trap.sprung.exists()


@pytest.mark.feature
def test_good_checkpoints_are_found_and_bad_ones_named(
    tiny: DigitNetwork, folder: Path, tmp_path: Path
) -> None:
    save(tiny, tmp_path / "mnist-r" / "deep" / "other")
    save(tiny, tmp_path / "mnist-r" / "broken")
    (tmp_path / "mnist-r" / "broken" / CARD).write_text("{")
    with pytest.warns(SkippedCheckpoint, match="broken") as said:
        found = Library({"": tmp_path}).cards()
    assert len(said) == 1
    assert list(found) == ["mnist-r/deep/other", "mnist-r/good"]
    assert found["mnist-r/good"] == load_card(folder)


@pytest.mark.feature
def test_without_checkpoints_there_is_silence(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Library({"": tmp_path}).cards() == {}
        assert Library({"": tmp_path / "gone"}).cards() == {}


@pytest.mark.exception
def test_a_network_larger_than_its_weights_is_never_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that is wrong by a figure could ask for more memory than there is."""
    built: list[str] = []
    create = checkpoint.create_model

    def watched(family: str, **config: Any) -> Any:
        built.append(torch.empty(0).device.type)
        return create(family, **config)

    monkeypatch.setattr(checkpoint, "create_model", watched)
    load_checkpoint(folder)
    assert built == ["meta", "cpu"]
    edit(folder, lambda plain: plain["model"].update(width=900))
    built.clear()
    with pytest.raises(BadCheckpoint, match="not those of the network on its card"):
        load_checkpoint(folder)
    assert built == ["meta"]
