"""The live route under messages that mean nothing, and under a crowd that asks for the slowest."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.besieged import REQUEST, Besieged
from tests.hostile.conftest import Campaign
from tests.hostile.test_server import held

ODD: list[Any] = [
    None, True, -1, 0, 10**400, 1e308, -0.5, "", "x" * 3000, [], {}, [[]], [1e999], "\u0000",
    "mnist-r", "../../etc/passwd", ["mnist-r/cnn"] * 50, {"digit": {}}, float("nan"), "NaN",
]  # fmt: skip
STEP_TRACE: dict[str, Any] = {
    "version": 1, "id": 1, "network": "sequences/rnn-spn-d2-translation",
    "edit": {"picture": 3, "handles": None, "distractors": 4, "sharp": False},
}  # fmt: skip
TOGETHER = 20
"""Messages that are sent before the next answer is read."""


def mutated(chance: random.Random) -> str | bytes:
    """A request with something odd in it, or what is no request at all."""
    kind = chance.randrange(8)
    plain = json.loads(json.dumps(chance.choice((REQUEST, STEP_TRACE))))
    if kind < 4:
        _put(plain, chance.choice(ODD), chance)
        return json.dumps(plain)
    text = json.dumps(plain)
    if kind == 4:
        return text[: chance.randrange(len(text))]
    if kind == 5:
        place = chance.randrange(len(text))
        return text[:place] + chr(chance.randrange(1, 0x2FFF)) + text[place + 1 :]
    if kind == 6:
        return "[" * chance.randrange(1, 4000) + "]" * chance.randrange(4000)
    return chance.randbytes(chance.randrange(1, 2000))


def _put(plain: dict[str, Any], value: Any, chance: random.Random) -> None:
    """Something odd at some place, at any depth; or an entry more, or one less."""
    here = plain
    while (
        inner := [v for v in here.values() if isinstance(v, dict) and v]
    ) and chance.random() < 0.5:
        here = chance.choice(inner)
    name = chance.choice([*here, "more"])
    if chance.random() < 0.15:
        here.pop(name, None)
    else:
        here[name] = value


class Line:
    """A connection to the live route that is opened anew where the server has closed it."""

    def __init__(self, port: int) -> None:
        self.address = f"ws://127.0.0.1:{port}/live"
        self.socket: ClientConnection | None = None

    def say(self, messages: list[str | bytes]) -> tuple[int, int]:
        """Send some; how many were answered with a sentence, and how many with an answer."""
        said = answered = 0
        if self.socket is None:
            self.socket = connect(self.address, max_size=None, open_timeout=30)
        try:
            for message in messages:
                self.socket.send(message)
            for _ in messages:
                got = self.socket.recv(60)
                if isinstance(got, str):
                    told = json.loads(got)["error"]
                    assert told["message"], got
                    assert "log says why" not in told["message"], got  # which means a traceback
                    said += 1
                else:
                    answered += 1
        except ConnectionClosed:
            self.socket = None
        return said, answered


@pytest.mark.law
def test_whatever_is_sent_is_answered_with_an_answer_or_a_sentence(
    stage: Besieged, campaign: Campaign
) -> None:
    total, told, answers = campaign.count(200, 24_000), 0, 0
    line = Line(stage.port)
    with stage.witnessed() as witness:
        for _ in range(total // TOGETHER):
            some = [mutated(campaign.random) for _ in range(TOGETHER)]
            said, answered = line.say(some)
            told, answers = told + said, answers + answered
            time.sleep(TOGETHER / 250)  # below what one connection may ask in a second
    print(f"{total} messages: {told} sentences, {answers} answers")
    assert told > total / 3
    assert "Traceback" not in stage.log.read_text(encoding="utf-8", errors="replace")
    held(witness, campaign)


@pytest.mark.slow
def test_a_crowd_that_asks_for_sharp_films_leaves_others_their_turns(
    server: Callable[..., Besieged],
) -> None:
    """Two hundred connections that ask for the slowest there is, again and again."""
    stage = server()
    edit = {"picture": 1, "handles": None, "distractors": None, "sharp": True}
    sharp = json.dumps({**STEP_TRACE, "network": "glasses/st-gan-similarity", "edit": edit})
    warm = Line(stage.port)
    for _ in range(3):
        assert warm.say([sharp])[1] == 1
    over, got = threading.Event(), []

    def ask() -> None:
        line = Line(stage.port)
        while not over.is_set():
            got.append(line.say([sharp])[1])

    with stage.witnessed() as witness:
        crowd = [threading.Thread(target=ask, daemon=True) for _ in range(200)]
        for one in crowd:
            one.start()
            time.sleep(0.01)
        time.sleep(30)
        over.set()
        began = time.monotonic()
        assert warm.say([json.dumps(REQUEST)])[1] == 1
        after = time.monotonic() - began
    print(f"{sum(got)} step traces for the crowd; the next question waited {1000 * after:.0f} ms")
    held(witness)
    assert after <= 1
