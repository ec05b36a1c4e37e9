"""What an ONNX file samples: its GridSample nodes, whose inputs are made outputs for one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from stnviz.analysis.capture.assemble import assemble
from stnviz.analysis.capture.call_site import CallSite
from stnviz.analysis.capture.keeping import keep_values, summarise, to_host
from stnviz.analysis.capture.raw import AffineGrid, Pass, SampledCall
from stnviz.records import Trace

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

KERNELS = {"linear": "bilinear", "bilinear": "bilinear", "nearest": "nearest",
           "cubic": "bicubic", "bicubic": "bicubic"}  # fmt: skip
"""ONNX renamed its modes in version 20 of GridSample."""

Values = dict[str, Tensor]


def inspect_onnx(path: str | Path, images: Tensor) -> Trace:
    """Run an ONNX file on images and record its GridSample and AffineGrid nodes.

    Onnxruntime runs it if it is installed, else the slow evaluator of the package onnx.

    Args:
        path: of the file.
        images: (B, C, H, W) or (B, C, D, H, W), for the model's only input.

    Raises:
        ModuleNotFoundError: the package onnx is not installed.
        ValueError: the file is no ONNX model, takes other inputs, or has no GridSample node.
    """
    model = _load(Path(path))
    inputs = [one.name for one in model.graph.input]
    weights = {one.name for one in model.graph.initializer}
    wanted = [name for name in inputs if name not in weights]
    nodes = [node for node in model.graph.node if node.op_type in ("GridSample", "AffineGrid")]
    if len(wanted) != 1:
        raise ValueError(
            f"{path} takes {len(wanted)} inputs ({', '.join(wanted)[:200]}): only models of one "
            "input of pictures are run."
        )
    answer = model.graph.output[0].name if model.graph.output else ""
    names = {name for node in nodes for name in (*node.input, *node.output) if name}
    values = _run(model, sorted((names | {answer}) - weights), {wanted[0]: images}, path)
    values |= {one.name: _initial(one) for one in model.graph.initializer if one.name in names}
    one = Pass(len(images), keep_values(images, len(images)), len(images))
    if (output := values.get(answer)) is not None and output.ndim >= 2:
        one.output = keep_values(output, len(images))
    for node in nodes:
        if node.op_type == "AffineGrid":
            one.affine_grids.append(_affine_grid(node, values))
        else:
            one.calls.append(_call(node, values, len(one.affine_grids)))
    if not one.calls:
        raise ValueError(
            f"{path} has no GridSample node: export it with opset 16 or newer, as "
            "torch.onnx.export(model, images, path, opset_version=20) does."
        )
    return assemble([one], {"model": Path(path).name, "training": False})[0]


def _load(path: Path) -> ModelProto:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        return onnx.load(path)
    except (OSError, DecodeError, onnx.checker.ValidationError) as error:
        raise ValueError(f"{path} is no readable ONNX model ({error}).") from error


def _run(model: ModelProto, names: list[str], feed: Values, path: str | Path) -> Values:
    """Values of these names when the model is fed."""
    import onnx

    given = {one.name for one in model.graph.output} | set(feed)
    added = onnx.ModelProto()
    added.CopyFrom(model)
    added.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in given)
    arrays = {name: value.detach().cpu().numpy() for name, value in feed.items()}
    wanted = [name for name in names if name not in feed]
    try:
        found = _evaluate(added, wanted, arrays)
    except Exception as error:  # every runtime has errors of its own
        raise ValueError(
            f"{path} does not run on images {tuple(next(iter(feed.values())).shape)}: {error}"
        ) from error
    tensors = (torch.from_numpy(np.array(array)) for array in found)
    return dict(zip(wanted, tensors, strict=True)) | feed


def _evaluate(model: ModelProto, wanted: list[str], feed: dict[str, Any]) -> list[Any]:
    try:
        from onnxruntime import InferenceSession
    except ModuleNotFoundError:
        from onnx.reference import ReferenceEvaluator

        return list(ReferenceEvaluator(model).run(wanted, feed))
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(wanted, feed))


def _initial(tensor: Any) -> Tensor:
    from onnx.numpy_helper import to_array

    return torch.from_numpy(np.array(to_array(tensor)))


def _attributes(node: NodeProto) -> dict[str, Any]:
    from onnx.helper import get_attribute_value

    return {one.name: get_attribute_value(one) for one in node.attribute}


def _affine_grid(node: NodeProto, values: Values) -> AffineGrid:
    theta, size = values[node.input[0]], values[node.input[1]]
    align_corners = bool(_attributes(node).get("align_corners", 0))
    return AffineGrid(to_host(theta), tuple(size.tolist()), align_corners, 1e-6)


def _call(node: NodeProto, values: Values, affine_grids: int) -> SampledCall:
    image, grid = values[node.input[0]], values[node.input[1]]
    output, rows = values[node.output[0]], len(grid)
    attributes = _attributes(node)
    kernel = KERNELS.get(attributes.get("mode", b"linear").decode(), "bilinear")
    padding = attributes.get("padding_mode", b"zeros").decode()
    return SampledCall(
        "onnx::GridSample", CallSite(((node.name or node.output[0], 0),)), node.name, "",
        rows, keep_values(image, rows), to_host(grid), keep_values(output, rows), kernel, padding,
        bool(attributes.get("align_corners", 0)), False, False, torch.finfo(torch.float32).eps,
        summarise(image, rows), summarise(output, rows), affine_grids,
    )  # fmt: skip
