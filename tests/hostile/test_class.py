"""A class: thirty visitors who open one page in the same second."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from stnviz.ui.pages import TITLES
from tests.besieged import Besieged, besieged
from tests.hostile.test_server import held
from tests.visitor import Visitor

VISITORS, PATIENCE = 30, 20.0
GETTING_READY = 40.0
"""Seconds in which a server loads torch and every network."""


def visit(port: int, page: str) -> float:
    """Seconds until the whole page is there."""
    began = time.monotonic()
    with Visitor(port, page) as visitor:
        took = time.monotonic() - began
        assert not any(said.startswith("!!!") for said in visitor.said)
    return took


def visits(port: int, page: str) -> list[float]:
    """All at once."""
    with ThreadPoolExecutor(VISITORS) as together:
        return list(together.map(visit, [port] * VISITORS, [page] * VISITORS))


@pytest.fixture(scope="module")
def ready() -> Iterator[Besieged]:
    """A server that was started a minute before the class."""
    one = besieged()
    time.sleep(GETTING_READY)
    yield one
    one.stop()


@pytest.mark.slow
@pytest.mark.parametrize("page", TITLES)
def test_a_class_that_opens_a_page_together_is_served(ready: Besieged, page: str) -> None:
    """The visitors are a process of their own, or the honest one would wait for them here."""
    alone = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, alone) as others, ready.witnessed() as witness:
        times = others.submit(visits, ready.port, page).result()
    print(f"{page}: median {statistics.median(times):.1f} s, worst {max(times):.1f} s")
    held(witness)
    assert max(times) < PATIENCE
