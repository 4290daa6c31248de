"""The order of the hits, chosen on the page; a real server and the packaged model."""

from __future__ import annotations

import pytest

from shapes import draw, jpeg

pytestmark = pytest.mark.browser


def test_the_cheapest_come_first_where_that_is_chosen_and_the_order_is_kept_in_the_address(shopper) -> None:
    shopper.show(jpeg(draw("Mug", "blue")))
    alike = shopper.hits()
    shopper.wait_for_load_state("networkidle")  # the things in the photograph were asked for too
    menu = shopper.locator("#order")
    assert menu.evaluate("select => select.labels.length > 0 || Boolean(select.ariaLabel)")
    with shopper.expect_response("**/v1/search") as answered:
        menu.select_option("price")
    ranking = answered.value.json()["ranking"]
    assert (ranking["by"], ranking["sort"]) == ("sort", "price")
    cheap = shopper.hits()
    prices = [hit["attributes"]["price"] for hit in answered.value.json()["hits"]]
    assert prices == sorted(prices)
    assert cheap == [hit["product_id"] for hit in answered.value.json()["hits"]]
    assert shopper.evaluate("document.documentElement.scrollWidth <= Math.min(innerWidth, screen.width)")
    assert "price" in shopper.evaluate("location.hash + location.search")
    shopper.check_accessibility()
    shopper.wait_for_load_state("networkidle")
    with shopper.expect_response("**/v1/search"):
        shopper.locator("#order").select_option("")
    assert shopper.hits() == alike


def test_a_hit_that_is_sold_out_shows_what_is_available(shopper) -> None:
    with shopper.expect_response("**/v1/search") as answered:
        shopper.show(jpeg(draw("Vase", "red")))
    shopper.hits()
    told = [hit for hit in answered.value.json()["hits"] if "instead" in hit]
    shown = shopper.locator(".instead")
    assert shown.count() == len(told) > 0
    assert all(hit["instead"]["attributes"].get("in_stock") is not False for hit in told)
