"""The command ``reproduce``: train every cell of a paper's table, and report the errors."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import torch

from stnviz.checkpoints.card import CARD, CHECKPOINTS, BadCheckpoint, Card, load_card
from stnviz.checkpoints.library import init_candidates
from stnviz.cli.console import UsageError, as_sentence, print_error, print_json
from stnviz.cli.evaluate import Bench
from stnviz.cli.options import Reproduce
from stnviz.cli.table import as_list, as_markdown, as_text, summary
from stnviz.experiments.recipe import Recipe
from stnviz.not_found import ResourceNotFound
from stnviz.papers import attention, table1
from stnviz.papers import recurrent as again
from stnviz.papers.cells import Cell
from stnviz.papers.report import Result, collect_results, error_on_card, run_folder
from stnviz.runs.exit_codes import DIFFERS, DONE, INTERRUPTED
from stnviz.runs.launch import launch, record_exit
from stnviz.runs.lock import is_held
from stnviz.runs.plan import PLAN_FILE, InvalidPlan, Plan, load_plan
from stnviz.runs.progress import duration, read_progress
from stnviz.settings import runs_folder

TABLES = {"table1": table1.CELLS, "attention": attention.CELLS, "steps": again.CELLS}

SAY_EVERY = 60.0
"""Seconds between two progress reports."""


def run(options: Reproduce) -> int:
    """Train the missing cells, or only report; return 1 if a cell could not be trained."""
    table = TABLES[options.what]
    unknown = [name for name in options.cells if name not in table]
    if unknown:
        known = ", ".join(table.names())
        raise UsageError(f"Unknown cells {', '.join(unknown)}: choose from {known}.")
    for flag, number in (("--num-seeds", options.num_seeds), ("--jobs", options.jobs)):
        if number < 1:
            raise UsageError(f"{flag} is {number}: give at least 1.")
    cells = [table.get(name) for name in options.cells or table.names()]
    code = DONE
    if not options.report_only:
        code = train_all(cells, options)
    if code != INTERRUPTED:
        report(cells, options)
    return code


def report(cells: list[Cell], options: Reproduce) -> None:
    """Print the table in the requested format."""
    root = (options.out or CHECKPOINTS) if options.report_only else _root(options)
    measured = _measure(options) if options.report_only else error_on_card
    try:
        results = collect_results(cells, root, options.num_seeds, measured)
    except BadCheckpoint as error:
        raise UsageError(as_sentence(error)) from error
    if options.json:
        print_json([_plain(result) for result in results])
        return
    if options.what == "table1":
        print(as_markdown(results) if options.markdown else as_text(results))
    else:
        print(as_list(results, markdown=options.markdown))
    if not options.markdown:
        print(summary(results))


def _plain(result: Result) -> dict[str, object]:
    return {**asdict(result), "reached": result.reached, "behind": result.gap}


def _measure(options: Reproduce) -> Callable[[Path, Card], float | None]:
    """A function that measures a checkpoint's error again; None where its images are not here."""
    bench = Bench(options)

    def measure(folder: Path, card: Card) -> float | None:
        try:
            return bench.measure(folder, card)[0].error
        except ResourceNotFound as error:
            print_error(f"Left out {folder}: {as_sentence(error)}")
            return None

    return measure


def train_all(cells: list[Cell], options: Reproduce) -> int:
    """Train every cell that has no checkpoint yet, ``jobs`` at a time."""
    plans = [
        (replace(cell.plan, recipe=_with(cell.plan.recipe, seed)), cell, seed)
        for seed in range(options.num_seeds)
        for cell in cells
    ]
    waiting = [
        folder
        for plan, cell, seed in plans
        if _prepare(plan, folder := run_folder(_root(options), cell.name, seed))
    ]
    print_error(f"{len(plans) - len(waiting)} of {len(plans)} runs are done; {len(waiting)} to go.")
    crew = Crew(waiting, options, first_of(plans, _root(options)))
    try:
        crew.work()
    except KeyboardInterrupt:
        crew.leave()
        print_error("Stopped; the same command goes on from there.")
        return INTERRUPTED
    return DIFFERS if crew.failed else DONE


