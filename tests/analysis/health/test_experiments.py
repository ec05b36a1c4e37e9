"""Answers with another grid and in another convention, of ill networks and healthy ones."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz
from stnviz.analysis.health.answers import difference
from stnviz.analysis.health.experiments import chance_of
from tests.analysis.health.patients import Network, examined, pictures

COUNT = 64


class WithoutIt(Network):
    """A network that has learned to do without its transformer: a second branch does the work."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.plain, self.weight = nn.Linear(144, 4), weight
        nn.init.normal_(self.plain.weight)

    def forward(self, images: Tensor) -> Tensor:
        return self.plain(images.flatten(1)) + self.weight * super().forward(images)


@pytest.mark.feature
def test_a_network_that_does_without_its_transformer_is_found_out() -> None:
    (one,) = examined(WithoutIt(1e-4)).transformers
    assert [verdict.name for verdict in one.verdicts] == ["makes-no-difference"]
    assert one.verdicts[0].severity == "ill"
    assert set(one.numbers["replaced"]) == {"identity", "mean", "another"}
    (one,) = examined(WithoutIt(1.0)).transformers
    assert (one.state, one.verdicts) == ("alive", ())
    assert one.numbers["replaced"]["another"]["probability"] > 0.02


@pytest.mark.feature
def test_the_replaced_grids_are_those_that_they_are_called() -> None:
    """The answers with the identity are those of the classifier without a transformer."""
    model, images = Network(), pictures(24, 1, 12, 12)
    (one,) = examined(model, images).transformers
    with torch.no_grad():
        plain = model.classifier(images.flatten(1) - 0.5)
        other = model.theta(images).roll(1, 0)
        grid = F.affine_grid(other, [24, 1, 12, 12], align_corners=False)
        swapped = model.classifier(
            F.grid_sample(images, grid, align_corners=False).flatten(1) - 0.5
        )
        own = model(images)
    found = one.numbers["replaced"]
    for name, answer in (("identity", plain), ("another", swapped)):
        expected = difference(own, answer)
        assert found[name]["probability"] == pytest.approx(expected.probability, rel=1e-4)
        assert found[name]["classes"] == expected.classes


class OnlyTheta(Network):
    """A network whose answer is theta itself; what it samples is only shown."""

    def forward(self, images: Tensor) -> Tensor:
        super().forward(images)
        return self.theta(images).flatten(1)


@pytest.mark.feature
def test_a_network_that_answers_with_theta_is_not_accused() -> None:
    report = examined(OnlyTheta())
    assert report.transformers[0].verdicts == ()
    assert any("do not depend on what" in note for note in report.notes)


class Stripes(nn.Module):
    """Tells the phase of stripes of one pixel, in a crop that samples their centres exactly.

    Args:
        trained: the align_corners that it was made for; its crop is exact in that convention.
        run: the align_corners that it is run with.
    """

    def __init__(self, *, trained: bool, run: bool) -> None:
        super().__init__()
        self.run = run
        scale, shift = (5 / 23, 16 / 23) if trained else (6 / 24, 16 / 24)
        self.start = nn.Parameter(torch.tensor([[scale, 0, shift], [0, 0.5, 0]]))
        self.look = nn.Linear(24 * 24, 1)
        self.gain = nn.Parameter(torch.tensor(3.0))

    def forward(self, images: Tensor) -> Tensor:
        up = torch.zeros(2, 3)
        up[1, 2] = 0.2
        theta = self.start + self.look(images.flatten(1))[:, :, None].tanh() * up
        grid = F.affine_grid(theta, [len(images), 1, 6, 6], align_corners=self.run)
        seen = F.grid_sample(images, grid, align_corners=self.run)
        signs = torch.tensor([1.0, -1.0]).repeat(3)
        return self.gain * (seen * signs).mean(dim=(1, 2, 3))[:, None] * torch.tensor([2.0, -2.0])


def stripes(noise: float = 0.0) -> tuple[Tensor, Tensor]:
    """Images of vertical stripes, and their phases."""
    random = torch.Generator().manual_seed(2)
    labels = torch.randint(0, 2, (COUNT,), generator=random)
    columns = (torch.arange(24) + labels[:, None]) % 2
    images = columns[:, None, None].float().repeat(1, 1, 24, 1) - 0.5
    return images + noise * torch.randn(images.shape, generator=random), labels


