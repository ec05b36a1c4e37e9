"""Shapes are types: every annotation of the package is checked while the tests run."""

from __future__ import annotations

from collections.abc import Iterator

import jaxtyping
import pytest

# Before anything imports the package. A `float` also takes an int, as PEP 484 has it.
jaxtyping.install_import_hook(
    "stnviz", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
)

import torch  # noqa: E402


@pytest.fixture(autouse=True)
def settled() -> None:
    """The same random numbers for every test, on one thread: small tensors are faster so."""
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Shapes unchecked, as for a user: the package's own sentence is what is raised."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
