"""The site without a server: its addresses are the app's links, and it works offline."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from stnviz.checkpoints.library import default_library
from stnviz.data.distortions import DISTORTIONS
from stnviz.export.formats import FORMATS
from stnviz.export.render import render
from stnviz.export.request import Wanted
from stnviz.live.links import LANDING, PlayState, read_link
from stnviz.settings import web_runtime_folder
from stnviz.site import build
from stnviz.site.build import build_file, build_site
from stnviz.site.play import all_choices, play_data
from stnviz.ui.answerer.runtime import is_complete
from stnviz.ui.stage.model import usable_models
from tests.browser.conftest import PATIENCE, page_with

pytestmark = pytest.mark.browser

NETWORKS = ("mnist-r/st-cnn-affine", "mnist-r/cnn", "mnist-tc/st-cnn-affine")
OTHERS = ("mnist-perturbed/stn-projective", "birds/2st-cnn-translation")
LINK = "?data=mnist-r&models=mnist-r/st-cnn-affine&digit=77&seed=5&angle=0.5"
OWN = "[data-testid=stage][data-answers=page][data-busy=false]"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from page_with(chromium, build.HERE / "address.js", "stateOf")


def odd(text: str, chance: random.Random) -> str:
    return chance.choice((text, text, text, "", "-1", "1e9", "x" + text, "NaN", " ", "00007"))


@pytest.mark.oracle
def test_an_address_means_what_it_means_in_the_app(page: Page) -> None:
    cards = {name: default_library().cards()[name] for name in NETWORKS}
    site = play_data(cards, all_choices(cards), 10_000, "1")
    chance = random.Random(4)
    for _ in range(150):
        data = chance.choice(DISTORTIONS.names())
        state = PlayState(
            data, tuple(chance.sample([*NETWORKS, "mnist-e/cnn"], 2)), chance.randrange(10_000),
            chance.choice((None, "A" * 523)),
            {p.name: chance.uniform(p.low, p.high) for p in DISTORTIONS.get(data).parameters},
            chance.randrange(2**31),
        )  # fmt: skip
        query = state.query()
        for name in chance.sample(list(query), 2):
            query[name] = odd(query[name], chance)
        if chance.random() < 0.3:
            query.pop(chance.choice(list(query)))
        found = page.evaluate(
            "([query, site]) => stateOf(new URLSearchParams(query), site)", [query, site]
        )
        compared(query, found, site, cards)


def compared(query: dict[str, str], found: dict[str, Any], site: Any, cards: Any) -> None:
    wanted, _ = read_link(query)
    data = wanted.get("distortion", LANDING.distortion)
    if data not in site["distortions"]:
        data = LANDING.distortion
        assert found["troubles"]
        return
    state = found["state"]
    assert state["distortion"] == data
    assert state["digit"] == wanted.get("digit", LANDING.digit)
    assert state["seed"] == wanted.get("seed", 0)
    assert state["ink"] == wanted.get("ink")
    assert state["values"] == pytest.approx(wanted.get("values", state["values"]))
    usable = usable_models(wanted.get("models", ()), data, cards)
    assert state["models"] == (usable or site["distortions"][data]["first"])


class Quiet(SimpleHTTPRequestHandler):
    """A static server that says nothing."""

    def log_message(self, format: str, *arguments: Any) -> None:
        return


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not is_complete(web_runtime_folder()):
        pytest.skip("the runtime is not here: scripts/fetch_web_runtime.py fetches it")
    folder = tmp_path_factory.mktemp("site")
    build_site(folder, default_library(), (*NETWORKS[:1], *OTHERS))
    return folder


@pytest.fixture(scope="module")
def address_of_site(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


def reading(page: Page) -> tuple[str, str, str]:
    page.wait_for_selector(OWN)
    page.wait_for_timeout(300)
    names = ("theta", "prediction")
    theta, answer = (page.get_by_test_id(name).first.inner_text() for name in names)
    return theta, answer, page.locator(".cancel").first.inner_text()


def open_app(page: Page, link: str) -> None:
    """Open the app's Play page, and wait until what it shows is answered."""
    page.goto(link)
    page.wait_for_selector("[data-testid=stage][data-live=on][data-busy=false]")
    page.wait_for_timeout(300)


