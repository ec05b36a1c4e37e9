"""Variants of a test that takes long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def slow_but(fast: int, variants: Sequence[Any]) -> list[Any]:
    """All variants for ``parametrize``, those behind the first ``fast`` marked as slow."""
    slow = [
        pytest.param(*(one if isinstance(one, tuple) else (one,)), marks=pytest.mark.slow)
        for one in variants[fast:]
    ]
    return [*variants[:fast], *slow]