def _prepare(plan: Plan, folder: Path) -> bool:
    """Write the plan if there is none; return whether the run is not finished yet."""
    if (folder / CARD).exists():
        return False
    if (folder / PLAN_FILE).exists():
        try:
            there = load_plan(folder)
        except InvalidPlan as error:
            raise UsageError(as_sentence(error)) from error
        if there != plan:
            raise UsageError(
                f"{folder} was begun with another recipe: delete it, or choose another --out."
            )
    plan.save(folder)
    return True


def first_of(plans: list[tuple[Plan, Cell, int]], root: Path) -> dict[Path, Path]:
    """For each run that is initialised from another of these runs, the folder of that one."""
    here = {cell.name for _, cell, _ in plans}
    first = {}
    for plan, cell, seed in plans:
        meant = (
            init_candidates(plan.recipe.init_from, plan.network) if plan.recipe.init_from else ()
        )
        if name := next((name for name in meant if name in here), None):
            first[run_folder(root, cell.name, seed)] = root / name
    return first


def _with(recipe: Recipe, seed: int) -> Recipe:
    return replace(recipe, seed=recipe.seed + seed)


def _root(options: Reproduce) -> Path:
    return options.out or runs_folder() / options.what


class Crew:
    """Trains several runs in parallel, each in its own process.

    Args:
        waiting: folders with plans.
        options: options of the command.
        first: for some of these folders, the one that must be trained before.
    """

    def __init__(self, waiting: list[Path], options: Reproduce, first: dict[Path, Path]) -> None:
        self.waiting, self.options, self.first, self.failed = waiting, options, first, 0
        self.running: dict[int, tuple[Path, subprocess.Popen[bytes]]] = {}
        self.cards = list(_gpus(options.device))

    def work(self) -> None:
        """Run up to ``jobs`` processes at a time until every run has ended."""
        printed = time.monotonic()
        while self.waiting or self.running:
            for place in range(self.options.jobs):
                if place not in self.running and (folder := self.next()):
                    self.running[place] = folder, self._launch(folder, place)
            time.sleep(0.5)
            self._collect()
            if time.monotonic() - printed > SAY_EVERY:
                printed = time.monotonic()
                for folder, _ in self.running.values():
                    print_error(_line(folder))

    def leave(self) -> None:
        """Wait until the runs have saved their states; Ctrl-C reached them as well."""
        for folder, process in self.running.values():
            record_exit(folder, process.wait())

    def next(self) -> Path | None:
        """The next run that can start and that no other process has finished or is training."""
        undone = {*self.waiting, *(folder for folder, _ in self.running.values())}
        for folder in [one for one in self.waiting if self.first.get(one) not in undone]:
            self.waiting.remove(folder)
            if is_held(folder):
                self.failed += 1
                print_error(
                    f"{_name(folder)}: another job trains it; give the same command again when "
                    "that is done."
                )
            elif (folder / CARD).exists():
                print_error(_line(folder))
            else:
                return folder
        return None

    def _launch(self, folder: Path, place: int) -> subprocess.Popen[bytes]:
        options = ["--device", self.options.device]
        if self.options.data_dir:
            options += ["--data-dir", str(self.options.data_dir.resolve())]
        if not self.cards:
            threads = max(1, (os.cpu_count() or 1) // self.options.jobs)
            return launch(folder, *options, "--threads", str(threads))
        card = self.cards[place % len(self.cards)]
        return launch(folder, *options, environment={"CUDA_VISIBLE_DEVICES": card})

    def _collect(self) -> None:
        for place, (folder, process) in list(self.running.items()):
            code = process.poll()
            if code is not None:
                record_exit(folder, code)
                self.failed += code != DONE
                print_error(_line(folder))
                del self.running[place]


def _name(folder: Path) -> str:
    return "/".join(folder.parts[-2:])


def _line(folder: Path) -> str:
    name = _name(folder)
    progress = read_progress(folder)
    if progress is None:
        return f"{name}: nothing said yet"
    if progress.phase == "finished":
        return f"{name}: finished, error {100 * float(load_card(folder).metrics['error']):.2f} %"
    left = f", {duration(progress.left)} left" if progress.left else ""
    step = f"step {progress.step:,} of {progress.steps:,}"
    return f"{name}: {progress.phase}, {step}{left} {progress.message}".rstrip()


def _gpus(device: str) -> Iterator[str]:
    """Yield the ids of the GPUs to distribute the runs over, as in CUDA_VISIBLE_DEVICES."""
    if device not in ("auto", "cuda"):
        return
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    for index in range(torch.cuda.device_count()):
        yield given.split(",")[index] if given else str(index)
