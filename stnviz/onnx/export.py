"""Recording a graph as ONNX, and writing it to a file that is complete or absent."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from stnviz.files import write_atomically
from stnviz.models.inference import evaluation_mode
from stnviz.not_found import ResourceNotFound
from stnviz.onnx.graph import CONVENTION, FORMAT, Graph

if TYPE_CHECKING:
    from onnx import ModelProto

NEEDED = ("onnx", "onnxscript")
"""Packages that write graphs; the extra ``onnx`` installs them."""

PREFIX = "stnviz."
"""Start of the keys of a file's metadata."""


def record(graph: Graph) -> ModelProto:
    """Record a graph.

    Raises:
        ResourceNotFound: the packages that write ONNX are not installed.
    """
    require(*NEEDED)
    from onnx.helper import set_model_props

    names = list(graph.run())
    dynamic = None
    if graph.any_batch:
        batch = torch.export.Dim("batch")
        dynamic = tuple({0: batch} for _ in graph.inputs)
    with _quietly(), evaluation_mode(graph.module), torch.inference_mode(mode=False):
        program: Any = torch.onnx.export(
            graph.module, tuple(graph.inputs.values()), dynamo=True, verbose=False, optimize=False,
            input_names=list(graph.inputs), output_names=names, dynamic_shapes=dynamic,
        )  # fmt: skip
    _simplify(program.model)
    model: ModelProto = program.model_proto
    about = {"format": FORMAT, "convention": CONVENTION, "inputs": dict(graph.ranges)}
    about |= dict(graph.about)
    set_model_props(model, {PREFIX + key: json.dumps(value) for key, value in about.items()})
    return model


def _simplify(model: Any) -> None:
    """Compute constants, and nothing twice.

    The exporter's own optimiser also looks for patterns that these graphs do not have, which takes
    ten times as long as the export.
    """
    from onnx_ir.passes import common
    from onnxscript.optimizer import fold_constants

    fold_constants(model)
    for simplify in (
        common.RemoveUnusedNodesPass(),
        common.CommonSubexpressionEliminationPass(),
        common.LiftConstantsToInitializersPass(),
        common.RemoveUnusedNodesPass(),
    ):
        simplify(model)


def save(graph: Graph, path: Path) -> None:
    """Record a graph and write it to ``path``.

    Raises:
        ResourceNotFound: the packages that write ONNX are not installed.
        OSError: the file cannot be written; an earlier file of that name is then left as it was.
    """
    data = record(graph).SerializeToString()

    def fill(passing: Path) -> None:
        passing.write_bytes(data)

    write_atomically(path, fill)


def require(*packages: str) -> None:
    """Check that packages are installed.

    Raises:
        ResourceNotFound: one is not; the message has the command that installs it.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise ResourceNotFound(
            f"ONNX files need {' and '.join(missing)}, which this environment lacks: run "
            "`pip install 'stnviz[onnx]'`."
        )


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the exporter's notes on its own workings from a user's screen."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
