"""Networks of the user's own: found, built and given their weights, or a sentence that says why."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stnviz.cli.console import UsageError
from stnviz.cli.normalisation import Normalisation
from stnviz.cli.own_model import is_own_model, load_own_model
from tests.pictures import NETWORK


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the file of a network in it."""
    (tmp_path / "mirror.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "mirror", raising=False)
    return tmp_path


@pytest.mark.feature
def test_weights_come_from_every_usual_file(here: Path) -> None:
    model = load_own_model("mirror:create", None)
    assert not model.training
    wanted = {name: value + 1 for name, value in model.state_dict().items()}
    save_file(wanted, here / "net.safetensors")
    torch.save(wanted, here / "plain.pt")
    torch.save({"epoch": 3, "state_dict": wanted}, here / "nested.pt")
    torch.save({f"module.{name}": value for name, value in wanted.items()}, here / "parallel.pth")
    for name in ("net.safetensors", "plain.pt", "nested.pt", "parallel.pth"):
        found = load_own_model("mirror:create", here / name).state_dict()
        assert all(torch.equal(found[key], value) for key, value in wanted.items()), name


@pytest.mark.exception
@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("mirror", "give it as MODULE:FUNCTION"),
        ("nowhere:create", "There is no module nowhere here"),
        ("nowhere.deep:create", "There is no module nowhere.deep here"),
        ("mirror:missing", "has no function missing"),
        ("mirror:number", "returns a int: let it return a nn.Module"),
        ("mirror:broken", r"fails when it is called \(RuntimeError\)"),
        ("wrong:create", r"fails when it is imported \(SyntaxError\)"),
        ("needy:create", "needs the package no_such_package"),
    ],
)
def test_what_cannot_be_built_is_said(
    name: str, word: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "wrong.py").write_text("def create(:")
    (here / "needy.py").write_text("import no_such_package")
    with pytest.raises(UsageError, match=word):
        load_own_model(name, None)
    shown = "Traceback" in capsys.readouterr().err
    assert shown == ("fails when" in word)  # of the user's own faults


@pytest.mark.exception
def test_weights_that_do_not_fit_are_said(here: Path) -> None:
    state = load_own_model("mirror:create", None).state_dict()
    torch.save({"locate.bias": state["locate.bias"]}, "few.pt")
    torch.save({**state, "more": torch.zeros(1)}, "many.pt")
    torch.save({**state, "locate.bias": torch.zeros(7)}, "large.pt")
    torch.save([1, 2], "list.pt")
    torch.save({"code": sys.exit}, "code.pt")
    Path("cut.safetensors").write_bytes(b"cut")
    for name, word in (
        ("few.pt", "lacks locate.weight. Build the network as it was"),
        ("many.pt", "has also more"),
        ("large.pt", "does not fit the network: .*size mismatch"),
        ("list.pt", "holds no state dict"),
        ("code.pt", "holds more than tensors"),
        ("cut.safetensors", "is no safetensors file"),
        ("nothing.pt", "There is no file nothing.pt"),
    ):
        with pytest.raises(UsageError, match=word):
            load_own_model("mirror:create", Path(name))


@pytest.mark.feature
def test_a_function_is_told_from_a_checkpoint(here: Path) -> None:
    assert is_own_model("package.net:create")
    assert not is_own_model("mnist-r/st-cnn-affine")
    assert not is_own_model(r"C:\runs\mine")
    assert not is_own_model(":create")


@pytest.mark.feature
def test_normalising_is_undone_channel_by_channel() -> None:
    images = torch.rand(2, 3, 4, 5)
    numbers = (0.485, 0.456, 0.406, 0.229, 0.224, 0.225)
    normalised = Normalisation.parse(numbers, 3)
    changed = normalised.apply(images)
    torch.testing.assert_close(changed[:, 1], (images[:, 1] - 0.456) / 0.224)
    torch.testing.assert_close(normalised.undo(changed), images)
    assert torch.equal(Normalisation.parse((), 3).apply(images), images)
    one = Normalisation.parse((0.5, 0.25), 3).apply(images)
    torch.testing.assert_close(one, (images - 0.5) * 4)


@pytest.mark.exception
@pytest.mark.parametrize("numbers", [(0.5,), (0.1, 0.2, 0.3), (0.5, 0.0), (0.5, float("nan"))])
def test_impossible_normalisations_are_refused(numbers: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="--normalise has"):
        Normalisation.parse(numbers, 3)
