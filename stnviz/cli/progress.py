"""Progress lines of a training on the console."""

from __future__ import annotations

import shutil
import sys

from stnviz.cli.console import percent
from stnviz.records import StepMetrics
from stnviz.runs.progress import duration


class ProgressLine:
    """Prints a line for each record: updated in place on a terminal, one per line elsewhere.

    Args:
        done: steps done by an earlier process.
    """

    def __init__(self, done: int) -> None:
        self.before = done
        self.in_place = sys.stdout.isatty()
        self.warned: set[str] = set()

    def show(self, record: StepMetrics) -> None:
        """Print a record, and a warning the first time that a fault of a transformer occurs."""
        line = self.line(record)
        if self.in_place:
            line = line[: shutil.get_terminal_size().columns - 1]
            print(f"\r\x1b[K{line}", end="", flush=True)
        else:
            print(line, flush=True)
        for verdict in record.verdicts:
            if verdict.name not in self.warned:
                self.warned.add(verdict.name)
                self.end()
                print(f"Warning ({percent(verdict.share)} of the probe): {verdict.advice}")

    def end(self) -> None:
        """End the current line."""
        if self.in_place:
            print(flush=True)

    def line(self, record: StepMetrics) -> str:
        """One line: step, loss, error, rate, speed and time left."""
        width = len(str(record.steps))
        step = f"step {record.step:{width}}/{record.steps}"
        seen = ""
        if record.snapshot:
            seen = f"  validation {percent(record.snapshot.validation):>7}"
        if record.step == self.before:
            return step + seen
        speed = (record.step - self.before) / max(record.seconds, 1e-9)
        left = (record.steps - record.step) / speed
        return (
            f"{step}  loss {record.loss:.4f}  error {percent(record.error):>7}  "
            f"rate {record.learning_rate:.2e}  {speed:.1f} it/s  {duration(left)} left{seen}"
        )
