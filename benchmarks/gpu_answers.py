"""Sections of the GPU benchmark on inference: equal answers, and the time of one."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from benchmarks.gpu_bench import Bench
from benchmarks.report import Goal, Result
from stnviz.checkpoints.card import CARD, load_card
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.models import Model
from stnviz.models.inference import evaluation_mode
from stnviz.models.volumes import VolumeConfig
from stnviz.not_found import ResourceNotFound

ANSWERS = "answers against the processor's"
GOALS = [
    Goal(ANSWERS, "furthest probability", 1e-4),
    Goal(ANSWERS, "furthest point of a grid", 1e-4),
]
CPU = torch.device("cpu")


def answers(bench: Bench) -> Iterator[Result]:
    """Largest differences between device and CPU, for every network on the same test images.

    The images are made on the CPU. Compared are probabilities and grids.
    """
    folders = sorted(path.parent for path in bench.checkpoints.glob(f"*/*/{CARD}"))
    furthest: dict[str, tuple[float, str]] = {}
    for folder in folders[:: 20 if bench.few else 1]:
        card = load_card(folder)
        there, here = load_checkpoint(folder, bench.device), load_checkpoint(folder)
        part, recipe = EXPERIMENTS.get(card.data), Recipe(card.data, 1)
        try:
            shown, _ = part.open("shown", bench.data_dir, CPU, recipe, here.config)
            images = torch.cat([shown.picture(index)[0] for index in range(2 if bench.few else 8)])
        except ResourceNotFound:  # compare on noise instead
            images = torch.rand(8, *shape_of(here), generator=torch.Generator().manual_seed(0))
        with evaluation_mode(there), evaluation_mode(here):
            one, other = there(images.to(bench.device)), here(images)
        far = {"furthest probability": (one.logits.cpu().softmax(-1) - other.logits.softmax(-1))}
        for mine, its in zip(one.steps, other.steps, strict=True):
            moved = (mine.grid.cpu() - its.grid).abs().max()
            far["furthest point of a grid"] = torch.maximum(
                moved, far.get("furthest point of a grid", moved)
            )
        for name, apart in far.items():
            found = float(apart.abs().max()), folder.relative_to(bench.checkpoints).as_posix()
            furthest[name] = max(furthest.get(name, found), found)
            if found[0] > GOALS[0].limit:
                print(f"{found[1]}: {name} {found[0]:.2g}")
    for name, (value, where) in furthest.items():
        print(f"{name}: {value:.2g}, by {where}; {len(folders)} networks")
        yield Result(ANSWERS, name, value, "", 0.0)


def one_answer(bench: Bench) -> Iterator[Result]:
    """Time of a forward pass on one image, as a page requests it, on the CPU and the device."""

    def asking(model: Model, images: Tensor, device: torch.device) -> Callable[[], float]:
        model.to(device)

        def run() -> float:
            with evaluation_mode(model):
                return float(model(images.to(device)).logits.sum())

        return run

    for name in ("mnist-r/st-cnn-affine", "mnist-tc/st-cnn-affine", "cub/2st-cnn-translation"):
        if (bench.checkpoints / name / CARD).exists():
            model = load_checkpoint(bench.checkpoints / name)
            images = torch.rand(1, *shape_of(model))
            contestants = {
                "the processor": asking(model, images, CPU),
                "the device": asking(copy.deepcopy(model), images, bench.device),
            }
            yield from report.ratios(
                f"one answer, {name}", contestants, base="the processor",
                rounds=2 if bench.few else 30,
            )  # fmt: skip


def shape_of(model: Model) -> tuple[int, ...]:
    """Channels, height and width of a model's input; of a volume, its depth after the channels."""
    if isinstance(model.config, VolumeConfig):
        return (1, model.config.depth, *model.config.input_size)
    first = next(p for p in model.parameters() if p.dim() > 1)
    colours = first.shape[1] if first.dim() == 4 else 1
    return (colours, *model.config.input_size)
