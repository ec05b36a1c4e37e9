"""The command line of ``stnviz``; :mod:`stnviz.cli.options` lists its commands.

Exit codes: 0 success; 1 a measured error differs from its card, a checkpoint was skipped, a cell
of a table could not be trained, or a transformer is ill; 2 the request cannot be carried out (one
sentence on stderr says why); 130 interrupted. A command's module is imported when it is called, so
that help and errors in options appear before torch is loaded.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from stnviz.cli.console import UsageError, as_sentence, print_error
from stnviz.cli.options import Command, parse
from stnviz.not_found import ResourceNotFound
from stnviz.runs.exit_codes import DONE, INTERRUPTED, REFUSED
from stnviz.version import __version__

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: command-line arguments; those of the process by default.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("stnviz").setLevel(logging.INFO)
    if list(sys.argv[1:] if arguments is None else arguments) == ["--version"]:
        print(__version__)
        return DONE
    try:
        code = run(parse(arguments))
        sys.stdout.flush()
        return code
    except ResourceNotFound as missing:
        print_error(as_sentence(missing))
        return REFUSED
    except UsageError as refusal:
        print_error(str(refusal))
        return REFUSED
    except KeyboardInterrupt:
        print_error("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has closed the pipe, as in `list data | head -3`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def run(command: Command) -> int:
    """Call the module of a command with the parsed options."""
    module = import_module(f"stnviz.cli.{command.module}")
    code: int = module.run(command)
    return code
