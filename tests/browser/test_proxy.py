"""Behind nginx as in ``hosting/``: pages, live route, uploads; in a frame of another site."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Frame, Page, Playwright, expect

from scripts import served
from scripts.behind_nginx import HOSTING, MISSING, NAME, POSSIBLE, behind_nginx, replaced, settings

LIVE = "[data-testid=stage][data-live=on]"
SCHOOL = "course.example"

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not POSSIBLE, reason=MISSING)]

AROUND = """
server {{
    listen 127.0.0.1:{school} ssl;
    ssl_certificate {folder}/tls.pem; ssl_certificate_key {folder}/tls.key;
    root {folder}/school;
}}
server {{  # it does not pass on a WebSocket's request for an upgrade
    listen 127.0.0.1:{blocking} ssl;
    ssl_certificate {folder}/tls.pem; ssl_certificate_key {folder}/tls.key;
    location /stn/ {{ proxy_pass http://stnviz; proxy_set_header Host $http_host; }}
}}
"""


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """nginx before the app: its ports, a course page's, and that of a proxy without WebSockets."""
    folder = tmp_path_factory.mktemp("nginx")
    found = {name: served.free_port() for name in ("own", "plain", "school", "blocking")}
    course = folder / "school"
    course.mkdir()
    frame = (HOSTING / "frame.html").read_text(encoding="utf-8")
    address = f"https://{NAME}:{found['own']}/"
    (course / "index.html").write_text(replaced(frame, {f"https://{NAME}/": address}))
    names = {"own": NAME, "blocking": NAME, "school": SCHOOL}
    origins = " ".join(f"https://{name}:{found[port]}" for port, name in names.items())
    variables = settings(STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS=origins)
    server, app = served.started(**variables)
    more = AROUND.format(folder=folder, **found)
    try:
        with behind_nginx([app], folder, found["own"], found["plain"], more=more):
            yield found
    finally:
        served.stopped(server)


@pytest.fixture(scope="module")
def elsewhere(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium for which the names of examples are this machine.

    It keeps no cookies of frames of other sites, as Safari and private windows do not.
    """
    browser = served.chromium(
        playwright,
        "--host-resolver-rules=MAP *.example 127.0.0.1",
        "--test-third-party-cookie-phaseout",
    )
    yield browser
    browser.close()


@pytest.fixture
def page(elsewhere: Browser) -> Iterator[Page]:
    context = elsewhere.new_context(ignore_https_errors=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.fixture(scope="module")
def picture() -> dict[str, object]:
    """An image of more than a megabyte, which is all that nginx takes unless it is told."""
    noise = np.random.default_rng(0).integers(0, 256, (800, 800, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    assert file.tell() > 1.5e6
    return {"name": "noise.png", "mimeType": "image/png", "buffer": file.getvalue()}


def course(page: Page, ports: dict[str, int]) -> Frame:
    """The app in the frame of a course page, clicked, so that it takes input."""
    page.goto(f"https://{SCHOOL}:{ports['school']}/")
    page.frame_locator("iframe").locator(LIVE).wait_for(state="attached")
    page.frame_locator("iframe").get_by_role("heading").first.click(force=True)
    return page.frames[1]


def upload(on: Page | Frame, picture: dict[str, object]) -> None:
    """Choose an image on Play, and wait until the page's address holds the drawing made of it."""
    on.get_by_role("button", name="Upload").first.click()
    on.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type]
    on.wait_for_url(re.compile("ink="))


@pytest.mark.feature
def test_the_stage_is_live_behind_a_proxy(page: Page, ports: dict[str, int]) -> None:
    page.goto(f"https://{NAME}:{ports['own']}/stn/")
    page.wait_for_selector(LIVE)


@pytest.mark.slow
@pytest.mark.feature
def test_other_pages_find_the_live_route_too(page: Page, ports: dict[str, int]) -> None:
    page.goto(f"https://{NAME}:{ports['own']}/stn/steps")
    page.wait_for_selector("[data-testid=steps][data-live=on]")


@pytest.mark.slow
@pytest.mark.feature
def test_a_link_and_its_upload_pass_the_proxy(
    page: Page, ports: dict[str, int], picture: dict[str, object]
) -> None:
    page.goto(f"https://{NAME}:{ports['own']}/stn?data=mnist-rts&digit=12&hide=theta")
    page.wait_for_selector(f"{LIVE}[data-hide=theta]")
    assert page.url.startswith(f"https://{NAME}:{ports['own']}/stn/?data=mnist-rts")
    upload(page, picture)
    page.get_by_role("button", name="Link", exact=True).click()
    made = re.compile(rf"^https://{NAME}:{ports['own']}/stn/\?.*ink=")
    expect(page.get_by_label("Link", exact=True)).to_have_value(made)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Steps").click()
    page.wait_for_selector("[data-testid=steps][data-live=on]")
    assert f":{ports['own']}/stn/steps" in page.url


@pytest.mark.slow
@pytest.mark.feature
def test_the_stage_is_live_in_a_frame_of_another_site(page: Page, ports: dict[str, int]) -> None:
    course(page, ports)


@pytest.mark.slow
@pytest.mark.feature
def test_an_upload_in_a_frame_of_another_site_arrives(
    page: Page, ports: dict[str, int], picture: dict[str, object]
) -> None:
    """Although the browser keeps no cookies of other sites: the app's is partitioned."""
    upload(course(page, ports), picture)


@pytest.mark.exception
def test_a_site_that_is_not_configured_may_not_frame_it(page: Page, ports: dict[str, int]) -> None:
    page.goto(f"https://other.example:{ports['school']}/")
    page.wait_for_timeout(1_000)
    assert page.frame_locator("iframe").locator("#root").count() == 0


@pytest.mark.slow
@pytest.mark.exception
def test_a_page_whose_websockets_are_blocked_says_so(page: Page, ports: dict[str, int]) -> None:
    page.goto(f"https://{NAME}:{ports['blocking']}/stn/?digit=12")
    expect(page.get_by_role("alert")).to_contain_text("over a WebSocket", timeout=30_000)
    page.goto(f"https://{NAME}:{ports['own']}/stn/?digit=12")
    page.wait_for_selector(LIVE)
    page.wait_for_timeout(10_000)
    expect(page.get_by_text("over a WebSocket")).to_have_count(0)
