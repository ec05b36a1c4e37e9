"""The command ``train``: run a training session with progress, and interrupt it without loss."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import fields, replace
from pathlib import Path
from types import FrameType

import torch

from stnviz.checkpoints.card import CARD, STATE_FILE
from stnviz.checkpoints.init_from import InitError
from stnviz.cli.console import UsageError, as_sentence, percent, print_error
from stnviz.cli.options import Train
from stnviz.cli.progress import ProgressLine
from stnviz.experiments.recipe import Recipe
from stnviz.papers.defaults import default_recipe
from stnviz.runs.exit_codes import DONE, INTERRUPTED
from stnviz.runs.lock import FolderBusy, hold
from stnviz.runs.plan import Change, InvalidPlan, Plan, load_plan
from stnviz.runs.session import Session
from stnviz.runs.state import CannotResume
from stnviz.training.devices import choose_device, keep_freed_memory
from stnviz.training.distributed import ProcessGroup, init_process_group, processes


def run(options: Train) -> int:
    """Train to the end, or until Ctrl-C; return the exit code."""
    if problems := list(find_problems(options)):
        raise UsageError("\n".join(problems))
    if options.threads:
        torch.set_num_threads(options.threads)
    keep_freed_memory()
    try:
        plan = plan_of(options)
        with init_process_group(options.device) as (world, device), _alone(_folder(options), world):
            return _run(plan, options, world, device)
    except KeyboardInterrupt:
        print_error(_kept(_folder(options)))
        return INTERRUPTED
    except (CannotResume, FolderBusy, InvalidPlan, InitError) as error:
        raise UsageError(as_sentence(error)) from error
    except OSError as error:
        raise UsageError(f"{_folder(options)} cannot be written: {as_sentence(error)}.") from error


def _alone(folder: Path, world: ProcessGroup) -> AbstractContextManager[None]:
    return hold(folder) if world.is_main else nullcontext()


def plan_of(options: Train) -> Plan:
    """The plan from the options; with ``--resume``, the plan in the folder.

    Raises:
        InvalidPlan: there is nothing to resume.
    """
    if options.resume is None:
        named = {field.name for field in fields(Recipe)} & {field.name for field in fields(options)}
        given = {name: getattr(options, name) for name in named}
        chosen = {name: value for name, value in given.items() if value is not None}
        recipe = replace(default_recipe(options.data, options.steps), **chosen)
        return Plan(options.model, options.transform, recipe, changes_of(options))
    return load_plan(options.resume)


def changes_of(options: Train) -> dict[str, Change]:
    """Parse ``--network``: values are integers, else floats, else strings.

    Raises:
        UsageError: a change does not have the form KEY=VALUE.
    """
    changes: dict[str, Change] = {}
    for pair in options.network:
        name, equals, text = pair.partition("=")
        if not (name and equals and text):
            raise UsageError(f"--network {pair} is no change: give it as KEY=VALUE, e.g. width=48.")
        for kind in (int, float, str):
            with suppress(ValueError):
                changes[name] = kind(text)
                break
    return changes


def _run(plan: Plan, options: Train, world: ProcessGroup, device: str) -> int:
    folder = _folder(options)
    session = Session(
        plan, folder,
        data_dir=options.data_dir, device=device, world=world, capture=options.capture,
    )  # fmt: skip
    if not world.is_main:
        with stop_on_interrupt(session):
            for _ in session.run(options.every):
                pass
        return DONE
    if opening := session.notice:
        print_error(opening)
    training = session.training
    among = f", {world.size} processes" if world.size > 1 else ""
    where = f"{session.source}, {session.device.type}{among}"
    print(f"Training {plan.network} on {plan.recipe.data} ({where}).")
    if session.resumed:
        print(f"Going on after step {training.done:,} with the state in {folder}.")
    progress = ProgressLine(training.done)
    with stop_on_interrupt(session):
        for record in session.run(options.every):
            progress.show(record)
    progress.end()
    if not training.finished:
        print_error(f"Stopped after step {training.done:,}: {_kept(folder, start='its')}")
        return INTERRUPTED
    if training.done < plan.recipe.steps:
        print(f"Stopped early after step {training.done:,}: the validation error got no better.")
    print("Measuring the error on the test pictures.", flush=True)
    card = session.finish()
    if session.notice and session.notice != opening:
        print_error(session.notice)
    error, source = card.metrics["error"], card.metrics["source"]
    print(f"Error {percent(error)} on {source}. Checkpoint: {folder}")
    return DONE


def find_problems(options: Train) -> Iterator[str]:
    """Yield one sentence for each error in the options."""
    if options.resume is None and options.out is None:
        yield "--out is missing: name a folder for the state and the checkpoint."
    batch = options.batch_size or 0
    try:
        plan = plan_of(options)
        batch = plan.recipe.batch_size
        problems = list(plan.problems())
        yield from problems or plan.changing_problems(options.data_dir)
    except InvalidPlan as error:
        yield as_sentence(error)
    yield from _overruled(options)
    yield from _folder_problems(_folder(options))
    for flag, number in (("--every", options.every), ("--threads", options.threads)):
        if number is not None and number < 1:
            yield f"{flag} is {number}: give at least 1."
    if batch % processes():
        yield (
            f"--batch-size is {batch}, which {processes()} processes cannot share: give a "
            "multiple of their number."
        )
    try:
        choose_device(options.device)
    except (ValueError, RuntimeError) as error:
        yield as_sentence(error)


def _folder(options: Train) -> Path:
    return options.resume or options.out or Path()


def _overruled(options: Train) -> Iterator[str]:
    """Yield an error if settings are given together with ``--resume``, which has its own."""
    own = {field.name for field in fields(Recipe)} | {"model", "transform", "network", "out"}
    given = [
        f"--{field.name.replace('_', '-')}"
        for field in fields(options)
        if field.name in own and getattr(options, field.name) != field.default
    ]
    if options.resume is not None and given:
        yield f"--resume brings its own settings: leave out {', '.join(given)}."


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
    """Let the first Ctrl-C end the run after the current step, and a second one immediately.

    SIGTERM counts as Ctrl-C: pages and torchrun stop a run with it. So does SIGHUP, when the
    terminal is closed.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        session.training.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    heeded = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)  # missing on Windows
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:  # nohup ignores it
        heeded.append(hang_up)
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
