"""Listing and loading of checkpoints for scripts and notebooks.

Part of the public API. Torch is imported with the first model, not with this module.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from stnviz.checkpoints.card import CARD, BadCheckpoint
from stnviz.checkpoints.library import Library, default_library
from stnviz.registry import UnknownName

if TYPE_CHECKING:
    import torch

    from stnviz.models import Model


def list_checkpoints(family: str | None = None) -> list[str]:
    """Sorted names of all checkpoints that :func:`load_model` accepts.

    Shipped ones have names such as ``"mnist-r/st-cnn-affine"``, local ones ``"runs/..."``. Weights
    are compared with the digest on their card: a damaged checkpoint is left out, with a
    :class:`~stnviz.checkpoints.card.SkippedCheckpoint` warning.

    Args:
        family: restricts the result to a model family, such as ``"digits"`` or ``"birds"``.
    """
    return sorted(default_library().cards(family))


def load_model(name_or_folder: str | Path, device: torch.device | str = "cpu") -> Model:
    """Load a trained network in eval mode, ready for :func:`stnviz.inspect`.

    Args:
        name_or_folder: a name from :func:`list_checkpoints`, or a folder with ``card.json`` and
            ``weights.safetensors``.
        device: device of the network, such as ``"cuda"``.

    Returns:
        The network; ``model.config.input_size`` is the (height, width) of its input images.

    Raises:
        UnknownName: there is neither such a checkpoint nor such a folder.
        BadCheckpoint: the folder is not a checkpoint, or it is damaged.
        ResourceNotFound: it needs a package or weights that are not installed.
    """
    from stnviz.checkpoints.storage import load_checkpoint

    return load_checkpoint(find_checkpoint(name_or_folder, default_library()), device)


def find_checkpoint(name_or_folder: str | Path, library: Library) -> Path:
    """Find the folder of a checkpoint.

    Args:
        name_or_folder: as for :func:`load_model`; a folder with a card takes precedence over a
            name.
        library: the library in which names are looked up.

    Raises:
        UnknownName: there is neither such a checkpoint nor such a folder.
        BadCheckpoint: the folder exists but has no card.
    """
    given = Path(name_or_folder)
    if (given / CARD).is_file():
        return given
    name = given.as_posix()
    cards = library.cards()
    if name in cards:
        return library.folder(name)
    named = library.folder(name)
    if (named / CARD).is_file():  # it exists but was skipped: loading it reports why
        return named
    if given.is_dir():
        raise BadCheckpoint(
            f"The folder {given} holds no {CARD}, so it is no checkpoint: name the folder that a "
            "training has finished in, or a checkpoint of stnviz.list_checkpoints()."
        )
    near = get_close_matches(name, cards, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    raise UnknownName(
        f"There is no checkpoint and no folder {name!r}: {hint}"
        "stnviz.list_checkpoints() names all checkpoints."
    )
