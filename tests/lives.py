"""Processes with several lives: commands that a test may kill and start again.

They are forked from one server that has torch loaded already, so that a life costs a
fraction of a second and not the many that ``python -m stnviz`` takes to begin.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

PRELOAD = ("stnviz.cli.train", "torch._dynamo", "torch.utils.tensorboard", "torchvision.datasets")


def begin(
    line: Sequence[str],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    save_every: float | None = None,
) -> BaseProcess:
    """Start ``python -m stnviz`` with the options in ``line``; what it says goes to ``log``.

    Args:
        line: the command and its options.
        log: is written anew.
        environment: of the process, on top of this one's.
        save_every: seconds between two states, where the usual ones are too many.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOAD))
    variables = {**os.environ, **(environment or {})}
    process = context.Process(target=_live, args=(list(line), str(log), variables, save_every))
    process.start()
    return process


def wait_for(there: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until ``there`` is true."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def code_of(process: BaseProcess) -> int:
    """The exit code of a process that ends by itself."""
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def _live(
    line: list[str], log: str, variables: Mapping[str, str], save_every: float | None
) -> None:
    os.environ.update(variables)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    from stnviz.cli import main
    from stnviz.runs import session

    if save_every is not None:
        session.SAVE_EVERY = save_every
    code = main(line)
    sys.stdout.flush()
    os._exit(code)
