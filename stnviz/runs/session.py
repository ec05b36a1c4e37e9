"""One training run from its settings to its checkpoint: resumable, interruptible, followed."""

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
from stnviz.records import History, TrainingRecord, Verdict
from stnviz.runs.events import Events
from stnviz.runs.plan import Plan
from stnviz.runs.progress import STOP_FILE, Phase, Progress
from stnviz.runs.state import load_state, save_state
from stnviz.training.devices import choose_device
from stnviz.training.distributed import SINGLE_PROCESS, ProcessGroup
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import Training
from stnviz.training.probe import Probe

SAVE_EVERY = 30.0
"""Seconds between two states on disk."""


class Session:
    """A run that leaves its state in ``folder`` as it goes and a checkpoint at the end.

    Beside the state lie how far it has come (:mod:`stnviz.runs.progress`), the history of
    its probe and TensorBoard's event files.

    Args:
        plan: what to train, and how.
        folder: where state and checkpoint go; an unfinished run there is taken up again.
        data_dir: where data sets lie.
        device: auto, cuda, mps or cpu.
        world: this process among others; only the first writes.
        capture: whether CUDA steps are captured as a graph.

    Attributes:
        notice: a sentence where the pictures opened last, to learn from or to be measured on, are
            not those that were to be expected.
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
            table = folder.absolute().parent.parent  # where it is one of a table's
            init_from(network, self.experiment.family, recipe.init_from, plan.network, table)
        network = network.to(self.device).to(memory_format=torch.channels_last)
        few, validation = (self._open(part)[0] for part in ("probe", "validation"))
        probe = Probe.of(few, validation, recipe.data)
        self.training = Training(network, recipe, pictures, probe, world, capture=capture)
        self.resumed = load_state(self.training, folder)
        self.history = probe.empty()
        if self.resumed and self.training.done:  # else it begins with step 0 again
            self.history = _history_of(folder, self.history).until(self.training.done)
        self.before = self.training.done
        self.record: TrainingRecord | None = None
        self.verdicts: tuple[Verdict, ...] = ()

    def run(self, every: int = 50) -> Iterator[TrainingRecord]:
        """Train to the end; whatever ends it sooner leaves a state to go on from."""
        events = None
        if self.world.is_main:
            self.plan.save(self.folder)
            events = Events(self.folder, self.training.done)
        saved, whole, broken = time.monotonic(), True, False
        records = self.training.run(every)
        try:
            while True:
                # What breaks off a step leaves weights that belong to no step: then the last
                # state on disk is the one to go on from.
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
            broken = True  # whoever launched the run says so, with what its log says
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
        """Measure the error on the test set, write the checkpoint, remove the state."""
        pictures, self.notice = self._open("test")
        training, recipe = self.training, self.training.recipe
        model = training.result
        if training.best:
            model.load_state_dict(training.best[2])
        as_stored(model)  # what is measured from here on is what is kept
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
        """The state, and before it the history that belongs to it."""
        write_atomically(self.folder / HISTORY, self.history.save)
        save_state(self.training, self.folder)

    def _follow(self, record: TrainingRecord) -> None:
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
