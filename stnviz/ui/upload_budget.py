"""What visitors upload, held in memory within a budget for all of them together.

Streamlit keeps whatever is sent to it until the session ends. Here a file is kept if a page asked
for it, if there is room, and for long only if a page takes it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from streamlit.runtime import memory_uploaded_file_manager
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec, UploadFileUrlInfo

from stnviz.settings import UPLOADS_MB, amount

NOT_KEPT = "application/x-stnviz-not-kept"
"""The media type of what stands in place of a file that is not kept: a sentence."""

OF_ONE = 42 * 2**20
"""Bytes of the files of one visitor: two of the largest, as the next comes before the last goes."""

UNCLAIMED = 60.0
"""Seconds after which a file goes that no page has taken."""

MAX_ASKED = 16
"""Files for which a page may have asked, and which have not come."""

FULL = (
    "So many files are uploaded at the moment that there is no room for yours: take out one of "
    "your own, or come back later."
)


class UploadBudget(MemoryUploadedFileManager):
    """Streamlit's own store of uploaded files, with a budget.

    Args:
        endpoint: path below which files are sent.
        most: bytes that all visitors together may hold; as the environment sets it by default.
        unclaimed: seconds after which a file goes that no page has taken.
    """

    def __init__(
        self, endpoint: str, *, most: float | None = None, unclaimed: float = UNCLAIMED
    ) -> None:
        super().__init__(endpoint)
        self._most = amount(UPLOADS_MB) * 1e6 if most is None else most
        self._unclaimed = unclaimed
        self._book = threading.RLock()  # guards what follows, and the room itself
        self._asked: dict[str, deque[str]] = {}
        self._came: dict[tuple[str, str], float] = {}  # files that no page has taken, and when
        self._clips: dict[str, int] = {}
        self._sweep: threading.Timer | None = None

    @property
    def held(self) -> int:
        """Bytes of all files and clips."""
        return self._total_bytes + sum(self._clips.values())

    def get_upload_urls(
        self, session_id: str, file_names: Sequence[str]
    ) -> list[UploadFileUrlInfo]:
        """Addresses for files that a page asks for; no others are taken."""
        urls = super().get_upload_urls(session_id, file_names[:MAX_ASKED])
        with self._book:
            asked = self._asked.setdefault(session_id, deque(maxlen=MAX_ASKED))
            asked.extend(url.file_id for url in urls)
        return urls

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file; where there is no room, a sentence in its place.

        Raises:
            HTTPException: 403, no page asked for it.
        """
        with self._book:
            asked = self._asked.get(session_id, deque())
            if file.file_id not in asked:
                raise HTTPException(403, "No page asked for this file: choose it on a page.")
            asked.remove(file.file_id)
            self.sweep()
            self._make_room(session_id, len(file.data))
            if self.held + len(file.data) > self._most:
                file = file._replace(type=NOT_KEPT, data=FULL.encode())
            elif file.type == NOT_KEPT:
                file = file._replace(type="")
            super().add_file(session_id, file)
            self._came[session_id, file.file_id] = time.monotonic()
            self._sweep_later()

    def get_files(self, session_id: str, file_ids: Sequence[str]) -> list[UploadedFileRec]:
        """Files that a page takes."""
        with self._book:
            for file_id in file_ids:
                self._came.pop((session_id, file_id), None)
        return super().get_files(session_id, file_ids)

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Let a file go."""
        with self._book:
            self._came.pop((session_id, file_id), None)
            super().remove_file(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        """Let everything of a visitor go: the session has ended."""
        with self._book:
            self._asked.pop(session_id, None)
            self._clips.pop(session_id, None)
            for key in [key for key in self._came if key[0] == session_id]:
                del self._came[key]
            super().remove_session_files(session_id)

    def hold(self, session_id: str, size: int) -> str | None:
        """Count a clip that a visitor's session holds, in place of the one before.

        Args:
            session_id: of the visitor.
            size: bytes; 0 for none.

        Returns:
            None, or a sentence that says what to do: there is no room, and it is not counted.
        """
        with self._book:
            self._clips.pop(session_id, None)
            self.sweep()
            if self.held + size > self._most:
                return FULL
            self._clips[session_id] = size
            return None

    def sweep(self) -> None:
        """Let the files go that no page has taken."""
        with self._book:
            now = time.monotonic()
            late = [key for key, came in self._came.items() if now - came >= self._unclaimed]
            for session_id, file_id in late:
                self.remove_file(session_id, file_id)

    def _make_room(self, session_id: str, size: int) -> None:
        """Have a visitor's oldest files go before a new one that is too much with them."""
        files = self.file_storage.get(session_id, {})
        while files and size + sum(len(file.data) for file in files.values()) > OF_ONE:
            self.remove_file(session_id, next(iter(files)))

    def _sweep_later(self) -> None:
        """One clock for all files: it runs while there is something that nobody has taken."""
        if self._sweep is None:
            self._sweep = threading.Timer(self._unclaimed, self._swept)
            self._sweep.daemon = True
            self._sweep.start()

    def _swept(self) -> None:
        with self._book:
            self._sweep = None
            self.sweep()
            if self._came:
                self._sweep_later()


def keep_uploads_within_budget() -> None:
    """Have the server that is made next keep uploads within the budget.

    Streamlit's app makes the store of files itself and lets nobody choose another one.
    """
    memory_uploaded_file_manager.MemoryUploadedFileManager = UploadBudget  # type: ignore[misc, assignment]
