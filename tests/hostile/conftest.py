"""A campaign against the program: seeded, short in ``make test``, whole with ``-m slow``."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.besieged import Besieged, besieged


@dataclass(frozen=True)
class Campaign:
    """How much is thrown at the program, and in which order.

    Args:
        whole: all of it, or a part that takes seconds.
        random: draws it, the same with every run.
    """

    whole: bool
    random: random.Random

    def count(self, short: int, whole: int) -> int:
        """How many to throw."""
        return whole if self.whole else short


@pytest.fixture(params=[pytest.param(False, id="short"),
                        pytest.param(True, id="whole", marks=pytest.mark.slow)])  # fmt: skip
def campaign(request: pytest.FixtureRequest) -> Campaign:
    """Short or whole, with a seed of its own for every test."""
    return Campaign(request.param, random.Random(request.node.name))


@pytest.fixture(scope="module")
def stage() -> Iterator[Besieged]:
    """A server that a whole file of tests attacks."""
    one = besieged()
    yield one
    one.stop()


@pytest.fixture
def server() -> Iterator[Callable[..., Besieged]]:
    """Start a server of one's own: ``server(STNVIZ_READONLY="1")``."""
    running: list[Besieged] = []

    def start(**environment: str) -> Besieged:
        running.append(besieged(**environment))
        return running[-1]

    yield start
    for one in running:
        one.stop()
