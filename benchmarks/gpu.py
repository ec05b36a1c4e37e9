"""What a GPU makes of stnviz: equal answers, speed, precision, memory, the whole of Table 1.

    python benchmarks/gpu.py --data-dir DIR --markdown gpu.md --json gpu.json

At most eight minutes. It needs what training needs and nothing of the pages. On a machine without
a GPU it says so, and goes once through a little of everything on the processor.

    answers       every shipped network's answers, in float32, against the processor's
    one answer    of a single picture, by the processor and by the device
    steps         of training, captured as a graph and not, in bfloat16 and in float32
    same weights  after a captured and after a plain run from one seed; beside it, two plain runs
    precision     error after a short run in bfloat16 and in float32
    largest batch of the birds' networks at 448 pixels
    side by side  steps of several processes that share the device, against one alone
    table 1       its steps, each at the speed measured for its cell
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from benchmarks.gpu_answers import ANSWERS, GOALS, answers, one_answer
from benchmarks.gpu_bench import Bench, cell_named, seconds_a_step, training
from benchmarks.report import Result
from stnviz.checkpoints.card import CHECKPOINTS
from stnviz.data.image_source import Batch
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Precision
from stnviz.papers import attention, table1
from stnviz.runs.plan import Plan
from stnviz.training.devices import choose_device
from stnviz.training.evaluate import evaluate
from stnviz.training.loop import Training

TIMED = ("mnist-r/fcn", "mnist-r/cnn", "mnist-r/st-cnn-affine", "mnist-r/st-cnn-thin-plate-spline",
         "mnist-tc/st-cnn-affine", "numbers-128/st-cnn-multi-affine",
         "mnist-perturbed/ic-stn-4-projective", "sequences/rnn-spn-d2-translation")  # fmt: skip
COMPARED = "mnist-r/st-cnn-affine"
CPU = torch.device("cpu")


def steps(bench: Bench) -> Iterator[Result]:
    """Time per training step and peak memory of some networks of each kind."""
    for name in TIMED[::4] if bench.few else TIMED:
        plan = cell_named(name).plan
        ways: dict[str, tuple[Precision, bool]] = {
            "plain, float32": ("float32", False),
            "captured, float32": ("float32", True),
            "captured, bfloat16": ("bfloat16", True),
        }
        found = {}
        for way, (precision, capture) in ways.items():
            run = training(bench, plan, precision, capture=capture)
            if bench.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats()
            found[way] = seconds_a_step(bench, run, 2 if bench.few else 200)
            base = found["plain, float32"]
            yield Result(f"steps, {name}", way, found[way] / base, "x", found[way])
        if bench.device.type == "cuda":
            peak = torch.cuda.max_memory_allocated() / 2**20
            yield Result(f"steps, {name}", "memory at most", peak, "MiB", 0.0)


def same_weights(bench: Bench) -> Iterator[Result]:
    """Distance between the weights of two runs, relative to the distance from their start."""
    plan = cell_named(COMPARED).plan
    count = 10 if bench.few else 200
    ended = []
    for capture in (False, False, True):
        run = training(bench, plan, "float32", capture=capture)
        began = [p.detach().clone() for p in run.model.parameters()]
        for _ in range(count):
            run.step(1e-3)
        ended.append([p.detach().clone() for p in run.model.parameters()])
    came = length(began, ended[0])
    for name, last in (("two plain runs", ended[1]), ("captured and plain", ended[2])):
        yield Result(f"same weights, {count} steps of {COMPARED}", name,
                     length(last, ended[0]) / came, "x", 0.0)  # fmt: skip


def length(ones: list[Tensor], others: list[Tensor]) -> float:
    """Euclidean distance between the parameters of two networks."""
    squares = [(a - b).square().sum() for a, b in zip(ones, others, strict=True)]
    return float(torch.stack(squares).sum().sqrt())


def precision(bench: Bench) -> Iterator[Result]:
    """Test errors in percent after the same short run in float32 and in bfloat16."""
    plan, count = cell_named(COMPARED).plan, 10 if bench.few else 3_000
    plan = replace(plan, recipe=replace(plan.recipe, steps=count, ema_decay=0.99))
    test, _ = EXPERIMENTS.get("mnist-r").open("test", bench.data_dir, bench.device)
    choices: tuple[Precision, ...] = ("float32", "bfloat16")
    for name in choices:
        run = training(bench, plan, name)
        began = time.perf_counter()
        for _ in run.run():
            pass
        took = time.perf_counter() - began
        error = 100 * evaluate(run.result, "mnist-r", test).error
        yield Result(f"precision, {count:,} steps of {COMPARED}", name, error, "%", took / count)


@dataclass(frozen=True)
class Grey:
    """An image source of constant grey images: memory use does not depend on their content."""

    side: int
    device: torch.device
    source: str = "grey"

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` grey images with label 0."""
        images = torch.full((count, 3, self.side, self.side), 0.5, device=self.device)
        return images, torch.zeros(count, dtype=torch.long, device=self.device)


