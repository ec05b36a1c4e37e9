"""The state of an unfinished run, in one file: weights, optimiser moments, step.

It is a safetensors file with the recipe and the model's config as metadata, so that no pickle is
read and a run is resumed only with the same settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim import Optimizer

from stnviz.checkpoints import old_names
from stnviz.checkpoints.card import STATE_FILE
from stnviz.checkpoints.old_names import renamed
from stnviz.experiments.recipe import Recipe
from stnviz.files import write_atomically
from stnviz.models.config import ModelConfig
from stnviz.records.strict_json import InvalidFile, check_ordinary
from stnviz.training.loop import Training

STATE_FORMAT = "stnviz-state-2"
MAX_STATE = 2**34
"""Maximum size in bytes: weights, moments, averaged and best weights of the largest backbones."""


class CannotResume(ValueError):
    """The state on disk is damaged or belongs to another run."""


def _settings(training: Training) -> dict[str, Any]:
    plain = {"model": training.model.plain_config(), "recipe": asdict(training.recipe)}
    settings: dict[str, Any] = json.loads(json.dumps(plain))
    return settings


def _stored_settings(training: Training, stored: str) -> dict[str, Any]:
    """Settings as a state of any version stored them, under today's names.

    Entries that did not exist then have their defaults.
    """
    plain, config = json.loads(stored), type(training.model.config)
    return {
        "model": {**_defaults(config), **renamed(plain["model"], old_names.MODEL)},
        "recipe": {**_defaults(Recipe), **renamed(plain["recipe"], old_names.RECIPE)},
    }


def _defaults(kind: type[ModelConfig | Recipe]) -> dict[str, Any]:
    """The defaults of a dataclass, as JSON stores them."""
    values = {field.name: field.default for field in fields(kind) if field.default is not MISSING}
    for field in fields(kind):
        if field.default_factory is not MISSING:
            values[field.name] = field.default_factory()
    plain: dict[str, Any] = json.loads(json.dumps(values))
    return plain


def save_state(training: Training, folder: Path) -> None:
    """Write the run's state to ``folder``, replacing the previous one atomically."""
    arrays = _under("model", training.model.state_dict())
    for index, moments in training.optimiser.state_dict()["state"].items():
        arrays |= _under(f"optimiser.{index}", moments)
    arrays["since_moment"] = training.since_snapshot.sums
    if training.average:
        arrays |= _under("average", training.average.state_dict())
    best = {}
    if training.best:
        validation, step, weights = training.best
        best = {"validation": validation, "step": step}
        arrays |= _under("best", weights)
    meta = {
        "format": STATE_FORMAT,
        "done": str(training.done),
        "best": json.dumps(best),
        "settings": json.dumps(_settings(training)),
    }
    write_atomically(folder / STATE_FILE, lambda path: save_file(arrays, path, meta))


def load_state(training: Training, folder: Path) -> bool:
    """Restore a training from the state in ``folder``; return False if there is none.

    Raises:
        CannotResume: the file is damaged, or was written by a run with other settings or by
            another version.
    """
    path = folder / STATE_FILE
    if not path.exists():
        return False
    meta, arrays = _read(path, str(training.device))
    theirs, ours = _stored_settings(training, meta["settings"]), _settings(training)
    if theirs != ours:
        raise CannotResume(
            f"{folder} holds the state of a run with other settings ({_difference(theirs, ours)}): "
            "repeat those settings, choose another folder, or delete it to start anew."
        )
    training.model.load_state_dict(_below(arrays, "model."))
    _load_moments(training.optimiser, _below(arrays, "optimiser."))
    training.since_snapshot.sums.copy_(arrays["since_moment"])
    if training.average:
        training.average.load_state_dict(_below(arrays, "average."))
    if best := json.loads(meta["best"]):
        training.best = best["validation"], best["step"], _below(arrays, "best.")
    training.done = int(meta["done"])
    return True


def _load_moments(optimiser: Optimizer, arrays: dict[str, Tensor]) -> None:
    """Restore the moments of each parameter, in the parameter's own memory layout.

    In the file they are contiguous. A fused optimiser iterates over the memory of parameter and
    moments in parallel: with different layouts, it would pair the wrong numbers.
    """
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in arrays.items():
        index, key = name.split(".", 1)
        parameter = parameters[int(index)]
        moment = (
            torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value
        )
        moments.setdefault(int(index), {})[key] = moment
    optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})


def _read(path: Path, device: str) -> tuple[Mapping[str, str], dict[str, Tensor]]:
    try:
        check_ordinary(path, MAX_STATE)
        with safe_open(path, framework="pt", device=device) as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, InvalidFile) as error:
        raise CannotResume(
            f"The state in {path.parent} cannot be read ({error}): delete {STATE_FILE} to start "
            "anew."
        ) from error
    if meta.get("format") != STATE_FORMAT:
        raise CannotResume(
            f"{path.parent} holds a state of another version ({meta.get('format', 'no name')}; "
            f"this one reads {STATE_FORMAT}): finish it with the stnviz that began it, or "
            f"delete {STATE_FILE} to start anew."
        )
    return meta, arrays


def _difference(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    """The first three settings that differ, as ``name THEIRS, not OURS``."""
    pairs = [
        f"{name} {theirs[part].get(name)}, not {value}"
        for part in ("model", "recipe")
        for name, value in ours[part].items()
        if theirs.get(part, {}).get(name) != value
    ]
    return "; ".join(pairs[:3])


def _under(prefix: str, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": value.contiguous() for name, value in arrays.items()}


def _below(arrays: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
