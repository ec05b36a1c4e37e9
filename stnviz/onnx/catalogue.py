"""The graph of a checkpoint's answer, by its name."""

from __future__ import annotations

from stnviz.checkpoints.card import Card
from stnviz.data.distortions import DISTORTIONS
from stnviz.models import Model
from stnviz.onnx.attention import attention_graph
from stnviz.onnx.graph import Graph
from stnviz.onnx.inside import INSIDE
from stnviz.onnx.names import distortions_for, page_of, parts_of_inside
from stnviz.onnx.play import play_graph
from stnviz.onnx.steps import steps_graph


class NoSuchGraph(ValueError):
    """A checkpoint has no such answer; the message says which it has."""


def answer_graph(model: Model, card: Card, answer: str = "") -> Graph:
    """The graph of a page's whole answer, or of a part of Inside's.

    Args:
        model: of the checkpoint.
        card: likewise.
        answer: a distortion of the Play page, by default that of the training data; or one of
            :func:`parts_of_inside`.

    Raises:
        NoSuchGraph: the network has no such answer.
    """
    if answer in parts_of_inside(card):
        return INSIDE[answer](model, card)
    page, fitting = page_of(card), distortions_for(card)
    if answer and answer not in fitting:
        raise NoSuchGraph(
            f"This network answers for {', '.join(fitting)}, not for {answer}."
            if fitting
            else f"Only networks of the Play page take a distortion; this one is of {page}."
        )
    if card.family == "volumes":
        raise NoSuchGraph("Networks on volumes have no recorded answer: export the network itself.")
    if page == "play":
        return play_graph(model, card, DISTORTIONS.get(answer or card.data))
    return (steps_graph if page == "steps" else attention_graph)(model, card)
