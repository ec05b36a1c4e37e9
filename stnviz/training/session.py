"""One training run from its settings to its checkpoint: resumable, interruptible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from stnviz.data.digits import load_digits
from stnviz.models.digits import DigitNetwork, Name
from stnviz.records import TrainingRecord
from stnviz.training.cards import Card
from stnviz.training.checkpoint import save_checkpoint
from stnviz.training.devices import choose_device
from stnviz.training.evaluate import evaluate
from stnviz.training.experiments import EXPERIMENTS
from stnviz.training.loop import Recipe, Training
from stnviz.training.state import STATE_FILE, load_state, save_state

SAVE_EVERY = 500
"""Steps between two states on disk."""


class Session:
    """A run that leaves its state in ``folder`` as it goes and a checkpoint at the end.

    Args:
        model: fcn, cnn, st-fcn or st-cnn.
        transform: of the ST networks.
        recipe: how to train; names the data.
        folder: where state and checkpoint go; an unfinished run there is taken up again.
        data_dir: where MNIST is.
        device: auto, cuda, mps or cpu.

    Attributes:
        notice: a sentence where the data are not the whole of MNIST.
    """

    def __init__(
        self,
        model: Name,
        transform: str | None,
        recipe: Recipe,
        folder: Path,
        *,
        data_dir: Path | None = None,
        device: str = "auto",
    ) -> None:
        config = EXPERIMENTS.get(recipe.data).config(model, transform)
        self.folder, self.data_dir = folder, data_dir
        self.device = choose_device(device)
        digits, self.notice = load_digits("train", data_dir)
        self.source = digits.source
        torch.manual_seed(recipe.seed)
        network = DigitNetwork(config).to(self.device).to(memory_format=torch.channels_last)
        self.training = Training(network, recipe, digits)
        self.resumed = load_state(self.training, folder)

    def run(self, every: int = 50) -> Iterator[TrainingRecord]:
        """Train to the end; whatever ends it sooner leaves a state to go on from."""
        saved = self.training.done
        try:
            for record in self.training.run(every):
                if self.training.done - saved >= SAVE_EVERY:
                    save_state(self.training, self.folder)
                    saved = self.training.done
                yield record
        finally:
            if self.training.done > saved:
                save_state(self.training, self.folder)

    def finish(self) -> Card:
        """Measure the error on the test set, write the checkpoint, remove the state."""
        digits, _ = load_digits("test", self.data_dir)
        recipe = self.training.recipe
        result = evaluate(self.training.model, recipe.data, digits)
        card = save_checkpoint(
            self.folder,
            self.training.model,
            family="digits",
            data=recipe.data,
            training={
                **asdict(recipe),
                "digits": self.source,
                "device": self.device.type,
                "computed_in": str(self.training.precision).removeprefix("torch."),
            },
            metrics=asdict(result),
        )
        (self.folder / STATE_FILE).unlink(missing_ok=True)
        return card
