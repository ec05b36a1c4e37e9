"""The options of the command export. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from tyro.conf import Positional, arg


@dataclass(frozen=True)
class Export:
    """Write a trained network, or a page's whole answer, as an ONNX file.

    Args:
        checkpoint: Its name, as `list checkpoints` has it, or its folder.
        output: File to write.
        answer: Export what its page shows, computed from the clean picture and the values of the
            distortion, instead of the network alone.
        distortion: Distortion of the answer, for networks of the Play page; their own by default.
        part: Part of the answer of the Inside page, for digit networks with a transformer.
        check: Compare the file with torch by running it in onnxruntime; exit code 1 if it differs.
        list: List the graphs that each shipped checkpoint can be exported as.
    """

    module: ClassVar[str] = "export"

    checkpoint: Annotated[Positional[str], arg(metavar="CHECKPOINT", help_behavior_hint="")] = ""
    output: Annotated[Path | None, arg(metavar="FILE", aliases=("-o",), help_behavior_hint="")] = (
        None
    )
    answer: bool = False
    distortion: Annotated[str, arg(metavar="NAME", help_behavior_hint="")] = ""
    part: Literal["", "inside-look", "inside-grid", "inside-read"] = ""
    check: bool = False
    list: bool = False
