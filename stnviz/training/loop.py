"""The training loop: a generator of training records for printing, plotting or testing.

A step is a function of the state and the step number: batches, warps and dropout depend on
(seed, step), and the learning rate on the step alone. To resume a run it is therefore enough to
restore the weights, the optimiser's moments and a few numbers (:mod:`stnviz.runs.state`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from stnviz.analysis.health.health import judge_steps
from stnviz.data.image_source import ImageSource, mix_seed
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.models import Model
from stnviz.records import Snapshot, StepMetrics, Verdict
from stnviz.training.cuda_graph import CapturedUpdate, Update
from stnviz.training.devices import autocast, choose_precision
from stnviz.training.distributed import SINGLE_PROCESS, ProcessGroup
from stnviz.training.evolution_strategy import draw_perturbations, perturbation_objective
from stnviz.training.objective import Loss, draw_warps, objective
from stnviz.training.probe import Probe, snapshot_steps

SETTLED, STAGED, FEWEST = 0.2, 0.5, 200
"""A transformer that warps all images alike is a fault only after this share of a run (of a
stagewise run), and after this many steps."""


def create_optimiser(model: Model, recipe: Recipe) -> torch.optim.AdamW:
    """Create AdamW with a separate parameter group for the localisation networks."""
    looking: list[nn.Parameter] = []
    reading: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (looking if ".localisation." in f".{name}" else reading).append(parameter)
    groups: list[dict[str, Any]] = [{"params": reading, "share": 1.0}]
    if looking:
        groups.append({"params": looking, "share": recipe.localisation_lr_ratio})
    device = next(model.parameters()).device
    if device.type != "cuda":
        fused = device.type == "cpu"
        return torch.optim.AdamW(
            groups, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=fused
        )
    rates = [{**group, "lr": torch.tensor(recipe.learning_rate, device=device)} for group in groups]
    return torch.optim.AdamW(rates, weight_decay=recipe.weight_decay, capturable=True)


class RunningMetrics:
    """Mean loss and error since the last :meth:`read`.

    Args:
        device: where the sums are kept, so that no step waits for a copy to the CPU.
    """

    def __init__(self, device: torch.device) -> None:
        self.sums = torch.zeros(3, device=device)

    def add(self, loss: Tensor, wrong: Tensor, count: int) -> None:
        """Add a step with ``count`` samples."""
        self.sums += torch.stack([loss * count, wrong.float(), loss.new_tensor(float(count))])

    def read(self, world: ProcessGroup) -> tuple[float, float]:
        """Return mean loss and error over all processes, and reset; NaN if there was no step."""
        loss, wrong, count = world.all_reduce(self.sums.clone()).tolist()
        self.sums.zero_()
        return (loss / count, wrong / count) if count else (float("nan"), float("nan"))


class Training:
    """A model in training; iterate :meth:`run` to train it.

    Args:
        model: on its device.
        recipe: hyperparameters of the training.
        pictures: training images.
        probe: fixed images for snapshots during training, or None.
        world: rank of this process and number of processes.
        capture: whether CUDA steps are captured as a graph.

    Attributes:
        done: number of steps done.
        best: validation error, step and weights of the best snapshot, with early stopping.
    """

    def __init__(
        self,
        model: Model,
        recipe: Recipe,
        pictures: ImageSource,
        probe: Probe | None = None,
        world: ProcessGroup = SINGLE_PROCESS,
        *,
        capture: bool = True,
    ) -> None:
        self.model, self.recipe, self.probe, self.world = model, recipe, probe, world
        self.device = next(model.parameters()).device
        self.pictures, self.experiment = pictures, EXPERIMENTS.get(recipe.data)
        self.optimiser = create_optimiser(model, recipe)
        self.precision = choose_precision(recipe.precision, self.device)
        self.average: AveragedModel | None = None
        if recipe.ema_decay:
            smooth = get_ema_multi_avg_fn(recipe.ema_decay)
            self.average = AveragedModel(model, multi_avg_fn=smooth)
        self.forward = world.wrap(model, staged=model.stagewise)
        self.update: Update = self._update
        captures = capture and self.device.type == "cuda" and world.size == 1
        if captures and not (recipe.consistency_weight or recipe.perturbation or model.stagewise):
            self.update = CapturedUpdate(self._update)
        self.snapshot_steps = snapshot_steps(recipe.steps) if probe else frozenset()
        self.since_snapshot = RunningMetrics(self.device)
        self.done = 0
        self.best: tuple[float, int, dict[str, Tensor]] | None = None
        self.stopping = False

    @property
    def result(self) -> Model:
        """The model to save: the moving average of the weights if the recipe uses one."""
        model: Any = self.average.module if self.average else self.model
        return model

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or early stopping has ended the training."""
        return self.done >= self.recipe.steps or self._out_of_patience()

    def stop(self) -> None:
        """End :meth:`run` after the current step, so that the state is consistent."""
        self.stopping = True

    def run(self, every: int = 50) -> Iterator[StepMetrics]:
        """Train to the end; yield a record every ``every`` steps and at each snapshot."""
        began = time.monotonic()
        tally = RunningMetrics(self.device)
        self.model.train()
        if self.done == 0 and self.probe:
            yield self._record(tally, began)
        while not self.finished and not self.world.any(self.stopping):
            loss, wrong = self.step(self.recipe.learning_rate_at(self.done))
            for sums in (tally, self.since_snapshot):
                sums.add(loss, wrong, self.recipe.batch_size // self.world.size)
            last = self.done == self.recipe.steps
            if self.done % every == 0 or last or self.done in self.snapshot_steps:
                yield self._record(tally, began)

    def step(self, rate: float) -> tuple[Tensor, Tensor]:
        """Run one optimiser step; return the loss and the number of wrong predictions."""
        images, labels = map(
            self.world.shard,
            self.pictures.draw(self.recipe.batch_size, self.recipe.seed, self.done),
        )
        for group in self.optimiser.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate * group["share"])
            else:
                group["lr"] = rate * group["share"]
        self.model.on_step_start(self.done, self.recipe.steps)
        if self.recipe.dropout:
            torch.manual_seed(mix_seed(self.recipe.seed, self.done) + self.world.rank)
        result = self.update(images, labels)
        if self.average:
            self.average.update_parameters(self.model)
        self.done += 1
        return result

    def _update(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        with autocast(self.device, self.precision):
            loss = self._loss(images, labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        self.optimiser.step()
        return loss.total.detach(), self.experiment.errors(loss.logits, labels).sum()

    def _loss(self, images: Tensor, labels: Tensor) -> Loss:
        recipe = self.recipe
        if (shape := self.model.perturbable) and recipe.perturbation:
            moves = self.world.shard(
                draw_perturbations(recipe.batch_size, shape, recipe, self._generator())
            )
            return perturbation_objective(
                self.forward, images, labels, recipe, moves, self.experiment.window_losses
            )
        warp = None
        if recipe.consistency_weight:
            warp = self.world.shard(draw_warps(recipe.batch_size, self._generator()))
        return objective(self.forward, images, labels, recipe, warp, self.experiment.sample_losses)

    def _generator(self) -> torch.Generator:
        """Generator for the random numbers that a step needs in addition to its batch."""
        return torch.Generator(self.device).manual_seed(mix_seed(~self.recipe.seed, self.done))

    def _record(self, tally: RunningMetrics, began: float) -> StepMetrics:
        loss, error = tally.read(self.world)
        snapshot, verdicts = (
            self._take_snapshot() if self.done in self.snapshot_steps else (None, ())
        )
        return StepMetrics(
            self.done, self.recipe.steps, loss, error, self.recipe.learning_rate_at(self.done),
            time.monotonic() - began, snapshot, verdicts,
        )  # fmt: skip

    def _take_snapshot(self) -> tuple[Snapshot, tuple[Verdict, ...]]:
        assert self.probe is not None
        loss, error = self.since_snapshot.read(self.world)
        snapshot, steps = self.probe.snapshot(self.result, self.done, loss, error, self.precision)
        if self.recipe.patience and (self.best is None or snapshot.validation < self.best[0]):
            weights = {k: v.clone() for k, v in self.result.state_dict().items()}
            self.best = snapshot.validation, self.done, weights
        settled = STAGED if self.model.stagewise else SETTLED
        late = self.done >= max(FEWEST, settled * self.recipe.steps)
        return snapshot, judge_steps(steps, judge_movement=late)

    def _out_of_patience(self) -> bool:
        if not self.recipe.patience or self.best is None:
            return False
        waited = sum(self.best[1] < step <= self.done for step in self.snapshot_steps)
        return waited >= self.recipe.patience
