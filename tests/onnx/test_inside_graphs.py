"""The graphs of the Inside page, run by onnxruntime, against torch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.distort import draw_values
from stnviz.data.distortions import DISTORTIONS
from stnviz.models.digits import DigitNetwork
from stnviz.onnx.catalogue import NoSuchGraph, answer_graph
from stnviz.onnx.compare import TOLERANCE, GraphRunner, differences
from stnviz.onnx.export import record
from stnviz.onnx.inside import INSIDE, transformer_of
from stnviz.onnx.names import parts_of_inside
from tests.variants import slow_but

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

LIBRARY = default_library()
CARDS = LIBRARY.cards()
OPENED = [name for name, card in CARDS.items() if parts_of_inside(card)]
FAST = ["mnist-p/st-cnn-projective", "mnist-rts/st-fcn-thin-plate-spline"]
ROUNDS = 8


@pytest.mark.cardinality
def test_all_digit_networks_with_a_transformer_have_them() -> None:
    digits = {name for name, card in CARDS.items() if card.family == "digits"}
    assert set(OPENED) == {name for name in digits if CARDS[name].model["transform"]}
    assert parts_of_inside(CARDS[OPENED[0]]) == list(INSIDE)
    assert parts_of_inside(CARDS["birds/2st-cnn-translation"]) == []


@pytest.mark.oracle
@pytest.mark.parametrize("name", slow_but(len(FAST), [*FAST, *sorted({*OPENED} - {*FAST})]))
def test_recorded_graphs_give_what_torch_gives(name: str) -> None:
    model, card = load_checkpoint(LIBRARY.folder(name)), CARDS[name]
    generator = torch.Generator().manual_seed(0)
    for part in parts_of_inside(card):
        graph = answer_graph(model, card, part)
        runner = GraphRunner(record(graph).SerializeToString())
        for _ in range(ROUNDS):
            inputs = {
                key: some(key, example, generator, card.data)
                for key, example in graph.inputs.items()
            }
            apart = differences(graph, runner, inputs)
            assert max(apart.values()) <= TOLERANCE, (part, apart)


def some(name: str, example: Tensor, generator: torch.Generator, data: str) -> Tensor:
    """Another value of an input."""
    if name == "values":
        return draw_values(DISTORTIONS.get(data), 1, generator)
    if name == "places":
        return torch.randint(20, example.shape, generator=generator).float()
    if name == "theta":
        return example + 0.2 * torch.randn(example.shape, generator=generator)
    if name == "wanted":
        return example[:, torch.randperm(example.shape[1], generator=generator)]
    return torch.rand(example.shape, generator=generator)


@pytest.mark.gradcheck
def test_thetas_gradient_is_that_of_its_grid() -> None:
    name = FAST[0]
    model = load_checkpoint(LIBRARY.folder(name))
    graph = answer_graph(model, CARDS[name], "inside-grid")
    transform = transformer_of(model).transform
    generator = torch.Generator().manual_seed(1)
    theta = (transform.identity() + 0.1 * torch.randn(8, generator=generator))[None]
    pull = torch.randn(1, 28, 28, 2, generator=generator)
    leaf = theta.clone().requires_grad_()
    (wanted,) = torch.autograd.grad(transform.grid(leaf, (28, 28)), leaf, pull)
    found = graph.run({"theta": theta, "pull": pull})["theta_gradient"]
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-3)


@pytest.mark.exception
def test_networks_without_a_transformer_have_none() -> None:
    model = load_checkpoint(LIBRARY.folder("mnist-r/cnn"))
    assert isinstance(model, DigitNetwork)
    with pytest.raises(NoSuchGraph, match="not for inside-look"):
        answer_graph(model, CARDS["mnist-r/cnn"], "inside-look")
    with pytest.raises(TypeError, match="Only digit networks with a spatial transformer"):
        transformer_of(model)
