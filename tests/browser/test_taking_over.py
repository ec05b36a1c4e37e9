"""Where the server is slow or out of reach, the page computes the answers itself, and says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts import served
from stnviz.onnx.web_runtime import is_complete
from stnviz.settings import web_runtime_folder
from tests.browser.conftest import PATIENCE
from tests.browser.static_sites import INSIDE_LINK, inside_reading

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not is_complete(web_runtime_folder()),
        reason="the runtime is not here: `stnviz fetch web-runtime`",
    ),
]

LINK = "/?data=mnist-r&models=mnist-r/st-cnn-affine&digit=132&angle=0.5"
STAGE = "[data-testid=stage][data-ready=true]"
PAGE, SERVER = f"{STAGE}[data-answers=page]", f"{STAGE}[data-answers=server]"

SLOW = """{
    const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
    const late = (heard) => (event) => setTimeout(() => heard(event), 150);
    Object.defineProperty(WebSocket.prototype, "onmessage", {
        set(heard) { set.call(this, late(heard)); },
    });
}"""
"""Hears each answer of the live route 150 ms later."""


MOVED = """({ component: steps }, corner) => {
    const { handles } = steps.trace.arrays;
    const list = Array.from({ length: handles.shape[0] }, (_, k) => [
        ...handles.data.subarray(2 * k, 2 * k + 2),
    ]);
    steps.edit({ handles: [corner, ...list.slice(1)] });
}"""
"""Moves the first handle on Steps."""

FOLLOWED = """([x, y]) => {
    const { component: steps } = document.querySelectorAll("*").values()
        .map((one) => one.shadowRoot?.querySelector("[data-testid=steps]")).find(Boolean);
    const [left, top] = steps.trace.arrays.handles.data;
    return Math.abs(left - x) + Math.abs(top - y) < 1e-5 && !steps.answers.busy;
}"""
"""Whether the answer to that has come."""


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("graphs"))


@pytest.fixture(scope="module")
def own(graphs: str) -> Iterator[str]:
    """An app whose pages compute."""
    with served.served(STNVIZ_ANSWERS="browser", STNVIZ_GRAPHS=graphs) as address:
        yield address


@pytest.fixture(scope="module")
def either(graphs: str) -> Iterator[str]:
    """An app whose pages compute where that is better."""
    with served.served(STNVIZ_ANSWERS="auto", STNVIZ_GRAPHS=graphs) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    yield page
    context.close()


def reading(page: Page) -> tuple[str, str]:
    page.wait_for_selector(f"{STAGE}[data-busy=false]")
    page.wait_for_timeout(300)
    theta, answer = page.get_by_test_id("theta"), page.get_by_test_id("prediction")
    return theta.inner_text(), answer.inner_text()


def turned(page: Page, angle: float) -> None:
    page.get_by_test_id("stage").evaluate(
        "({ component: stage }, angle) => stage.change({ angle })", angle
    )


@pytest.mark.oracle
def test_page_and_server_read_the_same(own: str, either: str, page: Page) -> None:
    found = []
    for address, sign in ((own, PAGE), (either, SERVER)):
        page.goto(address + LINK)
        page.wait_for_selector(sign)
        first = reading(page)
        turned(page, -0.9)
        found.append((first, reading(page)))
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]


@pytest.mark.oracle
def test_steps_in_the_page_are_those_of_the_server(own: str, either: str, page: Page) -> None:
    found = []
    for address, way in ((own, "page"), (either, "server")):
        page.goto(f"{address}/steps?what=mnist-perturbed&model=mnist-perturbed/stn-projective")
        page.wait_for_selector(f"[data-testid=steps][data-ready=true][data-answers={way}]")
        steps = page.get_by_test_id("steps")
        said = []
        for corner in ([-0.9, -0.6], [-0.4, -0.9]):
            steps.evaluate(MOVED, corner)
            page.wait_for_function(FOLLOWED, arg=corner)
            said.append(page.get_by_test_id("answer").inner_text())
        steps.evaluate(MOVED, [4, 4])  # beyond the other corners
        expect(page.get_by_text("Pull the four corners apart")).to_be_visible()
        page.get_by_label("The next picture").click()
        expect(page.get_by_text("picture 2 of")).to_be_visible()
        said.append(page.get_by_test_id("answer").inner_text())
        found.append(said)
    assert found[0] == found[1]
    assert len(set(found[0])) > 1


@pytest.mark.oracle
def test_inside_in_the_page_is_that_of_the_server(own: str, either: str, page: Page) -> None:
    found = []
    for address, way in ((own, "page"), (either, "server")):
        said = []
        for link in (INSIDE_LINK, "inside?model=mnist-e/st-cnn-thin-plate-spline&step=localise"):
            page.goto(f"{address}/{link}")
            page.wait_for_selector(f"[data-testid=inside][data-answers={way}]")
            said.append(inside_reading(page))
        found.append(said)
    assert found[0] == found[1]


@pytest.mark.feature
def test_networks_without_graphs_are_opened_by_the_server(own: str, page: Page) -> None:
    page.goto(f"{own}/{INSIDE_LINK.replace('gradients', 'sample')}")
    page.wait_for_selector("[data-testid=inside][data-answers=page]")
    page.get_by_role("combobox", name="Network").click()
    page.keyboard.type("birds")
    page.get_by_role("option", name="2\N{MULTIPLICATION SIGN}ST-CNN translation on").first.click()
    page.wait_for_selector("[data-testid=inside][data-answers=server]")
    first = inside_reading(page)
    page.get_by_test_id("inside").get_by_role("button", name="B", exact=True).click()
    assert inside_reading(page) != first
    page.go_back()
    page.go_back()
    page.wait_for_selector("[data-testid=inside][data-answers=page]")


@pytest.mark.feature
def test_out_of_reach_it_follows_the_hand_all_the_same(either: str, page: Page) -> None:
    page.route_web_socket("**/live", lambda line: line.close())
    page.goto(either + LINK)
    page.wait_for_selector(PAGE)
    expect(page.get_by_text("The server is out of reach: the answers are computed")).to_be_visible()
    before = reading(page)
    turned(page, -0.9)
    assert reading(page) != before
    page.get_by_role("button", name="Another sample").click()
    page.wait_for_function("location.search.includes('angle') && !location.search.includes('0.5')")
    expect(page.get_by_text("computed in this page")).to_be_visible()


@pytest.mark.feature
def test_a_slow_server_is_relieved(either: str, page: Page) -> None:
    page.add_init_script(SLOW)
    page.goto(either + LINK)
    page.wait_for_selector(SERVER)
    for step in range(60):
        turned(page, step / 100)
        page.wait_for_timeout(170)
    page.wait_for_selector(PAGE)
    expect(page.get_by_text("The server is slow: the answers are computed")).to_be_visible()
    assert reading(page)[1].startswith("2")


@pytest.mark.exception
def test_where_the_page_cannot_the_server_does(own: str, page: Page) -> None:
    page.route("**/answers/*.wasm*", lambda route: route.abort())
    page.goto(own + LINK)
    page.wait_for_selector(f"{SERVER}[data-live=on]")
    expect(page.get_by_text("This page cannot compute the answers, and the server")).to_be_visible()
    before = reading(page)
    turned(page, -0.9)
    assert reading(page) != before
    expect(page.get_by_text("This page cannot compute the answers, and the server")).to_be_visible()


@pytest.mark.exception
def test_without_both_the_picture_follows_when_the_hand_lets_go(either: str, page: Page) -> None:
    page.route_web_socket("**/live", lambda line: line.close())
    page.route(
        "**/answers/**/*.onnx*",
        lambda route: route.fulfill(status=404, content_type="text/plain", body="It is lost."),
    )
    page.goto(either + LINK)
    expect(page.get_by_text("follow when you let go")).to_be_visible()
    turned(page, -0.9)
    page.get_by_test_id("stage").evaluate("({ component: stage }) => stage.release()")
    page.wait_for_function("location.search.includes('angle=-0.9')")
