"""Reels: frames as small files within a budget."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from stnviz.ui.video.reel import Reel, pack_reel


def unpacked(reel: Reel) -> list[np.ndarray]:
    starts = (0, *reel.ends)
    files = [reel.data[a:b].tobytes() for a, b in zip(starts, reel.ends, strict=False)]
    return [np.asarray(Image.open(io.BytesIO(file))) for file in files]


@pytest.mark.feature
def test_what_fits_is_exact() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (9, 28, 28, 3)).astype(np.uint8)
    reel = pack_reel(list(frames), 100_000)
    assert reel.kind == "image/png"
    assert (np.array(unpacked(reel)) == frames).all()


@pytest.mark.feature
@pytest.mark.parametrize("budget", [150_000, 60_000, 20_000])
def test_what_does_not_fit_is_made_smaller(budget: int) -> None:
    ramp = np.linspace(0, 255, 200)
    grain = np.random.default_rng(0).normal(0, 12, (12, 200, 200, 3))
    frames = (ramp[None, :, None, None] + grain).clip(0, 255).astype(np.uint8)
    reel = pack_reel(list(frames), budget)
    assert reel.kind == "image/jpeg"
    assert len(reel.data) == reel.ends[-1] <= budget
    pictures = unpacked(reel)
    assert len(pictures) == 12
    assert all(abs(float(p[-1].mean()) - 250) < 12 for p in pictures)


@pytest.mark.cardinality
def test_a_reel_of_one_frame_has_one_file() -> None:
    reel = pack_reel([np.zeros((5, 7, 3), np.uint8)], 1)
    assert len(reel.ends) == 1
    assert reel.head == {"ends": [reel.ends[0]], "kind": "image/jpeg"}
