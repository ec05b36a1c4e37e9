"""The command ``health``: what is wrong with the transformers of a trace or a checkpoint."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from stnviz.analysis.health.health import health
from stnviz.analysis.inspect import inspect
from stnviz.checkpoints.card import BadCheckpoint, load_card
from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.pretrained import find_checkpoint
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.cli.console import UsageError, as_sentence, print_error, print_json
from stnviz.cli.trace_options import Health
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.records import HealthReport, load_trace
from stnviz.records.strict_json import without_nan
from stnviz.registry import UnknownName
from stnviz.runs.exit_codes import DIFFERS, DONE


def run(options: Health) -> int:
    """Print the report; return 1 if a transformer is ill.

    Raises:
        UsageError: there is neither such a trace nor such a checkpoint, or it has no transformer.
    """
    if options.count < 1:
        raise UsageError(f"--count is {options.count}: give at least 1.")
    path = Path(options.what)
    report = _of_trace(path) if path.is_file() else _of_checkpoint(options)
    if options.json:
        print_json(as_plain(report))
    else:
        print(report)
    return DIFFERS if report.is_ill else DONE


def as_plain(report: HealthReport) -> dict[str, Any]:
    """The report as plain values for JSON, with the state of each transformer."""
    transformers = [{"state": one.state, **asdict(one)} for one in report.transformers]
    found: dict[str, Any] = without_nan(
        {"ill": report.is_ill, "transformers": transformers, "notes": report.notes}
    )
    return found


def _of_trace(path: Path) -> HealthReport:
    try:
        trace = load_trace(path)
    except ValueError as error:
        raise UsageError(as_sentence(error)) from error
    return health(trace)


def _of_checkpoint(options: Health) -> HealthReport:
    """The report on test images of the checkpoint's own data set, with causes."""
    try:
        folder = find_checkpoint(options.what, default_library())
        card, model = load_card(folder), load_checkpoint(folder)
    except (BadCheckpoint, UnknownName) as error:
        raise UsageError(f"{as_sentence(error)} A trace is named by its file.") from error
    experiment = EXPERIMENTS.get(card.data)
    recipe = Recipe(card.data, steps=1, seed=int(card.training.get("seed", 0)))
    source, notice = experiment.open(
        "test", options.data_dir, torch.device("cpu"), recipe, model.config
    )
    if notice:
        print_error(notice)
    images, count = [], 0
    for batch, _ in source.once():
        images.append(batch[: options.count - count])
        count += len(images[-1])
        if count >= options.count:
            break
    trace = inspect(model, torch.cat(images))
    if not trace.steps:
        raise UsageError(f"{options.what} has no spatial transformer: name a network with one.")
    return health(trace, model)
