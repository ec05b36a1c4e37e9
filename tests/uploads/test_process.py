"""A process that reads: its answers are those of the functions, and it can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from stnviz.data.clips import read_clip
from stnviz.data.packed_frames import PackedFrames
from stnviz.data.photos import read_photo
from stnviz.settings import ROOT
from stnviz.uploads.process import GROWN, Killed, Process
from tests.bombs import png, profiles
from tests.clips import encoded, square_moves

PHOTO = {"task": "photo", "side": 60, "seconds": 30}
CLIP = {"task": "clip", "patience": 20, "seconds": 30}


def ended(pid: int, within: float) -> bool:
    """Whether a process is gone in time."""
    end = time.monotonic() + within
    while psutil.pid_exists(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)


@pytest.mark.oracle
def test_its_answers_are_those_of_the_functions(process: Process, photo: bytes) -> None:
    head, body = process.ask(PHOTO, photo, 30)
    np.testing.assert_array_equal(
        np.frombuffer(body, np.uint8).reshape(head["shape"]), read_photo(photo, 60)
    )
    data = encoded(square_moves(), "mp4", "libx264")
    head, body = process.ask(CLIP, data, 30)
    clip = read_clip(data)
    np.testing.assert_array_equal(PackedFrames.taken(body, head)[:], clip.frames[:])
    assert (head["rate"], tuple(head["notices"])) == (clip.rate, clip.notices)


@pytest.mark.exception
def test_what_cannot_be_read_is_a_sentence_and_the_process_goes_on(process: Process) -> None:
    head, _ = process.ask(PHOTO, b"no picture", 30)
    assert "not a picture" in head["refused"]
    assert process.fit
    head, _ = process.ask(CLIP, b"no clip", 30)
    assert "not a clip" in head["refused"]
    head, _ = process.ask({**PHOTO, "task": "no such"}, b"", 30)
    assert head["failed"] == "broken"
    assert process.fit


@pytest.mark.exception
def test_what_takes_too_long_is_killed(process: Process, photo: bytes) -> None:
    process.ask(PHOTO, photo, 30)
    told: list[float] = []
    began = time.monotonic()
    with pytest.raises(Killed) as caught:
        process.ask(PHOTO, profiles(3000), 1, told.append)
    assert caught.value.reason == "time"
    assert 1 <= time.monotonic() - began < 2
    assert told == sorted(told)
    assert ended(process.pid, 0)
    assert not process.fit


@pytest.mark.exception
@pytest.mark.skipif(sys.platform != "linux", reason="the system's own limit is Linux's")
def test_the_system_refuses_it_more_memory_than_it_may_have(photo: bytes) -> None:
    small = Process(300)
    head, _ = small.ask(PHOTO, png(4400, 4400, 8, 6), 30)
    assert head["failed"] == "memory"
    head, _ = small.ask(PHOTO, photo[:100], 30)
    assert "refused" in head
    small.end()


@pytest.mark.exception
def test_the_server_kills_what_has_more_memory_than_it_may(
    process: Process, photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.ask(PHOTO, photo, 30)
    process.megabytes = process.rss() + 50  # the system's own limit stays where it was
    with pytest.raises(Killed) as caught:
        process.ask(PHOTO, png(4400, 4400, 16, 6), 30)
    assert caught.value.reason == "memory"
    assert ended(process.pid, 0)


@pytest.mark.exception
def test_a_process_that_breaks_is_told_from_one_that_is_slow(process: Process) -> None:
    process.ask(PHOTO, b"", 30)
    threading.Timer(0.5, os.kill, (process.pid, signal.SIGSEGV)).start()
    with pytest.raises(Killed) as caught:
        process.ask(PHOTO, profiles(3000), 30)
    assert caught.value.reason == "broken"


@pytest.mark.exception
def test_who_does_not_wait_any_longer_ends_it(process: Process) -> None:
    def tell(taken: float) -> None:
        if taken > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.ask(PHOTO, profiles(3000), 30, tell)
    assert ended(process.pid, 0)


@pytest.mark.feature
def test_a_large_picture_is_not_kept_in_memory(process: Process) -> None:
    head, _ = process.ask(PHOTO, png(4400, 4400, 16, 0), 30)
    assert head["shape"] == [60, 60, 3]
    assert process.fit


ALONE = """
import sys, time
from stnviz.uploads.process import Process
from tests.bombs import profiles
process = Process(1000)
process.ask({"task": "photo", "side": 9, "seconds": 9}, b"", 30)
print(process.pid, flush=True)
process.ask({"task": "photo", "side": 9, "seconds": 1}, profiles(int(sys.argv[1])), 99)
time.sleep(60)
"""


@pytest.mark.feature
@pytest.mark.parametrize(
    "work", [1, pytest.param(5000, marks=pytest.mark.slow)], ids=["idle", "at work"]
)
def test_it_does_not_outlive_its_server(work: int) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", ALONE, str(work)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    pid = int(server.stdout.readline())
    time.sleep(0.5)
    server.kill()
    server.wait()
    assert ended(pid, 8)


@pytest.mark.feature
def test_a_process_that_has_grown_is_not_asked_again(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.ask(PHOTO, b"", 30)
    assert process.fit
    monkeypatch.setattr(process, "rss", lambda: 1.0 + GROWN)
    assert not process.fit
