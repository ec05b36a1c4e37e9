"""The route ``answers/``: what a page fetches to compute by itself.

A worker's script, the runtime, the gallery of digits, what images of the Steps page are drawn from,
what a network opened on Inside is like, and a graph for each answer of a network.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from stnviz.checkpoints.library import default_library
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.digits import gallery
from stnviz.not_found import ResourceNotFound
from stnviz.onnx.names import parts_of_inside
from stnviz.onnx.web_runtime import COMMAND, FILES, SCRIPT, WASM
from stnviz.settings import web_runtime_folder
from stnviz.ui.answerer.graphs import shared_graphs
from stnviz.ui.bundle import bundle
from stnviz.ui.inside.model import answer_of, first_state
from stnviz.ui.url_state import is_integer

if TYPE_CHECKING:  # the server starts without torch
    from stnviz.live.step_pictures import StepPictures

HERE = Path(__file__).parent

WORKER: Final = "worker.js"
GALLERY: Final = "gallery.bin"
PICTURES: Final = "pictures/"
OPENINGS: Final = "openings/"
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
        if name.startswith(PICTURES):
            return await _picture(name.removeprefix(PICTURES), file)
        if name.startswith(OPENINGS):
            return await _opening(f"{name}/{file}".removeprefix(OPENINGS).removesuffix(".bin"))
        if not file.endswith(".onnx"):
            raise ResourceNotFound("There is no such file.")
        graph = await shared_graphs().file(name, file.removesuffix(".onnx"))
    except (ResourceNotFound, TimeoutError) as error:
        said = str(error) or "The graph takes too long to record: try again later."
        return PlainTextResponse(said, status_code=404)
    return FileResponse(graph, headers=FOREVER)


async def _picture(data: str, file: str) -> Response:
    """What an image of the Steps page is drawn from."""
    index = file.removesuffix(".bin")
    if data not in DATA_SETS or DATA_SETS.get(data).page != "steps" or not is_integer(index):
        raise ResourceNotFound("There is no such picture.")
    found = await asyncio.to_thread(lambda: step_pictures().ingredients(data, int(index)))
    return Response(found, headers=FOREVER)


async def _opening(name: str) -> Response:
    """What a network of the Inside page does with the first digit."""
    card = default_library().cards().get(name)
    if card is None or not parts_of_inside(card):
        raise ResourceNotFound("There is no network of this name with graphs for Inside here.")
    answer = await asyncio.to_thread(answer_of, name, first_state(card))
    if answer is None:
        raise ResourceNotFound("This network does not answer: look at the server's log.")
    return Response(answer, headers=FOREVER)


@lru_cache(maxsize=1)
def step_pictures() -> StepPictures:
    """The images that pages of this server fetch; the first of them loads torch."""
    from stnviz.live.step_pictures import StepPictures

    return StepPictures()


def _runtime(name: str) -> Response:
    path = web_runtime_folder() / name
    if not path.is_file():
        raise ResourceNotFound(f"The runtime is not here: run `{COMMAND}`.")
    return FileResponse(path, media_type=TYPES[name], headers=FOREVER)


def answer_routes(base: str = "") -> list[Route]:
    """The route of a server with the base path ``base``."""
    path = "/".join(filter(None, ("", base.strip("/"), "answers/{path:path}")))
    return [Route(path if path.startswith("/") else f"/{path}", answers)]
