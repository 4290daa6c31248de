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


def test_a_product_s_own_picture_has_no_buttons_until_they_are_asked_for(shopper) -> None:
    in_parts = shopper.page.expect_response(lambda told: told.url.endswith("/v1/search") and "several" in told.json())
    with in_parts as told:
        shopper.show(jpeg(draw("Lamp", "green")))
    answer = told.value.json()
    shopper.hits()
    assert answer["several"] is False
    assert shopper.locator(".thing").count() == 0
    shopper.wait_for_selector(".things-ask")
    shopper.photograph("scene-one-product")
    shopper.check_accessibility()
    shopper.get_by_role("button", name="Show its parts").click()
    assert shopper.locator(".thing").count() >= 2
    assert shopper.locator(".things-ask").count() == 0
    assert shopper.evaluate("document.activeElement.className") == "thing"
    shopper.photograph("scene-one-product-asked")
