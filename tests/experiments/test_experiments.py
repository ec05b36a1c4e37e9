"""Laws over all experiments: pictures by number, judges, networks that can be built."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from stnviz.coordinates import sample
from stnviz.data.birds.bird_set import BirdSet
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.image_source import ImageSource
from stnviz.experiments import bird_sets, numbers
from stnviz.experiments.addition import Pairs
from stnviz.experiments.birds import BirdPictures
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.colocalise import overlap
from stnviz.experiments.contract import Part
from stnviz.experiments.numbers import DrawnNumbers
from stnviz.experiments.recipe import Recipe
from stnviz.models import Output
from stnviz.models.config import has_transformer
from stnviz.records import Step
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import Training
from stnviz.transforms import Attention
from tests.street_numbers import HOUSES, write_archive, write_pictures

CPU = torch.device("cpu")
FAR = ("cub", "cub-448", "svhn-64", "svhn-128", "birds-448")
"""Data sets that somebody must bring, and one that takes long to draw."""
AT_HAND = [name for name in EXPERIMENTS.names() if name not in FAR]
every_experiment = pytest.mark.parametrize("name", AT_HAND)


def few_pictures(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ImageSource:
    """The pictures that pages show; of birds a few."""
    monkeypatch.setitem(bird_sets.COUNTS, "test", 5)
    return EXPERIMENTS.get(name).open("shown", folder, CPU)[0]


@pytest.mark.cardinality
def test_every_experiment_is_described() -> None:
    assert set(EXPERIMENTS.names()) == set(DATA_SETS.names())
    for name, experiment in EXPERIMENTS:
        described = DATA_SETS.get(name)
        assert (experiment.data, experiment.family) == (name, described.family)
        assert experiment.input_size == described.size


@pytest.mark.law
@every_experiment
def test_a_picture_by_its_number_is_the_one_that_comes_in_turn(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = few_pictures(name, tmp_path, monkeypatch)
    images, labels = (torch.cat(parts) for parts in zip(*islice(pictures.once(), 2), strict=True))
    for index in {0, 3, len(labels) - 1}:
        image, label = pictures.picture(index)
        assert torch.equal(image[0], images[index])
        assert torch.equal(label[0], labels[index])
    assert images.shape[-2:] == EXPERIMENTS.get(name).input_size
    assert 0 <= images.min() < images.max() <= 1


@pytest.mark.law
@every_experiment
def test_training_pictures_depend_on_seed_and_step_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = few_pictures(name, tmp_path, monkeypatch)
    first, again, later = (pictures.draw(3, 5, step)[0] for step in (7, 7, 8))
    assert torch.equal(first, again)
    assert not torch.equal(first, later)


@pytest.mark.law
@every_experiment
def test_a_sure_and_right_answer_is_not_wrong_and_costs_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = EXPERIMENTS.get(name)
    _, labels = few_pictures(name, tmp_path, monkeypatch).draw(4, 0, 0)
    if experiment.family in ("finder", "compositor"):
        pytest.skip("the answer is a place")
    classes = 40 if experiment.family in ("birds", "addition") else 11
    logits = 50 * torch.nn.functional.one_hot(labels, classes).float()
    assert not experiment.errors(logits, labels).any()
    assert float(experiment.sample_losses(Output(logits, ()), labels, 0.0).mean()) < 1e-6
    other: Tensor = logits.roll(1, dims=-1)
    assert experiment.errors(other, labels).all()
    assert float(experiment.sample_losses(Output(other, ()), labels, 0.0).mean()) > 1


@pytest.mark.feature
def test_what_is_found_overlaps_by_more_than_half() -> None:
    experiment = EXPERIMENTS.get("colocalise-t")
    place = torch.tensor([[1 / 3, 0.2, -0.4]])
    labels = torch.cat([place, torch.zeros(1, 2)], dim=1)
    for shift, found in ((0.0, True), (0.2, True), (0.24, False), (2.0, False)):
        looked = place + torch.tensor([0.0, shift, 0.0])
        # Two equal squares of side 2/3 that are d apart: (2/3 - d) / (2/3 + d).
        share = max(0.0, 2 / 3 - shift) / (2 / 3 + shift)
        assert float(overlap(looked, place)) == pytest.approx(share, abs=1e-5)
        assert bool(experiment.errors(looked, labels)[0]) != found


@pytest.mark.feature
def test_hidden_digits_are_where_the_labels_say() -> None:
    pictures, _ = EXPERIMENTS.get("colocalise-t").open("train", None, CPU, Recipe("x", 1, seed=7))
    images, labels = next(pictures.once())
    axis = (torch.arange(84) + 0.5) * 2 / 84 - 1
    ink = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    middle = torch.stack([(ink * axis).sum((1, 2)), (ink * axis[:, None]).sum((1, 2))], dim=1)
    assert float((middle - labels[:, 1:3]).abs().max()) < 0.12
    assert labels[:, 0].tolist() == pytest.approx([1 / 3] * 100)
    among, _ = EXPERIMENTS.get("colocalise-tc").open("train", None, CPU, Recipe("x", 1, seed=7))
    assert float(next(among.once())[0].sum()) > 1.3 * float(images.sum())


@pytest.mark.feature
def test_a_window_on_the_digit_costs_less_than_one_beside_it() -> None:
    experiment = EXPERIMENTS.get("colocalise-t")
    pictures, _ = experiment.open("train", None, CPU, Recipe("x", 1, seed=4))
    images, labels = next(pictures.once())
    costs = []
    for shift in (0.0, 0.3, -labels[:, 1:3].sign()):
        theta = labels[:, :3] + torch.nn.functional.pad(torch.zeros(100, 2) + shift, (1, 0))
        crops = sample(images, Attention().grid(theta, (28, 28)))
        step = Step("attention", images, theta, crops, crops)
        costs.append(float(experiment.sample_losses(Output(theta, (step,)), labels, 0.0).mean()))
    on, beside, away = costs
    assert on < 0.6 * beside
    assert on < 0.6 * away


@pytest.mark.slow
def test_the_digit_is_found_in_every_picture() -> None:
    recipe = Recipe(
        "colocalise-t", 250, seed=3, batch_size=50, learning_rate=1e-3, localisation_lr_ratio=1.0
    )
    experiment = EXPERIMENTS.get(recipe.data)
    pictures, _ = experiment.open("train", None, CPU, recipe)
    torch.manual_seed(3)
    model = experiment.build(experiment.config("st-finder"))
    list(Training(model, recipe, pictures).run())
    assert evaluate(model, recipe.data, pictures).error < 0.03


@pytest.mark.feature
def test_street_numbers_are_read_from_their_folder(tmp_path: Path) -> None:
    for split in ("train", "test"):
        folder = write_archive(tmp_path / "svhn" / split, HOUSES)
        write_pictures(folder, [name for name, _ in HOUSES])
    experiment = EXPERIMENTS.get("svhn-64")
    pictures, notice = experiment.open("test", tmp_path, CPU)
    assert notice is None
    images, labels = next(pictures.once())
    assert images.shape == (2, 3, 64, 64)
    assert labels[1].tolist() == [7, 4, 2, 10, 10]
    assert torch.equal(pictures.picture(1)[0][0], images[1])
    parts = [len(experiment.open(part, tmp_path, CPU)[0]) for part in ("train", "validation")]
    assert parts == [1, 1]
    with pytest.raises(RuntimeError, match=r"digitStruct\.mat is missing"):
        experiment.open("test", tmp_path / "elsewhere", CPU)


@pytest.mark.law
@every_experiment
def test_only_networks_with_a_transformer_take_a_transform(name: str) -> None:
    experiment = EXPERIMENTS.get(name)
    for model in experiment.models:
        transform = experiment.transforms[0] if has_transformer(model) else None
        config = experiment.config(model, transform)
        assert config.name == model
        assert config.input_size == experiment.input_size


@pytest.mark.feature
def test_a_number_is_wrong_with_any_of_its_places() -> None:
    experiment = EXPERIMENTS.get("numbers-64")
    labels = torch.tensor([[1, 2, 10, 10, 10]] * 2)
    logits = torch.nn.functional.one_hot(labels, 11).float()
    logits[1, 4] = logits[1, 4].roll(1)
    assert experiment.errors(logits, labels).tolist() == [False, True]


@pytest.mark.feature
def test_in_a_test_every_digit_is_added_twice(tmp_path: Path) -> None:
    pictures, _ = EXPERIMENTS.get("mnist-addition").open("shown", tmp_path, CPU)
    assert isinstance(pictures, Pairs)
    ours, partners = pictures.first.labels, pictures.second.labels
    assert sorted(ours.tolist()) == sorted(partners.tolist())
    _, labels = next(pictures.once())
    assert (labels == (ours + partners)[: len(labels)]).all()


@pytest.mark.law
def test_the_frames_of_added_digits_are_where_their_ink_is(tmp_path: Path) -> None:
    pictures, _ = EXPERIMENTS.get("mnist-addition").open("shown", tmp_path, CPU)
    assert isinstance(pictures, Pairs)
    frames = pictures.frames()
    assert frames.shape == (len(pictures), 2, 8)
    images, _ = next(pictures.once())
    axis = (torch.arange(42) + 0.5) * 2 / 42 - 1
    ink = images / images.sum(dim=(2, 3), keepdim=True)
    middles = torch.stack([(ink * axis).sum((2, 3)), (ink * axis[:, None]).sum((2, 3))], dim=-1)
    wanted = frames[: len(images)].unflatten(2, (4, 2)).mean(dim=2)
    assert float((middles - wanted).abs().mean()) < 0.04
    assert float((middles - wanted.flip(1)).abs().mean()) > 0.15


@pytest.mark.feature
@pytest.mark.slow
def test_a_window_that_lies_on_the_number_follows_it_and_one_that_stands_still_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numbers, "FOLLOWED", 60)
    experiment = EXPERIMENTS.get("numbers-128")
    network = experiment.build(experiment.config("st-cnn-multi", "affine")).eval()
    pictures = DrawnNumbers("test", 128, loose=True, device=CPU)
    boxes = iter([_box(crops.corners) for crops in pictures.placed(60)])

    def forward(images: Tensor) -> Output:
        """What the network says, with its last window on the number."""
        output = as_it_is(images)
        return Output(
            output.logits, (*output.steps[:-1], replace(output.steps[-1], theta=next(boxes)))
        )

    as_it_is = network.forward
    monkeypatch.setattr(network, "forward", forward)
    (*still, on_it) = (share for (share,) in experiment.metrics(network, pictures)["follows"])
    assert max(still) < 0.01
    assert on_it > 0.8


def _box(corners: Tensor) -> Tensor:
    """Theta of the upright window around corners (B, 4, 2)."""
    low, high = corners.amin(dim=1), corners.amax(dim=1)
    (width, height), (x, y) = ((high - low) / 2).T, ((high + low) / 2).T
    none = torch.zeros_like(x)
    return torch.stack([width, none, x, none, height, y], dim=1)


@pytest.mark.feature
def test_the_parts_of_drawn_numbers_differ() -> None:
    experiment = EXPERIMENTS.get("numbers-64")
    parts: tuple[Part, ...] = ("validation", "test", "shown")
    firsts = [experiment.open(part, None, CPU)[0].picture(0)[0] for part in parts]
    assert not torch.equal(firsts[0], firsts[1])
    assert not torch.equal(firsts[1], firsts[2])


@pytest.mark.exception
def test_without_cub_a_sentence_says_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="is not CUB-200-2011"):
        EXPERIMENTS.get("cub").open("shown", tmp_path, CPU)


@pytest.mark.feature
@pytest.mark.parametrize("size", [1.0, 0.5, 2.0])
def test_training_cuts_birds_as_large_as_it_is_told_to(size: float) -> None:
    """A white block in the middle of grey: a cut of half the picture shows it twice as wide."""
    images = np.full((1, 64, 64, 3), 100, np.uint8)
    images[:, 24:40, 24:40] = 255
    birds = BirdSet(
        images, np.zeros(1, np.int64), np.zeros((1, 15, 3), np.float32),
        np.zeros((1, 4), np.float32), ("one",), "a block",
    )  # fmt: skip
    cut, _ = BirdPictures(birds, CPU, zoom=(size, size)).draw(40, 0, 0)
    grey = cut.amin(dim=(1, 2, 3), keepdim=True)
    share = (cut[:, :1] > 1.5 * grey).float().mean(dim=(1, 2, 3))
    whole = share > 0.9 * (16 / 64 / size) ** 2
    assert whole.float().mean() > (0.2 if size < 1 else 0.99)
    assert share.max() < 1.2 * (16 / 64 / size) ** 2


@pytest.mark.feature
def test_under_a_curriculum_numbers_begin_tight_and_get_smaller(tmp_path: Path) -> None:
    experiment = EXPERIMENTS.get("numbers-128")
    recipe = Recipe("numbers-128", steps=100, curriculum=0.5)
    pictures, _ = experiment.open("train", tmp_path, CPU, recipe)
    plain, _ = experiment.open("train", tmp_path, CPU, replace(recipe, curriculum=0.0))
    tight = DrawnNumbers("train", 128, loose=False, device=CPU)
    assert torch.equal(pictures.draw(2, 0, 0)[0], tight.draw(2, 0, 0)[0])
    assert torch.equal(pictures.draw(2, 0, 50)[0], plain.draw(2, 0, 50)[0])
    halfway = pictures.draw(2, 0, 25)[0]
    assert not any(torch.equal(halfway, other.draw(2, 0, 25)[0]) for other in (tight, plain))
    parts: tuple[Part, ...] = ("validation", "test")
    for part in parts:
        judged, _ = experiment.open(part, tmp_path, CPU, recipe)
        wanted, _ = experiment.open(part, tmp_path, CPU)
        assert torch.equal(judged.picture(0)[0], wanted.picture(0)[0])
