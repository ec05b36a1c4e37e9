"""What the files in ``hosting/`` say, read as the programs that use them read them."""

from __future__ import annotations

import json
import re

from scripts.behind_nginx import HOSTING

ROOT = HOSTING.parent


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile and their arguments."""
    text = (HOSTING / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    pairs = (line.split(maxsplit=1) for line in whole.splitlines() if line)
    return [(name, rest) for name, rest in pairs]


def arguments(name: str) -> list[str]:
    """The arguments of every instruction of one name."""
    return [rest for own, rest in instructions() if own == name]


def command(name: str) -> list[str]:
    """The words of CMD or HEALTHCHECK."""
    (rest,) = arguments(name)
    words: list[str] = json.loads(rest[rest.index("[") :])
    return words


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    pairs = (pair.partition("=") for rest in arguments("ENV") for pair in rest.split())
    return {name: value for name, _, value in pairs}


def copied() -> list[tuple[str, str]]:
    """Source and target of every COPY from the checkout."""
    pairs = (rest.split() for rest in arguments("COPY") if not rest.startswith("--from="))
    return [(source, target) for source, target in pairs]
