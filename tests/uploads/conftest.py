"""Files to be read, and a process that reads them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from stnviz.uploads.process import Process


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A JPEG of six megapixels, as a phone takes it."""
    random = np.random.default_rng(0)
    coarse = Image.fromarray(random.integers(0, 256, (90, 120, 3), np.uint8))
    file = io.BytesIO()
    coarse.resize((3000, 2000)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def process() -> Iterator[Process]:
    one = Process(1000)
    yield one
    one.end()
