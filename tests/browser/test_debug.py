"""The Debug page in a real Chromium: lights, points that are chosen, pixels, files, a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.toy_traces import KINDS, MARKUP

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

READY = "[data-testid=debug][data-ready=true]"
HEALTHY = "/debug?model=mnist-r/st-cnn-affine"
PLACE = """(root, image) => {
  const { scatter } = root.component;
  const [x, y] = scatter.place(scatter.points.find((one) => one.image === image).at);
  const box = scatter.canvas.getBoundingClientRect();
  return { x: box.x + x, y: box.y + y };
}"""


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def figure(page: Page, title: str) -> Locator:
    return page.locator("figure", has=page.get_by_text(title, exact=True)).locator("canvas").first


def choose_file(page: Page, *paths: Path) -> None:
    page.get_by_role("button", name="Your own network").click()
    page.locator("input[type=file]").set_input_files(list(paths))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traces")
    for kind in ("weights", "volume", "wild", "stages"):
        KINDS[kind]().save(folder / f"{kind}.trace")
    (folder / "damaged.trace").write_bytes((folder / "weights.trace").read_bytes()[:-70])
    return folder


@pytest.mark.feature
def test_it_opens_with_a_fault_and_says_why(look: Look) -> None:
    page = look("/debug", READY)
    light = page.locator(".transformer").first
    expect(light).to_contain_text("ill: constant")
    verdicts = page.get_by_test_id("verdicts")
    expect(verdicts.get_by_text("Evidence")).to_be_visible()
    expect(verdicts.get_by_text("units are zero for every image")).to_be_visible()
    expect(page.get_by_text("All images lie on one point.")).to_be_visible()
    verdicts.locator("summary").first.click()
    expect(verdicts.get_by_text("Evidence")).to_be_hidden()


@pytest.mark.feature
def test_a_point_that_is_chosen_shows_its_image_and_is_in_the_link(look: Look) -> None:
    page = look(HEALTHY, READY)
    expect(page.locator(".panel h5").first).to_contain_text("image 0")
    place = page.locator(READY).evaluate(PLACE, 9)
    page.mouse.click(place["x"], place["y"])
    expect(page.locator(".panel h5").first).to_contain_text("image 9")
    expect(page.locator("tr[aria-selected=true] button")).to_have_text("9")
    page.get_by_role("button", name="Pin", exact=True).click()
    page.locator("tr[aria-selected=true] button").press("ArrowDown")
    expect(page.locator(".panel:visible")).to_have_count(2)
    page.get_by_label("x axis").select_option("shift_x")
    page.wait_for_function("location.search.includes('x=shift_x')")
    assert {"image": ["10"], "pin": ["9"], "lane": ["0"]}.items() <= query(page).items()
    again = look(page.url[page.url.index("/debug") :], READY)
    titles = again.locator(".panel:visible h5")
    expect(titles).to_have_count(2)
    expect(titles.nth(0)).to_contain_text("image 10")
    expect(titles.nth(1)).to_contain_text("image 9")
    expect(again.get_by_label("x axis")).to_have_value("shift_x")


@pytest.mark.feature
def test_numbers_are_sorted_and_a_rectangle_chooses_some(look: Look) -> None:
    page = look(HEALTHY, READY)
    page.locator("th[data-by=angle] button").click()
    expect(page.locator("th[data-by=angle]")).to_have_attribute("aria-sort", "ascending")
    column = page.locator("thead th").evaluate_all(
        "(heads) => heads.findIndex((head) => head.dataset.by === 'angle')"
    )
    shown = page.locator(f"tbody tr td:nth-child({column + 1})").all_inner_texts()
    angles = [float(text.replace("\u2212", "-")) for text in shown]
    assert angles == sorted(angles)
    assert len(angles) == 32
    plot = page.locator("canvas.scatter").bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + 60, plot["y"] + 12)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] - 30, steps=3)
    page.mouse.up()
    expect(page.get_by_text("of 32 images, those in the rectangle")).to_be_visible()
    assert 0 < page.locator("tbody tr").count() < 32


@pytest.mark.feature
def test_a_pixel_says_where_it_is_read_and_figures_are_saved(look: Look) -> None:
    page = look("/debug?model=ill/identity", READY)
    output = figure(page, "Output")
    box = output.bounding_box()
    assert box is not None
    pixel = box["width"] / 28
    output.hover(position={"x": 10.5 * pixel, "y": 4.5 * pixel})
    readout = page.get_by_test_id("readout").first
    expect(readout).to_contain_text("Output pixel (10, 4)")
    expect(readout).to_contain_text(
        "read at pixel (10.00, 4.00), which is (\u22120.250, \u22120.679)"
    )
    expect(readout).to_contain_text("covers 1 input pixels")
    output.focus()
    page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("Output pixel (11, 4)")
    figure(page, "Reads").hover(position={"x": 3, "y": 3})
    expect(readout).to_contain_text("Input pixel (0, 0)")
    expect(readout).to_contain_text("read 1 times; nearest to 1 output pixels")
    shown = page.locator("figure", has=page.get_by_text("Output", exact=True))
    with page.expect_download() as saved:
        shown.get_by_role("button", name="Save").click()
    image = Image.open(BytesIO(Path(saved.value.path()).read_bytes()))
    assert image.format == "PNG"
    assert image.width >= 2 * box["width"]
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the verdicts").click()
    found = json.loads(Path(saved.value.path()).read_text())
    assert found["transformers"][0]["verdicts"][0]["name"] == "identity"


@pytest.mark.feature
def test_points_volumes_and_several_transformers_are_drawn(look: Look, files: Path) -> None:
    page = look("/debug", READY)
    choose_file(page, files / "weights.trace", files / "volume.trace")
    points = figure(page, "Points")
    expect(points).to_be_visible()
    page.keyboard.press("Escape")
    points.click(position={"x": 20, "y": 20})
    readout = page.get_by_test_id("readout").locator("visible=true").first
    expect(readout).to_contain_text(
        re.compile(r"Query \d+ reads 9 points around \([012]\.\d, [012]")
    )
    expect(readout).to_contain_text("of them outside")
    expect(readout).to_contain_text("weights from")
    page.get_by_role("slider", name="Slice z").press("End")
    expect(page.get_by_text("11 of 11").first).to_be_visible()


@pytest.mark.exception
def test_a_damaged_file_gets_a_sentence_and_names_with_markup_are_text(
    look: Look, files: Path
) -> None:
    page = look("/debug", READY)
    page.on("dialog", lambda dialog: pytest.fail("a name was executed"))
    choose_file(page, files / "damaged.trace")
    said = page.get_by_test_id("stAlert")
    expect(said).to_contain_text("choose a file that Trace.save has written")
    expect(page.locator(".transformer").first).to_contain_text("ill: constant")
    page.locator("input[type=file]").set_input_files([files / "wild.trace", files / "stages.trace"])
    expect(said).to_have_count(0)
    verdicts = page.get_by_test_id("verdicts").locator("visible=true")
    expect(verdicts.first).to_contain_text(MARKUP[:60])
    assert page.locator("[data-testid=debug] :is(img, script, a)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.keyboard.press("Escape")
    expect(page.locator(".transformer")).to_have_count(4)
    page.locator(".transformer[aria-pressed=false]").last.click()
    expect(page.get_by_text("14 \u00d7 14; mean of 16 channels").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.feature
def test_a_phone_shows_input_and_output_side_by_side(look: Look) -> None:
    page = look("/debug", READY, width=390, touch=True)
    given, output = (figure(page, title).bounding_box() for title in ("Input", "Output"))
    assert given is not None
    assert output is not None
    assert given["y"] == output["y"]
    assert output["x"] >= given["x"] + given["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
