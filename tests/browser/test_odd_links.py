"""Links as browsers send them: repeated, percent-encoded, and come back to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.variants import slow_but

Look = Callable[..., Page]

READY = "text=Hyperparameters"
ENCODED = (
    "seed=1&seed=2", "seed=%00", "network=%FF%FE", "network=CNN&network=FCN", "pictures=%C3%28",
    "steps=%E2%88%9E", "start=%00",
)  # fmt: skip


@pytest.mark.exception
@pytest.mark.parametrize("query", slow_but(1, ENCODED))
def test_what_a_browser_makes_of_an_odd_link_is_said(look: Look, query: str) -> None:
    page = look(f"/train?{query}", READY)
    expect(page.get_by_test_id("stToast").first).to_contain_text("The link's", timeout=30_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.exception
def test_the_way_back_to_an_odd_link_ends_in_a_sentence(look: Look) -> None:
    """The page's widgets are bound to the address by then, and Streamlit guards what is bound."""
    page = look("/train?network=CNN&seed=5&steps=1000", READY)
    page.wait_for_timeout(1_000)
    for query in ("network=CNN&seed=inf&steps=1000&patience=3", "network=CNN&seed=7&steps=1000"):
        page.evaluate("query => history.pushState({}, '', `/train?${query}`)", query)
    page.go_back()
    expect(page.get_by_test_id("stToast").first).to_contain_text("The link's seed", timeout=30_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.wait_for_url(lambda url: "seed=inf" not in url)
