"""The options of the command site. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import arg


@dataclass(frozen=True)
class Site:
    """Write Play, Steps, Attention and the lessons as static files that need no server.

    Args:
        output: Folder of the site, whose graphs are kept if they are there; or the one file.
        models: Names of networks of these pages, as `list checkpoints` has them; by default those
            that the lessons open, the first of each kind, and those for sums and drawn birds, or in
            one file those that the app opens with.
        single_file: Write the Play page as one HTML file with everything inside, without clutter,
            to be opened from a disk or put into a course page.
        opens: Link of the Play page that this file opens with, such as '?data=mnist-r&digit=77'.
    """

    module: ClassVar[str] = "site"

    output: Annotated[Path, arg(metavar="FOLDER", aliases=("-o",))]
    single_file: bool = False
    opens: Annotated[str, arg(metavar="LINK")] = ""
    models: Annotated[tuple[str, ...], arg(metavar="NAME ...", help_behavior_hint="")] = ()
