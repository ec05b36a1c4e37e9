"""The state of the Inside page as URL parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

import streamlit as st

from stnviz.live.links import read_link, short_decimal
from stnviz.live.protocol import SamplerSettings
from stnviz.ui.url_state import is_integer, parse_float, read_choice, read_int, reject, switch

STEPS = ("input", "localise", "grid", "sample", "gradients", "classify")
"""The steps, in the order of the image's way."""

OF_IMAGE = ("digit", "ink", "seed", "picture", "theta", "label", "x", "y", "lane", "tick", "axes")
"""Parameters that mean nothing for another network."""

MIDDLE = 14
"""The output pixel that is looked at first, in both directions."""

KERNELS, PADDINGS = (
    get_args(SamplerSettings.model_fields[name].annotation) for name in ("kernel", "padding")
)
ALSO = ("wrong", "wide", "reads", "average")
"""What a step shows besides: the wrong direction, a wide picture; how often pixels are read, the
input averaged before it is sampled."""

LARGEST = 100.0
"""Of a number of theta."""


def read_state(distortion: str | None, start: Mapping[str, float], digit: int) -> dict[str, Any]:
    """The component's state, as the URL has it.

    Args:
        distortion: of the network's digits; None if its images are none.
        start: values of the distortion if the URL has none.
        digit: of the gallery, if the URL has none.
    """
    state: dict[str, Any] = {
        "step": read_choice("step", STEPS, "sample"),
        "lane": read_int("lane", 0, 15, 0),
        "tick": read_int("tick", 0, 15, 0),
        "x": read_int("x", 0, 999, MIDDLE),
        "y": read_int("y", 0, 999, MIDDLE),
        "theta": _read_theta(),
        "sampler": _read_sampler(),
        "label": read_int("label", 0, 9_999, 0) if "label" in st.query_params else None,
        "axes": _read_axes(),
        "also": _read_also(),
        "distortion": distortion,
        "picture": read_int("picture", 0, 999_999, 0),
    }
    if distortion is not None:
        state |= _read_digit(distortion, start, digit)
    return state


def _read_digit(distortion: str, start: Mapping[str, float], digit: int) -> dict[str, Any]:
    query = {name: text for name, text in st.query_params.to_dict().items() if name != "models"}
    found, troubles = read_link({**query, "data": distortion})
    for trouble in troubles:
        st.toast(trouble, duration="long")
    values = found["values"]
    named = "digit" in found or "ink" in found or values
    return {
        "digit": found.get("digit", digit),
        "ink": found.get("ink"),
        "seed": found.get("seed", 0),
        "values": dict(values if named else start),
    }


def _read_theta() -> list[float] | None:
    if (text := st.query_params.get("theta")) is None:
        return None
    numbers = [parse_float(one) for one in text.split(",")]
    if len(numbers) > 64 or not all(one is not None and abs(one) <= LARGEST for one in numbers):
        reject("theta", f"numbers from -{LARGEST:g} to {LARGEST:g} with commas between them")
        return None
    return [one for one in numbers if one is not None]


def _read_axes() -> list[int] | None:
    if (text := st.query_params.get("axes")) is None:
        return None
    parts = text.split(",")
    if len(parts) != 2 or not all(is_integer(one) for one in parts) or parts[0] == parts[1]:
        reject("axes", "two different whole numbers such as 2,5")
        return None
    return [int(one) for one in parts]


def _read_also() -> list[str]:
    if (text := st.query_params.get("also")) is None:
        return []
    asked = text.split(",")
    if not set(asked) <= set(ALSO):
        reject("also", f"some of {', '.join(ALSO)}, with commas between them")
        return []
    return [name for name in ALSO if name in asked]


def _read_sampler() -> dict[str, Any] | None:
    if not {"kernel", "padding", "align"} & set(st.query_params):
        return None
    return {
        "kernel": read_choice("kernel", KERNELS, "bilinear"),
        "padding": read_choice("padding", PADDINGS, "zeros"),
        "align_corners": bool(read_int("align", 0, 1, 0)),
    }


def as_address(reported: Mapping[str, Any]) -> dict[str, object]:
    """The state that the component reports, as URL parameters; None for what is left out.

    It comes from a browser: what is not of the right kind is left out.
    """
    sampler = reported.get("sampler")
    found: dict[str, object] = {
        "step": reported.get("step") if reported.get("step") in STEPS else None,
        **{name: _whole(reported.get(name)) for name in ("lane", "tick", "x", "y", "label")},
        "theta": _numbers(reported.get("theta")),
        "axes": _numbers(reported.get("axes")),
        "also": _also(reported.get("also")),
        **_sampler_address(sampler if isinstance(sampler, Mapping) else {}),
    }
    if not reported.get("distortion"):
        return {**found, "picture": _whole(reported.get("picture"))}
    values = reported.get("values")
    ink = reported.get("ink")
    return {
        **found,
        "ink": ink if isinstance(ink, str) else None,
        "digit": None if ink else _whole(reported.get("digit")),
        "seed": _whole(reported.get("seed")),
        **{
            str(name)[:20]: _short(value)
            for name, value in (values if isinstance(values, Mapping) else {}).items()
        },
    }


def _sampler_address(sampler: Mapping[str, Any]) -> dict[str, object]:
    usual = SamplerSettings()
    kernel, padding = sampler.get("kernel"), sampler.get("padding")
    return {
        "kernel": kernel if kernel in KERNELS else None,
        "padding": padding if padding in PADDINGS and padding != usual.padding else None,
        "align": switch(bool(sampler.get("align_corners"))),
    }


def _whole(value: Any) -> int | None:
    whole = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if whole and 0 <= value < 2**31 else None


def _short(value: Any) -> str | None:
    known = isinstance(value, int | float) and math.isfinite(value)
    return short_decimal(value) if known else None


def _also(names: Any) -> str | None:
    asked = names if isinstance(names, list) else []
    return ",".join(name for name in ALSO if name in asked) or None


def _numbers(values: Any) -> str | None:
    if not isinstance(values, list) or not values or len(values) > 64:
        return None
    texts = [_short(value) for value in values]
    return None if None in texts else ",".join(str(text) for text in texts)
