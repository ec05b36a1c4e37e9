"""``train``: a session, its progress, and a way out that loses nothing."""

from __future__ import annotations

import math
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import cast

import torch

from stnviz.cli.options import Train
from stnviz.cli.say import (
    DONE,
    INTERRUPTED,
    Refusal,
    complain,
    duration,
    one_sentence,
    percent,
)
from stnviz.models.digits import NAMES, Name
from stnviz.records import TrainingRecord
from stnviz.training.cards import CARD
from stnviz.training.devices import PRECISIONS, Precision, choose_device
from stnviz.training.experiments import EXPERIMENTS
from stnviz.training.loop import Recipe
from stnviz.training.session import Session
from stnviz.training.state import STATE_FILE, CannotResume
from stnviz.transforms import TRANSFORMS

MOST_SEED = 2**63 - 1


def run(options: Train) -> int:
    """Train to the end, or until Ctrl-C; the exit code."""
    if problems := list(find_problems(options)):
        raise Refusal("\n".join(problems))
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        return _run(options)
    except KeyboardInterrupt:
        complain(_kept(options.out))
        return INTERRUPTED
    except CannotResume as error:
        raise Refusal(one_sentence(error)) from error
    except OSError as error:
        raise Refusal(f"{options.out} cannot be written: {one_sentence(error)}.") from error


def _run(options: Train) -> int:
    session = Session(
        cast(Name, options.model),
        options.transform,
        recipe(options),
        options.out,
        data_dir=options.data_dir,
        device=options.device,
    )
    if session.notice:
        complain(session.notice)
    training = session.training
    name = "-".join(filter(None, (options.model, options.transform)))
    print(f"Training {name} on {options.data} ({session.source}, {session.device.type}).")
    if session.resumed:
        print(f"Going on after step {training.done:,} with the state in {options.out}.")
    progress = Progress(training.done)
    with stop_on_interrupt(session):
        for record in session.run(options.every):
            progress.show(record)
    progress.end()
    if training.done < options.steps:
        complain(f"Stopped after step {training.done:,}: {_kept(options.out, start='its')}")
        return INTERRUPTED
    print("Measuring the error on the test digits.", flush=True)
    card = session.finish()
    error, count, source = (card.metrics[key] for key in ("error", "count", "source"))
    print(f"Error {percent(error)} on {count:,} digits ({source}). Checkpoint: {options.out}")
    return DONE


def recipe(options: Train) -> Recipe:
    """The recipe that the options describe."""
    return Recipe(
        options.data,
        options.steps,
        options.seed,
        options.batch,
        options.rate,
        options.localisation_rate,
        precision=cast(Precision, options.precision),
    )


def find_problems(options: Train) -> Iterator[str]:
    """Everything that is wrong with the options, one sentence each."""
    if options.data not in EXPERIMENTS:
        yield f"Unknown data {options.data!r}: choose one of {', '.join(EXPERIMENTS.names())}."
    yield from _network_problems(options)
    for flag, number in (
        ("--steps", options.steps),
        ("--batch", options.batch),
        ("--every", options.every),
        ("--threads", 1 if options.threads is None else options.threads),
    ):
        if number < 1:
            yield f"{flag} is {number}: give at least 1."
    if not 0 <= options.seed <= MOST_SEED:
        yield f"--seed is {options.seed}: give a whole number from 0 to {MOST_SEED}."
    if not (math.isfinite(options.rate) and options.rate > 0):
        yield f"--rate is {options.rate}: give a number above 0, such as 0.003."
    if not (math.isfinite(options.localisation_rate) and options.localisation_rate >= 0):
        yield f"--localisation-rate is {options.localisation_rate}: give 0 or more, such as 0.3."
    if options.precision not in PRECISIONS:
        yield f"Unknown precision {options.precision!r}: choose one of {', '.join(PRECISIONS)}."
    try:
        choose_device(options.device)
    except (ValueError, RuntimeError) as error:
        yield one_sentence(error)
    yield from _folder_problems(options.out)


def _network_problems(options: Train) -> Iterator[str]:
    if options.model not in NAMES:
        yield f"Unknown model {options.model!r}: choose one of {', '.join(NAMES)}."
    if options.transform is not None and options.transform not in TRANSFORMS:
        known = ", ".join(TRANSFORMS.names())
        yield f"Unknown transform {options.transform!r}: choose one of {known}."
    if options.model in NAMES:
        if options.model.startswith("st-") and options.transform is None:
            yield f"{options.model} needs a transform: add --transform affine, for example."
        if not options.model.startswith("st-") and options.transform is not None:
            yield f"{options.model} has no transformer: leave --transform out."


def _folder_problems(folder: Path) -> Iterator[str]:
    if (folder / CARD).exists():
        yield (
            f"{folder} holds a finished checkpoint: choose another folder with --out, "
            "or delete it to train anew."
        )
        return
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        yield f"{there} is a file: choose another folder with --out."
    elif not os.access(there, os.W_OK):
        yield f"{there} cannot be written to: choose another folder with --out."


def _kept(folder: Path, start: str = "Interrupted: its") -> str:
    if (folder / STATE_FILE).exists():
        return f"{start} state is kept in {folder}, and the same command goes on from there."
    return "Interrupted before the first step: nothing was kept, start the same command again."


@contextmanager
def stop_on_interrupt(session: Session) -> Iterator[None]:
    """The first Ctrl-C ends the run after the step in hand, a second one at once."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        session.training.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Progress:
    """A line for each record: in place on a terminal, one below the other elsewhere.

    Args:
        done: steps that an earlier run has done.
    """

    def __init__(self, done: int) -> None:
        self.before = done
        self.in_place = sys.stdout.isatty()

    def show(self, record: TrainingRecord) -> None:
        """Print what the record says."""
        line = self.line(record)
        if self.in_place:
            line = line[: shutil.get_terminal_size().columns - 1]
            print(f"\r\x1b[K{line}", end="", flush=True)
        else:
            print(line, flush=True)

    def end(self) -> None:
        """Leave the last line standing."""
        if self.in_place:
            print(flush=True)

    def line(self, record: TrainingRecord) -> str:
        """One line: step, loss, error, rate, speed and time left."""
        speed = (record.step - self.before) / max(record.seconds, 1e-9)
        left = (record.steps - record.step) / speed
        width = len(str(record.steps))
        return (
            f"step {record.step:{width}}/{record.steps}  loss {record.loss:.4f}  "
            f"error {percent(record.error):>7}  rate {record.rate:.2e}  "
            f"{speed:.1f} it/s  {duration(left)} left"
        )
