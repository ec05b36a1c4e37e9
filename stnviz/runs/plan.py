"""The plan of a run: a network and a recipe, with validation, and its file ``plan.json``.

A run's folder has its plan, so that the run can be started or resumed from the folder alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stnviz.checkpoints import old_names
from stnviz.checkpoints.old_names import renamed
from stnviz.experiments.recipe import Recipe
from stnviz.files import write_text
from stnviz.records.strict_json import is_count, is_number, is_text, read_record

if TYPE_CHECKING:
    from stnviz.models.config import ModelConfig

Change = int | float | str

PLAN_FILE = "plan.json"
PLAN_FORMAT = "stnviz-plan-1"


class InvalidPlan(ValueError):
    """A folder has no readable plan; the message says what is wrong."""


@dataclass(frozen=True)
class Plan:
    """A network and how it is trained.

    Args:
        model: a network of the experiment, such as cnn or st-cnn.
        transform: transform of networks with transformers, None for the others.
        recipe: the recipe, with the data set.
        changes: changed entries of the network's config, such as ``{"width": 48}`` or
            ``{"backbone": "resnet50"}``.
    """

    model: str
    transform: str | None
    recipe: Recipe
    changes: dict[str, Change] = field(default_factory=dict)

    @property
    def network(self) -> str:
        """Name of the network, such as ``st-cnn-affine``."""
        return "-".join(filter(None, (self.model, self.transform)))

    @property
    def cell(self) -> str:
        """Name of the data set and the network, such as ``mnist-r/st-cnn-affine``."""
        return f"{self.recipe.data}/{self.network}"

    def config(self, folder: Path | None = None) -> ModelConfig:
        """The network's config: that of the experiment, with this plan's changes.

        The plan must be valid (:meth:`problems`).

        Args:
            folder: the folder of data sets.
        """
        from stnviz.experiments.catalogue import EXPERIMENTS

        experiment = EXPERIMENTS.get(self.recipe.data)
        config = experiment.config(self.model, self.transform, folder)
        changes: dict[str, Any] = {"dropout": self.recipe.dropout, **self.changes}
        return replace(config, **changes)

    def problems(self) -> Iterator[str]:
        """Yield one sentence for each error in the plan, except in ``changes``."""
        # Imported here, so that a plan can be written before torch is loaded.
        from stnviz.experiments.catalogue import EXPERIMENTS
        from stnviz.models.config import has_transformer
        from stnviz.transforms import TRANSFORMS, VOLUME_TRANSFORMS

        data, model = self.recipe.data, self.model
        fitting = TRANSFORMS.names()
        if data in EXPERIMENTS:
            models, fitting = EXPERIMENTS.get(data).models, EXPERIMENTS.get(data).transforms
            for name in EXPERIMENTS.get(data).unused_hyperparameters:
                if getattr(self.recipe, name):
                    title = name.capitalize().replace("_", " ")
                    yield f"{title} means nothing on {data}: leave it at 0."
        else:
            yield _unknown("data", data, EXPERIMENTS.names())
            models = tuple(dict.fromkeys(m for _, e in EXPERIMENTS for m in e.models))
        if model not in models:
            yield _unknown("model", model, models)
        known = self.transform in TRANSFORMS or self.transform in VOLUME_TRANSFORMS
        if self.transform is not None and not known:
            yield _unknown("transform", self.transform, fitting)
        elif self.transform is not None and self.transform not in fitting:
            yield f"{data} does not go with {self.transform}: choose one of {', '.join(fitting)}."
        if model in models:
            wants = has_transformer(model)
            if wants and self.transform is None:
                yield f"{model} needs a transform: choose affine, for example."
            if not wants and self.transform is not None:
                yield f"{model} has no transformer: choose no transform."
        yield from self.recipe.problems()

    def changing_problems(self, folder: Path | None = None) -> Iterator[str]:
        """Yield one sentence for each error in the ``changes`` of an otherwise valid plan."""
        usual = replace(self, changes={}).config(folder)
        kinds = {name: type(getattr(usual, name)) for name in _changeable(usual)}
        for name, value in self.changes.items():
            if name not in kinds:
                yield f"{name} cannot be changed: choose one of {', '.join(sorted(kinds))}."
            elif type(value) is not kinds[name]:
                yield f"{name} is {value!r}: give it as {_KINDS[kinds[name]]}."
        if "backbone" in kinds and isinstance(backbone := self.changes.get("backbone"), str):
            from stnviz.models.imagenet import check_backbone

            try:
                check_backbone(backbone)
            except ValueError as error:
                yield str(error)

    def save(self, folder: Path) -> None:
        """Write the plan to ``folder``."""
        text = json.dumps({"format": PLAN_FORMAT, **asdict(self)}, indent=2) + "\n"
        write_text(folder / PLAN_FILE, text)


_KINDS: dict[type, str] = {int: "a whole number", float: "a number", str: "a name"}


def _changeable(config: ModelConfig) -> set[str]:
    """Names of the config entries (numbers and strings) that have no option of their own."""
    settled = {"name", "transform", "dropout", "classes"}
    return {name for name, value in vars(config).items() if type(value) in _KINDS} - settled


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    wrong = f"Unknown {kind} {name!r}" if name else f"No {kind} is named"
    return f"{wrong}: choose one of {', '.join(known)}."


def load_plan(folder: Path) -> Plan:
    """Load the plan in ``folder``.

    Raises:
        InvalidPlan: there is no plan, or it does not have this version's format.
    """
    path = folder / PLAN_FILE
    try:
        plain = read_record(path, PLAN_FORMAT)
    except FileNotFoundError:
        raise InvalidPlan(f"{folder} holds no run: start one there with its settings.") from None
    except (OSError, ValueError) as error:
        raise InvalidPlan(f"{path} cannot be read ({error}): write it anew.") from error
    try:
        if isinstance(recipe := plain["recipe"], dict):
            plain["recipe"] = renamed(recipe, old_names.RECIPE)
        if isinstance(changes := plain.get("changes"), dict):
            plain["changes"] = renamed(changes, old_names.MODEL)
        wrong = list(_odd_entries(plain))
        plan = None if wrong else Plan(**{**plain, "recipe": Recipe(**plain["recipe"])})
    except (KeyError, TypeError) as error:
        raise InvalidPlan(f"{path} has missing, odd or unknown entries: {error}.") from error
    if plan is None:
        raise InvalidPlan(f"{path} has missing, odd or unknown entries: {', '.join(wrong)}.")
    return plan


def _odd_entries(plain: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of a plan's entries that have the wrong type."""
    recipe, changes = plain["recipe"], plain.get("changes", {})
    if not is_text(plain["model"]):
        yield "model"
    if plain["transform"] is not None and not is_text(plain["transform"]):
        yield "transform"
    if not isinstance(changes, dict) or not all(
        is_text(value) or is_number(value) for value in changes.values()
    ):
        yield "changes"
    if not isinstance(recipe, dict):
        yield "recipe"
        return
    for one in fields(Recipe):
        fits = {"int": is_count, "float": is_number}.get(str(one.type), is_text)
        if one.name in recipe and not fits(recipe[one.name]):
            yield one.name
