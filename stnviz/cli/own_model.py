"""A network of the user's own: the function that builds it is imported here, on their machine."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.cli.console import UsageError, as_sentence

NAMED = 3
"""Number of tensors that a message names; the others are counted."""

NESTED = ("state_dict", "model_state_dict", "model")
"""Entries of a checkpoint in which the state dict often lies."""


def is_own_model(name: str) -> bool:
    """Whether a name has the form MODULE:FUNCTION; checkpoints have no colon, drives have one."""
    module, colon, function = name.partition(":")
    return bool(colon) and function.isidentifier() and not Path(name).exists() and bool(module)


def load_own_model(name: str, weights: Path | None) -> nn.Module:
    """Import a function, call it, and load weights into the network that it returns.

    Args:
        name: MODULE:FUNCTION; the module is searched in the current folder first.
        weights: state dict as safetensors or as ``torch.save`` writes it; no code from it is run.

    Raises:
        UsageError: it cannot be built; the message says why.
    """
    if not is_own_model(name):
        raise UsageError(
            f"{name} names no function: give it as MODULE:FUNCTION, e.g. net:create_network."
        )
    module, _, function = name.partition(":")
    if (here := os.getcwd()) not in sys.path:  # noqa: PTH109 - as python -m does it
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), function, None)
    except ModuleNotFoundError as error:
        if error.name not in (module, module.partition(".")[0]):
            raise UsageError(
                f"{module} needs the package {error.name}, which is not installed."
            ) from error
        raise UsageError(
            f"There is no module {module} here: start the command in the folder that holds it."
        ) from error
    except Exception as error:
        raise UsageError(_own_fault(f"{module} fails when it is imported", error)) from error
    if not callable(found):
        raise UsageError(f"{module} has no function {function}: name one that returns a network.")
    try:
        model = found()
    except Exception as error:
        raise UsageError(_own_fault(f"{name} fails when it is called", error)) from error
    if not isinstance(model, nn.Module):
        raise UsageError(f"{name} returns a {type(model).__name__}: let it return a nn.Module.")
    if weights is not None:
        _load_weights(model, read_state(weights), weights)
    return model.eval()


def _own_fault(what: str, error: Exception) -> str:
    """A sentence on an error in the user's code, whose traceback is printed before it."""
    traceback.print_exception(error)
    return f"{what} ({type(error).__name__}): mend it first."


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a state dict from a file; no code from it is run.

    Raises:
        UsageError: the file holds none.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise UsageError(f"There is no file {path}: name the weights with --weights.")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise UsageError(f"{path} is no safetensors file ({as_sentence(error)}).") from error
    except Exception as error:
        raise UsageError(
            f"{path} holds more than tensors, or is damaged: save only the weights, with "
            "torch.save(model.state_dict(), FILE)."
        ) from error
    for name in NESTED:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(name), Mapping):
            loaded = loaded[name]
    if not isinstance(loaded, Mapping) or not all(isinstance(v, Tensor) for v in loaded.values()):
        raise UsageError(f"{path} holds no state dict: save model.state_dict() in it.")
    return dict(loaded)


def _load_weights(model: nn.Module, state: dict[str, Any], path: Path) -> None:
    if state and all(name.startswith("module.") for name in state):  # saved from DataParallel
        state = {name.removeprefix("module."): value for name, value in state.items()}
    try:
        keys = model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise UsageError(f"{path} does not fit the network: {as_sentence(error)}") from error
    problems = [
        f"{what} {_names(names)}"
        for what, names in (("lacks", keys.missing_keys), ("has also", keys.unexpected_keys))
        if names
    ]
    if problems:
        raise UsageError(
            f"{path} does not fit the network: it {' and '.join(problems)}. Build the network as "
            "it was when its weights were saved."
        )


def _names(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
