"""``evaluate``: measure checkpoints again and hold the result against their cards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from stnviz.cli.options import Evaluate, Reproduce
from stnviz.cli.say import Refusal, complain, one_sentence, percent, print_json, print_table
from stnviz.data.digits import Digits, load_digits
from stnviz.data.distortions import DISTORTIONS
from stnviz.records import Evaluation
from stnviz.training.cards import BadCheckpoint, Card, check_known, load_card
from stnviz.training.checkpoint import load_checkpoint
from stnviz.training.devices import choose_device
from stnviz.training.evaluate import evaluate
from stnviz.training.exits import DIFFERS, DONE


@dataclass(frozen=True)
class Comparison:
    """A checkpoint's error now and on its card.

    Args:
        checkpoint: its folder.
        data: the distortion.
        error: measured now.
        card_error: as the card has it.
        count: digits looked at now.
        source: where they came from.
        same_source: whether the card's error was measured on the same digits.
        equal: whether the errors are equal; None where the digits are others.
    """

    checkpoint: str
    data: str
    error: float
    card_error: float
    count: int
    source: str
    same_source: bool
    equal: bool | None


def judges(options: Evaluate | Reproduce) -> tuple[torch.device, Digits]:
    """The device that measures, and the digits that it measures on.

    Raises:
        Refusal: there is no such device here.
    """
    try:
        device = choose_device(options.device)
    except (ValueError, RuntimeError) as error:
        raise Refusal(one_sentence(error)) from error
    digits, notice = load_digits("test", options.data_dir)
    if notice:
        complain(notice)
    return device, digits


def run(options: Evaluate) -> int:
    """Measure every checkpoint; 1 if one differs from its card or does not load."""
    if not options.checkpoints:
        raise Refusal("No checkpoint is named: give one folder or more, e.g. checkpoints/*/*.")
    device, digits = judges(options)
    results = list(compare_all(options.checkpoints, digits, device))
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


def compare_all(
    folders: tuple[Path, ...], digits: Digits, device: torch.device
) -> Iterator[Comparison]:
    """Compare each folder that loads; the others are named on stderr."""
    for folder in folders:
        try:
            yield compare(folder, digits, device)
        except BadCheckpoint as error:
            complain(f"Skipped {folder}: {one_sentence(error)}")


def compare(folder: Path, digits: Digits, device: torch.device) -> Comparison:
    """Measure one checkpoint on the test digits under its own distortion.

    Raises:
        BadCheckpoint: it does not load, or its card or its network does not fit its data.
    """
    card = load_card(folder)
    result = measure(folder, card, digits, device)
    try:
        card_error, card_source = float(card.metrics["error"]), str(card.metrics["source"])
    except (KeyError, TypeError, ValueError):
        raise BadCheckpoint(f"{folder} has no measured error and source on its card.") from None
    same = card_source == result.source and card.metrics.get("count") == result.count
    # Both are a whole number of digits over the same count, so they differ by 1 / count or not.
    equal = math.isclose(result.error, card_error, abs_tol=1e-9) if same else None
    return Comparison(
        folder.as_posix(), card.data, result.error, card_error,
        result.count, result.source, same, equal,
    )  # fmt: skip


def measure(folder: Path, card: Card, digits: Digits, device: torch.device) -> Evaluation:
    """The error of the checkpoint in ``folder``.

    Raises:
        BadCheckpoint: it does not load, or its network does not fit its data.
    """
    check_known(folder, card)
    model = load_checkpoint(folder, device)
    side = DISTORTIONS.get(card.data).canvas
    if tuple(model.config.input_size) != (side, side):
        raise BadCheckpoint(
            f"{folder} takes pictures of {tuple(model.config.input_size)} pixels, "
            f"but {card.data} gives {(side, side)}."
        )
    return evaluate(model, card.data, digits)


def _verdict(result: Comparison) -> str:
    if result.equal is None:
        return "other digits"
    return "yes" if result.equal else "NO"
