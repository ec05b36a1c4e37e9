"""What is to be trained: a network and a recipe, and whether the two are possible together.

A run's folder holds its plan as ``plan.json``, so that the run can begin or go on from the
folder alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from stnviz.training.files import write_text
from stnviz.training.recipe import Recipe

if TYPE_CHECKING:
    from stnviz.models.digits import DigitConfig, Name

PLAN_FILE = "plan.json"
PLAN_FORMAT = "stnviz-plan-1"


class NoPlan(ValueError):
    """A folder without a readable plan; the message says what is wrong with it."""


@dataclass(frozen=True)
class Plan:
    """A network and how it is trained.

    Args:
        model: fcn, cnn, st-fcn or st-cnn.
        transform: of the ST networks, None for the others.
        recipe: names the data.
    """

    model: str
    transform: str | None
    recipe: Recipe

    @property
    def network(self) -> str:
        """A name for the network, such as ``st-cnn-affine``."""
        return "-".join(filter(None, (self.model, self.transform)))

    @property
    def cell(self) -> str:
        """The network and its data, such as ``mnist-r/st-cnn-affine``."""
        return f"{self.recipe.data}/{self.network}"

    def config(self) -> DigitConfig:
        """The network: as wide as its experiment's budget allows.

        The plan must be possible (:meth:`problems`).
        """
        from stnviz.training.experiments import EXPERIMENTS

        name = cast("Name", self.model)
        return EXPERIMENTS.get(self.recipe.data).config(name, self.transform, self.recipe.dropout)

    def problems(self) -> Iterator[str]:
        """Everything that is impossible about the plan, one sentence each."""
        # Imported here, so that a plan can be written down before torch is loaded.
        from stnviz.models.digits import NAMES
        from stnviz.training.experiments import EXPERIMENTS
        from stnviz.transforms import TRANSFORMS

        for kind, name, known in (
            ("data", self.recipe.data, EXPERIMENTS.names()),
            ("model", self.model, NAMES),
        ):
            if name not in known:
                wrong = f"Unknown {kind} {name!r}" if name else f"No {kind} is named"
                yield f"{wrong}: choose one of {', '.join(known)}."
        if self.transform is not None and self.transform not in TRANSFORMS:
            names = ", ".join(TRANSFORMS.names())
            yield f"Unknown transform {self.transform!r}: choose one of {names}."
        if self.model in NAMES:
            wants = self.model.startswith("st-")
            if wants and self.transform is None:
                yield f"{self.model} needs a transform: choose affine, for example."
            if not wants and self.transform is not None:
                yield f"{self.model} has no transformer: choose no transform."
        yield from self.recipe.problems()

    def save(self, folder: Path) -> None:
        """Write the plan to ``folder``."""
        text = json.dumps({"format": PLAN_FORMAT, **asdict(self)}, indent=2) + "\n"
        write_text(folder / PLAN_FILE, text)


def load_plan(folder: Path) -> Plan:
    """The plan in ``folder``.

    Raises:
        NoPlan: there is none, or it is not one of this version.
    """
    path = folder / PLAN_FILE
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoPlan(f"{folder} holds no run: start one there with its settings.") from None
    except (OSError, ValueError) as error:
        raise NoPlan(f"{path} cannot be read ({error}): write it anew.") from error
    if not isinstance(plain, dict) or plain.pop("format", None) != PLAN_FORMAT:
        raise NoPlan(f"{path} is of another version than {PLAN_FORMAT}: start the run anew.")
    try:
        return Plan(**{**plain, "recipe": Recipe(**plain["recipe"])})
    except (KeyError, TypeError) as error:
        raise NoPlan(f"{path} has missing, odd or unknown entries: {error}.") from error
