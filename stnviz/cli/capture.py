"""The command ``capture``: a network of one's own on pictures, its trace in a file, its health."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stnviz.analysis.health.health import health
from stnviz.cli.console import UsageError, as_sentence, print_error
from stnviz.cli.normalisation import Normalisation
from stnviz.cli.own_model import load_own_model
from stnviz.cli.pictures import inspect_pictures, read_pictures
from stnviz.cli.trace_options import Capture
from stnviz.files import write_atomically
from stnviz.runs.exit_codes import DONE


def run(options: Capture) -> int:
    """Capture, save, and print the health report.

    Raises:
        UsageError: something cannot be read, built, run or written; the message says what.
    """
    pictures = read_pictures(options.images, options.size, grey=options.grey, count=options.count)
    model = load_own_model(options.network, options.weights)
    normalisation = Normalisation.parse(options.normalise, pictures.images.shape[1])
    trace = inspect_pictures(model, normalisation.apply(pictures.images), {})
    told: dict[str, Any] = {"network": options.network, "files": list(pictures.names[: len(trace)])}
    if options.weights:
        told["weights"] = options.weights.name
    trace = replace(trace, provenance={**trace.provenance, **told})
    try:
        write_atomically(options.output, trace.save)
    except (OSError, ValueError) as error:
        raise UsageError(f"{options.output} cannot be written: {as_sentence(error)}") from error
    count = len(trace.steps)
    steps = "1 step" if count == 1 else f"{count} steps"
    verb = "is" if count == 1 else "are"
    print_error(f"{steps} on {len(trace)} pictures {verb} in {options.output}.")
    print(health(trace, model))
    return DONE
