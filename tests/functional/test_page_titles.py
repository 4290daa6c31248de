"""What shops write: titles from right to left, without a space, as long as a paragraph, and prices in millions."""

from __future__ import annotations

import pytest

from shapes import RED_VASE

pytestmark = pytest.mark.browser

TITLES = ("طاولة خشبية كبيرة (أسود)!", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbau", "long " * 60)
WIDER_THAN_ITS_PLACE = """[...document.querySelectorAll(".card .open, dialog[open], dialog[open] h2")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.innerText)"""


def test_a_title_is_written_in_its_own_direction_and_broken_where_it_has_to_be(shopper) -> None:
    def retitled(route) -> None:
        answer = route.fetch()
        document = answer.json()
        for hit, title in zip(document["hits"], TITLES, strict=False):
            hit["title"] = hit["attributes"]["title"] = title
        route.fulfill(response=answer, json=document)

    shopper.route("**/v1/search", retitled, times=1)
    shopper.route("**/v1/products/*", lambda route: route.abort())
    shopper.expected_statuses = {0}
    shopper.show(RED_VASE)
    shopper.hits()
    titles = shopper.locator(".card .open")
    directions = [titles.nth(place).evaluate("title => getComputedStyle(title).direction") for place in range(3)]
    assert directions == ["rtl", "ltr", "ltr"]
    assert shopper.evaluate(WIDER_THAN_ITS_PLACE) == []
    for place, direction in enumerate(directions):
        titles.nth(place).click()
        shopper.wait_for_selector("dialog[open] h2")
        assert shopper.locator("dialog h2").evaluate("title => getComputedStyle(title).direction") == direction
        assert shopper.evaluate(WIDER_THAN_ITS_PLACE) == []
        shopper.keyboard.press("Escape")
        shopper.until("document.querySelector('dialog') === null")
    shopper.photograph("titles")


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_makes_a_narrow_page_wider_than_its_screen(arrive, width: int) -> None:
    person = arrive(phone=True)
    person.set_viewport_size({"width": width, "height": 844})

    def dear(route) -> None:
        answer = route.fetch()
        document = answer.json()
        for hit in document["hits"]:
            hit["attributes"] |= {"price": 1_234_567.5, "currency": "EUR"}
        route.fulfill(response=answer, json=document)

    person.route("**/v1/search", dear)
    person.show(RED_VASE)
    person.hits()
    person.wait_for_selector(".card .why-button")
    assert person.evaluate("document.documentElement.scrollWidth") == width
    person.goto("about:blank")
    person.goto(f"{person.address}#q=vase&range.price=~0.5&in.category=Vases")
    person.wait_for_selector(".state")
    assert person.evaluate("document.documentElement.scrollWidth") == width
    person.goto(f"{person.address}docs")
    person.wait_for_selector(".operation")
    assert person.evaluate("document.documentElement.scrollWidth") == width
