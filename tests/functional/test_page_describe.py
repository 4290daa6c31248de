"""Words for a photograph, and colours, on the page; a real server and the packaged model."""

from __future__ import annotations

import re

import pytest

from shapes import RED_VASE

pytestmark = pytest.mark.browser


def test_words_that_are_suggested_for_a_photograph_search_with_it_when_they_are_pressed(shopper) -> None:
    shopper.show(RED_VASE)
    shopper.hits()
    shopper.locator(".describe").click()
    shopper.wait_for_selector(".described-word")
    assert shopper.locator(".describe").get_attribute("aria-expanded") == "true"
    groups = shopper.locator(".described-group").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert groups[0] == "Title"
    assert {"Category", "Colour"} <= set(groups)
    shopper.until("/\\d+ words suggested/.test(document.querySelector('#announcer').textContent)")
    shopper.photograph("described")
    shopper.check_accessibility()
    assert shopper.evaluate("document.documentElement.scrollWidth <= innerWidth")
    red = shopper.locator(".described-group[aria-label=Colour] .described-word").first
    assert re.fullmatch(r"Search with red, \d+% agree", red.get_attribute("aria-label"))
    with shopper.expect_response("**/v1/search"):
        red.press("Enter")
    shopper.hits()
    assert shopper.locator(".words-field").input_value() == "red"


def test_suggestions_close_when_asked_again_and_when_another_part_is_selected(shopper) -> None:
    shopper.show(RED_VASE)
    shopper.hits()
    button = shopper.locator(".describe")
    for again in (lambda: button.click(), lambda: shopper.locator(".part").click()):
        button.click()
        shopper.wait_for_selector(".described-word")
        again()
        shopper.until("document.querySelector('.described').hidden")
        assert button.get_attribute("aria-expanded") == "false"


def test_a_hit_names_the_colour_that_was_found_and_why_shows_what_colours_bring(shopper) -> None:
    shopper.show(RED_VASE)
    shopper.hits()
    assert shopper.locator(".colour-name").first.inner_text().lower() == "red, one of 2 colours"
    shopper.locator(".why-button").first.click()
    shopper.wait_for_selector(".why-colour")
    share = shopper.locator(".why-colour b").inner_text()
    assert 10 <= int(share.removesuffix("%")) <= 30
    shopper.locator(".why-colour").scroll_into_view_if_needed()
    shopper.photograph("why-colour")
    shopper.locator("#why-rival").select_option(index=3)
    shopper.wait_for_selector(".why-contrast")
    shopper.locator(".why-contrast").scroll_into_view_if_needed()
    shopper.photograph("why-contrast")
    shopper.check_accessibility()


def test_the_words_for_colours_and_suggestions_are_there_in_chinese(arrive) -> None:
    person = arrive(language="zh-CN")
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    assert person.locator(".colour-name").first.inner_text().lower() == "red，共 2 种颜色"
    person.locator(".describe").click()
    person.wait_for_selector(".described-word")
    assert person.locator(".describe").inner_text() == "建议描述它的词"
    person.photograph("described-zh")


def test_dates_are_no_words_for_a_photograph(arrive) -> None:
    person = arrive()

    def dated(route) -> None:
        answer = route.fetch()
        days = [{"value": f"2025-0{month}-10", "share": 0.3} for month in (1, 2)]
        document = answer.json()
        route.fulfill(response=answer, json={**document, "attributes": {**document["attributes"], "added": days}})

    person.route("**/v1/describe", dated)
    person.show(RED_VASE)
    person.hits()
    person.locator(".describe").click()
    person.wait_for_selector(".described-word")
    assert "2025" not in person.locator(".described").inner_text()
    assert "Category" in person.locator(".described").inner_text()
