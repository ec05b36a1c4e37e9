"""The Debug component: the lights of a trace, its images, and one of them in full."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stnviz.ui.component import mount

mount_debug = partial(mount, Path(__file__).parent)
"""Mount the data of a message (:mod:`stnviz.ui.debug.message`) and a state, named as in
:mod:`stnviz.ui.debug.url`."""
