"""The things in a photograph, as buttons on it; a real server and the packaged model."""

from __future__ import annotations

import pytest
from PIL import Image

from shapes import draw, jpeg

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def table() -> bytes:
    """Three products of the catalogue on one picture."""
    canvas = Image.new("RGB", (720, 420), (196, 186, 170))
    for place, (shape, colour) in enumerate([("Vase", "red"), ("Mug", "blue"), ("Lamp", "green")]):
        canvas.paste(draw(shape, colour, size=180), (30 + 235 * place, 60 + 90 * (place % 2)))
    return jpeg(canvas)


def test_each_thing_is_a_button_that_searches_for_it(shopper, table: bytes) -> None:
    shopper.show(table)
    shopper.hits()
    shopper.wait_for_selector(".thing")
    shopper.photograph("scene-things")
    things = shopper.locator(".thing")
    assert things.count() >= 2
    assert all(label.startswith("Thing ") for label in things.evaluate_all("all => all.map((one) => one.ariaLabel)"))
    sizes = things.evaluate_all("all => all.map((one) => Math.min(one.offsetWidth, one.offsetHeight))")
    assert min(sizes) >= 24
    shopper.check_accessibility()
    with shopper.expect_response("**/v1/search"):
        things.first.focus()
        things.first.press("Enter")
    shopper.hits()
    shopper.photograph("scene-one")
    assert shopper.locator(".frame").is_visible()
    assert shopper.locator(".thing").first.is_hidden()
    assert shopper.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_thing_alone_is_no_button(shopper) -> None:
    with shopper.expect_response("**/v1/search"):
        shopper.show(jpeg(draw("Vase", "red")))
    shopper.hits()
    shopper.wait_for_load_state("networkidle")
    assert shopper.locator(".thing").count() != 1
