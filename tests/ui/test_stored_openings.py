"""What pages open with is stored, true, and needs no torch."""

from __future__ import annotations

import gc
import os
import runpy
import subprocess
import sys
import threading
import time
import weakref
import zlib
from pathlib import Path

import numpy as np
import pytest

from stnviz.live.protocol import decode_answer
from stnviz.ui import startup as ready
from stnviz.ui import stored_openings as openings

ROOT = Path(__file__).parents[2]

WITHOUT_TORCH = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "timm", "torchvision"):
            raise AssertionError(f"the page wants {name}")

sys.meta_path.insert(0, Refused())
from streamlit.testing.v1 import AppTest

for name in sys.argv[1:]:
    page = AppTest.from_file("stnviz/ui/router.py", default_timeout=120)
    page.switch_page(f"../../pages/{name}.py").run()
    assert not page.exception, (name, page.exception[0].stack_trace)
    assert not page.error, (name, page.error[0].value)
"""


def unpacked(kind: str, opening: bytes) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """Header and arrays; what says how long it took is left out."""
    head, arrays = decode_answer(opening[4:] if kind in ("replay", "debug") else opening)
    head.pop("spent", None)
    return head, arrays


@pytest.mark.slow
@pytest.mark.feature
def test_what_is_stored_is_what_the_pages_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {path.stem: path.read_bytes() for path in openings.FOLDER.glob("*.bin")}
    monkeypatch.setattr(openings, "FOLDER", tmp_path)
    found = runpy.run_path(str(ROOT / "scripts" / "make_openings.py"))["openings"]()
    seen = set()
    for kind, key, fresh in found:
        path = openings.save_opening(kind, key, fresh)
        seen.add(kind)
        assert path.read_bytes()[:32] == kept[kind][:32], f"{kind}: run scripts/make_openings.py"
        head, arrays = unpacked(kind, zlib.decompress(kept[kind][32:]))
        fresh_head, fresh_arrays = unpacked(kind, fresh)
        assert arrays.keys() == fresh_arrays.keys()
        for name, array in fresh_arrays.items():
            tolerance = 1.0 if array.dtype == np.uint8 else 1e-3
            assert np.allclose(array.astype(float), arrays[name].astype(float), atol=tolerance)
        assert {k: v for k, v in head.items() if not _numbers(v)} == {
            k: v for k, v in fresh_head.items() if not _numbers(v)
        }
    assert seen == set(kept)


def _numbers(value: object) -> bool:
    """Whether an entry of a header holds numbers that another machine rounds otherwise."""
    return isinstance(value, float | list)


@pytest.mark.feature
def test_nothing_is_stored_for_other_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "FOLDER", tmp_path)
    openings.save_opening("steps", ("a", "digest", 0), b"trace")
    assert openings.load_opening("steps", "a", "digest", 0) == b"trace"
    assert openings.load_opening("steps", "a", "other", 0) is None
    assert openings.load_opening("steps", "a", "digest", 1) is None
    assert openings.load_opening("replay", "a", "digest", 0) is None


@pytest.mark.feature
def test_pages_open_without_torch(tmp_path: Path) -> None:
    pages = ("play", "inside", "attention", "time_machine", "results", "debug")
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *pages], cwd=ROOT,
        env={**os.environ, "STNVIZ_RUNS": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set where the networks would be loaded."""
    event = threading.Event()

    def warm_up() -> threading.Thread:
        thread = threading.Thread(target=event.set)
        thread.start()
        return thread

    monkeypatch.setattr(ready, "warm_up", warm_up)
    monkeypatch.setattr(ready, "collect_garbage_forever", lambda: None)
    return event


@pytest.mark.feature
def test_the_first_page_goes_before_torch(
    warmed: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "LIGHT", ())
    monkeypatch.setattr(ready, "DRAWING", 0.0)
    monkeypatch.setattr(ready, "_asked", threading.Event())
    monkeypatch.setattr(ready, "_shown", threading.Event())
    with ready.visit():
        getting = ready.load_in_background()
        time.sleep(0.3)
        assert not warmed.is_set()
    getting.join(timeout=20)
    assert warmed.is_set()


@pytest.mark.feature
def test_without_visitors_torch_is_loaded_all_the_same(
    warmed: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "PATIENCE", 0.01)
    monkeypatch.setattr(ready, "_asked", threading.Event())
    ready.load_in_background().join(timeout=20)
    assert warmed.is_set()


SETTLED = """
import gc, threading, time
import torch
from stnviz.ui import startup as ready

def idle():
    thread = threading.Thread(target=int)
    thread.start()
    return thread

def seconds():
    began = time.perf_counter()
    gc.collect(2)
    return time.perf_counter() - began

before = min(seconds() for _ in range(3))
ready.warm_up = idle
ready.load_in_background().join()
time.sleep(3)
settled = min(seconds() for _ in range(3))
assert settled < before / 3, (settled, before)
"""


@pytest.mark.feature
def test_what_went_since_it_settled_is_collected_when_it_settles_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A session that was there when it settled is passed over only until the next time."""
    monkeypatch.setattr(ready, "_shown", shown := threading.Event())
    monkeypatch.setattr(shown, "clear", shown.set)  # somebody visits at once
    session: list[object] = [threading.Event()]
    session.append(session)
    there = weakref.ref(session[0])
    ready.freeze_garbage_collector()
    del session
    now = time.monotonic()
    assert ready.collect_garbage(now) == now
    assert there() is not None
    assert ready.collect_garbage(now - ready.SETTLED) > now
    assert there() is None
    gc.unfreeze()


@pytest.mark.slow
@pytest.mark.feature
def test_collections_of_garbage_pass_over_what_stays() -> None:
    """Streamlit collects after every run of a page, and everybody waits meanwhile."""
    run = subprocess.run([sys.executable, "-c", SETTLED], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "leaked" not in run.stderr