@pytest.mark.feature
@pytest.mark.parametrize("trained", [True, False])
def test_a_network_run_in_another_convention_than_it_was_trained_in(trained: bool) -> None:
    images, _ = stripes(0.1)
    (ill,) = examined(Stripes(trained=trained, run=not trained), images).transformers
    (verdict,) = ill.verdicts
    assert (verdict.name, verdict.severity) == ("other-convention", "ill")
    assert f"align_corners={trained} in affine_grid and the sampler" in verdict.evidence
    (well,) = examined(Stripes(trained=trained, run=trained), images).transformers
    assert well.verdicts == ()


@pytest.mark.feature
def test_with_labels_the_error_decides() -> None:
    images, labels = stripes(3.0)
    model = Stripes(trained=False, run=True)
    (one,) = examined(model, images, labels=labels).transformers
    (verdict,) = one.verdicts
    assert verdict.name == "other-convention"
    assert "the error falls from" in verdict.evidence
    assert verdict.numbers["other"] < verdict.numbers["error"]
    (one,) = examined(Stripes(trained=False, run=False), images, labels=labels).transformers
    assert one.verdicts == ()
    (one,) = examined(model, images, labels=1 - labels).transformers  # surer, and wrong
    assert one.verdicts == ()


class Brightness(nn.Module):
    """Tells bright images from dark ones in a window that reaches over the edge."""

    def __init__(self, padding: str) -> None:
        super().__init__()
        self.look = nn.Linear(144, 1)
        self.gain = nn.Parameter(torch.tensor(20.0))
        self.padding = padding

    def forward(self, images: Tensor) -> Tensor:
        theta = torch.eye(2, 3) * 0.9 + self.look(images.flatten(1) - 0.5)[:, :, None].tanh() * (
            torch.tensor([[0, 0, 0], [0, 0, 0.3]])
        )
        theta[:, 0, 2] += 1.0
        grid = F.affine_grid(theta, list(images.shape), align_corners=False)
        seen = F.grid_sample(images, grid, padding_mode=self.padding, align_corners=False)
        return self.gain * (seen.mean(dim=(1, 2, 3)) - 0.55)[:, None] * torch.tensor([1.0, -1.0])


@pytest.mark.feature
def test_a_network_run_with_another_padding_than_it_was_trained_with() -> None:
    labels = torch.arange(COUNT) % 2
    images = 0.7 - 0.3 * labels[:, None, None, None] + 0.2 * (pictures(COUNT, 1, 12, 12) - 0.5)
    (ill,) = examined(Brightness("zeros"), images, labels=labels).transformers
    (verdict,) = ill.verdicts
    assert verdict.name == "other-convention"
    assert "as padding" in verdict.evidence
    (well,) = examined(Brightness("border"), images, labels=labels).transformers
    assert "other-convention" not in [verdict.name for verdict in well.verdicts]


@pytest.mark.feature
def test_surer_answers_with_another_padding_prove_nothing() -> None:
    """A window beside the image sees nothing; with reflection it sees something, and is surer."""
    images = pictures(COUNT, 1, 12, 12)
    away = Network(torch.tensor([[1.0, 0, 2.5], [0, 1.0, 0]]), spread=0.05)
    (one,) = examined(away, images).transformers
    assert [verdict.name for verdict in one.verdicts] == ["out-of-view"]


@pytest.mark.feature
def test_few_images_prove_nothing_about_a_convention() -> None:
    images, _ = stripes(0.1)
    (one,) = examined(Stripes(trained=True, run=False), images[:8]).transformers
    assert one.verdicts == ()


@pytest.mark.feature
def test_the_sign_test_is_that_of_a_fair_coin() -> None:
    assert chance_of(3, 0) == 1 / 8
    assert chance_of(2, 1) == 4 / 8
    assert chance_of(0, 0) == 1


class Frames(Network):
    """Warps each of three frames by itself."""

    def forward(self, clips: Tensor) -> Tensor:
        return super().forward(clips.flatten(0, 1)).unflatten(0, (-1, 3)).mean(dim=1)


@pytest.mark.feature
def test_each_frame_of_a_clip_is_replaced_by_itself() -> None:
    model = Frames()
    clips = pictures(20, 3, 1, 12, 12)
    report = stnviz.health(stnviz.inspect(model, clips), model)
    assert len(report.transformers) == 3
    changes = [one.numbers["replaced"]["identity"]["relative"] for one in report.transformers]
    assert len({round(change, 6) for change in changes}) == 3
    assert all(one.verdicts == () for one in report.transformers)