@pytest.mark.slow
@pytest.mark.oracle
def test_a_link_of_the_app_opens_the_same_on_the_site_and_back(
    context: BrowserContext, address: str, address_of_site: str
) -> None:
    app, site = context.new_page(), context.new_page()
    open_app(app, f"{address}/{LINK}")
    site.goto(address_of_site + LINK)
    theta, answer, left = reading(site)
    assert theta == app.get_by_test_id("theta").first.inner_text()
    assert answer == app.get_by_test_id("prediction").first.inner_text()
    assert left == app.locator(".cancel").first.inner_text()
    site.get_by_role("slider", name="Turn").first.press("ArrowRight")
    site.wait_for_function("!location.search.includes('angle=0.5&') && location.search.length > 9")
    open_app(app, f"{address}/{site.evaluate('location.search')}")
    assert reading(site)[0] == app.get_by_test_id("theta").first.inner_text()
    site.go_back()
    site.wait_for_timeout(300)
    assert reading(site) == (theta, answer, left)


@pytest.mark.slow
@pytest.mark.feature
def test_it_works_with_the_network_off(context: BrowserContext, address_of_site: str) -> None:
    page = context.new_page()
    page.goto(address_of_site)
    reading(page)
    page.wait_for_function("navigator.serviceWorker.controller || navigator.serviceWorker.ready")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    reading(page)
    context.set_offline(True)
    page.goto(address_of_site + LINK)
    first = reading(page)
    page.get_by_role("button", name="Shuffle").click()
    page.get_by_role("slider", name="Turn").first.press("ArrowLeft")
    page.wait_for_timeout(500)
    assert reading(page) != first


STEPS_LINK = (
    "steps?what=mnist-perturbed&model=mnist-perturbed/stn-projective&picture=2"
    "&handles=-0.8,-0.9;0.9,-0.6;0.7,0.9;-0.5,0.7"
)
WINDOWS_LINK = "attention?what=birds&model=birds/2st-cnn-translation&picture=5&muted=A&grid=1"
ON_STEPS = "[data-testid=steps][data-ready=true][data-live=on]"
ON_WINDOWS = "[data-testid=attention][data-ready=true]"


def steps_reading(page: Page) -> tuple[str, str]:
    page.wait_for_selector(ON_STEPS)
    page.wait_for_timeout(1500)
    return page.get_by_test_id("answer").inner_text(), page.locator(".strip").inner_text()


@pytest.mark.slow
@pytest.mark.oracle
def test_a_link_to_steps_opens_the_same_there_and_back(
    context: BrowserContext, address: str, address_of_site: str
) -> None:
    app, site = context.new_page(), context.new_page()
    app.goto(f"{address}/{STEPS_LINK}")
    site.goto(address_of_site + STEPS_LINK)
    first = steps_reading(site)
    assert first == steps_reading(app)
    expect(site.get_by_text("picture 3 of 24")).to_be_visible()
    site.get_by_label("The next picture").click()
    site.wait_for_function("location.search.includes('picture=3')")
    second = steps_reading(site)
    assert second != first
    app.goto(f"{address}/steps{site.evaluate('location.search')}")
    assert steps_reading(app) == second
    site.go_back()
    assert steps_reading(site) == first


@pytest.mark.slow
@pytest.mark.oracle
def test_a_link_to_windows_opens_the_same_there_and_back(
    context: BrowserContext, address: str, address_of_site: str
) -> None:
    app, site = context.new_page(), context.new_page()
    found = []
    for page, base in ((app, f"{address}/"), (site, address_of_site)):
        page.goto(base + WINDOWS_LINK)
        page.wait_for_selector(ON_WINDOWS)
        page.get_by_label("The next picture").or_(page.get_by_role("button", name="\u203a")).click()
        page.wait_for_function("location.search.includes('picture=6')")
        page.wait_for_timeout(1500)
        shown = page.get_by_test_id("attention")
        pressed = shown.locator("[aria-pressed=true]").all_inner_texts()
        found.append((shown.get_by_test_id("answer").inner_text(), pressed))
    assert found[0] == found[1]
    assert len(found[0][1]) > 1
    before = site.get_by_test_id("answer").inner_text()
    site.go_back()
    expect(site.get_by_test_id("answer")).not_to_have_text(before)


@pytest.mark.slow
@pytest.mark.feature
def test_lessons_open_the_sites_own_pages(context: BrowserContext, address_of_site: str) -> None:
    page = context.new_page()
    page.goto(f"{address_of_site}lessons?lang=en&lesson=two-transformers-share-a-bird")
    door = page.get_by_role("link", name="Attention").last
    with context.expect_page() as opened:
        door.click()
    opened.value.wait_for_selector(ON_WINDOWS)
    assert "/attention/?" in opened.value.url
    page.get_by_role("button", name="Deutsch").click()
    page.wait_for_function("location.search.includes('lang=de')")
    expect(page.get_by_text("Zwei Transformer")).to_have_count(2)
    expect(page.get_by_text("anybody can read them")).to_be_visible()
    page.goto(f"{address_of_site}lessons?lang=fr&lesson=nothing")
    expect(page.locator(".trouble")).to_contain_text("no language")
    expect(page.locator(".trouble")).to_contain_text("no lesson")


