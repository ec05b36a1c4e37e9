"""The site's pages show what the app shows, and links lead from one to the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.static_sites import (
    INSIDE_LINK,
    LINK,
    ON_WINDOWS,
    OWN,
    STEPS_LINK,
    WINDOWS_LINK,
    inside_reading,
    open_app,
    reading,
    steps_reading,
)

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.oracle
def test_a_link_of_the_app_opens_the_same_on_the_site_and_back(
    site_context: BrowserContext, address: str, address_of_site: str
) -> None:
    app, site = site_context.new_page(), site_context.new_page()
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
@pytest.mark.oracle
def test_a_link_to_steps_opens_the_same_there_and_back(
    site_context: BrowserContext, address: str, address_of_site: str
) -> None:
    app, site = site_context.new_page(), site_context.new_page()
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
def test_a_link_to_inside_opens_the_same_there_and_back(
    site_context: BrowserContext, address: str, address_of_site: str
) -> None:
    app, site = site_context.new_page(), site_context.new_page()
    app.goto(f"{address}/{INSIDE_LINK}")
    site.goto(address_of_site + INSIDE_LINK)
    first = inside_reading(site)
    assert first == inside_reading(app)
    site.locator("[data-step=grid]").click()
    site.get_by_role("button", name="Identity").click()
    site.wait_for_function("location.search.includes('step=grid')")
    second = inside_reading(site)
    assert second != first
    app.goto(f"{address}/inside{site.evaluate('location.search')}")
    assert inside_reading(app) == second
    site.go_back()
    site.go_back()
    assert inside_reading(site) == first


@pytest.mark.slow
@pytest.mark.oracle
def test_a_link_to_windows_opens_the_same_there_and_back(
    site_context: BrowserContext, address: str, address_of_site: str
) -> None:
    app, site = site_context.new_page(), site_context.new_page()
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
def test_lessons_open_the_sites_own_pages(
    site_context: BrowserContext, address_of_site: str
) -> None:
    page = site_context.new_page()
    page.goto(f"{address_of_site}lessons?lang=en&lesson=two-transformers-share-a-bird")
    door = page.locator("a.door")
    with site_context.expect_page() as opened:
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
    site_context: BrowserContext, address_of_site: str
) -> None:
    page = site_context.new_page()
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
