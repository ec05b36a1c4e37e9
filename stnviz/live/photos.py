"""Visitors' photos that live requests refer to by their digest, which nobody else can guess."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

MOST = 32
"""Photos that are kept; the longest unused ones go first. Each has at most 448 x 448 pixels."""


class Photos:
    """A few photos in memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, photo: NDArray[np.uint8]) -> str:
        """Keep a photo (H, W, 3); return the digest that a request may name."""
        digest = hashlib.sha256(photo.tobytes()).hexdigest()
        with self._lock:
            self._kept[digest] = photo
            self._kept.move_to_end(digest)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return digest

    def find(self, digest: str) -> Tensor | None:
        """A photo as (1, 3, H, W) in [0, 1]; None if it is not kept any more."""
        with self._lock:
            photo = self._kept.get(digest)
            if photo is None:
                return None
            self._kept.move_to_end(digest)
        return as_image(photo)


def as_image(photo: NDArray[np.uint8]) -> Tensor:
    """A photo (H, W, 3) of bytes as a network takes it: (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float() / 255