@pytest.mark.slow
@pytest.mark.feature
def test_a_link_hides_parts_here_as_in_the_app(
    context: BrowserContext, address_of_site: str
) -> None:
    page = context.new_page()
    page.goto(f"{address_of_site}{LINK}&hide=theta,sentence,choices&size=large&embed=true")
    page.wait_for_selector(OWN)
    expect(page.get_by_test_id("theta").first).to_be_hidden()
    expect(page.locator(".site-choices")).to_be_hidden()
    expect(page.get_by_role("navigation")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "28px"
    page.get_by_role("slider", name="Turn").first.press("ArrowRight")
    page.wait_for_function("!location.search.includes('angle=0.5&')")
    assert "hide=theta,sentence,choices" in page.url
    page.goto(f"{address_of_site}{WINDOWS_LINK}&hide=answer,pictures")
    page.wait_for_selector(ON_WINDOWS)
    expect(page.get_by_test_id("answer")).to_be_hidden()
    expect(page.get_by_label("The next picture")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.feature
def test_every_page_works_with_the_network_off(
    context: BrowserContext, address_of_site: str
) -> None:
    page = context.new_page()
    page.goto(address_of_site)
    reading(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    pages = {"steps/": ON_STEPS, "attention/": ON_WINDOWS, "lessons/": "[data-testid=lessons]"}
    for place, sign in pages.items():
        page.goto(address_of_site + place)
        page.wait_for_selector(sign)
    context.set_offline(True)
    for place, sign in pages.items():
        page.goto(f"{address_of_site}{place}?seed=1")
        page.wait_for_selector(sign)
        assert page.locator(".trouble").inner_text() == ""


@pytest.mark.slow
@pytest.mark.oracle
def test_an_exported_page_opens_with_what_the_app_shows(
    context: BrowserContext, address: str, folder: Path, tmp_path: Path
) -> None:
    link = LINK.replace("digit=77", "digit=9132")
    made = render(f"play{link}", FORMATS.get("html"), Wanted())
    assert made.name.endswith(".html")
    assert len(made.data) < 7e6
    file = tmp_path / made.name
    file.write_bytes(made.data)
    app = context.new_page()
    open_app(app, f"{address}/{link}")
    context.set_offline(True)
    page = context.new_page()
    page.goto(file.as_uri())
    theta, answer, _ = reading(page)
    assert theta == app.get_by_test_id("theta").first.inner_text()
    assert answer == app.get_by_test_id("prediction").first.inner_text()
    assert page.locator(".trouble").inner_text() == ""


def answered_with(status: int, body: str, route: Route) -> None:
    route.fulfill(status=status, body=body)


@pytest.mark.slow
@pytest.mark.exception
def test_files_that_are_missing_or_of_another_version_are_said(
    chromium: Browser, address_of_site: str
) -> None:
    context = chromium.new_context(service_workers="block")  # it would answer from what it keeps
    for status, body, said in (
        (404, "", "play.json does not come (404)"),
        (200, '{"version": "other"}', "Its files are of different versions."),
        (200, '{"version": ', "This page cannot be shown"),
    ):
        page = context.new_page()
        page.route("**/play.json*", partial(answered_with, status, body))
        page.goto(address_of_site)
        expect(page.locator(".trouble")).to_contain_text(said)
        expect(page.locator(".trouble")).to_contain_text("Load it again")
        page.close()
    page = context.new_page()
    page.route("**/*.onnx*", lambda route: route.fulfill(status=404))
    page.goto(address_of_site + LINK)
    expect(page.get_by_text("This page cannot compute the answers")).to_be_visible()
    context.close()


@pytest.mark.slow
@pytest.mark.feature
def test_one_file_works_from_a_disk(context: BrowserContext, folder: Path, tmp_path: Path) -> None:
    file = build_file(tmp_path / "play.html", default_library(), NETWORKS[:1])
    assert file.stat().st_size < 7e6
    context.set_offline(True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if "http" in request.url[:5]
            else None)  # fmt: skip
    page.goto(f"{file.as_uri()}{LINK}")
    first = reading(page)
    page.get_by_role("slider", name="Turn").first.press("ArrowRight")
    page.wait_for_function("location.hash.includes('angle')")
    moved = reading(page)
    assert moved != first
    page.reload()
    assert reading(page) == moved
    page.go_back()
    page.wait_for_timeout(300)
    assert reading(page) == first
    page.get_by_role("button", name="Shuffle").click()
    page.wait_for_timeout(500)
    assert not problems
