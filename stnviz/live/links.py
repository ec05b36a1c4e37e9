"""The state of the Play page and the link that restores it.

A link names every value, so that a change of a default never changes it: ``data``, ``models``,
``digit`` or ``ink``, ``seed`` and the distortion's values (radians and pixels). A link with
none of these is the landing page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stnviz.data.digits import GALLERY_COUNT
from stnviz.data.distortions import DISTORTIONS, Distortion, start_values
from stnviz.live.protocol import MAX_MODELS, BadRequest, decode_ink

LARGEST_SEED = 2**31

FIRST_DIGIT = 132
"""The gallery digit of the landing page: a two that the network turns back almost completely.

It is a good example, not a typical one: on average this network turns its window by six
tenths of the digit's turn, and its classifier copes with the rest.
"""

FIRST_IN_SPACE = 79
SPACE_ANGLES = {
    "x_angle": math.radians(-28), "y_angle": math.radians(45), "z_angle": math.radians(-25),
}  # fmt: skip
"""The digit in space that Attention opens with: a 9 that only the network with a transformer reads.

The others misread one digit in forty at this turn.
"""

FIRST_ANGLE = math.radians(35)
FIRST_MODELS = ("mnist-r/st-cnn-affine", "mnist-r/cnn")
FIRST_NETWORKS = {
    "inside": "mnist-r/st-cnn-affine",
    "video": "mnist-tc/st-cnn-affine",
    "time_machine": "mnist-r/st-cnn-affine",
    "debug": "ill/constant",
}
"""The network that a page opens with if its link names none.

Video: its window follows the digit closely, because it was trained on digits in all places. Debug:
one whose fault is told at once.
"""


@dataclass(frozen=True)
class PlayState:
    """What is on the stage.

    Args:
        distortion: registered name.
        models: checkpoint names, at most three.
        digit: gallery index.
        ink: a drawn image as text, or None.
        values: the distortion's values by name; a missing one keeps its default (no distortion).
        seed: of clutter and noise.
    """

    distortion: str
    models: tuple[str, ...]
    digit: int = 0
    ink: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    def plain(self) -> dict[str, Any]:
        """As a dictionary for the stage."""
        return {
            "distortion": self.distortion,
            "models": list(self.models),
            "digit": self.digit,
            "ink": self.ink,
            "values": dict(self.values),
            "seed": self.seed,
        }

    def query(self) -> dict[str, str]:
        """As URL parameters."""
        picture = {"digit": str(self.digit)} if self.ink is None else {"ink": self.ink}
        values = {name: short_decimal(value) for name, value in self.values.items()}
        return {
            "data": self.distortion,
            "models": ",".join(self.models),
            **picture,
            "seed": str(self.seed),
            **values,
        }


LANDING = PlayState("mnist-r", FIRST_MODELS, FIRST_DIGIT, None, {"angle": FIRST_ANGLE})
"""What the page shows to a first visitor."""


def inside_values(data: str) -> dict[str, float]:
    """The distortion's values that the Inside page opens a network of ``data`` with."""
    return dict(LANDING.values) if data == LANDING.distortion else start_values(data)


def short_decimal(value: float) -> str:
    """At most five decimals, without trailing zeros."""
    return f"{value:.5f}".rstrip("0").rstrip(".")


def quoted(text: str) -> str:
    """Text from a visitor, safe to show on a page: short, and never parsed as Markdown."""
    return "`" + text[:60].replace("`", "'") + "`"


def read_link(query: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Parse a link; each part that cannot be used gets a sentence.

    Returns:
        Some of the fields of :class:`PlayState`, without parts that are missing or invalid; and
        the sentences.
    """
    found: dict[str, Any] = {}
    troubles: list[str] = []
    if (name := query.get("data")) is not None:
        if name in DISTORTIONS:
            found["distortion"] = name
        else:
            known = ", ".join(DISTORTIONS.names())
            troubles.append(f"The link names data {quoted(name)}; known are {known}.")
    if models := query.get("models"):
        found["models"] = tuple(models.split(",")[:MAX_MODELS])
    _whole(query, "digit", GALLERY_COUNT, found, troubles)
    _whole(query, "seed", LARGEST_SEED, found, troubles)
    if (ink := query.get("ink")) is not None:
        try:
            decode_ink(ink)
            found["ink"] = ink
        except BadRequest as error:
            troubles.append(f"The link's drawing is damaged ({error.message})")
    if "distortion" in found:
        found["values"] = _values(query, DISTORTIONS.get(found["distortion"]), troubles)
    return found, troubles


def read_report(reported: Mapping[str, Any], current: PlayState) -> PlayState:
    """The state that the stage reports, validated like a link, for it comes from a browser."""
    values = reported.get("values")
    plain = {**(values if isinstance(values, dict) else {}), "data": current.distortion}
    plain |= {
        name: reported[name] for name in ("digit", "ink", "seed") if reported.get(name) is not None
    }
    found, _ = read_link({str(name): str(value) for name, value in plain.items()})
    return replace(current, **{"ink": None, **found})


def _whole(
    query: Mapping[str, str], name: str, limit: int, found: dict[str, Any], troubles: list[str]
) -> None:
    if (text := query.get(name)) is None:
        return
    if text.isascii() and text.isdigit() and len(text) < 11 and int(text) < limit:
        found[name] = int(text)
    else:
        troubles.append(f"The link's {name} must be a whole number from 0 to {limit - 1}.")


def _values(
    query: Mapping[str, str], distortion: Distortion, troubles: list[str]
) -> dict[str, float]:
    values = {}
    for parameter in distortion.parameters:
        if (text := query.get(parameter.name)) is None:
            continue
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if parameter.low - 1e-4 <= value <= parameter.high + 1e-4:
            values[parameter.name] = min(max(value, parameter.low), parameter.high)
        else:
            troubles.append(
                f"The link's {parameter.name} must be a number from "
                f"{parameter.low:g} to {parameter.high:g}."
            )
    return values
