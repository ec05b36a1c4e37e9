"""Who computes a page's answers, and the files that a page needs for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from stnviz.checkpoints.library import default_library
from stnviz.data.digits import gallery
from stnviz.live.protocol import decode_answer
from stnviz.not_found import ResourceNotFound
from stnviz.onnx import web_runtime
from stnviz.settings import ANSWERS, WEB_RUNTIME
from stnviz.ui.answerer import graphs, offer, routes
from stnviz.ui.answerer.graphs import Graphs
from stnviz.ui.answerer.offer import graph_address, offer_trouble, page_offer
from tests.event_loops import run_apart

NETWORK = "mnist-r/st-cnn-affine"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that passes for the runtime."""
    for name in web_runtime.FILES:
        (tmp_path / name).write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    monkeypatch.setattr(web_runtime, "FILES", dict.fromkeys(web_runtime.FILES, empty))
    monkeypatch.setenv(WEB_RUNTIME, str(tmp_path))
    monkeypatch.delenv(ANSWERS, raising=False)
    return tmp_path


@pytest.fixture
def client(installed: Path) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.answer_routes("class"))) as client:
        yield client


@pytest.mark.feature
def test_a_page_may_compute_unless_the_server_always_does(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = page_offer()
    assert found is not None
    assert found["way"] == "auto"
    monkeypatch.setenv(ANSWERS, "Browser")
    assert (page_offer() or {})["way"] == "browser"
    assert offer_trouble() is None
    monkeypatch.setenv(ANSWERS, "server")
    assert page_offer() is None


@pytest.mark.exception
def test_what_is_lacking_is_said_and_the_server_answers(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ANSWERS, "everybody")
    assert "set it to one of" in (offer_trouble() or "")
    assert (page_offer() or {})["way"] == "auto"
    monkeypatch.setenv(ANSWERS, "browser")
    monkeypatch.setattr(offer, "find_spec", lambda name: None if name == "onnxscript" else name)
    assert "pip install onnxscript" in (offer_trouble() or "")
    (installed / web_runtime.WASM).write_bytes(b"cut")
    assert page_offer() is None
    assert "stnviz fetch web-runtime" in (offer_trouble() or "")
    monkeypatch.setenv(ANSWERS, "auto")
    assert offer_trouble() is None  # the server answers, as it always can


@pytest.mark.feature
def test_what_a_page_needs_is_served_below_the_base_path(client: TestClient) -> None:
    worker = client.get("/class/answers/worker.js?v=1")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "onmessage" in worker.text
    assert client.get("/class/answers/gallery.bin").content == gallery().images.tobytes()
    wasm = client.get(f"/class/answers/{web_runtime.WASM}")
    assert wasm.headers["content-type"] == "application/wasm"
    assert "immutable" in wasm.headers["cache-control"]


@pytest.mark.exception
@pytest.mark.parametrize(
    "path", ["secret.txt", "../app.py", f"{NETWORK}.onnx", f"{NETWORK}/sideways.onnx",
             "mnist-r/nothing/mnist-r.onnx", "/etc/passwd", "worker.js/.onnx",
             f"{NETWORK}/steps.onnx", "pictures/mnist-r/0.bin", "pictures/sequences/-1.bin",
             "pictures/sequences/99999.bin", "pictures/nothing/0.bin"],
)  # fmt: skip
def test_anything_else_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(f"/class/answers/{path}")
    assert answer.status_code == 404
    assert answer.text.startswith(("There is no", "There are", "Not Found"))


@pytest.mark.feature
@pytest.mark.parametrize(
    ("data", "inputs"),
    [
        ("mnist-perturbed", {"digit", "handles"}),
        ("sequences", {"digits", "pieces", "places", "handles"}),
        ("glasses", {"background", "glasses", "worn", "handles"}),
    ],
)
def test_what_an_image_is_drawn_from_is_served(
    client: TestClient, data: str, inputs: set[str]
) -> None:
    answer = client.get(f"/class/answers/pictures/{data}/2.bin")
    assert answer.status_code == 200
    head, arrays = decode_answer(answer.content)
    assert arrays.keys() == inputs
    assert head["count"] > 2
    assert head["refusal"].endswith(".")


@pytest.mark.feature
def test_a_graph_is_recorded_once_however_many_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[str] = []

    async def record(command: Sequence[str]) -> None:
        await asyncio.sleep(0.05)
        *how, path = command
        recorded.append(" ".join(how))
        Path(path).write_bytes(b"graph")

    async def ask(folder: Graphs) -> list[Path]:
        return await asyncio.gather(*(folder.file(NETWORK, "mnist-r") for _ in range(5)))

    monkeypatch.setattr(graphs, "_record", record)
    found = run_apart(ask(Graphs(tmp_path)))
    assert len(set(found)) == 1
    assert run_apart(ask(Graphs(tmp_path))) == found  # kept for the next server
    assert recorded == [f"export {NETWORK} --answer --distortion mnist-r -o"]
    card = default_library().cards()[NETWORK]
    assert card.digest[:16] in found[0].name
    assert card.digest[:16] in graph_address(NETWORK, card, "mnist-r")


@pytest.mark.exception
def test_why_a_graph_cannot_be_recorded_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: TestClient
) -> None:
    # mnist-tc is a distortion of larger images: the command refuses it.
    with pytest.raises(ResourceNotFound, match="This network answers for"):
        run_apart(Graphs(tmp_path).file(NETWORK, "mnist-tc"))
    assert not list(tmp_path.glob("*.onnx"))
    monkeypatch.setattr(routes, "shared_graphs", lambda: Graphs(tmp_path))
    answer = client.get(f"/class/answers/{NETWORK}/mnist-tc.onnx")
    assert (answer.status_code, answer.headers["content-type"][:10]) == (404, "text/plain")
    assert "This network answers for" in answer.text
