"""Runs commands of stnviz one after another and says what became of them.

A process of its own: in the tests every annotation is checked, which no graph can hold.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

import torch

from stnviz.cli import main


def run(command: list[str]) -> dict[str, object]:
    """Exit code and output of a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(command)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps([run(command) for command in json.loads(sys.argv[1])]))
