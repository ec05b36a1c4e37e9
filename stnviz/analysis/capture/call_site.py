"""The line of a model's own code that called a sampler, found on the stack of frames."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import lru_cache
from types import FrameType

import torch

MOST_FRAMES = 200

TORCH = os.path.dirname(torch.__file__) + os.sep  # noqa: PTH120 - compared as text for every frame
HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120
LIBRARIES = tuple({sysconfig.get_path(kind) + os.sep for kind in ("purelib", "platlib")})
STANDARD = sysconfig.get_path("stdlib") + os.sep
MODULE_CALL = os.path.join(TORCH, "nn", "modules", "module.py")  # noqa: PTH118
SKIPPED = (TORCH, HERE, os.path.join(LIBRARIES[0], "torchvision", "ops"), "<eval_with", "<frozen")  # noqa: PTH118


@dataclass(frozen=True)
class CallSite:
    """Where a sampler was called.

    Args:
        chain: (file, line) of every frame between the sampler and the module that called it: one
            helper that two lines of a module call is two sites.
        file: source file of the line to show.
        line: its number.
        function: name of its function.
    """

    chain: tuple[tuple[str, int], ...] = ()
    file: str = ""
    line: int = 0
    function: str = ""


def find_call_site() -> CallSite:
    """The site that the running operator was called from.

    The line shown is the innermost one of the user's own code within the calling module, else the
    innermost one that is not PyTorch's, as for a network of an installed package.
    """
    frame: FrameType | None = sys._getframe(1)
    chain: list[tuple[str, int]] = []
    first: FrameType | None = None
    own: FrameType | None = None
    for _ in range(MOST_FRAMES):
        if frame is None:
            break
        file = frame.f_code.co_filename
        kind = _kind(file)
        if kind == "module call" and frame.f_code.co_name == "_call_impl" and chain:
            break
        if kind in ("own", "library"):
            chain.append((file, frame.f_lineno))
            first = first or frame
            if kind == "own":
                own = own or frame
        frame = frame.f_back
    shown = own or first
    if shown is None:
        return CallSite()
    code = shown.f_code
    return CallSite(tuple(chain), code.co_filename, shown.f_lineno, code.co_qualname)


@lru_cache(maxsize=4096)
def _kind(file: str) -> str:
    """Whose a source file is: PyTorch's or Python's (skipped), a library's, or the user's own."""
    if file == MODULE_CALL:
        return "module call"
    if file.startswith(SKIPPED):
        return "skipped"
    if file.startswith(LIBRARIES):
        return "library"
    return "skipped" if file.startswith(STANDARD) else "own"
