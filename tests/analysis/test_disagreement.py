"""Two networks on the same pictures, and one network over the size of a distortion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stnviz.analysis.disagreement import find_disagreements
from stnviz.analysis.distortion_sweep import sweep_error
from stnviz.coordinates import sample
from stnviz.data.digits import Digits, part_of_gallery
from stnviz.models import Model, Output
from stnviz.models.digits import DigitConfig
from stnviz.records import Step
from stnviz.transforms import create_transform

COUNT = 200


class Knows(Model):
    """Reads every picture right but those in ``wrong``; perhaps looks through a window.

    The pictures carry their label in their first pixel and their place in their second.
    """

    def __init__(self, wrong: set[int], theta: Tensor | None = None) -> None:
        super().__init__(DigitConfig("st-cnn", (28, 28), 4, transform="affine"))
        self.wrong, self.theta = wrong, theta

    def forward(self, images: Tensor) -> Output:
        labels = (images[:, 0, 0, 0] * 255).round().long()
        places = (images[:, 0, 0, 1] * 255).round().long()
        spoilt = torch.tensor([int(place) in self.wrong for place in places])
        logits = nn.functional.one_hot((labels + spoilt) % 10, 10).float()
        if self.theta is None:
            return Output(logits, ())
        transform = create_transform("affine")
        theta = self.theta.expand(len(images), -1)
        grid = transform.grid(theta, (28, 28))
        read = sample(images, grid)
        return Output(logits, (Step("affine", images, theta, grid, read),))


def batches(images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    yield from zip(images.split(64), labels.split(64), strict=True)


@pytest.fixture
def pictures() -> tuple[Tensor, Tensor]:
    digits = part_of_gallery(slice(0, COUNT))
    images = torch.from_numpy(digits.images)[:, None].float() / 255
    labels = torch.from_numpy(digits.labels).long()
    images[:, 0, 0, 0], images[:, 0, 0, 1] = labels / 255, torch.arange(COUNT) / 255
    return images, labels


IDENTITY = torch.tensor([1.0, 0, 0, 0, 1, 0])


@pytest.mark.feature
def test_pictures_that_one_alone_reads_are_found_and_counted(
    pictures: tuple[Tensor, Tensor],
) -> None:
    ours, rival = Knows({3, 5, 7}, IDENTITY), Knows({5, 11, 12, 13, 150})
    found = find_disagreements(ours, rival, batches(*pictures), 4, most=3)
    assert found.counts == (4, 2)
    assert found.seen == COUNT
    assert found.only_ours.labels.tolist() == pictures[1][[11, 12, 13]].tolist()
    assert found.only_rival.labels.tolist() == pictures[1][[3, 7]].tolist()
    for shown, (right, wrong) in ((found.only_ours, (0, 1)), (found.only_rival, (1, 0))):
        assert (shown.answers[:, right] == shown.labels).all()
        assert (shown.answers[:, wrong] != shown.labels).all()
    assert found.only_ours.lattices.shape == (3, 16, 2)
    assert np.array_equal(found.only_ours.images, found.only_ours.outputs)


@pytest.mark.oracle
def test_means_and_spread_are_those_of_the_pictures(pictures: tuple[Tensor, Tensor]) -> None:
    images, labels = pictures
    found = find_disagreements(Knows(set(), IDENTITY), Knows(set()), batches(images, labels), 4)
    bytes_ = (images[:, 0] * 255).round().numpy()
    for label in range(10):
        mean = bytes_[labels.numpy() == label].mean(axis=0)
        assert np.abs(found.before[label] - mean).max() <= 0.51
    assert np.array_equal(found.before, found.after)
    assert found.spread[0] == pytest.approx(found.spread[1])
    # The variance falls apart into what lies within the classes and what between them.
    between = sum(
        (labels == label).sum().item()
        * (bytes_[labels.numpy() == label].mean(axis=0) - bytes_.mean(axis=0)) ** 2
        for label in range(10)
    ).mean()
    share = between / (COUNT * bytes_.var(axis=0).mean())
    assert found.spread[0] == pytest.approx(1 - share, rel=1e-4)


@pytest.mark.feature
def test_looking_at_nothing_does_not_bring_pictures_into_line(
    pictures: tuple[Tensor, Tensor],
) -> None:
    aside = torch.tensor([1.0, 0, 9, 0, 1, 9])
    found = find_disagreements(Knows(set(), aside), Knows(set()), batches(*pictures), 4)
    assert found.spread[1] == 1.0


PLAIN = DigitConfig("cnn", (28, 28), 4)


class Reads(Model):
    """Says nothing."""

    def forward(self, images: Tensor) -> Output:
        return Output(torch.zeros(len(images), 10), ())


class ReadsTheTurn(Model):
    """Right where the picture is not far from upright: its ink lies as it was drawn."""

    def __init__(self, digits: Digits) -> None:
        super().__init__(PLAIN)
        self.upright = torch.from_numpy(digits.images).float() / 255
        self.labels = torch.from_numpy(digits.labels).long()

    def forward(self, images: Tensor) -> Output:
        far = (images[:, 0] - self.upright[: len(images)]).abs().mean(dim=(1, 2)) > 0.05
        right = self.labels[: len(images)]
        return Output(nn.functional.one_hot((right + far) % 10, 10).float(), ())


@pytest.mark.feature
def test_a_curve_follows_the_error_from_place_to_place() -> None:
    digits = part_of_gallery(slice(0, 50))
    model = ReadsTheTurn(digits)
    errors = list(sweep_error(model, "mnist-r", "angle", [0.0, 0.05, 1.5], digits))
    assert errors[0] == 0.0
    assert errors[2] == 1.0
    assert errors[0] <= errors[1] <= errors[2]


@pytest.mark.feature
def test_the_other_parameters_are_the_same_at_every_place() -> None:
    digits = part_of_gallery(slice(0, 50))
    seen: list[Tensor] = []

    class Looks(Model):
        def forward(self, images: Tensor) -> Output:
            seen.append(images)
            return Output(torch.zeros(len(images), 10), ())

    list(sweep_error(Looks(PLAIN), "mnist-rts", "angle", [0.4, 0.4, -0.4], digits))
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])


@pytest.mark.exception
def test_a_parameter_that_is_not_there_is_answered_with_those_that_are() -> None:
    digits = part_of_gallery(slice(0, 5))
    with pytest.raises(ValueError, match="no parameter 'bend': choose of angle, scale, shift_x"):
        next(sweep_error(Reads(PLAIN), "mnist-rts", "bend", [0.0], digits))
