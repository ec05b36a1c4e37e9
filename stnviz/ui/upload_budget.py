"""A memory budget for uploaded files, shared by all visitors.

Streamlit keeps whatever is sent to it until the session ends. Here a file is kept only if a page
asked for it and there is room, and for long only if a page takes it.
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
"""The media type of the sentence that replaces a file for which there was no room."""

OF_ONE = 42 * 2**20
"""Bytes of one visitor's files: two of the largest, as a new one arrives before the old one is
removed."""

UNCLAIMED = 60.0
"""Seconds after which a file that no page has taken is removed."""

MAX_ASKED = 16
"""Files per session that a page has asked for and that have not arrived."""

FULL = (
    "So many files are uploaded at the moment that there is no room for yours: take out one of "
    "your own, or come back later."
)


class UploadBudget(MemoryUploadedFileManager):
    """Streamlit's own store of uploaded files, with a budget.

    Args:
        endpoint: path below which files are sent.
        most: bytes that all visitors together may hold; by default from the environment.
        unclaimed: seconds after which a file that no page has taken is removed.
    """

    def __init__(
        self, endpoint: str, *, most: float | None = None, unclaimed: float = UNCLAIMED
    ) -> None:
        super().__init__(endpoint)
        self._most = amount(UPLOADS_MB) * 1e6 if most is None else most
        self._unclaimed = unclaimed
        self._book = threading.RLock()  # guards the fields below, and the budget
        self._asked: dict[str, deque[str]] = {}
        self._came: dict[tuple[str, str], float] = {}  # arrival times of files that no page took
        self._decoded: dict[str, dict[str, int]] = {}
        self._sweep: threading.Timer | None = None

    @property
    def held(self) -> int:
        """Bytes of all files, and of what was decoded from them."""
        return self._total_bytes + sum(sum(one.values()) for one in self._decoded.values())

    def get_upload_urls(
        self, session_id: str, file_names: Sequence[str]
    ) -> list[UploadFileUrlInfo]:
        """URLs for files that a page asks for; files at other URLs are refused."""
        urls = super().get_upload_urls(session_id, file_names[:MAX_ASKED])
        with self._book:
            asked = self._asked.setdefault(session_id, deque(maxlen=MAX_ASKED))
            asked.extend(url.file_id for url in urls)
        return urls

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file; if there is no room, keep a sentence in its place.

        Raises:
            HTTPException: 403 if no page asked for it.
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
        """The files that a page takes; they then count as taken."""
        with self._book:
            for file_id in file_ids:
                self._came.pop((session_id, file_id), None)
        return super().get_files(session_id, file_ids)

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Remove a file."""
        with self._book:
            self._came.pop((session_id, file_id), None)
            super().remove_file(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        """Remove everything of a session that has ended."""
        with self._book:
            self._asked.pop(session_id, None)
            self._decoded.pop(session_id, None)
            for key in [key for key in self._came if key[0] == session_id]:
                del self._came[key]
            super().remove_session_files(session_id)

    def hold(self, session_id: str, size: int, kind: str = "clip") -> str | None:
        """Count what a session holds decoded, in place of what it held of this kind before.

        Args:
            session_id: of the visitor.
            size: bytes; 0 for nothing.
            kind: such as clip or trace.

        Returns:
            None if it is counted; a sentence that says what to do if there is no room for it.
        """
        with self._book:
            own = self._decoded.setdefault(session_id, {})
            own.pop(kind, None)
            self.sweep()
            if self.held + size > self._most:
                return FULL
            own[kind] = size
            return None

    def sweep(self) -> None:
        """Remove the files that no page has taken in time."""
        with self._book:
            now = time.monotonic()
            late = [key for key, came in self._came.items() if now - came >= self._unclaimed]
            for session_id, file_id in late:
                self.remove_file(session_id, file_id)

    def _make_room(self, session_id: str, size: int) -> None:
        """Remove a visitor's oldest files until a new one fits with the rest."""
        files = self.file_storage.get(session_id, {})
        while files and size + sum(len(file.data) for file in files.values()) > OF_ONE:
            self.remove_file(session_id, next(iter(files)))

    def _sweep_later(self) -> None:
        """Start the one timer for all files; it runs while there are files that no page took."""
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
    """Make the server that is created next keep uploads within the budget.

    Streamlit's app creates the file store itself and offers no way to choose another one.
    """
    memory_uploaded_file_manager.MemoryUploadedFileManager = UploadBudget  # type: ignore[misc, assignment]
