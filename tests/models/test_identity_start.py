"""Every localisation network begins as the identity, or a sentence says why it cannot."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from stnviz.models import SpatialTransformer
from stnviz.models.identity_start import start_at_identity
from stnviz.transforms import Affine, Attention, Transform, Translation, create_transform
from tests.localisations import (
    PIXELS,
    WIDE,
    Behind,
    HeadFirst,
    Ordered,
    convolutional,
    dense,
    image,
)


@pytest.mark.feature
@pytest.mark.parametrize(
    "localisation",
    [
        HeadFirst(6),
        nn.Sequential(nn.Flatten(), nn.Linear(PIXELS, WIDE), nn.ReLU(), nn.LazyLinear(6)),
        nn.Sequential(nn.Flatten(), nn.LazyLinear(WIDE), nn.ReLU(), nn.Linear(WIDE, 6)),
        convolutional(nn.AdaptiveAvgPool2d(1)),
        convolutional(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        convolutional(nn.AdaptiveMaxPool2d(1)),
        nn.Sequential(nn.LazyConv2d(6, 3), nn.AdaptiveAvgPool2d(1)),
        dense(6, nn.Unflatten(1, (2, 3))),
        dense(6, nn.Dropout(0)),
        Ordered(nn.Flatten(), nn.Linear(PIXELS, 6), nn.ReLU(), nn.Linear(6, 6)),
        nn.Sequential(dense(4), nn.Sequential(nn.ReLU(), nn.Linear(4, 6))),
        nn.Sequential(nn.Sequential(nn.Flatten(), nn.Linear(PIXELS, 6)), nn.Linear(6, 6)),
    ],
    ids=[
        "head-first", "lazy-head", "lazy-features", "conv-pooled", "conv-flattened", "conv-max",
        "lazy-conv", "2x3", "no-dropout", "ordered", "nested", "twice-as-many",
    ],
)  # fmt: skip
def test_it_begins_as_the_exact_identity(localisation: nn.Module) -> None:
    transformer, seen = SpatialTransformer(localisation, Affine()), image()
    step = transformer.step(seen)
    assert torch.equal(step.theta, Affine().identity().expand(3, 6))
    torch.testing.assert_close(step.output, seen, rtol=0, atol=2e-6)
    step.output.square().mean().backward()
    assert sum(bool(p.grad is not None and p.grad.any()) for p in transformer.parameters())


@pytest.mark.feature
@pytest.mark.parametrize("transform", [Translation(), create_transform("thin-plate-spline")])
def test_a_tanh_is_fine_where_the_identity_is_zero(transform: Transform) -> None:
    transformer = SpatialTransformer(dense(transform.size, nn.Tanh()), transform)
    assert not transformer.step(image()).theta.any()


@pytest.mark.exception
@pytest.mark.parametrize(
    ("behind", "transform"),
    [
        (nn.Tanh(), Affine()), (nn.Sigmoid(), Affine()), (nn.Sigmoid(), Translation()),
        (nn.ReLU(), Translation()), (nn.Softmax(dim=1), Translation()), (nn.Hardtanh(), Affine()),
        (nn.Softsign(), Affine()), (nn.Softplus(), Affine()),
    ],
)  # fmt: skip
def test_a_function_behind_the_last_layer_is_refused_at_once(
    behind: nn.Module, transform: Transform
) -> None:
    sentence = rf"nn\.{type(behind).__name__} acts behind the last layer.*end the localisation"
    with pytest.raises(ValueError, match=sentence):
        SpatialTransformer(dense(transform.size, behind), transform)


@pytest.mark.exception
@pytest.mark.parametrize(
    "localisation",
    [
        Behind(torch.tanh),
        Behind(torch.sigmoid),
        Behind(lambda theta: theta / 2),
        HeadFirst(6, features=6),  # both layers are of the right length
        nn.Sequential(nn.Flatten(), Behind(torch.tanh)),
    ],
    ids=["tanh", "sigmoid", "half", "two-heads", "nested"],
)
def test_what_construction_cannot_see_is_said_at_the_first_call(localisation: nn.Module) -> None:
    transformer = SpatialTransformer(localisation, Affine())
    with pytest.raises(ValueError, match="let that layer speak last"):
        transformer(image())


@pytest.mark.exception
@pytest.mark.parametrize(
    ("localisation", "sentence"),
    [
        (dense(6, nn.Dropout()), r"nn\.Dropout behind the last layer changes theta at random"),
        (dense(6, nn.BatchNorm1d(6)), r"ends in nn\.BatchNorm1d.*end it with nn\.Linear"),
        (dense(6, nn.PReLU()), r"ends in nn\.PReLU"),
        (convolutional(nn.AdaptiveAvgPool2d(1), nn.Tanh()), r"nn\.Tanh acts behind the last"),
        (Ordered(nn.Flatten(), nn.Linear(4, 6), nn.Dropout()), "put it before that layer"),
        (nn.Flatten(), "has no linear layer: end it with"),
        (nn.Conv2d(2, 5, 3), "ends in 5 numbers, but Affine needs 6: change its last convolution"),
        (HeadFirst(5), "ends in .* numbers, but Affine needs 6: change its last linear layer"),
        (nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 6))), "parametrization"),
    ],
)
def test_what_cannot_be_made_right_is_refused(localisation: nn.Module, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SpatialTransformer(localisation, Affine())


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_a_convolution_that_is_not_pooled_is_told_to_pool() -> None:
    transformer = SpatialTransformer(convolutional(), Affine())
    with pytest.raises(ValueError, match=r"576 numbers.*Affine needs 6.*AdaptiveAvgPool2d\(1\)"):
        transformer(image())


@pytest.mark.feature
def test_several_maps_of_one_layer_all_begin_as_the_identity() -> None:
    head = nn.Linear(4, 9)
    assert start_at_identity(head, Attention(), 3) == ""
    assert torch.equal(head(torch.rand(2, 4)), Attention().identity().repeat(3).expand(2, 9))


@pytest.mark.feature
def test_the_check_leaves_random_numbers_and_names_alone() -> None:
    torch.manual_seed(3)
    plain, after_plain = dense(2), torch.rand(1)
    torch.manual_seed(3)
    transformer = SpatialTransformer(dense(2, nn.Tanh()), Translation())
    assert torch.equal(after_plain, torch.rand(1))
    names = [f"localisation.{name}" for name in plain.state_dict()]
    assert list(transformer.state_dict()) == names


@pytest.mark.feature
def test_turns_that_would_shear_are_named_once(recwarn: pytest.WarningsRecorder) -> None:
    wide, similarity = torch.rand(1, 2, 8, 32), create_transform("similarity")
    SpatialTransformer(nn.Sequential(nn.Flatten(), nn.Linear(512, 4)), similarity)(wide)
    (warned,) = recwarn
    assert "create it with aspect=4" in str(warned.message)
    right = create_transform("similarity", aspect=4)
    transformer = SpatialTransformer(nn.Sequential(nn.Flatten(), nn.Linear(512, 4)), right)
    assert torch.equal(transformer(wide), transformer(wide))
    assert len(recwarn) == 1
