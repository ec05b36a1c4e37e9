"""The route ``answers/``: what a page fetches to compute by itself.

A worker's script, the runtime, the gallery of digits, and a graph for each network and distortion.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from stnviz.data.digits import gallery
from stnviz.not_found import ResourceNotFound
from stnviz.settings import web_runtime_folder
from stnviz.ui.answerer.graphs import shared_graphs
from stnviz.ui.answerer.runtime import FILES, SCRIPT, WASM
from stnviz.ui.bundle import bundle

HERE = Path(__file__).parent

WORKER: Final = "worker.js"
GALLERY: Final = "gallery.bin"
TYPES: Final = {SCRIPT: "text/javascript", WASM: "application/wasm"}

FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For files whose address changes with their contents."""


async def answers(request: Request) -> Response:
    """A file that a page needs to compute answers; a sentence where it cannot be had."""
    path: str = request.path_params["path"]
    try:
        if path == WORKER:
            return Response(bundle(HERE / WORKER), media_type="text/javascript")
        if path == GALLERY:
            return Response(gallery().images.tobytes(), headers=FOREVER)
        if path in FILES:
            return _runtime(path)
        name, _, file = path.rpartition("/")
        if not file.endswith(".onnx"):
            raise ResourceNotFound("There is no such file.")
        graph = await shared_graphs().file(name, file.removesuffix(".onnx"))
    except (ResourceNotFound, TimeoutError) as error:
        said = str(error) or "The graph takes too long to record: try again later."
        return PlainTextResponse(said, status_code=404)
    return FileResponse(graph, headers=FOREVER)


def _runtime(name: str) -> Response:
    path = web_runtime_folder() / name
    if not path.is_file():
        raise ResourceNotFound("The runtime is not here: scripts/fetch_web_runtime.py fetches it.")
    return FileResponse(path, media_type=TYPES[name], headers=FOREVER)


def answer_routes(base: str = "") -> list[Route]:
    """The route of a server with the base path ``base``."""
    path = "/".join(filter(None, ("", base.strip("/"), "answers/{path:path}")))
    return [Route(path if path.startswith("/") else f"/{path}", answers)]
