"""The state of an unfinished run, in one file: weights, the optimiser's moments, the step.

It is a safetensors file with the recipe and the model's config as text beside the arrays,
so that no pickle is read and a run resumes only as what it was.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from stnviz.training.files import write_whole
from stnviz.training.loop import Training

STATE_FILE = "state.safetensors"
STATE_FORMAT = "stnviz-state-1"


class CannotResume(ValueError):
    """The state on disk is damaged or belongs to another run."""


def _identity(training: Training) -> str:
    plain = {"model": training.model.plain_config(), "recipe": asdict(training.recipe)}
    return json.dumps(plain, sort_keys=True)


def save_state(training: Training, folder: Path) -> None:
    """Write the run's state to ``folder``, replacing the last one at once."""
    arrays = {f"model.{k}": v.contiguous() for k, v in training.model.state_dict().items()}
    for index, moments in training.optimiser.state_dict()["state"].items():
        arrays |= {f"optimiser.{index}.{k}": v.contiguous() for k, v in moments.items()}
    meta = {"format": STATE_FORMAT, "done": str(training.done), "run": _identity(training)}
    write_whole(folder / STATE_FILE, lambda path: save_file(arrays, path, meta))


def load_state(training: Training, folder: Path) -> bool:
    """Go on where the state in ``folder`` stopped; False where there is none.

    Raises:
        CannotResume: the file is damaged, or was written by a run with other settings.
    """
    path = folder / STATE_FILE
    if not path.exists():
        return False
    try:
        with safe_open(path, framework="pt", device=str(training.device)) as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CannotResume(
            f"The state in {folder} cannot be read ({error}): delete {STATE_FILE} to start anew."
        ) from error
    if meta.get("format") != STATE_FORMAT or meta.get("run") != _identity(training):
        raise CannotResume(
            f"{folder} holds the state of a run with other settings: repeat those settings, "
            "choose another folder, or delete it to start anew."
        )
    training.model.load_state_dict(_below(arrays, "model."))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _below(arrays, "optimiser.").items():
        index, key = name.split(".", 1)
        moments.setdefault(int(index), {})[key] = value
    optimiser = training.optimiser.state_dict()
    training.optimiser.load_state_dict({**optimiser, "state": moments})
    training.done = int(meta["done"])
    return True


def _below(arrays: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
