"""The command ``list``: registered transforms, data sets and models, and the checkpoints."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import Any

from stnviz.checkpoints.card import CHECKPOINTS, Card
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.titles import network_title
from stnviz.cli.console import (
    UsageError,
    as_sentence,
    percent,
    print_error,
    print_json,
    print_table,
)
from stnviz.cli.options import List
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.contract import Experiment
from stnviz.models.budget import count_parameters
from stnviz.models.config import has_transformer
from stnviz.records import Parameter
from stnviz.runs.exit_codes import DONE
from stnviz.transforms import TRANSFORMS, VOLUME_TRANSFORMS, create_transform

Entry = dict[str, Any]

MAX_LINES = 8
"""Maximum number of parameters of an entry in the text output; JSON has all of them."""

UNITS = {"px": " px", "x": " x", "half": " half images"}


def run(options: List) -> int:
    """Print the listing."""
    root = options.root or CHECKPOINTS
    if options.root is not None and not root.is_dir():
        raise UsageError(f"{root} is not a folder: name one that checkpoints lie in with --root.")
    gather, show = _LISTINGS[options.kind]
    entries = gather(root)
    if options.json:
        print_json(entries)
    else:
        show(entries)
    return DONE


def transforms(_root: Path) -> list[Entry]:
    """Every registered transform, those of volumes last."""
    names = (*TRANSFORMS.names(), *VOLUME_TRANSFORMS.names())
    members = [create_transform(name) for name in names]
    return [
        {
            "name": member.name,
            "title": member.title,
            "source": member.source,
            "dimensions": member.dimensions,
            "invertible": member.invertible,
            "parameters": [asdict(parameter) for parameter in member.parameters],
        }
        for member in members
    ]


def data(_root: Path) -> list[Entry]:
    """Every distortion, with the interval that training covers, and every other data set."""
    distorted = [
        {
            "name": name,
            "title": distortion.title,
            "source": distortion.source,
            "canvas": [distortion.canvas, distortion.canvas],
            "parameters": [
                {**asdict(parameter), "trained": list(distortion.trained[parameter.name])}
                for parameter in distortion.parameters
            ],
        }
        for name, distortion in DISTORTIONS
    ]
    others = [
        {
            "name": name,
            "title": described.title,
            "source": described.source,
            "canvas": list(described.size),
            "parameters": [],
        }
        for name, described in DATA_SETS
        if name not in DISTORTIONS
    ]
    return [*distorted, *others]


def models(root: Path) -> list[Entry]:
    """Every network, its size in each experiment, and its checkpoints below ``root``."""
    cards = _cards(root)
    return [
        {
            "name": name,
            "family": family,
            "title": network_title(name),
            "source": experiments[0].source,
            "experiments": [size for one in experiments for size in _sizes(one, name)],
            "checkpoints": [
                at
                for at, card in cards.items()
                if (card.family, card.model.get("name")) == (family, name)
            ],
        }
        for family, experiments in _families().items()
        for name in experiments[0].models
    ]


def _families() -> dict[str, list[Experiment]]:
    families: dict[str, list[Experiment]] = {}
    for _, experiment in EXPERIMENTS:
        families.setdefault(experiment.family, []).append(experiment)
    return families


@cache
def _sizes(experiment: Experiment, name: str) -> list[Entry]:
    fitting: Sequence[str | None] = experiment.transforms if has_transformer(name) else [None]
    return [
        {
            "data": experiment.data,
            "transform": transform,
            "parameters": count_parameters(
                partial(experiment.build, experiment.config(name, transform))
            ),
        }
        for transform in fitting
    ]


def checkpoints(root: Path) -> list[Entry]:
    """Every readable checkpoint below ``root``; the others are reported on stderr."""
    return [
        {
            "name": name,
            "data": card.data,
            "model": card.model.get("name"),
            "transform": card.model.get("transform"),
            "error": card.metrics.get("error"),
            "count": card.metrics.get("count"),
            "source": card.metrics.get("source"),
            "steps": card.training.get("steps"),
            "seed": card.training.get("seed"),
        }
        for name, card in _cards(root).items()
    ]


def _cards(root: Path) -> dict[str, Card]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = Library({"": root}).cards()
    for warning in caught:
        print_error(as_sentence(str(warning.message)))
    return found


def _show_described(entries: list[Entry]) -> None:
    for index, entry in enumerate(entries):
        if index:
            print()
        canvas = " on {} x {} pixels".format(*entry["canvas"]) if "canvas" in entry else ""
        print(f"{entry['name']}: {entry['title']}{canvas}. {entry['source']}.")
        for plain in entry["parameters"][:MAX_LINES]:
            print("  " + _describe(plain))
        if (more := len(entry["parameters"]) - MAX_LINES) > 0:
            print(f"  and {more} more; --json lists them all.")


def _describe(plain: Mapping[str, Any]) -> str:
    fields = {key: value for key, value in plain.items() if key != "trained"}
    parameter = Parameter(**fields)
    text = f"{parameter.name:<10} {_span(parameter.low, parameter.high, parameter.unit)}"
    if "trained" in plain:
        low, high = plain["trained"]
        if low != high:
            text += f", trained {_span(low, high, parameter.unit)}"
        elif low != parameter.default:
            text += f", trained at {_number(low, parameter.unit)}"
    return f"{text}. {parameter.help}"


def _span(low: float, high: float, unit: str) -> str:
    return f"{_number(low, unit, bare=True)} to {_number(high, unit)}"


def _number(value: float, unit: str, *, bare: bool = False) -> str:
    if unit == "rad":
        return f"{math.degrees(value):.0f}" + ("" if bare else " degrees")
    return f"{value:g}" + ("" if bare else UNITS.get(unit, ""))


def _show_models(entries: list[Entry]) -> None:
    print("Parameters that each network learns, for each data set:")
    for family, experiments in _families().items():
        names = [experiment.data for experiment in experiments]
        rows = []
        for entry in entries:
            if entry["family"] != family:
                continue
            by_transform: dict[str | None, dict[str, int]] = {}
            for size in entry["experiments"]:
                by_transform.setdefault(size["transform"], {})[size["data"]] = size["parameters"]
            rows += [
                (entry["name"], transform or "-", *(f"{counts[name]:,}" for name in names))
                for transform, counts in by_transform.items()
            ]
        print()
        print_table(("model", "transform", *names), rows)


def _show_checkpoints(entries: list[Entry]) -> None:
    if not entries:
        print("There are no checkpoints here: train one, or name another folder with --root.")
        return
    rows = [
        (
            entry["name"],
            entry["data"],
            str(entry["model"]),
            entry["transform"] or "-",
            "-" if entry["error"] is None else percent(entry["error"]),
            "-" if entry["count"] is None else f"{entry['count']:,}",
        )
        for entry in entries
    ]
    print_table(("checkpoint", "data", "model", "transform", "error", "pictures"), rows)


_LISTINGS: dict[str, tuple[Callable[[Path], list[Entry]], Callable[[list[Entry]], None]]] = {
    "transforms": (transforms, _show_described),
    "data": (data, _show_described),
    "models": (models, _show_models),
    "checkpoints": (checkpoints, _show_checkpoints),
}
