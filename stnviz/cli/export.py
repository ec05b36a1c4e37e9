"""The command ``export``: a checkpoint as an ONNX file."""

from __future__ import annotations

from stnviz.checkpoints.card import BadCheckpoint, load_card
from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.pretrained import find_checkpoint
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.cli.console import UsageError, as_sentence, print_error, print_table
from stnviz.cli.export_options import Export
from stnviz.onnx.catalogue import NoSuchGraph, answer_graph
from stnviz.onnx.compare import TOLERANCE, GraphRunner, differences
from stnviz.onnx.export import NEEDED, require, save
from stnviz.onnx.graph import Graph
from stnviz.onnx.names import distortions_for, page_of
from stnviz.onnx.network import network_graph
from stnviz.registry import UnknownName
from stnviz.runs.exit_codes import DIFFERS, DONE


def run(options: Export) -> int:
    """Write the file, or list what can be exported.

    Raises:
        UsageError: the checkpoint, its answer or the place of the file is impossible.
        ResourceNotFound: a package is not installed.
    """
    if options.list:
        _list()
        return DONE
    if not options.checkpoint or options.output is None:
        raise UsageError(
            "Name a checkpoint and a file, as in `export mnist-r/st-cnn-affine -o net.onnx`, or "
            "see what there is with `export --list`."
        )
    if options.distortion and options.part:
        raise UsageError("A part of Inside has its network's own distortion: leave one out.")
    if options.distortion and not options.answer:
        raise UsageError("A distortion belongs to an answer: add --answer, or leave it out.")
    require(*NEEDED, *(("onnxruntime",) if options.check else ()))
    graph = _graph(options)
    try:
        save(graph, options.output)
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {as_sentence(error)}.") from error
    print(f"{options.output} takes {', '.join(graph.inputs)}.")
    return _check(graph, options) if options.check else DONE


def _graph(options: Export) -> Graph:
    try:
        folder = find_checkpoint(options.checkpoint, default_library())
        card, model = load_card(folder), load_checkpoint(folder)
        if options.answer or options.part:
            return answer_graph(model, card, options.part or options.distortion)
    except (BadCheckpoint, UnknownName, NoSuchGraph) as error:
        raise UsageError(as_sentence(error)) from error
    return network_graph(model, card)


def _check(graph: Graph, options: Export) -> int:
    assert options.output is not None
    apart = differences(graph, GraphRunner(options.output))
    print_table(("output", "largest difference"), [(n, f"{far:.1e}") for n, far in apart.items()])
    if max(apart.values()) <= TOLERANCE:
        return DONE
    print_error(f"The file differs from torch by more than {TOLERANCE:g}.")
    return DIFFERS


def _list() -> None:
    rows = [
        (name, page_of(card), " ".join(distortions_for(card)))
        for name, card in default_library().cards(ill=True).items()
    ]
    print("Every checkpoint is exported as its network, and with --answer as its page's answer.")
    print_table(("checkpoint", "page", "distortions"), rows)
