"""The Inside page in a real Chromium: its numbers are torch's own."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from playwright.sync_api import Page, expect

import stnviz
from stnviz import load_model
from stnviz.live.engine import Engine
from stnviz.live.protocol import InsideRequest, decode_answer, parse_request
from tests.variants import slow_but

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

READY = "[data-testid=inside][data-ready=true][data-live=on]"
SAMPLERS = (
    ("bilinear", "zeros", 0), ("bicubic", "border", 0), ("nearest", "border", 0),
    ("bilinear", "reflection", 1), ("bicubic", "zeros", 0),
)  # fmt: skip
LINK = "/inside?model=mnist-r/st-cnn-affine&digit=132&seed=0&angle=0.61087"


def opened(look: Look, query: str = "", **how: object) -> Page:
    page = look(LINK + query, READY, **how)
    settled(page)
    return page


def settled(page: Page) -> None:
    page.wait_for_selector("[data-testid=inside][data-busy=false]")
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def answer(**changes: object) -> dict[str, np.ndarray]:
    plain = {
        "version": 1, "id": 1, "inside": "mnist-r/st-cnn-affine", "source": {"digit": 132},
        "distortion": {"name": "mnist-r", "values": {"angle": 0.61087}}, **changes,
    }  # fmt: skip
    request = parse_request(json.dumps(plain))
    assert isinstance(request, InsideRequest)
    return decode_answer(Engine().submit(request).result(timeout=60))[1]


def shown_weights(page: Page) -> dict[tuple[int, int], float]:
    rows = page.locator("[data-testid=taps] tbody tr").evaluate_all(
        """(rows) => rows.map((row) =>
          [row.firstChild.textContent, Number(row.dataset.weight), row.dataset.inside])"""
    )
    found: dict[tuple[int, int], float] = {}
    for text, weight, inside in rows:
        column, row = (int(part.replace("\u2212", "-")) for part in text.strip("()").split(", "))
        if inside == "true":
            found[column, row] = found.get((column, row), 0) + weight
    return found


@pytest.mark.oracle
@pytest.mark.parametrize(("kernel", "padding", "align"), slow_but(2, SAMPLERS))
def test_the_weights_on_screen_are_those_of_torch(
    look: Look, kernel: str, padding: str, align: int
) -> None:
    # Some samples of this window lie outside the picture.
    theta = [1.1, -0.4, 0.3, 0.5, 0.9, -0.2]
    text = ",".join(map(str, theta))
    page = opened(
        look, f"&step=sample&theta={text}&kernel={kernel}&padding={padding}&align={align}&x=3&y=20"
    )
    grid = torch.from_numpy(answer(theta=theta)["grid"].copy()).double()[None]
    image = torch.rand(1, 1, 28, 28, dtype=torch.float64, requires_grad=True)
    output = F.grid_sample(
        image, grid, mode=kernel, padding_mode=padding, align_corners=bool(align)
    )
    for x, y in ((3, 20), (4, 20), (4, 21)):
        (weights,) = torch.autograd.grad(output[0, 0, y, x], image, retain_graph=True)
        wanted = {
            (int(column), int(row)): float(weights[0, 0, row, column])
            for row, column in weights[0, 0].nonzero().tolist()
        }
        found = {
            place: weight for place, weight in shown_weights(page).items() if abs(weight) > 1e-9
        }
        assert found == pytest.approx(wanted, abs=2e-5)
        output_figure(page).press("ArrowRight" if x == 3 else "ArrowDown")
        settled(page)


def output_figure(page: Page):
    return page.locator("canvas.figure[tabindex='0']").first


@pytest.mark.oracle
def test_slopes_are_those_of_autograd_and_one_sided_at_whole_pixels(look: Look) -> None:
    found = answer()
    image = torch.from_numpy(found["input"].copy()).double()[None]
    page = opened(look, "&step=gradients&x=12&y=9")
    check_slopes(page, image, torch.from_numpy(found["grid"].copy()).double(), 12, 9, side=0)
    # The identity reads every pixel at its centre: there the sampler takes the slope to the right.
    identity = [1, 0, 0, 0, 1, 0]
    page = opened(look, f"&step=gradients&x=12&y=9&theta={','.join(map(str, identity))}")
    grid = torch.from_numpy(answer(theta=identity)["grid"].copy()).double()
    check_slopes(page, image, grid, 12, 9, side=1)


def check_slopes(
    page: Page, image: torch.Tensor, grid: torch.Tensor, x: int, y: int, side: int
) -> None:
    """Compare with differences of values: on both sides, or on the right and lower side alone."""
    step = 1e-4 * 2 / 28  # a ten-thousandth of a pixel, in half pictures

    def value(dx: float, dy: float) -> float:
        place = (grid[y, x] + torch.tensor([dx, dy]))[None, None, None]
        return float(F.grid_sample(image, place, align_corners=False))

    behind = 0.0 if side else step
    slope_x = (value(step, 0) - value(-behind, 0)) / (step + behind) * 2 / 28
    slope_y = (value(0, step) - value(0, -behind)) / (step + behind) * 2 / 28
    section = page.get_by_role("region", name="Gradients")
    across, down = (
        float(section.get_attribute(f"data-{way}") or "nan") for way in ("across", "down")
    )
    assert across == pytest.approx(slope_x, abs=2e-3)
    assert down == pytest.approx(slope_y, abs=2e-3)


@pytest.mark.feature
def test_steps_open_in_place_and_the_link_restores_what_is_seen(look: Look) -> None:
    page = opened(look, "&step=input")
    path = page.get_by_role("navigation", name="Steps of the transformer")
    first = path.get_by_role("button").first
    first.focus()
    for name in ("localise", "grid", "sample", "gradients", "classify"):
        page.keyboard.press("ArrowRight")
        settled(page)
        page.wait_for_url(f"**step={name}**")
        assert page.get_by_role("region", name=name.capitalize()).is_visible()
    again = look(page.url.split(page.url.split("/inside")[0])[-1], READY)
    expect(again.get_by_role("region", name="Classify")).to_be_visible()


@pytest.mark.feature
def test_theta_is_edited_by_slider_number_and_handle(look: Look) -> None:
    page = opened(look, "&step=grid")
    before = page.get_by_test_id("answer").inner_text()
    page.get_by_role("spinbutton").nth(2).fill("0.8")
    page.get_by_role("spinbutton").nth(2).press("Enter")
    page.wait_for_url("**theta=**")
    settled(page)
    assert page.get_by_test_id("answer").inner_text() != before
    page.get_by_role("button", name="Middle of the window").press("ArrowLeft")
    settled(page)
    assert float(page.get_by_role("spinbutton").nth(2).input_value()) == pytest.approx(
        0.78, abs=1e-3
    )
    page.get_by_role("button", name="As the network has it").click()
    settled(page)
    assert page.get_by_test_id("answer").inner_text() == before


@pytest.mark.feature
def test_the_ball_rolls_home_and_outside_the_picture_it_lies_still(look: Look) -> None:
    page = opened(look, "&step=gradients&theta=1,0,6,0,1,6")
    expect(page.get_by_test_id("ball")).to_contain_text("flat")
    page.get_by_role("button", name="Home").click()
    settled(page)
    loss = float(page.get_by_test_id("ball").inner_text().split("loss ")[1].split(".")[0] + ".0")
    assert math.isfinite(loss)


@pytest.mark.oracle
def test_averaged_first_every_pixel_counts(look: Look) -> None:
    name, place = "colocalise-t/st-finder-attention", (13, 9)
    link = f"/inside?model={name}&step=sample&theta=1,0,0&x={place[0]}&y={place[1]}"
    page = look(link, READY)
    settled(page)
    expect(page.get_by_text("11 % of the input")).to_be_visible()
    page.get_by_role("button", name="Average first").click()
    page.wait_for_url("**also=average**")
    expect(page.get_by_text("100 % of them are read")).to_be_visible()
    plain = {"version": 1, "id": 1, "inside": name, "picture": 0, "theta": [1, 0, 0]}
    request = parse_request(json.dumps(plain))
    found = decode_answer(Engine().submit(request).result(timeout=60))[1]
    pooled = F.adaptive_avg_pool2d(torch.from_numpy(found["input"].copy())[None], 28)
    grid = torch.from_numpy(found["grid"].copy())[None]
    wanted = F.grid_sample(pooled, grid, align_corners=False)[0, 0, place[1], place[0]]
    said = page.get_by_test_id("formula").locator("b").inner_text()
    assert float(said) == pytest.approx(float(wanted), abs=6e-4)


@pytest.mark.oracle
def test_on_a_wide_picture_the_same_theta_shears(look: Look) -> None:
    turn = math.radians(30)
    theta = [math.cos(turn), -math.sin(turn), 0, math.sin(turn), math.cos(turn), 0]
    page = opened(look, f"&step=grid&also=wide&theta={','.join(f'{x:.6f}' for x in theta)}")
    # Three times as wide: right is (3 cos, sin), down is (-3 sin, cos), in pixels.
    right, down = np.array([3 * theta[0], theta[3]]), np.array([3 * theta[1], theta[4]])
    lengths = np.linalg.norm(right), np.linalg.norm(down)
    angle = math.degrees(math.acos(right @ down / lengths[0] / lengths[1]))
    said = page.get_by_test_id("wide")
    expect(said).to_contain_text(f"is {lengths[0]:.2f} pixels here")
    expect(said).to_contain_text(
        f"a step down {lengths[1]:.2f}, and they meet at {angle:.0f}\u00b0"
    )
    expect(said).to_contain_text("1.00, 1.00 and 90\u00b0")


@pytest.mark.slow
@pytest.mark.feature
def test_it_fits_a_phone(look: Look) -> None:
    page = opened(look, "&step=sample", width=390, touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.feature
def test_a_trace_that_was_opened_on_debug_is_opened_here(look: Look, tmp_path: Path) -> None:
    model = load_model("mnist-r/st-cnn-affine")
    stnviz.inspect(model, torch.rand(3, 1, 28, 28)).save(tmp_path / "own.trace")
    page = look("/debug", "[data-testid=debug][data-ready=true]")
    page.get_by_role("button", name="Your own network").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "own.trace")
    page.get_by_text("This is your own trace").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("Open it on Inside").click()
    page.wait_for_selector("[data-testid=inside][data-ready=true]")
    expect(page.get_by_test_id("formula")).to_contain_text("V =")
    page.get_by_role("button", name="Localise").click()
    expect(page.get_by_test_id("weight")).to_contain_text("A trace holds")
    page.get_by_role("button", name="Gradients").click()
    expect(page.get_by_text("No gradient was recorded")).to_be_visible()
    page.get_by_role("button", name="Input", exact=False).first.click()
    page.get_by_role("button", name="The next picture").click()
    expect(page.get_by_text("picture 2 of 3")).to_be_visible()


@pytest.mark.feature
def test_a_photo_of_ones_own_is_opened(look: Look, tmp_path: Path) -> None:
    Image.new("RGB", (80, 60), (200, 40, 40)).save(tmp_path / "red.png")
    page = look("/inside?model=numbers-64/st-cnn-multi-affine&step=input", READY)
    page.get_by_role("button", name="Upload").first.click()
    page.locator("input[type=file]").set_input_files(tmp_path / "red.png")
    expect(page.get_by_text("Your own picture.")).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")
    settled(page)
    canvas = page.locator(".view.large canvas.pixels")
    red = canvas.evaluate("(c) => [...c.getContext('2d').getImageData(32, 32, 1, 1).data]")
    assert red[0] > 180
    assert red[1] < 60
