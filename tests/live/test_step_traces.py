"""Step traces over the live route: a test image, as a pointer has arranged it, step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.arrangement import EditableSource, InvalidArrangement
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.live.engine import Engine
from stnviz.live.protocol import BadRequest, StepTraceRequest, decode_answer, parse_request
from stnviz.live.step_traces import SHARP
from stnviz.records.lattices import WINDOW_LATTICE
from tests.looking_again import FOUR, PLAIN, ROW, put_networks

GLASSES = "glasses/st-gan-similarity"
PROTOCOL = Path(__file__).parents[2] / "docs" / "live-protocol.md"
Answer = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again")
    put_networks(folder)
    return folder


@pytest.fixture(scope="module")
def engine(root: Path) -> Engine:
    return Engine(Library({"": root}))


def plain(network: str, **edit: Any) -> dict[str, Any]:
    return {"version": 1, "id": 4, "network": network, "edit": {"picture": 3, **edit}}


def asked(engine: Engine, network: str, **edit: Any) -> Answer:
    request = parse_request(json.dumps(plain(network, **edit)))
    assert isinstance(request, StepTraceRequest)
    return decode_answer(engine.submit(request).result())


def shown(data: str) -> EditableSource:
    pictures, _ = EXPERIMENTS.get(data).open("shown", None, torch.device("cpu"))
    assert isinstance(pictures, EditableSource)
    return pictures


@pytest.mark.feature
@pytest.mark.parametrize(("network", "data"), [(FOUR, "mnist-perturbed"), (ROW, "sequences")])
def test_a_trace_is_what_the_network_did(
    root: Path, engine: Engine, network: str, data: str
) -> None:
    head, arrays = asked(engine, network)
    images, labels = shown(data).picture(3)
    model = load_checkpoint(root / network)
    with torch.inference_mode():
        output = model(images)
    shows = " ".join(map(str, labels[0].flatten().tolist()))
    assert head["whole"]["sentence"].startswith(("This ", "These ")[data == "sequences"] + shows)
    assert head["ticks"] == len(output.steps)
    assert np.abs(arrays["picture"][0] - 255 * images[0, 0].numpy()).max() <= 1
    for tick, step in enumerate(output.steps):
        read = (255 * step.output[0, 0]).clamp(0, 255).numpy()
        assert np.abs(arrays["outputs"][tick] - read).max() <= 1
    told = output.step_logits if output.step_logits else output.logits[0][:, None]
    shares = (100 * float(one.softmax(-1).max()) for one in told)
    wanted = [
        f"{int(one.argmax())}  {share:.0f} %" for one, share in zip(told, shares, strict=True)
    ]
    assert [one["label"] for one in head["predictions"]] == wanted


@pytest.mark.feature
@pytest.mark.parametrize("network", [FOUR, ROW, PLAIN])
def test_without_an_edit_it_is_the_test_picture_itself(engine: Engine, network: str) -> None:
    head, arrays = asked(engine, network)
    again, same = asked(
        engine, network, handles=arrays["handles"].tolist(), distractors=head["distractors"]
    )
    assert again["whole"] == head["whole"]
    assert np.abs(arrays["picture"].astype(int) - same["picture"]).max() <= 1


@pytest.mark.feature
def test_looks_that_refine_one_another_add_up(engine: Engine) -> None:
    head, arrays = asked(engine, FOUR)
    assert head["residual_warps"]
    assert arrays["own"].shape == arrays["lattices"].shape == (4, WINDOW_LATTICE**2, 2)
    np.testing.assert_allclose(arrays["own"][0], arrays["lattices"][0], atol=1e-6)
    assert np.abs(arrays["own"][2] - arrays["lattices"][2]).max() > 1e-3
    assert head["own_poses"][0] == head["poses"][0]
    assert all(head["own_poses"][k] != head["poses"][k] for k in (1, 2, 3))
    steps = np.linalg.norm(np.diff(arrays["lattices"], axis=0), axis=-1).mean(axis=1)
    np.testing.assert_allclose(head["moved"][1:], steps, atol=1e-4)


@pytest.mark.feature
def test_glimpses_stand_for_themselves(engine: Engine) -> None:
    head, arrays = asked(engine, ROW)
    assert not head["residual_warps"]
    np.testing.assert_array_equal(arrays["own"], arrays["lattices"])


@pytest.mark.feature
def test_a_row_is_read_from_left_to_right_wherever_its_digits_were_moved(engine: Engine) -> None:
    head, arrays = asked(engine, ROW)
    first, second, third = arrays["handles"].tolist()
    swapped, _ = asked(engine, ROW, handles=[third, second, first])
    before, after = (found["whole"]["sentence"].split()[1:4] for found in (head, swapped))
    assert after == before[::-1]


@pytest.mark.feature
def test_clutter_is_added_and_taken_away(engine: Engine) -> None:
    some = asked(engine, ROW)
    none, more = (asked(engine, ROW, distractors=count) for count in (0, 16))
    ink = [int(answer[1]["picture"].astype(int).sum()) for answer in (none, some, more)]
    assert ink == sorted(ink)
    assert len(set(ink)) == 3
    assert [answer[0]["distractors"] for answer in (none, some, more)] == [0, 8, 16]


@pytest.mark.feature
def test_pulled_corners_lie_where_they_were_pulled_to(engine: Engine) -> None:
    corners = [[-0.8, -0.9], [0.7, -0.6], [0.9, 0.8], [-0.5, 0.6]]
    _, arrays = asked(engine, FOUR, handles=corners)
    np.testing.assert_allclose(arrays["handles"], corners, atol=1e-6)
    square = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]
    _, straight = asked(engine, FOUR, handles=square)
    digit = shown("mnist-perturbed")
    clean = digit.images[3, 0].numpy()  # type: ignore[attr-defined]
    assert np.abs(straight["picture"][0].astype(int) - clean).max() <= 1


@pytest.mark.law
@pytest.mark.parametrize("network", [FOUR, ROW, PLAIN])
def test_the_protocol_describes_all_that_a_trace_holds(engine: Engine, network: str) -> None:
    described = PROTOCOL.read_text(encoding="utf-8").split("## A step trace")[1]
    head, arrays = asked(engine, network)
    named = {*head, *head["whole"], *arrays} - {"arrays"}
    assert {name for name in named if f"`{name}`" not in described} == set()


@pytest.mark.feature
@pytest.mark.parametrize(("sharp", "side"), [(False, 48), (True, SHARP)])
def test_what_is_laid_on_something_comes_with_it_in_layers(sharp: bool, side: int) -> None:
    _, arrays = asked(Engine(), GLASSES, sharp=sharp)
    described = PROTOCOL.read_text(encoding="utf-8").split("## A step trace")[1]
    assert {name for name in arrays if f"`{name}`" not in described} == set()
    background, foreground = (arrays[name] / 255.0 for name in ("background", "foreground"))
    assert background.shape == (1, side, side, 3)
    assert foreground.shape == (1, side, side, 4)
    laid = background + foreground[..., 3:] * (foreground[..., :3] - background)
    assert np.abs(255 * laid - arrays["picture"]).max() <= 2


@pytest.mark.feature
def test_where_nothing_is_laid_on_there_are_no_layers(engine: Engine) -> None:
    _, arrays = asked(engine, ROW)
    assert not {"background", "foreground"} & set(arrays)


@pytest.mark.cardinality
def test_a_plain_network_has_a_trace_without_steps(engine: Engine) -> None:
    head, arrays = asked(engine, PLAIN)
    assert head["ticks"] == 0
    assert len(head["predictions"]) == 1
    assert arrays["lattices"].shape == (0, WINDOW_LATTICE**2, 2)


CASES = [
    ("network", {"network": 7}),
    ("edit.picture", {"edit": {"picture": -1}}),
    ("edit.distractors", {"edit": {"picture": 0, "distractors": 17}}),
    ("edit.handles.0", {"edit": {"picture": 0, "handles": [[1.0]]}}),
    ("edit.handles.0.1", {"edit": {"picture": 0, "handles": [[1.0, 5.0]]}}),
    ("edit.handles", {"edit": {"picture": 0, "handles": [[0.0, 0.0]] * 9}}),
    ("models", {"models": ["mnist-r/cnn"]}),
]


@pytest.mark.exception
@pytest.mark.parametrize(("field", "changes"), CASES)
def test_a_bad_request_for_a_trace_names_its_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_request(json.dumps({**plain(ROW), **changes}))
    assert caught.value.field == field
    assert caught.value.id == 4


@pytest.mark.exception
@pytest.mark.parametrize(
    ("network", "edit", "words"),
    [
        ("sequences/gone", {}, "Choose a network among"),
        (ROW, {"picture": 2_000}, "There are 2,000 pictures: choose one."),
        (ROW, {"handles": [[0.0, 0.0]]}, "Give 3 places"),
        (FOUR, {"handles": [[0.0, 0.0]] * 4}, "Pull the four corners apart"),
        (FOUR, {"handles": [[0.0, 0.0]] * 3}, "Pull the four corners apart"),
    ],
)
def test_what_cannot_be_traced_is_said(
    engine: Engine, network: str, edit: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        asked(engine, network, **edit)
    assert asked(engine, ROW)[0]["ticks"] == 3


@pytest.mark.exception
def test_a_layout_that_is_no_number_is_refused() -> None:
    for data, count in (("sequences", 3), ("mnist-perturbed", 4)):
        with pytest.raises(InvalidArrangement):
            shown(data).arrange(0, torch.full((count, 2), float("nan")))