def largest_batch(bench: Bench) -> Iterator[Result]:
    """Largest batch size, doubled until memory is full.

    The seconds are those of a step with the largest tested batch size up to the recipe's.
    """
    for model, transform in (("cnn", None), ("2st-cnn", "translation"), ("4st-cnn", "translation")):
        recipe = replace(attention.RECIPES["birds-448"], data="birds-448")
        plan = Plan(model, transform, recipe)
        torch.manual_seed(0)
        network = EXPERIMENTS.get("birds-448").build(plan.config(bench.data_dir)).to(bench.device)
        batch, seconds = 2 if bench.few else 32, 0.0
        while batch <= (2 if bench.few else 4096):
            run = Training(network, replace(recipe, batch_size=batch), Grey(448, bench.device))  # type: ignore[arg-type]
            try:
                took = seconds_a_step(bench, run, 3)
            except torch.OutOfMemoryError:
                break
            seconds = took if batch <= recipe.batch_size else seconds
            batch *= 2
        del run
        if bench.device.type == "cuda":
            torch.cuda.empty_cache()
        yield Result("largest batch, 448 pixels", plan.network, batch // 2, "", seconds)


def side_by_side(bench: Bench) -> Iterator[Result]:
    """Total steps per second of several processes, relative to a single process."""
    seconds, alone = (1.0, 0.0) if bench.few else (5.0, 0.0)
    command = [sys.executable, __file__, "--steps-of", COMPARED, "--seconds", str(seconds),
               "--device", str(bench.device)]  # fmt: skip
    command += ["--data-dir", str(bench.data_dir)] if bench.data_dir else []
    for count in (1, 2) if bench.few else (1, 4, 12):
        crew = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        for one in crew:
            assert one.stdout
            assert one.stdout.readline(), "a process ended before it was ready"
        began = time.perf_counter()
        for one in crew:
            assert one.stdin
            one.stdin.write("\n")
            one.stdin.flush()
        done = sum(int(one.communicate()[0]) for one in crew) / (time.perf_counter() - began)
        alone = alone or done
        name = f"{count} process{'es' if count > 1 else ''}"
        yield Result(f"side by side, {COMPARED}", name, done / alone, "x", 1 / done)


def steps_within(bench: Bench, name: str, seconds: float) -> int:
    """Number of training steps of a cell within ``seconds``, started by a line on stdin."""
    run = training(bench, cell_named(name).plan)
    seconds_a_step(bench, run, 5)
    print("ready", flush=True)
    sys.stdin.readline()
    count, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        run.step(1e-4)
        count += 1
        if count % 10 == 0:
            bench.wait()
    bench.wait()
    return count


def whole_table(bench: Bench) -> Iterator[Result]:
    """Estimated time to train all cells of Table 1 in sequence, without snapshots of the probe."""
    whole, count = 0.0, 2 if bench.few else 100
    cells = [cell for _, cell in table1.CELLS]
    for cell in cells[::12] if bench.few else cells:
        took = seconds_a_step(bench, training(bench, cell.plan), count)
        whole += took * cell.plan.recipe.steps
        yield Result("table 1, cell by cell", cell.name, took * cell.plan.recipe.steps / 60, "min",
                     took)  # fmt: skip
    yield Result("table 1", "one cell after another", whole / 60, "min", whole)


SECTIONS: dict[str, Callable[[Bench], Iterator[Result]]] = {
    "answers": answers,
    "one-answer": one_answer,
    "steps": steps,
    "same-weights": same_weights,
    "precision": precision,
    "largest-batch": largest_batch,
    "side-by-side": side_by_side,
    "table1": whole_table,
}


def as_markdown(device: str, results: list[Result]) -> str:
    """Format the results as a table for docs/gpu.md."""
    rows = [f"Measured on {device}, torch {torch.__version__}.", ""]
    rows += ["| what | of | figure | seconds |", "|---|---|---|---|"]
    for one in results:
        seconds = f"{one.seconds:.3g}" if one.seconds else ""
        rows.append(f"| {one.case} | {one.name} | {one.value:.3g} {one.unit} | {seconds} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    options = arguments().parse_args()
    device = choose_device(options.device)
    few = options.smoke or device.type != "cuda"
    bench = Bench(device, options.data_dir, options.checkpoints, few)
    if options.steps_of:
        print(steps_within(bench, options.steps_of, options.seconds))
        return 0
    called = torch.cuda.get_device_name() if device.type == "cuda" else "the processor"
    if device.type != "cuda":
        print("There is no NVIDIA GPU here: this is a little of everything on the processor.")
    results, broken = list[Result](), list[str]()
    for name in options.only or SECTIONS:
        began = time.perf_counter()
        try:
            for one in SECTIONS[name](bench):
                results.append(one)
                print(f"  {one.case}: {one.name} {one.value:.4g} {one.unit}", flush=True)
        except Exception as error:  # the other sections are still measured
            broken.append(f"{name} broke off: {type(error).__name__}: {error}")
            print(broken[-1], flush=True)
        print(f"{name} took {time.perf_counter() - began:.0f} s", flush=True)
    if options.markdown:
        options.markdown.write_text(as_markdown(called, results), encoding="utf-8")
    asked = {ANSWERS} if not options.only or "answers" in options.only else set()
    code = report.finish(options, results, [goal for goal in GOALS if goal.case in asked])
    return code or bool(broken)


def arguments() -> argparse.ArgumentParser:
    """The common options of the benchmarks, and those of this one."""
    options = report.parser(__doc__ or "")
    options.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    options.add_argument("--data-dir", type=Path, help="where data sets lie")
    options.add_argument("--checkpoints", type=Path, default=CHECKPOINTS)
    options.add_argument("--only", nargs="+", choices=SECTIONS, help="some sections")
    options.add_argument("--markdown", type=Path, metavar="FILE", help="write a table there too")
    for name, kind in (("--steps-of", str), ("--seconds", float)):
        options.add_argument(name, type=kind, help=argparse.SUPPRESS)
    return options


if __name__ == "__main__":
    sys.exit(main())
