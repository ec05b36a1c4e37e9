"""The presenter: a component that shows links of this app one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stnviz.ui.component import mount
from stnviz.ui.pages import TITLES
from stnviz.ui.present.lists import LinkList

HERE = Path(__file__).parent


def present(
    offered: Mapping[str, LinkList],
    chosen: LinkList | None,
    *,
    at: int,
    asked: str,
    key: str,
    on_state: Callable[[], None],
) -> Any:
    """Mount the presenter; its state is the number of the link that it shows, from 1.

    Args:
        offered: lists to choose from, by name.
        chosen: the one that is presented; with None, the visitor chooses one, or a file.
        at: the link that is shown first, from 1.
        asked: changes when the list or ``at`` comes from outside.
        key: of the mounted instance.
        on_state: called when its state has changed.
    """
    data = {
        "offered": [{"name": name, "title": one.title} for name, one in offered.items()],
        "links": [list(link) for link in chosen.links] if chosen else [],
        "at": at,
        "asked": asked,
        "pages": list(TITLES),
    }
    return mount(HERE, data, key=key, on_state=on_state)
