"""The volume component: a digit turned in space by hand, and what each network sees of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stnviz.ui.component import mount

mount_volume = partial(mount, Path(__file__).parent, live=True)
"""Mount the data of :func:`stnviz.ui.volume.model.volume_data`; its state is digit, ink, angles."""
