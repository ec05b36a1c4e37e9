"""The formats of an export, by the ending of the file. A further one is one more entry here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from stnviz.export.progress import Tell
from stnviz.export.request import Wanted
from stnviz.export.scenes.scene import NotExportable, Scene
from stnviz.registry import Registry

Kind = Literal["still", "animation", "data"]
Write = Callable[[Scene, Wanted, Tell], bytes]


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Args:
        suffix: ending of its files, without the dot.
        title: what it is called in a menu.
        media_type: as browsers name it.
        kind: whether it holds one picture, all frames, or numbers.
        write: makes the file's contents of a scene. It loads what it needs itself.
    """

    suffix: str
    title: str
    media_type: str
    kind: Kind
    write: Write


FORMATS: Registry[Format] = Registry("format")


def _still(kind: Literal["png", "svg", "pdf"], scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    from stnviz.export.stills import write_still

    return write_still(scene, wanted, kind, tell)


def _animation(
    kind: Literal["webp", "gif", "mp4"], scene: Scene, wanted: Wanted, tell: Tell
) -> bytes:
    from stnviz.export.animations import write_animation

    return write_animation(scene, wanted, kind, tell)


def _csv(scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    from stnviz.export.tables import write_csv

    return write_csv(scene)


def _json(scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    from stnviz.export.tables import write_json

    return write_json(scene)


def _code(scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    from stnviz.export.code import write_code

    return write_code(scene)


def _trace(scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    import numpy as np
    from safetensors.numpy import save

    from stnviz.export.commands import refuse_hidden
    from stnviz.records.trace_file import pack_trace

    refuse_hidden(scene, "a trace")
    sources = sorted(scene.sources, key=lambda source: not source.trace.steps)
    if not sources:
        raise NotExportable("There is no trace behind this figure: choose another format.")
    meta, arrays = pack_trace(sources[0].trace)
    return save(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata=meta
    )


def _onnx(scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    from stnviz.export.commands import write_onnx

    return write_onnx(scene, tell)


def _html(scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    from stnviz.export.commands import write_html

    return write_html(scene, tell)


def _link(scene: Scene, wanted: Wanted, tell: Tell) -> bytes:
    if not scene.link:
        raise NotExportable("A file has no link: upload it on the Debug page.")
    return f"{scene.link}\n".encode()


for _format in (
    Format("png", "PNG picture", "image/png", "still", partial(_still, "png")),
    Format("svg", "SVG drawing", "image/svg+xml", "still", partial(_still, "svg")),
    Format("pdf", "PDF drawing", "application/pdf", "still", partial(_still, "pdf")),
    Format("webp", "WebP animation", "image/webp", "animation", partial(_animation, "webp")),
    Format("gif", "GIF animation", "image/gif", "animation", partial(_animation, "gif")),
    Format("mp4", "MP4 video", "video/mp4", "animation", partial(_animation, "mp4")),
    Format("csv", "CSV table of theta and boxes", "text/csv", "data", _csv),
    Format("json", "JSON of theta and boxes", "application/json", "data", _json),
    Format("trace", "Trace file", "application/octet-stream", "data", _trace),
    Format("py", "PyTorch script", "text/x-python", "data", _code),
    Format("onnx", "Network as ONNX", "application/octet-stream", "data", _onnx),
    Format("html", "Page that works without a server", "text/html", "data", _html),
    Format("txt", "Link", "text/plain", "data", _link),
):
    FORMATS.add(_format.suffix, _format)


def format_of(name: str) -> Format:
    """The format of a file name.

    Raises:
        NotExportable: its ending is unknown; the message lists those that are known.
    """
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix not in FORMATS:
        known = ", ".join(f".{one}" for one in FORMATS.names())
        raise NotExportable(
            f"{f'The ending .{suffix[:20]}' if suffix else 'A name without an ending'} says no "
            f"format that can be written: choose one of {known}."
        )
    return FORMATS.get(suffix)
