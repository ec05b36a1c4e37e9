"""Compiles and exports a transformer of every family, and says how far each is from the original.

A process of its own: in the tests every annotation is checked, which no graph can hold.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.models import SpatialTransformer
from stnviz.transforms import TRANSFORMS, create_transform

SIZE = (6, 8)


def image(batch: int = 3) -> Tensor:
    return torch.rand(batch, 2, *SIZE)


def moved(name: str) -> SpatialTransformer:
    """A transformer that looks at different places in each picture."""
    transform = create_transform(name, aspect=8 / 6)
    look = nn.Sequential(
        nn.Flatten(), nn.Linear(2 * 6 * 8, 5), nn.Tanh(), nn.Linear(5, transform.size)
    )
    transformer = SpatialTransformer(look, transform)
    with torch.no_grad():
        for number in look[-1].parameters():
            number += 0.1 * torch.randn_like(number)
    return transformer.eval()


def apart(transformer: SpatialTransformer, other: Callable[[Tensor], Tensor]) -> float:
    """The largest difference, over batches of other lengths than the one that was recorded."""
    with torch.no_grad():
        pictures = [image(count) for count in (1, 3, 5)]
        return max(float((transformer(p) - other(p)).abs().max()) for p in pictures)


def compiled(transformer: SpatialTransformer) -> float:
    torch.compiler.reset()
    whole = torch.compile(transformer, fullgraph=True, backend="eager", dynamic=True)
    return apart(transformer, whole)


def onnx_says(transformer: SpatialTransformer, *, dynamo: bool) -> float:
    import onnx
    from onnx.reference import ReferenceEvaluator

    file = io.BytesIO()
    if dynamo:
        batch = {"image": {0: torch.export.Dim("batch")}}
        program: Any = torch.onnx.export(transformer, (image(),), dynamo=True, dynamic_shapes=batch)
        program.save(file)
    else:
        torch.onnx.export(
            transformer, (image(),), file, dynamo=False, opset_version=20,
            input_names=["image"], dynamic_axes={"image": {0: "batch"}},
        )  # fmt: skip
    session = ReferenceEvaluator(onnx.load_from_string(file.getvalue()))
    (name,) = session.input_names
    return apart(transformer, lambda p: torch.from_numpy(session.run(None, {name: p.numpy()})[0]))


def checked_afterwards() -> tuple[float, str]:
    """Theta's first number as a graph says it, and the sentence without a graph."""
    look = nn.Sequential(nn.Flatten(), nn.Linear(2 * 6 * 8, 6))
    transformer = SpatialTransformer(look, create_transform("affine"))
    look.append(nn.Tanh())
    whole = torch.compile(transformer.predict, fullgraph=True, backend="eager")
    first = float(whole(image(2))[0, 0])
    torch.export.export(transformer, (image(),))
    try:
        transformer(image())
    except ValueError as error:
        return first, str(error)
    return first, ""


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    transformers = {name: moved(name) for name in TRANSFORMS.names()}
    found: dict[str, Any] = {}
    if sys.argv[1] == "compile":
        found["compiled"] = {n: compiled(t) for n, t in transformers.items()}
        found["unchecked"], found["sentence"] = checked_afterwards()
    elif find_spec("onnx"):
        for exporter in ("torchscript", "dynamo"):
            if exporter == "torchscript" or find_spec("onnxscript"):
                dynamo = exporter == "dynamo"
                found[exporter] = {n: onnx_says(t, dynamo=dynamo) for n, t in transformers.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
