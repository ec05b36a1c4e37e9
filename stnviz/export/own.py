"""What a visitor has uploaded and a page shows. No link holds it, so the page hands it over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:  # the dialog is drawn without torch
    from numpy.typing import NDArray

    from stnviz.records import Trace

Kind = Literal["photo", "trace", "clip"]


@dataclass(frozen=True)
class Own:
    """An upload; two with the same contents are the same.

    Args:
        kind: of it. A clip is named alone: the Video page saves it itself.
        name: of the file, which may come from anybody.
        digest: of the contents.
        photo: (H, W, 3) uint8 of the network's input size.
        trace: of any network.
    """

    kind: Kind
    name: str
    digest: str
    photo: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
    trace: Trace | None = field(default=None, compare=False, repr=False)
