"""What visitors upload is held within a budget, and goes when nobody wants it any more."""

from __future__ import annotations

import time

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime import memory_uploaded_file_manager as streamlits
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.web.server.starlette.starlette_app import App

from stnviz.ui.upload_budget import FULL, NOT_KEPT, OF_ONE, UploadBudget, keep_uploads_within_budget
from stnviz.ui.uploads import NotKept, bytes_of

MOST = 1000


def put(store: UploadBudget, session: str, size: int, kind: str = "video/mp4") -> str:
    """A page asks for a file and gets it."""
    (url,) = store.get_upload_urls(session, ["clip.mp4"])
    store.add_file(session, UploadedFileRec(url.file_id, "clip.mp4", kind, bytes(size)))
    return url.file_id


def taken(store: UploadBudget, session: str, file: str) -> bytes:
    (found,) = store.get_files(session, [file])
    return bytes_of(UploadedFile(found, None))  # type: ignore[arg-type]


@pytest.fixture
def store() -> UploadBudget:
    return UploadBudget("/upload", most=MOST)


@pytest.mark.feature
def test_what_fits_is_kept_and_what_does_not_is_a_sentence(store: UploadBudget) -> None:
    first = put(store, "a", 600)
    second = put(store, "b", 500)
    assert taken(store, "a", first) == bytes(600)
    with pytest.raises(NotKept, match="no room for yours: take out one of your own, or come back"):
        taken(store, "b", second)
    assert store.held <= 600 + len(FULL)
    store.remove_session_files("a")
    assert taken(store, "b", put(store, "b", 500)) == bytes(500)


@pytest.mark.exception
def test_what_no_page_asked_for_is_refused(store: UploadBudget) -> None:
    with pytest.raises(HTTPException) as caught:
        store.add_file("a", UploadedFileRec("made-up", "clip.mp4", "", bytes(9)))
    assert caught.value.status_code == 403
    file = put(store, "a", 9)
    with pytest.raises(HTTPException):  # once
        store.add_file("a", UploadedFileRec(file, "clip.mp4", "", bytes(9)))
    with pytest.raises(HTTPException):
        store.add_file("b", UploadedFileRec(file, "clip.mp4", "", bytes(9)))
    assert store.held == 9


@pytest.mark.feature
def test_what_no_page_takes_goes_by_itself() -> None:
    store = UploadBudget("/upload", most=MOST, unclaimed=0.3)
    wanted, forgotten = put(store, "a", 100), put(store, "b", 200)
    taken(store, "a", wanted)
    time.sleep(0.2)
    late = put(store, "c", 300)
    assert store.held == 600
    end = time.monotonic() + 5
    while store.held > 100 and time.monotonic() < end:
        time.sleep(0.05)
    assert store.get_files("b", [forgotten]) == store.get_files("c", [late]) == []
    assert taken(store, "a", wanted) == bytes(100)
    assert store.held == 100


@pytest.mark.feature
def test_a_visitors_oldest_files_go_first() -> None:
    store = UploadBudget("/upload")
    files = [put(store, "a", OF_ONE // 3) for _ in range(9)]
    assert store.held <= OF_ONE
    assert len(taken(store, "a", files[-1])) == OF_ONE // 3
    assert store.get_files("a", files[:6]) == []
    other = put(store, "b", OF_ONE // 3)
    assert len(taken(store, "b", other)) == OF_ONE // 3


@pytest.mark.feature
def test_clips_count_until_the_session_ends(store: UploadBudget) -> None:
    assert store.hold("a", 700) is None
    assert store.hold("a", 800) is None  # in place of the one before
    assert store.held == 800
    assert store.hold("b", 300) == FULL
    with pytest.raises(NotKept):
        taken(store, "b", put(store, "b", 300))
    store.hold("a", 0)
    assert store.hold("b", 300) is None
    store.remove_session_files("b")
    store.remove_session_files("a")
    assert store.held == 0


@pytest.mark.exception
def test_a_file_that_says_it_was_not_kept_is_a_file(store: UploadBudget) -> None:
    assert taken(store, "a", put(store, "a", 5, NOT_KEPT)) == bytes(5)


@pytest.mark.feature
def test_the_server_that_is_made_next_has_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        streamlits, "MemoryUploadedFileManager", streamlits.MemoryUploadedFileManager
    )
    monkeypatch.setenv("STNVIZ_UPLOADS_MB", "7")
    keep_uploads_within_budget()
    runtime = App(__file__)._create_runtime()
    assert isinstance(runtime.uploaded_file_mgr, UploadBudget)
    assert runtime.uploaded_file_mgr._most == 7e6
