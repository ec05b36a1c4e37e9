"""Common code of the benchmarks: interleaved rounds, medians, goals, table and JSON output.

A benchmark runs its contestants in the same process in interleaved rounds, so that a busy machine
slows all of them alike. It reports ratios, which carry over to other machines better than times.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One measured value.

    Args:
        case: circumstances, e.g. ``"256x1x42x42, 1 thread"``.
        name: what was measured.
        value: the value in ``unit``, such as a ratio or a time.
        unit: ``"x"`` for a ratio to the base, else ``"ms"`` and the like.
        seconds: the median time that it was computed from.
    """

    case: str
    name: str
    value: float
    unit: str
    seconds: float


@dataclass(frozen=True)
class Goal:
    """``name`` must be at most ``limit`` in ``case``."""

    case: str
    name: str
    limit: float


class Smoke(argparse.Action):
    """A quick run with one round, which checks only that a benchmark runs."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Set ``smoke`` and a single round."""
        namespace.smoke, namespace.rounds = True, 1


def parser(description: str) -> argparse.ArgumentParser:
    """A parser with the common options; a benchmark may add its own."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--rounds", type=int, default=10, help="rounds of every contestant")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    options.add_argument("--check", action="store_true", help="exit 1 where a goal is missed")
    options.add_argument(
        "--smoke", action=Smoke, nargs=0, default=False, help="run once, quickly, and judge nothing"
    )
    return options


def medians(contestants: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each contestant over interleaved rounds, after one warm-up round."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for current in range(rounds + 1):
        for name, run in contestants.items():
            began = time.perf_counter()
            run()
            if current:
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in times.items()}


def ratios(
    case: str, contestants: Mapping[str, Callable[[], object]], *, base: str, rounds: int
) -> list[Result]:
    """Each contestant's median as a ratio to that of ``base``."""
    taken = medians(contestants, rounds)
    return [
        Result(case, name, seconds / taken[base], "x", seconds) for name, seconds in taken.items()
    ]


def missed(results: Sequence[Result], goals: Sequence[Goal]) -> list[str]:
    """A sentence for each goal that was missed or not measured."""
    found = {(result.case, result.name): result for result in results}
    sentences = []
    for goal in goals:
        result = found.get((goal.case, goal.name))
        if result is None:
            sentences.append(f"{goal.name} ({goal.case}) was not measured.")
        elif result.value > goal.limit:
            sentences.append(
                f"{goal.name} ({goal.case}): {result.value:.3g} {result.unit} is above the goal "
                f"of {goal.limit:g} {result.unit}."
            )
    return sentences


def show(results: Sequence[Result]) -> None:
    """Print one table for each case."""
    width = max((len(result.name) for result in results), default=0)
    case = None
    for result in results:
        if result.case != case:
            case = result.case
            print(f"\n{case}")
        print(
            f"  {result.name:<{width}}  {result.value:9.3f} {result.unit:<3}"
            f"{result.seconds * 1e3:10.2f} ms"
        )


def finish(
    options: argparse.Namespace, results: Sequence[Result], goals: Sequence[Goal] = ()
) -> int:
    """Print and write the results, compare them with the goals, and return the exit status."""
    show(results)
    if options.smoke:
        goals = ()
    failures = missed(results, goals)
    for sentence in failures:
        print(f"\nMissed: {sentence}")
    if goals and not failures:
        print("\nEvery goal is met.")
    if options.json:
        plain = {
            "machine": {"processor": platform.machine(), "python": platform.python_version()},
            "results": [asdict(result) for result in results],
            "goals": [asdict(goal) for goal in goals],
            "missed": failures,
        }
        options.json.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    return 1 if options.check and failures else 0
