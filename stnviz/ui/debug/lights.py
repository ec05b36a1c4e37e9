"""The lights: what is known of each transformer of a trace, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from stnviz.records import TransformerHealth
from stnviz.ui.debug.facts import KIND_SENTENCES, KIND_TITLES, step_facts
from stnviz.ui.debug.guide import anchor_of
from stnviz.ui.debug.model import Examined


def lights_of(one: Examined) -> Iterator[dict[str, Any]]:
    """The transformers of a trace as JSON values, the worst first."""
    steps = {(step.lane, step.tick): step for step in one.trace.steps}
    for found in one.report.transformers:
        step = steps[found.lane, found.tick]
        yield {
            **_plain(found),
            "state": found.state,
            "what": KIND_TITLES[step.kind],
            "explained": KIND_SENTENCES[step.kind],
            "axes": [step.kind, step.transform],
            "facts": step_facts(step),
        }


def _plain(found: TransformerHealth) -> dict[str, Any]:
    """A transformer's health as JSON values; numbers of a kind that JSON has not become text."""
    plain = {name: _json(value) for name, value in asdict(found).items()}
    for verdict in plain["verdicts"]:
        verdict["guide"] = anchor_of(verdict["name"])
    return plain


def _json(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(name): _json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)
