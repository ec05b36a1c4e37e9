"""Shapes are types: where the package says them, they are checked while the tests run."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
from xdist.scheduler.loadfile import LoadFileScheduling

PACKAGE = Path(__file__).parents[1] / "stnviz"


def modules_with_shapes() -> list[str]:
    """The modules that say shapes; in all others mypy checks as much, once."""
    with_shapes = (
        path.relative_to(PACKAGE.parent).with_suffix("")
        for path in PACKAGE.rglob("*.py")
        if "from stnviz.shapes import" in path.read_text(encoding="utf-8")
    )
    return [".".join(path.parts).removesuffix(".__init__") for path in with_shapes]


# Before anything imports the package. A `float` also takes an int, as PEP 484 has it.
jaxtyping.install_import_hook(
    modules_with_shapes(), "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
)

# In every process that a test starts, too: threads that wait for each other take the cores from
# the other workers.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402

from stnviz.data.digits import GALLERY_COUNT, gallery  # noqa: E402

# What was trained here by hand is nobody's business in a test.
os.environ["STNVIZ_RUNS"] = tempfile.mkdtemp(prefix="stnviz-runs-")


IN_BROWSER = "tests/browser/"


class FewApps(LoadFileScheduling):
    """One worker runs the tests of a file; two of them run all that open the app in a browser.

    Every worker that opens a page starts an app and a browser of its own.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if not file.startswith(IN_BROWSER):
            return file
        return "browser, first half" if file < f"{IN_BROWSER}test_s" else "browser, second half"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for a browser begins first: the rest fills the time that it waits."""
    items.sort(key=lambda item: not item.nodeid.startswith(IN_BROWSER))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FewApps:
    """How tests are shared out among the workers."""
    return FewApps(config, log)


@pytest.fixture(autouse=True)
def settled() -> None:
    """The same random numbers for every test, on one thread: small tensors are faster so."""
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def environment_given_back() -> Iterator[None]:
    """What a test, or the code that it calls, writes into the environment goes with it."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys() - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(autouse=True, scope="session")
def components_found_once() -> Iterator[None]:
    """AppTest asks all packages for components, for each page anew: a third of its time."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        find = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", find)
        yield


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Shapes unchecked, as for a user: the package's own sentence is what is raised."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


TRAIN, TEST = 64, 300
"""Digits beyond the ones that training leaves to the gallery, and test digits."""


def write_idx(path: Path, values: np.ndarray) -> None:
    """The format of the MNIST files: two zeros, the type, the rank, the sizes, the bytes."""
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    path.write_bytes(head + values.tobytes())


@pytest.fixture(scope="session")
def small_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose MNIST is made of gallery digits; nothing is downloaded."""
    root = tmp_path_factory.mktemp("data")
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    digits = gallery()
    train = np.arange(GALLERY_COUNT + TRAIN) % len(digits)
    for prefix, which in (("train", train), ("t10k", np.arange(TEST))):
        write_idx(raw / f"{prefix}-images-idx3-ubyte", digits.images[which])
        write_idx(raw / f"{prefix}-labels-idx1-ubyte", digits.labels[which])
    return root


@pytest.fixture
def data(small_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small MNIST as the data folder of this test."""
    monkeypatch.setenv("STNVIZ_DATA", str(small_mnist))
    return small_mnist
