"""The site with the network off, from a disk, and with files that are missing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from stnviz.checkpoints.library import default_library
from stnviz.export.formats import FORMATS
from stnviz.export.render import render
from stnviz.export.request import Wanted
from stnviz.site.build import build_file
from tests.browser.static_sites import (
    LINK,
    NETWORKS,
    ON_INSIDE,
    ON_STEPS,
    ON_WINDOWS,
    open_app,
    reading,
)

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.feature
def test_it_works_with_the_network_off(site_context: BrowserContext, address_of_site: str) -> None:
    page = site_context.new_page()
    page.goto(address_of_site)
    reading(page)
    page.wait_for_function("navigator.serviceWorker.controller || navigator.serviceWorker.ready")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    reading(page)
    site_context.set_offline(True)
    page.goto(address_of_site + LINK)
    first = reading(page)
    page.get_by_role("button", name="Shuffle").click()
    page.get_by_role("slider", name="Turn").first.press("ArrowLeft")
    page.wait_for_timeout(500)
    assert reading(page) != first


@pytest.mark.slow
@pytest.mark.feature
def test_every_page_works_with_the_network_off(
    site_context: BrowserContext, address_of_site: str
) -> None:
    page = site_context.new_page()
    page.goto(address_of_site)
    reading(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    pages = {
        "inside/": ON_INSIDE,
        "steps/": ON_STEPS,
        "attention/": ON_WINDOWS,
        "lessons/": "[data-testid=lessons]",
    }
    for place, sign in pages.items():
        page.goto(address_of_site + place)
        page.wait_for_selector(sign)
    site_context.set_offline(True)
    for place, sign in pages.items():
        page.goto(f"{address_of_site}{place}?seed=1")
        page.wait_for_selector(sign)
        assert page.locator(".trouble").inner_text() == ""


@pytest.mark.slow
@pytest.mark.oracle
def test_an_exported_page_opens_with_what_the_app_shows(
    site_context: BrowserContext, address: str, tmp_path: Path
) -> None:
    link = LINK.replace("digit=77", "digit=9132")
    made = render(f"play{link}", FORMATS.get("html"), Wanted())
    assert made.name.endswith(".html")
    assert len(made.data) < 7e6
    file = tmp_path / made.name
    file.write_bytes(made.data)
    app = site_context.new_page()
    open_app(app, f"{address}/{link}")
    site_context.set_offline(True)
    page = site_context.new_page()
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
def test_one_file_works_from_a_disk(site_context: BrowserContext, tmp_path: Path) -> None:
    file = build_file(tmp_path / "play.html", default_library(), NETWORKS[:1])
    assert file.stat().st_size < 7e6
    site_context.set_offline(True)
    page = site_context.new_page()
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
