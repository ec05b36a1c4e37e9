"""Exports that are made in threads of their own, so that pages stay alive meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stnviz.export.formats import FORMATS
from stnviz.export.progress import Cancelled
from stnviz.export.request import Wanted
from stnviz.export.scenes.scene import NotExportable
from stnviz.ui.shared_work import SharedWork

if TYPE_CHECKING:  # rendering loads torch
    from stnviz.export.render import Rendered

log = logging.getLogger(__name__)

ABANDONED = 20.0
"""Seconds after which an export is given up if no page has asked for it."""

_files: SharedWork[Rendered] = SharedWork(kept=16, at_once=1)
"""Files by what they show: a class that exports one figure makes it once."""

FAILED = "The file could not be made: try another format or size, and tell who runs the server."


@dataclass
class ExportJob:
    """One export on its way.

    Args:
        link: of the page.
        suffix: of the format.
        wanted: how it is to look.

    Attributes:
        share: how much is done, in [0, 1].
        doing: what is being done.
        file: the file, once it is there.
        problem: why there is none.
    """

    link: str
    suffix: str
    wanted: Wanted
    share: float = 0.0
    doing: str = "Waiting"
    file: Rendered | None = None
    problem: str = ""
    _stopped: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _asked: float = field(default_factory=time.monotonic)

    def start(self) -> ExportJob:
        """Begin, in a thread."""
        threading.Thread(target=self._work, name="stnviz-export", daemon=True).start()
        return self

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; return whether it is over."""
        self._asked = time.monotonic()
        return self._over.wait(seconds)

    def stop(self) -> None:
        """Give it up."""
        self._stopped.set()

    def _work(self) -> None:
        try:
            own = self.wanted.own
            # What is kept is found by the digest: an upload goes with its visit.
            known = replace(self.wanted, own=own and replace(own, photo=None, trace=None))
            self.file = _files.get((self.link, self.suffix, known), self._render)
        except NotExportable as error:
            self.problem = str(error)
        except Cancelled:
            self.problem = "Stopped."
        except Exception:  # the page shows a sentence, the log says the rest
            log.exception("An export failed: %s as %s", self.link, self.suffix)
            self.problem = FAILED
        finally:
            self._over.set()

    def _render(self) -> Rendered:
        from stnviz.export.render import render

        self._tell(0.0, "Loading")
        return render(self.link, FORMATS.get(self.suffix), self.wanted, self._tell)

    def _tell(self, share: float, doing: str) -> None:
        if self._stopped.is_set() or time.monotonic() - self._asked > ABANDONED:
            raise Cancelled
        self.share, self.doing = share, doing
