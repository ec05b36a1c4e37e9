"""Glasses on faces: what is measured, and a training whose warps learn one after another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stnviz.analysis.corner_error import corner_errors
from stnviz.checkpoints.card import CARD, CHECKPOINTS
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.compositing import lay_on, read_on
from stnviz.data.arrangement import EditableSource, InvalidArrangement
from stnviz.experiments import glasses
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.glasses import OFF, DressedFaces
from stnviz.experiments.recipe import Recipe
from stnviz.models.compositor import Compositor, training_stage
from stnviz.papers.recurrent import RECIPES
from stnviz.runs.plan import Plan
from stnviz.runs.session import Session
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import Training
from stnviz.transforms import Projective
from stnviz.transforms.projective import from_corners
from tests.running import cut_short, same_weights

CPU = torch.device("cpu")
SHORT = replace(RECIPES["glasses"], steps=16, batch_size=2)


@pytest.fixture(autouse=True)
def few_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("validation", "probe", "test"):
        monkeypatch.setitem(glasses.COUNTS, part, 12)


def shown(count: int = 50) -> tuple[DressedFaces, Tensor, Tensor, Tensor]:
    """Pictures, the first of them, their labels and the true maps."""
    pictures = DressedFaces("shown", glasses.SIDE, CPU)
    images, labels = next(pictures.once())
    images, labels = images[:count], labels[:count]
    return pictures, images, labels, from_corners(labels[:, 4:], labels[:, :4])


@pytest.mark.feature
def test_the_true_map_is_off_by_nothing_and_none_by_what_the_start_is() -> None:
    _, _, labels, thetas = shown()
    experiment = EXPERIMENTS.get("glasses")
    assert float(corner_errors(thetas, labels).max()) < 1e-4
    assert not experiment.errors(thetas, labels).any()
    still = Projective().identity().expand(len(labels), -1)
    off = corner_errors(still, labels)
    wanted = (labels[:, :4] - labels[:, 4:]).norm(dim=2).mean(dim=1)
    assert torch.allclose(off, wanted, atol=1e-5)
    assert float(off.mean()) == pytest.approx(2 * OFF, rel=0.1)
    assert (experiment.errors(still, labels) == (off > OFF)).all()


@pytest.mark.feature
def test_glasses_that_are_moved_by_a_tenth_are_off_by_a_tenth() -> None:
    _, _, labels, thetas = shown()
    moved = Projective().compose(
        thetas, Projective().identity().index_fill(0, torch.tensor([2]), 0.1).expand_as(thetas)
    )
    assert torch.allclose(corner_errors(moved, labels), torch.full((50,), 0.1), atol=1e-4)


@pytest.mark.feature
def test_a_map_found_at_low_resolution_lays_the_same_at_high_resolution() -> None:
    pictures, images, _, thetas = shown()
    low = read_on(images, Projective().grid(thetas, (48, 48)))
    for index in (0, 7):
        larger = pictures.arrange(index).larger
        assert larger is not None
        layers = larger(192)
        assert layers.shape == (1, 7, 192, 192)
        theta = thetas[index : index + 1]
        high = read_on(layers, Projective().grid(theta, (192, 192)))
        start = lay_on(layers[:, :3], layers[:, 3:])
        after, before = (
            float((F.avg_pool2d(one, 8)[0] - F.avg_pool2d(low[index], 2)).abs().mean())
            for one in (high, start)
        )
        assert after < 0.02
        assert after < 0.4 * before


@pytest.mark.feature
def test_glasses_can_be_laid_anywhere_by_the_middles_of_their_lenses() -> None:
    pictures = DressedFaces("shown", glasses.SIDE, CPU)
    assert isinstance(pictures, EditableSource)
    before = pictures.arrange(3)
    images, labels = pictures.picture(3)
    assert torch.allclose(before.images, images, atol=1e-6)
    assert torch.allclose(before.labels, labels, atol=1e-6)
    again = pictures.arrange(3, before.handles)
    assert torch.allclose(again.images, images, atol=1e-3)
    wanted = torch.tensor([[-0.5, 0.6], [0.1, 0.3]])
    moved = pictures.arrange(3, wanted)
    assert torch.allclose(moved.handles, wanted, atol=1e-5)
    assert torch.allclose(moved.frames[0].mean(dim=0), wanted.mean(dim=0), atol=1e-5)
    assert torch.equal(moved.images[:, :3], images[:, :3])
    assert torch.equal(moved.labels[:, 4:], labels[:, 4:])
    assert moved.larger is not None
    large = moved.larger(96)[0]
    assert float((F.avg_pool2d(large, 2) - moved.images[0]).abs().mean()) < 0.02


@pytest.mark.exception
@pytest.mark.parametrize(
    ("handles", "words"),
    [
        ([[0.0, 0.0]], "Give two places"),
        ([[0.0, 0.0], [float("nan"), 0.0]], "Give two places"),
        ([[0.0, 0.0], [0.05, 0.0]], "further apart"),
    ],
)
def test_lenses_on_top_of_each_other_are_refused(handles: list[list[float]], words: str) -> None:
    with pytest.raises(InvalidArrangement, match=words):
        DressedFaces("shown", glasses.SIDE, CPU).arrange(0, torch.tensor(handles))


@pytest.mark.feature
def test_real_pictures_are_of_other_faces() -> None:
    images, _ = DressedFaces("train", glasses.SIDE, CPU).draw(8, 0, 0)
    assert images.shape == (8, 10, 48, 48)
    background, real = images[:, :3], images[:, 7:]
    between = (background[:, None] - real[None]).abs().mean(dim=(2, 3, 4))
    assert float(between.min()) > 0.03
    assert 0 <= images.min() < images.max() <= 1


@pytest.mark.feature
def test_corners_are_measured_at_the_start_and_after_each_step() -> None:
    experiment = EXPERIMENTS.get("glasses")
    model = experiment.build(experiment.config("st-gan", "similarity"))
    pictures, _ = experiment.open("test", None, CPU)
    (found,) = experiment.metrics(model, pictures).values()
    assert len(found) == 5
    assert len(set(found)) == 1
    errors = corner_errors(Projective().identity().expand(12, -1), next(pictures.once())[1])
    assert found[0] == pytest.approx(float(errors.mean()), abs=1e-4)


def begun(recipe: Recipe = SHORT) -> Training:
    experiment = EXPERIMENTS.get("glasses")
    torch.manual_seed(0)
    model = experiment.build(experiment.config("st-gan", "similarity"))
    return Training(model, recipe, experiment.open("train", None, CPU)[0])


@pytest.mark.feature
def test_each_step_changes_the_critic_and_the_warp_at_hand_and_no_other() -> None:
    training = begun()
    model = training.model
    assert isinstance(model, Compositor)
    parts = {"critic": model.critic, **{str(k): warp for k, warp in enumerate(model.warps, 1)}}
    for at in range(SHORT.steps):
        stage = training_stage(at, SHORT.steps, 4)
        model.on_step_start(at, SHORT.steps)  # what a warp begins as is no learning
        before = {
            name: [value.clone() for value in part.state_dict().values()]
            for name, part in parts.items()
        }
        training.step(1e-3)
        changed = {
            name
            for name, part in parts.items()
            if any(
                not torch.equal(now, then)
                for now, then in zip(part.state_dict().values(), before[name], strict=True)
            )
        }
        assert changed == ({"critic", str(stage)} if stage else {"critic"})


@pytest.mark.feature
@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    """Cut short while the critic is alone, and where a warp begins as the one before it."""
    plan = Plan("st-gan", "similarity", SHORT)
    whole = Session(plan, tmp_path / "whole", device="cpu")
    list(whole.run())
    for at in (2, 7):
        cut_short(Session(plan, tmp_path / str(at), device="cpu"), at)
        rest = Session(plan, tmp_path / str(at), device="cpu")
        assert rest.training.done == at
        list(rest.run())
        assert same_weights(rest.training.model, whole.training.model)
        assert same_weights(rest.training.result, whole.training.result)


@pytest.mark.feature
@pytest.mark.slow
def test_a_checkpoint_holds_the_warps_and_answers_as_before(tmp_path: Path) -> None:
    run = Session(Plan("st-gan", "similarity", SHORT), tmp_path, device="cpu")
    list(run.run())
    card = run.finish()
    assert (tmp_path / CARD).exists()
    assert len(card.metrics["corner_errors"]) == 5
    model = load_checkpoint(tmp_path)
    pictures, _ = EXPERIMENTS.get("glasses").open("test", None, CPU)
    assert evaluate(model, "glasses", pictures).error == card.metrics["error"]
    images, _ = next(pictures.once())
    run.training.result.eval()
    with torch.inference_mode():
        said = model(images).logits
        assert torch.allclose(said, run.training.result(images).logits, atol=1e-6)


@pytest.mark.slow
def test_corners_come_nearer_from_step_to_step() -> None:
    """A fifth of the shipped network's training; a whole one halves the distance."""
    training = begun(replace(RECIPES["glasses"], steps=1600))
    list(training.run())
    pictures = DressedFaces("shown", glasses.SIDE, CPU)
    found = EXPERIMENTS.get("glasses").metrics(training.result, pictures)["corner_errors"]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.85 * found[0]


