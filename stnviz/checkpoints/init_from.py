"""Beginning with what another network has learned instead of with new weights.

A small or easy set of pictures teaches the first layers what a large or hard one would take far
longer to teach them: house numbers seen from close by, then from afar.
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
    """There is nothing to begin with; the message says what to name instead."""


def find_init(start: str, network: str, beside: Path | None = None) -> Path:
    """The folder of the checkpoint that ``start`` names.

    Args:
        start: a checkpoint in the library, such as ``numbers-64/cnn``; a folder; or a group of
            checkpoints, such as ``numbers-64``: then the one of the same network is meant or,
            where there is none, the plain one.
        network: as the plan calls it, such as ``st-cnn-single-affine``.
        beside: folder of a whole table of runs, which are meant before those in the library.

    Raises:
        InitError: no checkpoint lies there.
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
    """Give ``model`` what fits of the checkpoint that ``start`` names.

    Args:
        model: in place.
        family: of the model; the checkpoint must be of the same.
        start: as :func:`find_init` takes it.
        network: likewise.
        beside: likewise.

    Raises:
        InitError: no checkpoint lies there, it is damaged or of another family, or nothing of it
            fits.
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
    """Give ``model`` what fits of ``other``, in place; how many tensors that were.

    Parts are found by their names. Of layers that follow one another only those before the
    first that does not fit are taken: what comes after it has learned to read something else.
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
