"""The Time machine, without a browser."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import torch

from stnviz.checkpoints.card import HISTORY
from stnviz.checkpoints.library import default_library
from stnviz.experiments.glasses import DressedFaces
from stnviz.live.protocol import decode_answer
from stnviz.records import History, Snapshot
from stnviz.ui.replay.glasses import describe_glasses, glasses_corners
from stnviz.ui.replay.view import encode_history
from stnviz.ui.stage import model as play
from tests.opening import opened


@pytest.mark.feature
def test_glasses_are_replayed_from_their_start_to_where_they_came_to_lie() -> None:
    pictures = DressedFaces("shown", 48, torch.device("cpu"))
    images, labels = (part[:3] for part in next(pictures.once()))
    thetas = (np.tile(np.array([0, 1, 0, 0], np.float32), (3, 1)),) * 2
    moved = (thetas[0], thetas[1] + np.array([0, 0, 0.1, 0], np.float32))
    said, ticks = np.zeros((3, 8), np.float32), (0, 0)
    history = History(
        (images * 255).byte().numpy(), labels.numpy(),
        tuple(Snapshot(k, 1, 1, 1, those, said, ticks) for k, those in enumerate((thetas, moved))),
    )  # fmt: skip
    box = glasses_corners(history, {"transform": "similarity"}, 2)
    assert box.shape == (2, 1, 3, 4, 2)
    # Points of a lattice come row by row, corners clockwise.
    start = labels[:, [0, 1, 3, 2]].numpy()
    assert np.abs(box[0, 0] - start).max() < 1e-5
    assert np.abs(box[1, 0] - (start - [0.1, 0])).max() < 1e-5  # who looks right is seen left
    told = describe_glasses(history, {"transform": "similarity"})
    wanted = (labels[:, :4] - labels[:, 4:]).norm(dim=2).mean(dim=1)
    assert told["shares"][0] == pytest.approx(wanted.tolist(), abs=1e-3)
    assert encode_history(history, {"transform": "similarity"}, 2, True, "glasses")


@pytest.mark.feature
def test_the_time_machine_opens_a_training() -> None:
    page = opened("time_machine")
    (choice,) = page.selectbox
    assert choice.value == "mnist-r/st-cnn-affine"


@pytest.mark.exception
def test_the_time_machine_warns_of_an_unknown_training() -> None:
    page = opened("time_machine", run="nobody/nothing")
    assert "nobody/nothing" in page.toast[0].value


@pytest.mark.exception
@pytest.mark.parametrize("snapshot", ["9" * 5_000, "-3", "one"])
def test_the_time_machine_bears_any_snapshot_in_its_address(snapshot: str) -> None:
    opened("time_machine", run="mnist-r/cnn", snapshot=snapshot)


@pytest.mark.exception
def test_the_time_machine_prints_an_address_as_it_is() -> None:
    page = opened("time_machine", run="![x](http://a.b/c.png) `code`")
    assert "`![x](http://a.b/c.png) 'code'`" in page.toast[0].value


@pytest.mark.exception
def test_a_training_without_a_snapshot_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = History.load(play.library().folder("mnist-r/cnn") / HISTORY)
    empty = History(whole.images, whole.labels)
    monkeypatch.setattr(History, "load", lambda _path: empty)
    page = opened("time_machine", run="mnist-r/cnn")
    assert page.error[0].value.startswith("mnist-r/cnn remembers no snapshot of its training.")


@pytest.mark.feature
def test_volumes_are_played_back_flat() -> None:
    name = "mnist-volume/st-cnn-affine-3d"
    card = default_library().cards()[name]
    history = History.load(default_library().folder(name) / HISTORY)
    for model, outputs in ((dict(card.model), True), ({**card.model, "transform": None}, False)):
        packed = base64.b64decode(encode_history(history, model, 8_000, True, card.data))
        _, arrays = decode_answer(packed[4:])
        assert arrays["images"].shape == (12, 32, 32)
        assert ("outputs" in arrays) == outputs
    assert "lattices" not in arrays
