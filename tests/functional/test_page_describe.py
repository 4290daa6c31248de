"""Words for a photograph, and colours, on the page; a real server and the packaged model."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from functional.test_page import RED_VASE, address, arrive, browser, shopper  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser


def test_words_that_are_suggested_for_a_photograph_search_with_it_when_they_are_pressed(shopper) -> None:  # noqa: F811
    shopper.show(RED_VASE)
    shopper.hits()
    shopper.locator(".describe").click()
    shopper.wait_for_selector(".described-word")
    assert shopper.locator(".describe").get_attribute("aria-expanded") == "true"
    groups = shopper.locator(".described-group").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert groups[0] == "Title"
    assert {"Category", "Colour"} <= set(groups)
    shopper.until("/\\d+ words suggested/.test(document.querySelector('#announcer').textContent)")
    _photograph(shopper, "described")
    shopper.check_accessibility()
    assert shopper.evaluate("document.documentElement.scrollWidth <= innerWidth")
    red = shopper.locator(".described-group[aria-label=Colour] .described-word").first
    assert re.fullmatch(r"Search with red, \d+% agree", red.get_attribute("aria-label"))
    with shopper.expect_response("**/v1/search"):
        red.press("Enter")
    shopper.hits()
    assert shopper.locator(".words-field").input_value() == "red"


def test_suggestions_close_when_asked_again_and_when_another_part_is_selected(shopper) -> None:  # noqa: F811
    shopper.show(RED_VASE)
    shopper.hits()
    button = shopper.locator(".describe")
    for again in (lambda: button.click(), lambda: shopper.locator(".part").click()):
        button.click()
        shopper.wait_for_selector(".described-word")
        again()
        shopper.until("document.querySelector('.described').hidden")
        assert button.get_attribute("aria-expanded") == "false"


def test_a_hit_names_the_colour_that_was_found_and_why_shows_what_colours_bring(shopper) -> None:  # noqa: F811
    shopper.show(RED_VASE)
    shopper.hits()
    assert shopper.locator(".colour-name").first.inner_text().lower() == "red, one of 2 colours"
    shopper.locator(".why-button").first.click()
    shopper.wait_for_selector(".why-colour")
    share = shopper.locator(".why-colour b").inner_text()
    assert 10 <= int(share.removesuffix("%")) <= 30
    shopper.locator(".why-colour").scroll_into_view_if_needed()
    _photograph(shopper, "why-colour")
    shopper.locator("#why-rival").select_option(index=3)
    shopper.wait_for_selector(".why-contrast")
    shopper.locator(".why-contrast").scroll_into_view_if_needed()
    _photograph(shopper, "why-contrast")
    shopper.check_accessibility()


def test_the_words_for_colours_and_suggestions_are_there_in_chinese(arrive) -> None:  # noqa: F811
    person = arrive(language="zh-CN")
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    assert person.locator(".colour-name").first.inner_text().lower() == "red，共 2 种颜色"
    person.locator(".describe").click()
    person.wait_for_selector(".described-word")
    assert person.locator(".describe").inner_text() == "建议描述它的词"
    _photograph(person, "described-zh")


def _photograph(shopper, name: str) -> None:  # noqa: F811
    """The screen as a file, where somebody wants to look at it."""
    folder = os.environ.get("SCREENSHOTS_OF_WORDS")
    if folder:
        kind = "phone" if shopper.is_phone else "desktop"
        shopper.page.screenshot(path=str(Path(folder) / f"{name}-{kind}.png"))
