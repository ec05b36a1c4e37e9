"""Behind nginx with TLS and a base path, the stage is live: plain, and in another site's frame."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright

from scripts import served

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
LIVE = "[data-testid=stage][data-live=on]"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (NGINX and shutil.which("openssl")), reason="nginx or openssl is not here"
    ),
]

CONFIG = """
daemon off; error_log stderr; pid {folder}/nginx.pid; worker_processes 1;
events {{}}
http {{
  access_log off; ssl_certificate {folder}/tls.pem; ssl_certificate_key {folder}/tls.key;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
  server {{ listen 127.0.0.1:{own} ssl; location /stn/ {{ proxy_pass {app}; }} }}
  server {{ listen 127.0.0.1:{kept} ssl; location /stn/ {{
    proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade"; proxy_pass {app}; }} }}
  server {{ listen 127.0.0.1:{school} ssl; location / {{ default_type text/html;
    return 200 '<iframe src="https://stn.example:{own}/stn/" width=1200 height=700></iframe>'; }} }}
}}
"""


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """nginx before the app: its port, that which keeps the name asked for, another site's."""
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=stn.example", "-keyout", folder / "tls.key", "-out", folder / "tls.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    found = {name: served.free_port() for name in ("own", "kept", "school")}
    origins = [f"https://stn.example:{found[name]}" for name in ("own", "kept")]
    origins.append(f"https://school.example:{found['school']}")
    options = [f"--server.corsAllowedOrigins={origin}" for origin in origins]
    with served.served(served.APP, "--server.baseUrlPath=stn", *options) as app:
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, app=app, **found))
        assert NGINX
        proxy = subprocess.Popen([NGINX, "-c", str(config), "-p", str(folder)])
        time.sleep(0.5)
        assert proxy.poll() is None
        yield found
        proxy.terminate()
        proxy.wait(10)


@pytest.fixture(scope="module")
def elsewhere(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium for which the names of examples are this machine."""
    browser = served.chromium(playwright, "--host-resolver-rules=MAP *.example 127.0.0.1")
    yield browser
    browser.close()


@pytest.fixture
def page(elsewhere: Browser) -> Iterator[Page]:
    context = elsewhere.new_context(ignore_https_errors=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.mark.feature
@pytest.mark.parametrize("name", ["own", pytest.param("kept", marks=pytest.mark.slow)])
def test_the_stage_is_live_behind_a_proxy(page: Page, ports: dict[str, int], name: str) -> None:
    page.goto(f"https://stn.example:{ports[name]}/stn/")
    page.wait_for_selector(LIVE)


@pytest.mark.feature
def test_other_pages_find_the_live_route_too(page: Page, ports: dict[str, int]) -> None:
    page.goto(f"https://stn.example:{ports['own']}/stn/steps")
    page.wait_for_selector("[data-testid=steps][data-live=on]")


@pytest.mark.feature
def test_the_stage_is_live_in_a_frame_of_another_site(page: Page, ports: dict[str, int]) -> None:
    page.goto(f"https://school.example:{ports['school']}/")
    page.frame_locator("iframe").locator(LIVE).wait_for(state="attached")


@pytest.mark.exception
def test_a_site_that_is_not_configured_may_not_frame_it(page: Page, ports: dict[str, int]) -> None:
    page.goto(f"https://other.example:{ports['school']}/")
    page.wait_for_timeout(1_000)
    assert page.frame_locator("iframe").locator("#root").count() == 0
