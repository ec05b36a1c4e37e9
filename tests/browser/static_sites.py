"""The site as tests open it, and what its pages show."""

from __future__ import annotations

from playwright.sync_api import Page

NETWORKS = ("mnist-r/st-cnn-affine", "mnist-r/cnn", "mnist-tc/st-cnn-affine")
OTHERS = ("mnist-perturbed/stn-projective", "birds/2st-cnn-translation")
LINK = "?data=mnist-r&models=mnist-r/st-cnn-affine&digit=77&seed=5&angle=0.5"
OWN = "[data-testid=stage][data-answers=page][data-busy=false]"
STEPS_LINK = (
    "steps?what=mnist-perturbed&model=mnist-perturbed/stn-projective&picture=2"
    "&handles=-0.8,-0.9;0.9,-0.6;0.7,0.9;-0.5,0.7"
)
WINDOWS_LINK = "attention?what=birds&model=birds/2st-cnn-translation&picture=5&muted=A&grid=1"
INSIDE_LINK = (
    "inside?model=mnist-r/st-cnn-affine&step=gradients&digit=77&seed=0&angle=0.4"
    "&theta=0.9,-0.2,0.05,0.3,1.1,-0.1&kernel=bicubic&padding=border&x=12&y=9&label=3"
)
ON_STEPS = "[data-testid=steps][data-ready=true][data-live=on]"
ON_INSIDE = "[data-testid=inside][data-ready=true][data-live=on][data-busy=false]"
ON_WINDOWS = "[data-testid=attention][data-ready=true]"


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


def steps_reading(page: Page) -> tuple[str, str]:
    page.wait_for_selector(ON_STEPS)
    page.wait_for_timeout(1500)
    return page.get_by_test_id("answer").inner_text(), page.locator(".strip").inner_text()


def inside_reading(page: Page) -> tuple[str, str]:
    """What a step of the Inside page shows, in numbers and words."""
    page.wait_for_selector(ON_INSIDE)
    page.wait_for_timeout(1500)
    inside = page.get_by_test_id("inside")
    return inside.locator(".path").inner_text(), inside.locator(".panel").inner_text()
