"""Initialisation of a network with the weights of a checkpoint instead of random ones.

The first layers learn much faster on a small or easy data set than on a large or hard one: tight
crops of house numbers first, then loose ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from stnviz.checkpoints.card import CARD, BadCheckpoint, load_card
from stnviz.checkpoints.library import default_library, init_candidates
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.models import Model


class InitError(ValueError):
    """The initial weights cannot be loaded; the message says what to do."""


def find_init(start: str, network: str, beside: Path | None = None) -> Path:
    """Find the folder of the checkpoint that ``start`` names.

    Args:
        start: a checkpoint in the library, such as ``numbers-64/cnn``; a folder; or a group of
            checkpoints, such as ``numbers-64``: then the one of the same network is used or, where
            there is none, the plain CNN.
        network: name of the network, as in the plan, such as ``st-cnn-single-affine``.
        beside: folder of a table's runs, which take precedence over the library.

    Raises:
        InitError: there is no such checkpoint.
    """
    names, library = init_candidates(start, network), default_library()
    runs = [beside / name for name in names] if beside else []
    for folder in (Path(start), *runs, *map(library.folder, names)):
        if (folder / CARD).exists():
            return folder
    raise InitError(
        f"There is no checkpoint {start!r} to start with: `list checkpoints` names all; "
        "a folder of your own does as well."
    )


def init_from(
    model: Model, family: str, start: str, network: str, beside: Path | None = None
) -> None:
    """Copy the fitting weights of the checkpoint that ``start`` names into ``model``.

    Args:
        model: the network; changed in place.
        family: family of the model; the checkpoint must have the same.
        start: as in :func:`find_init`.
        network: likewise.
        beside: likewise.

    Raises:
        InitError: there is no such checkpoint, it is damaged or of another family, or none of its
            weights fit.
    """
    folder = find_init(start, network, beside)
    try:
        if (theirs := load_card(folder).family) != family:
            raise InitError(
                f"{folder} holds a network of the kind {theirs}, and this one is of the kind "
                f"{family}: start with another checkpoint."
            )
        other = load_checkpoint(folder)
    except BadCheckpoint as error:
        raise InitError(str(error)) from error
    if not copy_fitting_weights(model, other):
        raise InitError(f"Nothing in {folder} fits this network: start with another checkpoint.")


def copy_fitting_weights(model: Model, other: Model) -> int:
    """Copy the fitting weights of ``other`` into ``model``; return the number of tensors.

    Tensors are matched by name and shape. In an ``nn.Sequential``, layers after the first that does
    not fit are not copied: they were trained on the features of another layer.
    """
    theirs = {name: model.adapt_tensor(name, value) for name, value in other.state_dict().items()}
    taken = _fitting(model, theirs)
    model.load_state_dict({name: theirs[name] for name in taken}, strict=False)
    return len(taken)


def _fitting(model: Model, theirs: Mapping[str, Tensor]) -> set[str]:
    mine = model.state_dict()
    fits = {name for name in mine if name in theirs and theirs[name].shape == mine[name].shape}

    def below(part: str) -> set[str]:
        return {name for name in mine if name.startswith(f"{part}.")}

    for name, module in model.named_modules():
        parts = [f"{name}.{part}".removeprefix(".") for part, _ in module.named_children()]
        if not parts and not below(name) <= fits:
            fits -= below(name)
        if isinstance(module, nn.Sequential):
            foreign = (place for place, part in enumerate(parts) if not below(part) <= fits)
            for part in parts[next(foreign, len(parts)) + 1 :]:
                fits -= below(part)
    return fits
