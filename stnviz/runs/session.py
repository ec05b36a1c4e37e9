"""A training session: one run from its plan to its checkpoint, resumable and interruptible."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from stnviz.analysis.windows import predict
from stnviz.checkpoints.card import HISTORY, PREDICTIONS, STATE_FILE, Card
from stnviz.checkpoints.init_from import init_from
from stnviz.checkpoints.storage import as_stored, save_checkpoint
from stnviz.data.image_source import ImageSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.contract import Part
from stnviz.files import write_atomically
from stnviz.records import History, StepMetrics, Verdict
from stnviz.runs.events import Events
from stnviz.runs.plan import Plan
from stnviz.runs.progress import STOP_FILE, Phase, Progress
from stnviz.runs.state import load_state, save_state
from stnviz.training.devices import choose_device, place
from stnviz.training.distributed import SINGLE_PROCESS, ProcessGroup
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import Training
from stnviz.training.probe import Probe

SAVE_EVERY = 30.0
"""Seconds between two saved states."""


class Session:
    """A run that saves its state to ``folder`` at intervals and a checkpoint at the end.

    It also writes its progress (:mod:`stnviz.runs.progress`), the history of its probe and
    TensorBoard event files there.

    Args:
        plan: the network and its recipe.
        folder: folder of state and checkpoint; an unfinished run there is resumed.
        data_dir: the folder of data sets.
        device: auto, cuda, mps or cpu.
        world: the process group; only the main process writes.
        capture: whether to capture CUDA steps as a graph.

    Attributes:
        notice: a sentence if the images opened last, for training or test, are not the expected
            ones, else None.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        *,
        data_dir: Path | None = None,
        device: str = "auto",
        world: ProcessGroup = SINGLE_PROCESS,
        capture: bool = True,
    ) -> None:
        recipe = plan.recipe
        self.plan, self.folder, self.data_dir, self.world = plan, folder, data_dir, world
        self.device = choose_device(device)
        self.experiment = EXPERIMENTS.get(recipe.data)
        pictures, self.notice = self._open("train")
        self.source = pictures.source
        torch.manual_seed(recipe.seed)
        network = self.experiment.build(plan.config(data_dir))
        if recipe.init_from and not (folder / STATE_FILE).exists():
            table = folder.absolute().parent.parent  # for a run of a table
            init_from(network, self.experiment.family, recipe.init_from, plan.network, table)
        place(network, self.device)
        few, validation = (self._open(part)[0] for part in ("probe", "validation"))
        probe = Probe.of(few, validation, recipe.data)
        self.training = Training(network, recipe, pictures, probe, world, capture=capture)
        self.resumed = load_state(self.training, folder)
        self.history = probe.empty()
        if self.resumed and self.training.done:  # otherwise it starts again at step 0
            self.history = _history_of(folder, self.history).until(self.training.done)
        self.before = self.training.done
        self.record: StepMetrics | None = None
        self.verdicts: tuple[Verdict, ...] = ()

    def run(self, every: int = 50) -> Iterator[StepMetrics]:
        """Train to the end, yielding records; if it ends earlier, the state can be resumed."""
        events = None
        if self.world.is_main:
            self.plan.save(self.folder)
            events = Events(self.folder, self.training.done)
        saved, whole, broken = time.monotonic(), True, False
        records = self.training.run(every)
        try:
            while True:
                # An exception within a step leaves inconsistent weights: they are not saved, and
                # the run is resumed from the last state on disk.
                whole = False
                record = next(records, None)
                whole = True
                if record is None:
                    break
                if record.snapshot:
                    self.history = self.history.add(record.snapshot)
                if events:
                    events.record(record, self.history, self.training.result)
                    self._follow(record)
                    if (self.folder / STOP_FILE).exists():
                        self.training.stop()
                    if time.monotonic() - saved > SAVE_EVERY:
                        self._save()
                        saved = time.monotonic()
                yield record
        except Exception:
            broken = True  # the launching process records the failure, with the end of the log
            raise
        finally:
            if events:
                if whole and self.training.done:
                    self._save()
                (self.folder / STOP_FILE).unlink(missing_ok=True)
                if not broken:
                    self._say("measuring" if self.training.finished else "stopped")
                events.close()

    def finish(self) -> Card:
        """Measure the error on the test set, write the checkpoint, delete the state."""
        pictures, self.notice = self._open("test")
        training, recipe = self.training, self.training.recipe
        model = training.result
        if training.best:
            model.load_state_dict(training.best[2])
        as_stored(model)  # so that the measured weights are the stored ones
        if self.experiment.keeps_predictions:
            shown, _ = self._open("shown")
            seen = predict(model, shown, self.experiment.errors)
            write_atomically(self.folder / PREDICTIONS, seen.save)
        card = save_checkpoint(
            self.folder,
            model,
            family=self.experiment.family,
            data=recipe.data,
            training={
                **asdict(recipe),
                "ended_at": training.best[1] if training.best else training.done,
                "digits": self.source,
                "processes": self.world.size,
                "device": self.device.type,
                "computed_in": str(training.precision).removeprefix("torch."),
            },
            metrics={
                **asdict(evaluate(model, recipe.data, pictures)),
                **self.experiment.metrics(model, pictures),
            },
            history=self.history,
        )
        self._say("finished")
        (self.folder / STATE_FILE).unlink(missing_ok=True)
        return card

    def _open(self, part: Part) -> tuple[ImageSource, str | None]:
        return self.experiment.open(part, self.data_dir, self.device, self.plan.recipe)

    def _save(self) -> None:
        """Save the state, and before it the history that belongs to it."""
        write_atomically(self.folder / HISTORY, self.history.save)
        save_state(self.training, self.folder)

    def _follow(self, record: StepMetrics) -> None:
        self.record = record
        if record.snapshot:
            self.verdicts = record.verdicts
            write_atomically(self.folder / HISTORY, self.history.save)
        self._say("training")

    def _say(self, phase: Phase) -> None:
        record, training = self.record, self.training
        if record is None or not record.seconds:
            Progress(phase, training.done, training.recipe.steps).write(self.folder)
            return
        speed = (record.step - self.before) / record.seconds
        Progress(
            phase, training.done, record.steps,
            record.loss,
            record.error,
            speed,
            (record.steps - record.step) / speed if speed else None,
            verdicts=self.verdicts,
        ).write(self.folder)  # fmt: skip


def _history_of(folder: Path, otherwise: History) -> History:
    try:
        return History.load(folder / HISTORY)
    except (OSError, ValueError):
        return otherwise
