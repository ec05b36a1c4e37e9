"""The command ``evaluate``: measure checkpoints again and compare the errors with their cards."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stnviz.checkpoints.card import BadCheckpoint, Card, check_supported, load_card
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.cli.console import (
    UsageError,
    as_sentence,
    percent,
    print_error,
    print_json,
    print_table,
)
from stnviz.cli.options import Evaluate, Reproduce
from stnviz.data.image_source import ImageSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.models.config import ModelConfig
from stnviz.not_found import ResourceNotFound
from stnviz.records import Evaluation
from stnviz.runs.exit_codes import DIFFERS, DONE
from stnviz.training.devices import choose_device
from stnviz.training.evaluate import evaluate


@dataclass(frozen=True)
class Comparison:
    """Comparison of a checkpoint's measured error with the one on its card.

    Args:
        checkpoint: folder of the checkpoint.
        data: name of the data set.
        error: error measured now.
        card_error: error on the card.
        count: number of test images measured now.
        source: where they come from.
        same_source: whether the card's error was measured on the same images.
        equal: whether the measured values equal those on the card; None if the images differ.
        details: further metrics.
    """

    checkpoint: str
    data: str
    error: float
    card_error: float
    count: int
    source: str
    same_source: bool
    equal: bool | None
    details: Mapping[str, Any]


class Bench:
    """Measures checkpoints: it has a device and the test images of each experiment.

    Args:
        options: options with the device and the folder of data sets.

    Raises:
        UsageError: there is no such device here.
    """

    def __init__(self, options: Evaluate | Reproduce) -> None:
        try:
            self.device = choose_device(options.device)
        except (ValueError, RuntimeError) as error:
            raise UsageError(as_sentence(error)) from error
        self.data_dir = options.data_dir
        self._open: dict[tuple[object, ...], ImageSource] = {}
        self._said: set[str] = set()

    def pictures(self, card: Card, config: ModelConfig) -> ImageSource:
        """Test images of the classes that a network knows; each notice is printed once."""
        experiment = EXPERIMENTS.get(card.data)
        seed = int(card.training.get("seed", 0)) if experiment.seeded else 0
        key = card.data, seed, getattr(config, "species", ())
        if key not in self._open:
            recipe = Recipe(card.data, steps=1, seed=seed)
            pictures, notice = experiment.open("test", self.data_dir, self.device, recipe, config)
            self._open[key] = pictures
            if notice and notice not in self._said:
                self._said.add(notice)
                print_error(notice)
        return self._open[key]

    def measure(self, folder: Path, card: Card) -> tuple[Evaluation, Mapping[str, Any]]:
        """Measure the error of the checkpoint in ``folder`` and its experiment's further metrics.

        Raises:
            BadCheckpoint: it does not load, or its network does not fit its data.
        """
        check_supported(folder, card)
        model, experiment = load_checkpoint(folder, self.device), EXPERIMENTS.get(card.data)
        if tuple(model.config.input_size) != experiment.input_size:
            raise BadCheckpoint(
                f"{folder} takes pictures of {tuple(model.config.input_size)} pixels, "
                f"but {card.data} gives {experiment.input_size}."
            )
        pictures = self.pictures(card, model.config)
        found = evaluate(model, card.data, pictures)
        return found, experiment.metrics(model, pictures)


def run(options: Evaluate) -> int:
    """Measure every checkpoint; return 1 if one differs from its card or does not load."""
    if not options.checkpoints:
        raise UsageError("No checkpoint is named: give one folder or more, e.g. checkpoints/*/*.")
    results = list(compare_all(options.checkpoints, Bench(options)))
    if options.json:
        print_json([asdict(result) for result in results])
    elif results:
        print_table(
            ("checkpoint", "data", "error", "card", "equal"),
            [
                (r.checkpoint, r.data, percent(r.error), percent(r.card_error), _verdict(r))
                for r in results
            ],
        )
    skipped = len(results) < len(options.checkpoints)
    return DIFFERS if skipped or any(result.equal is False for result in results) else DONE


def compare_all(folders: tuple[Path, ...], bench: Bench) -> Iterator[Comparison]:
    """Compare each checkpoint that loads; the others are reported on stderr."""
    for folder in folders:
        try:
            yield compare(folder, bench)
        except (BadCheckpoint, ResourceNotFound) as error:
            print_error(f"Skipped {folder}: {as_sentence(error)}")


def compare(folder: Path, bench: Bench) -> Comparison:
    """Measure one checkpoint on the test images of its data set, and compare it with its card.

    Raises:
        BadCheckpoint: it does not load, or its card or its network does not fit its data.
    """
    card = load_card(folder)
    result, details = bench.measure(folder, card)
    try:
        card_error, card_source = float(card.metrics["error"]), str(card.metrics["source"])
    except (KeyError, TypeError, ValueError):
        raise BadCheckpoint(f"{folder} has no measured error and source on its card.") from None
    same = card_source == result.source and card.metrics.get("count") == result.count
    equal = None
    if same:
        # Both errors are multiples of 1 / count, so they are equal or differ by at least that.
        plain = json.loads(json.dumps(details))
        equal = math.isclose(result.error, card_error, abs_tol=1e-9) and all(
            alike(card.metrics.get(name), value) for name, value in plain.items()
        )
    return Comparison(
        folder.as_posix(), card.data, result.error, card_error,
        result.count, result.source, same, equal, details,
    )  # fmt: skip


def alike(one: object, other: object) -> bool:
    """Whether two JSON values are equal; numbers may differ by 2e-4.

    The explained variance of windows differs slightly between machines, which sum in another order.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, abs_tol=2e-4)
    return one == other


def _verdict(result: Comparison) -> str:
    if result.equal is None:
        return "other pictures"
    return "yes" if result.equal else "NO"
