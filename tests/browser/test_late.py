"""Whoever is quicker than the server: nothing jumps back to what was left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import stnviz.ui

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

READY = "[data-testid=steps][data-ready=true]"


@pytest.mark.law
def test_what_is_pressed_before_the_server_has_answered_stays(look: Look) -> None:
    """Every request says an address that the server has left by then."""
    page = look("/steps?what=mnist-perturbed&tick=3", READY, late=0.7)
    slider = page.get_by_role("slider", name="Step")
    page.get_by_role("button", name="This step only").focus()
    for key, tick in (("ArrowRight", 4), ("End", 4), ("Home", 1)):
        page.keyboard.press(key)
        expect(slider).to_have_value(str(tick))
        page.wait_for_timeout(300)
    page.wait_for_timeout(4000)
    expect(slider).to_have_value("1")
    page.wait_for_function("location.search.includes('tick=1')")


@pytest.mark.feature
def test_what_is_chosen_again_after_back_is_in_the_address_again(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&tick=1", READY)
    slider = page.get_by_role("slider", name="Step")
    page.get_by_role("button", name="This step only").focus()
    page.keyboard.press("End")
    page.wait_for_function("location.search.includes('tick=4')")
    page.go_back()
    expect(slider).to_have_value("1")
    page.get_by_role("button", name="This step only").focus()
    page.keyboard.press("End")
    page.wait_for_function("location.search.includes('tick=4')")


@pytest.mark.law
def test_only_removal_and_hiding_close_a_component(look: Look) -> None:
    """Streamlit calls the clean-up of an update that a later one has overtaken, sometimes first."""
    page = look("/steps", READY)
    module = (Path(stnviz.ui.__file__).parent / "mounting.js").read_text(encoding="utf-8")
    log = page.evaluate(
        """async (module) => {
          const script = new Blob([module], { type: "text/javascript" });
          const { mounting } = await import(URL.createObjectURL(script));
          const log = [];
          const mount = mounting("it", class {
            receive(data) { log.push(data); }
            close() { log.push("closed"); }
          });
          const parentElement = document.body.appendChild(document.createElement("div"));
          parentElement.innerHTML = "<div data-testid=it></div>";
          let overtaken = mount({ data: 1, parentElement });
          overtaken();
          mount({ data: 2, parentElement });
          const hiding = { hide: ["answer"] };
          overtaken = mount({ data: hiding, parentElement });
          log.push(parentElement.firstChild.dataset.hide);
          const last = mount({ data: hiding, parentElement });
          overtaken();
          parentElement.remove();
          last();
          return log;
        }""",
        module,
    )
    hiding = {"hide": ["answer"]}
    assert log == [1, 2, "closed", hiding, "answer", hiding, "closed"]


@pytest.mark.slow
@pytest.mark.law
def test_hundreds_of_quick_keys_break_nothing_off(look: Look) -> None:
    """A browser must still have the messages that it said it had when it asked."""
    page = look("/steps?what=mnist-perturbed&tick=1", READY)
    slider = page.get_by_role("slider", name="Step")
    slider.focus()
    for _ in range(100):
        for key, tick in (("PageDown", 4), ("PageUp", 1), ("ArrowRight", 2)):
            page.keyboard.press(key)
            expect(slider).to_have_value(str(tick))
