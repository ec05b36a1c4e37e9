"""Beginning with another network's weights: what fits is taken, the rest is new."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from stnviz.checkpoints.card import CHECKPOINTS, WEIGHTS
from stnviz.checkpoints.init_from import InitError, copy_fitting_weights, find_init, init_from
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.models.numbers import NumberConfig, NumberNetwork
from stnviz.runs.plan import Plan
from stnviz.runs.session import Session

SMALL = DigitConfig("st-cnn", (28, 28), 4, transform="affine")


def weights(model: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.mark.feature
def test_the_same_network_is_taken_over_whole() -> None:
    mine, theirs = DigitNetwork(SMALL), DigitNetwork(SMALL)
    assert copy_fitting_weights(mine, theirs) == len(theirs.state_dict())
    torch.testing.assert_close(weights(mine), weights(theirs))


@pytest.mark.feature
def test_behind_a_layer_that_does_not_fit_nothing_is_taken() -> None:
    mine, theirs = DigitNetwork(SMALL), DigitNetwork(replace(SMALL, input_size=(42, 42)))
    before, other = weights(mine), weights(theirs)
    copy_fitting_weights(mine, theirs)
    for name, value in weights(mine).items():
        # Convolutions fit whatever the picture's size; the first linear layer does not, and of
        # the localisation network's last one only the name is the same.
        convolution = "classifier.0." in name or "classifier.3." in name
        convolution = convolution or ".localisation.1." in name or ".localisation.4." in name
        torch.testing.assert_close(value, (other if convolution else before)[name])
    last = "transformer.localisation.9.weight"
    assert before[last].shape == other[last].shape


@pytest.mark.feature
def test_what_read_a_smaller_map_reads_the_middle_of_a_larger_one() -> None:
    small = NumberNetwork(NumberConfig("cnn", (32, 32), 8, 16)).eval()
    large = NumberNetwork(NumberConfig("cnn", (64, 64), 8, 16)).eval()
    assert copy_fitting_weights(large, small) == len(small.state_dict())
    maps = torch.rand(3, *small.map_size)
    wide = torch.zeros(3, *large.map_size)
    wide[:, :, 1:3, 1:3] = maps
    torch.testing.assert_close(large.head(wide), small.head(maps))
    copy_fitting_weights(small, large)
    torch.testing.assert_close(large.head(wide), small.head(maps))


@pytest.mark.feature
def test_a_start_is_a_checkpoint_a_folder_or_a_group_of_checkpoints(tmp_path: Path) -> None:
    shipped = CHECKPOINTS / "mnist-r" / "st-cnn-affine"
    copy = shutil.copytree(shipped, tmp_path / "mine")
    assert find_init("mnist-r/st-cnn-affine", "cnn") == shipped
    assert find_init("mnist-r", "st-cnn-affine") == shipped
    assert find_init("mnist-r", "st-cnn-similarity") == shipped.with_name("cnn")
    assert find_init(str(copy), "cnn") == copy


@pytest.mark.feature
def test_runs_of_one_table_begin_with_each_other(tmp_path: Path) -> None:
    shipped = CHECKPOINTS / "mnist-r" / "st-cnn-affine"
    beside = shutil.copytree(shipped, tmp_path / "mnist-r" / "st-cnn-affine")
    assert find_init("mnist-r/st-cnn-affine", "cnn", tmp_path) == beside
    assert find_init("mnist-r", "st-cnn-affine", tmp_path) == beside
    assert find_init("mnist-r", "cnn", tmp_path) == shipped.with_name("cnn")


@pytest.mark.feature
def test_a_run_begins_with_the_weights_that_its_recipe_names(tmp_path: Path) -> None:
    recipe = Recipe("mnist-r", 1, batch_size=8, init_from="mnist-r", precision="float32")
    run = Session(Plan("st-cnn", "affine", recipe), tmp_path, device="cpu")
    theirs = load_checkpoint(find_init("mnist-r", "st-cnn-affine"))
    torch.testing.assert_close(weights(run.training.model), weights(theirs))
    list(run.run())
    assert run.finish().training["init_from"] == "mnist-r"


@pytest.mark.exception
def test_what_cannot_be_begun_with_is_said(tmp_path: Path) -> None:
    model = DigitNetwork(SMALL)
    with pytest.raises(InitError, match="There is no checkpoint 'nowhere' to start with"):
        init_from(model, "digits", "nowhere", "cnn")
    with pytest.raises(InitError, match="holds a network of the kind addition"):
        init_from(model, "digits", "mnist-addition", "2st-fcn-affine")
    with pytest.raises(InitError, match="fits this network"):
        init_from(DigitNetwork(DigitConfig("fcn", (9, 9), 3)), "digits", "mnist-r/fcn", "fcn")
    copy = shutil.copytree(CHECKPOINTS / "mnist-r" / "fcn", tmp_path / "torn")
    (copy / WEIGHTS).write_bytes(b"torn")
    with pytest.raises(InitError, match="torn"):
        init_from(model, "digits", str(copy), "fcn")