@pytest.mark.feature
def test_the_shipped_network_brings_glasses_nearer_with_each_step_by_half_or_more() -> None:
    model = load_checkpoint(CHECKPOINTS / "glasses" / "st-gan-similarity")
    pictures = DressedFaces("shown", glasses.SIDE, CPU)
    found = EXPERIMENTS.get("glasses").metrics(model, pictures)["corner_errors"]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found) == 5
    assert found[-1] <= 0.5 * found[0]


@pytest.mark.feature
def test_the_warp_that_the_shipped_network_finds_serves_a_picture_of_any_size() -> None:
    model = load_checkpoint(CHECKPOINTS / "glasses" / "st-gan-similarity")
    assert isinstance(model, Compositor)
    pictures = DressedFaces("shown", glasses.SIDE, CPU)
    nearer = []
    for index in range(8):
        with torch.inference_mode():
            answer = model(pictures.picture(index)[0]).logits
        laid = pictures.arrange(index)
        assert laid.larger is not None
        layers, corners = laid.larger(192), laid.labels
        true = from_corners(corners[:, 4:], corners[:, :4])
        wanted, start, found = (
            read_on(layers, Projective().grid(one, (192, 192)))
            for one in (true, Projective().identity()[None], answer)
        )
        far, near = (float((one - wanted).abs().mean()) for one in (start, found))
        nearer.append(near < far)
    assert sum(nearer) >= 7
