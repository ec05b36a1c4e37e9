"""Uploads of any kind: a result or a sentence, in time, and the server stays as it was."""

from __future__ import annotations

import gc
import io
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from stnviz.data.clips import BadClip
from stnviz.data.photos import BadPicture
from stnviz.settings import CLIP_SECONDS, PICTURE_SECONDS, USUAL
from stnviz.uploads.pool import shared_pool
from stnviz.uploads.read import read_clip, read_digit, read_photo
from tests import bombs
from tests.besieged import Besieged, besieged
from tests.clips import encoded, square_moves
from tests.hostile.conftest import Campaign
from tests.visitor import Visitor

SLACK = 5.0
"""Seconds beyond a limit in which an answer must be there: another process may have to begin."""

GROWTH = 100.0
"""Megabytes that the process which serves may grow by."""

LARGE = 19 << 20
"""Bytes of a file that is nearly as large as may be."""

SHORT = 0.5
"""Seconds that a bomb has in the short campaign."""

CLIPS = (
    ("mp4", "mpeg4"), ("matroska", "libx264"), ("webm", "libvpx"), ("avi", "mpeg4"),
    ("mpegts", "libx264"), ("flv", "flv"),
)  # fmt: skip


def pictures() -> list[bytes]:
    """A small sound picture of every kind."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8))
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("PNG", {}), ("PNG", {"icc_profile": bytes(300)}), ("JPEG", {}), ("WEBP", {}), ("GIF", {}),
        ("BMP", {}), ("JPEG", {"progressive": True, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1"}),
    )  # fmt: skip
    saved = []
    for kind, options in kinds:
        file = io.BytesIO()
        image.save(file, kind, **options)
        saved.append(file.getvalue())
    deep = io.BytesIO()
    Image.fromarray(np.arange(576, dtype=np.uint16).reshape(24, 24)).save(deep, "PNG")
    return [*saved, deep.getvalue()]


def clips() -> list[bytes]:
    """A small sound clip of every kind."""
    frames = square_moves(6, 32, 32)
    files = [io.BytesIO(), io.BytesIO()]
    for file, kind in zip(files, ("GIF", "PNG"), strict=True):
        first, *others = map(Image.fromarray, frames)
        first.save(file, kind, save_all=True, append_images=others, duration=40)
    jpeg = bombs.of_pictures(bombs.scans(32, 1), 32, 4)
    return [jpeg, *(encoded(frames, *kind) for kind in CLIPS), *(file.getvalue() for file in files)]


def mutated(sound: bytes, chance: random.Random) -> bytes:
    """Some bytes are others, gone, or there twice; or the end is missing."""
    data = bytearray(sound)
    for _ in range(chance.choice((1, 2, 4, 16))):
        at, how = chance.randrange(len(data)), chance.random()
        if how < 0.6:
            data[at] = chance.choice((0, 127, 255, chance.randrange(256)))
        elif how < 0.75:
            del data[at : at + chance.randrange(1, 9)]
        elif how < 0.9:
            data[at:at] = data[at : at + chance.randrange(1, 40)]
        else:
            del data[max(16, at) :]
        if len(data) < 17:
            break
    return bytes(data)


class Laws:
    """What holds for every upload: a result or a sentence, in time; and no memory is lost."""

    def __init__(self) -> None:
        shared_pool().warm_up()
        self.rss, self.worst, self.ends = self._rss(), 0.0, Counter[str]()

    @staticmethod
    def _rss() -> float:
        gc.collect()
        return float(psutil.Process().memory_info().rss) / 2**20

    def read(self, read: Callable[[bytes], object], data: bytes, seconds: float) -> None:
        began = time.perf_counter()
        try:
            read(data)
            self.ends["read"] += 1
        except (BadPicture, BadClip) as error:
            self.ends[str(error)] += 1
        took = time.perf_counter() - began
        self.worst = max(self.worst, took)
        assert took < seconds + SLACK

    def judge(self, what: str) -> None:
        growth = self._rss() - self.rss
        assert all(end == "read" or (end.endswith(".") and ": " in end) for end in self.ends)
        print(f"{what}: {dict(self.ends.most_common(9))}; worst {self.worst:.2f} s; "
              f"RSS +{growth:.0f} MB")  # fmt: skip
        assert growth < GROWTH


@pytest.fixture
def laws() -> Laws:
    return Laws()


def photo(data: bytes) -> object:
    return read_photo(data, 32)


@pytest.mark.law
def test_mutated_pictures(campaign: Campaign, laws: Laws) -> None:
    sound = pictures()
    for _ in range(campaign.count(50, 3000)):
        data = mutated(campaign.random.choice(sound), campaign.random)
        laws.read(campaign.random.choice((photo, read_digit)), data, USUAL[PICTURE_SECONDS])
    laws.judge("pictures")
    assert laws.ends["read"] > 10


@pytest.mark.law
def test_mutated_clips(campaign: Campaign, laws: Laws) -> None:
    sound = clips()
    for _ in range(campaign.count(40, 1500)):
        data = mutated(campaign.random.choice(sound), campaign.random)
        laws.read(read_clip, data, USUAL[CLIP_SECONDS])
    laws.judge("clips")
    assert laws.ends["read"] > 10


@pytest.mark.law
@pytest.mark.parametrize("name", ["png of 5,000 iCCP chunks", "avi of one jpeg of 100,000 scans"])
def test_a_bomb_is_refused_and_the_next_upload_is_read(
    name: str, laws: Laws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PICTURE_SECONDS, str(SHORT))
    monkeypatch.setenv(CLIP_SECONDS, str(SHORT))
    is_picture = name in bombs.PICTURES
    data = {**bombs.PICTURES, **bombs.CLIPS}[name]()
    laws.read(photo if is_picture else read_clip, data, SHORT)
    assert laws.ends["read"] == 0
    monkeypatch.undo()
    laws.read(photo, pictures()[0], USUAL[PICTURE_SECONDS])
    assert laws.ends["read"] == 1
    laws.judge(name)


@pytest.mark.law
@pytest.mark.slow
@pytest.mark.parametrize("name", [*bombs.PICTURES, *bombs.CLIPS])
def test_every_bomb_ends_in_time(name: str, laws: Laws) -> None:
    if name in bombs.PICTURES:
        data = bombs.PICTURES[name]()
        laws.read(photo, data, USUAL[PICTURE_SECONDS])
    else:
        data = bombs.CLIPS[name]()
        laws.read(read_clip, data, USUAL[CLIP_SECONDS])
    laws.judge(name)


@pytest.fixture(scope="module")
def stage() -> Iterator[Besieged]:
    one = besieged(STNVIZ_UPLOADS_MB="45")
    yield one
    one.stop()


@pytest.mark.law
def test_files_that_no_page_asked_for_are_not_kept(stage: Besieged, campaign: Campaign) -> None:
    data, count = bytes(LARGE), campaign.count(4, 40)
    with Visitor(stage.port) as visitor:
        assert visitor.put(data) == 403  # what reading a body takes once is not counted below
        with stage.witnessed():  # which waits until torch and the networks are loaded
            pass
        before = stage.rss()
        assert {visitor.put(data) for _ in range(count)} == {403}
        for _ in range(count):
            (place,) = visitor.places(1)
            assert visitor.put(data, place.upload_url) == 204
        assert stage.rss() - before < GROWTH


@pytest.mark.law
@pytest.mark.slow
def test_there_is_a_sentence_where_there_is_no_room(stage: Besieged) -> None:
    small = encoded(square_moves(), "mp4", "libx264")
    with Visitor(stage.port) as greedy, Visitor(stage.port, "video") as visitor:
        for place in greedy.places(2):
            greedy.put(bytes(LARGE), place.upload_url)
        said, _ = visitor.upload(bytes(LARGE))
        assert any("there is no room for yours: take out one of your own" in one for one in said)
        said, _ = visitor.upload(small)
        assert any("Window A" in one for one in said)
        assert not any("no room" in one for one in said)


@pytest.mark.law
@pytest.mark.slow
def test_honest_visitors_are_answered_beside_those_who_send_bombs(stage: Besieged) -> None:
    """Five send bombs at once; one turns a digit, another uploads a clip of her own.

    None of the bombs is shown at length: what a session keeps of a clip it shows is another matter.
    """
    endless, large = (bombs.CLIPS[name]() for name in list(bombs.CLIPS)[:2])
    sent = [endless, large, endless, large, endless]
    small = encoded(square_moves(), "mp4", "libx264")

    def attack(data: bytes) -> tuple[list[str], float]:
        with Visitor(stage.port, "video") as visitor:
            return visitor.upload(data)

    with Visitor(stage.port, "video") as honest:
        honest.upload(small)
        with stage.witnessed() as witness, ThreadPoolExecutor(len(sent)) as attackers:
            attacks = [attackers.submit(attack, data) for data in sent]
            time.sleep(2)
            said, took = honest.upload(encoded(square_moves(25), "mp4", "libx264"))
            ends = [attack.result() for attack in attacks]
        print(witness.report())
        print(f"an honest upload took {took:.1f} s; bombs {[round(t) for _, t in ends]} s")
        assert not any(one.startswith("!!!") for words, _ in ends for one in words)
        assert any("Window A" in one for one in said)
        assert witness.failures == []
        assert witness.growth <= GROWTH
        assert len(stage.process.children()) <= 2
