"""The lessons component: the list of the course, one lesson, and its questions."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stnviz.ui.component import mount

mount_lessons = partial(mount, Path(__file__).parent)
"""Mount the data of :func:`stnviz.ui.lessons.model.lessons_data`.

Its state is the lesson and the language.
"""
