"""What a new transformer's first call checks, and whom it leaves alone."""

from __future__ import annotations

import copy
import io

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from stnviz.models import SpatialTransformer
from stnviz.transforms import Affine
from tests.localisations import Behind, HeadFirst, dense, image


@pytest.mark.feature
def test_a_start_of_ones_own_is_left_alone() -> None:
    network = Behind(torch.tanh)
    before = copy.deepcopy(network.state_dict())
    transformer = SpatialTransformer(network, Affine(), identity_start=False)
    transformer(image())
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


@pytest.mark.feature
@pytest.mark.parametrize("where", ["whole", "localisation", "one number"])
def test_a_trained_network_is_not_asked_how_it_began(where: str) -> None:
    trained = SpatialTransformer(Behind(torch.tanh), Affine(), identity_start=False)
    fresh = SpatialTransformer(Behind(torch.tanh), Affine())
    if where == "whole":
        fresh.load_state_dict(trained.state_dict())
    elif where == "localisation":
        fresh.localisation.load_state_dict(trained.localisation.state_dict())
    else:
        with torch.no_grad():
            fresh.get_parameter("localisation.layers.3.bias")[5] = 0.25
        trained.load_state_dict(fresh.state_dict())
    seen = image()
    assert torch.equal(fresh(seen), trained(seen))


@pytest.mark.feature
def test_lazy_weights_that_were_loaded_are_kept() -> None:
    def lazy() -> SpatialTransformer:
        look = nn.Sequential(nn.Flatten(), nn.LazyLinear(6))
        return SpatialTransformer(look, Affine())

    trained, fresh = lazy(), lazy()
    trained(image())
    with torch.no_grad():
        trained.get_parameter("localisation.1.weight").normal_(0, 0.01)
    fresh.load_state_dict(trained.state_dict())
    seen = image()
    assert torch.equal(fresh(seen), trained(seen))
    assert not torch.equal(fresh(seen), seen)


@pytest.mark.feature
def test_a_lazy_network_can_be_copied_and_stored_before_it_begins() -> None:
    look = nn.Sequential(nn.Flatten(), nn.LazyLinear(6))
    transformer = SpatialTransformer(look, Affine())
    file = io.BytesIO()
    torch.save(transformer, file)
    file.seek(0)
    stored = torch.load(file, weights_only=False)
    for one in (copy.deepcopy(transformer), stored, transformer):
        assert torch.equal(one.step(image()).theta, Affine().identity().expand(3, 6))
        assert not one.localisation[1]._forward_pre_hooks


@pytest.mark.feature
def test_a_picture_of_no_numbers_is_not_taken_for_a_wrong_start() -> None:
    transformer = SpatialTransformer(dense(6), Affine())
    assert transformer(torch.full((1, 2, 12, 16), torch.nan)).isnan().all()
    assert torch.equal(transformer.step(image()).theta[0], Affine().identity())


@pytest.mark.cardinality
@pytest.mark.parametrize(
    "localisation", [dense(6), dense(6, nn.Unflatten(1, (2, 3))), HeadFirst(6)]
)
def test_a_batch_of_none_is_allowed_and_the_next_one_is_checked(localisation: nn.Module) -> None:
    assert SpatialTransformer(localisation, Affine())(image(0)).shape == (0, 2, 12, 16)
    transformer = SpatialTransformer(Behind(torch.tanh), Affine())
    transformer(image(0))
    with pytest.raises(ValueError, match="speak last"):
        transformer(image(1))


@pytest.mark.feature
def test_the_first_call_may_come_from_vmap() -> None:
    pictures, transformer = image(), SpatialTransformer(dense(6), Affine())
    weights = dict(transformer.named_parameters())
    read = vmap(lambda one: functional_call(transformer, weights, one[None])[0])(pictures)
    torch.testing.assert_close(read, pictures, rtol=0, atol=2e-6)


@pytest.mark.feature
def test_the_first_call_may_come_from_a_gradient_of_functions() -> None:
    pictures, transformer = image(), SpatialTransformer(dense(6), Affine())
    weights = dict(transformer.named_parameters())
    slopes = grad(lambda w: functional_call(transformer, w, pictures).square().sum())(weights)
    assert slopes["localisation.3.bias"].any()
