"""Windows composed over transformers one after another, and what is said of a whole test set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from stnviz.analysis.assignment import explained_variance
from stnviz.analysis.part_hits import baselines, contains_part, region_rates
from stnviz.analysis.window_coverage import coverage
from stnviz.analysis.windows import CORNERS, group_by_lane, predict, sampled_lattices, view_windows
from stnviz.coordinates import base_grid, sample
from stnviz.data.birds.parts import PARTS, REGIONS
from stnviz.data.image_source import Batch
from stnviz.models.addition import AdditionConfig, AdditionNetwork
from stnviz.models.numbers import NumberConfig, NumberNetwork
from stnviz.records import Predictions, Step
from stnviz.transforms import Affine
from tests.small_birds import two_windows


def step(theta: Tensor, image: Tensor, lane: int = 0, tick: int = 0) -> Step[Tensor]:
    grid = Affine().grid(theta, (image.shape[-2], image.shape[-1]))
    return Step("affine", image, theta, grid, sample(image, grid), lane, tick)


def small_maps(count: int) -> Tensor:
    return torch.tensor([1.0, 0, 0, 0, 1, 0]) + 0.15 * torch.randn(count, 6)


@pytest.mark.oracle
def test_one_after_another_is_the_product_of_the_matrices() -> None:
    image = torch.rand(3, 1, 16, 16)
    thetas = [small_maps(3) for _ in range(4)]
    steps = [step(theta, image, tick=tick) for tick, theta in enumerate(thetas)]
    xy = torch.rand(7, 2) * 2 - 1
    rows = [Affine().matrix(theta) for theta in thetas]
    whole = rows[0] @ rows[1] @ rows[2] @ rows[3]
    points = torch.cat([xy, torch.ones(7, 1)], dim=1) @ whole.mT
    torch.testing.assert_close(sampled_lattices(steps, xy), points[..., :2])


@pytest.mark.law
def test_reading_twice_is_reading_once_through_the_composition() -> None:
    ramp = base_grid((64, 64)).permute(2, 0, 1)[None]  # linear, so that sampling loses nothing
    first = step(torch.tensor([[0.6, 0.1, 0.05, -0.1, 0.5, -0.1]]), ramp)
    second = step(torch.tensor([[0.7, 0.0, -0.1, 0.1, 0.6, 0.1]]), first.output, tick=1)
    grid = sampled_lattices([first, second], base_grid((64, 64)).flatten(0, 1)).unflatten(
        1, (64, 64)
    )
    torch.testing.assert_close(sample(ramp, grid), second.output, atol=2e-3, rtol=0)


@pytest.mark.feature
def test_steps_are_sorted_into_lanes() -> None:
    image = torch.rand(1, 1, 4, 4)
    steps = [step(small_maps(1), image, lane, tick) for tick in (1, 0) for lane in (1, 0)]
    places = [[(s.lane, s.tick) for s in ticks] for ticks in group_by_lane(steps)]
    assert places == [[(0, 0), (0, 1)], [(1, 0), (1, 1)]]


class Few:
    source = "six pairs"

    def __len__(self) -> int:
        return 6

    def draw(self, count: int, seed: int, step: int) -> Batch:
        raise NotImplementedError

    def picture(self, index: int, seed: int = 0) -> Batch:
        raise NotImplementedError

    def once(self, seed: int = 0) -> Iterator[Batch]:
        for part in range(2):
            yield torch.rand(3, 2, 42, 42), torch.arange(3 * part, 3 * part + 3)


@pytest.mark.feature
def test_predictions_are_of_every_picture_and_come_back_from_their_file(tmp_path: Path) -> None:
    model = AdditionNetwork(AdditionConfig("2st-fcn", (42, 42), 4, transform="affine"))
    found = predict(model, Few(), lambda logits, labels: logits.argmax(1) != labels)
    assert len(found) == 6
    assert found.labels.tolist() == list(range(6))
    assert (found.wrong == (found.answers != found.labels)).all()
    assert found.corners.shape == (6, 2, 4, 2)
    assert np.allclose(found.corners, np.array(CORNERS))
    found.save(tmp_path / "predictions.safetensors")
    back = Predictions.load(tmp_path / "predictions.safetensors")
    assert (back.labels == found.labels).all()
    assert (back.wrong == found.wrong).all()
    assert back.source == "six pairs"
    (tmp_path / "predictions.safetensors").write_bytes(b"no")
    with pytest.raises(ValueError, match="not a readable file of predictions"):
        Predictions.load(tmp_path / "predictions.safetensors")


@pytest.mark.cardinality
@pytest.mark.parametrize(("name", "ticks"), [("st-cnn-single", 1), ("st-cnn-multi", 4)])
def test_a_view_has_a_stage_for_each_transformer_one_after_another(name: str, ticks: int) -> None:
    model = NumberNetwork(NumberConfig(name, (32, 32), 4, 8, transform="affine")).eval()
    images = torch.rand(1, 3, 32, 32)
    found = view_windows(model, images, 5)
    assert found.lattices.shape == (ticks, 1, 25, 2)
    assert [crop.shape for crop in found.crops] == [(1, 3, 32, 32)] * ticks
    for crop in found.crops:  # at the start each reads the picture as it is
        assert np.allclose(crop[0], images[0], atol=1e-5)


@pytest.mark.smoke
def test_a_network_without_transformers_has_a_view_without_windows() -> None:
    model = NumberNetwork(NumberConfig("cnn", (32, 32), 4, 8)).eval()
    found = view_windows(model, torch.rand(1, 3, 32, 32), 5)
    assert found.lattices.shape == (1, 0, 25, 2)
    assert found.logits.shape == (5, 11)


@pytest.mark.slow
@pytest.mark.feature
def test_a_crop_is_what_the_network_itself_read_beyond_the_edge_too() -> None:
    model = two_windows(("a", "b"), side=64).eval()
    with torch.no_grad():
        model.localisation.read[-1].bias.copy_(torch.tensor([-0.9, -0.9, 0.9, 0.2]))  # type: ignore[union-attr]
        image = 0.2 + 0.6 * torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
        read = model(image).steps
    (crops,) = view_windows(model, image, 3).crops
    for crop, step in zip(crops, read, strict=True):
        np.testing.assert_allclose(crop, step.output[0], atol=1e-5)
    assert crops.min() > 0.1  # the edge goes on beyond itself: nothing is black


@pytest.mark.oracle
def test_what_a_window_holds_is_what_lies_between_its_sides() -> None:
    generator = np.random.default_rng(0)
    rows = np.array(((0.5, 0, 0.2), (0, 0.25, -0.1)))[None].repeat(50, axis=0)
    points = generator.uniform(-1, 1, (50, 9, 2))
    x, y = points[..., 0], points[..., 1]
    wanted = (x >= -0.3) & (x <= 0.7) & (y >= -0.35) & (y <= 0.15)
    assert (contains_part(rows, points) == wanted).all()
    turned = rows.copy()
    cos, sin = np.cos(0.5), np.sin(0.5)
    turned[:, :, :2] = np.array(((cos, -sin), (sin, cos))) @ rows[:, :, :2]
    back = (points - rows[:, None, :, 2]) @ np.array(((cos, -sin), (sin, cos)))
    assert (contains_part(turned, points) == (np.abs(back) <= (0.5, 0.25)).all(axis=2)).all()
    assert not contains_part(np.zeros((50, 2, 3)), np.zeros((50, 1, 2))).any()


@pytest.mark.feature
def test_a_region_is_held_with_all_that_is_seen_of_it() -> None:
    parts, regions = (
        ("eye", "beak", "crown", "tail"),
        {"head": ("eye", "beak", "crown"), "tail": ("tail",)},
    )
    seen = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 1], [1, 1, 1, 0]], bool)
    inside = np.array([[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, 1, 1], [1, 1, 0, 0]], bool)
    rates = region_rates(inside, seen, parts, regions)
    # Of three pictures with a head two are held: three of three, two of two; not two of three.
    assert rates == {"head": pytest.approx(2 / 3), "tail": 0.5}


@pytest.mark.law
def test_no_fixed_window_beats_the_best_and_none_at_random_does_on_average() -> None:
    generator = np.random.default_rng(1)
    points = generator.normal(0.2, 0.4, (80, len(PARTS), 2)).clip(-1, 1)
    seen = generator.random((80, len(PARTS))) < 0.8
    best, thrown = baselines(0.5, points, seen, PARTS, REGIONS)
    for region in REGIONS:
        assert 0 < thrown[region] < best[region] <= 1
    for x, y in generator.uniform(-0.5, 0.5, (20, 2)).round(3):
        rows = np.array(((0.5, 0, x), (0, 0.5, y)))[None].repeat(80, axis=0)
        rates = region_rates(contains_part(rows, points), seen, PARTS, REGIONS)
        assert all(rates[region] <= best[region] + 0.03 for region in REGIONS)
    whole, _ = baselines(1.0, points, seen, PARTS, REGIONS)
    assert all(rate == 1 for rate in whole.values())


@pytest.mark.feature
def test_heat_is_the_share_of_windows_over_each_place() -> None:
    square = np.array(((-1, -1), (0, -1), (0, 0), (-1, 0)), float)
    windows = np.stack([square, square + 1, square, square[::-1]])
    found = coverage(windows, 4)
    assert found[:2, :2].tolist() == [[0.75, 0.75]] * 2
    assert found[2:, 2:].tolist() == [[0.25, 0.25]] * 2
    assert found[:2, 2:].sum() == 0
    turned = np.array(((0, -1), (1, 0), (0, 1), (-1, 0)), float)[None]
    assert coverage(turned, 40).mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.feature
def test_a_window_follows_the_digit_that_it_moves_with() -> None:
    generator = np.random.default_rng(2)
    digits = generator.normal(size=(500, 2, 3))
    windows = np.stack(
        [digits[:, 1] @ generator.normal(size=(3, 3)), generator.normal(size=(500, 3))], axis=1
    )
    shares = explained_variance(windows, digits)
    assert shares[0, 1] > 0.99
    assert shares[0, 0] < 0.05
    assert shares[1].max() < 0.05


@pytest.mark.feature
def test_rounding_is_no_movement() -> None:
    generator = np.random.default_rng(1)
    homogeneous = np.array([(*corner, 1.0) for corner in CORNERS])
    # Four corners of an affine window: eight numbers, of which two follow from the others.
    affine, digits = generator.normal(size=(500, 2, 3)), generator.normal(size=(500, 2, 3))
    windows = np.einsum("nij,kj->nki", affine, homogeneous).reshape(500, 1, 8)
    exact = explained_variance(windows, digits)
    for _ in range(3):
        rounded = windows + 1e-7 * generator.normal(size=windows.shape)
        np.testing.assert_allclose(explained_variance(rounded, digits), exact, atol=1e-5)
