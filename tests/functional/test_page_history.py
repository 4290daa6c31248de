"""Back, reload, and links within the page: each leaves or brings the search that it says, and nothing of another."""

from __future__ import annotations

import pytest

from shapes import RED_VASE, draw, jpeg

pytestmark = pytest.mark.browser

BLUE_BOX = jpeg(draw("Box", "blue"))
WHAT_IS_SHOWN = "document.querySelector('#query h2').innerText"


def test_a_photograph_of_before_a_reload_is_not_taken_for_one_of_after_it(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    assert person.hits()[0].startswith("vase-")
    person.reload()
    assert person.hits()[0].startswith("vase-")
    person.paste(BLUE_BOX)
    person.until(f"{WHAT_IS_SHOWN} === 'Your photograph'")
    assert person.hits()[0].startswith("box-")
    person.go_back()
    person.until(f"{WHAT_IS_SHOWN} === 'A shared search'")
    assert person.hits()[0].startswith("vase-")


@pytest.mark.parametrize("opener", [".card .open", ".card .why-button", ".dock-button"])
def test_going_back_closes_what_was_open_over_the_search(arrive, opener) -> None:
    person = arrive(phone=True)
    person.wait_for_selector(".example img")
    person.locator(".example").first.click()
    person.hits()
    person.paste(RED_VASE)
    person.until(f"{WHAT_IS_SHOWN} === 'Your photograph'")
    person.hits()
    person.locator(opener).first.click()
    person.wait_for_selector("dialog[open]")
    person.go_back()
    person.until(f"{WHAT_IS_SHOWN} === 'Products like'")
    person.locator("dialog").wait_for(state="detached")
    person.hits()
    assert person.locator("#facets-home #facets").count() == 1


def test_skipping_to_the_content_keeps_the_search(shopper) -> None:
    shopper.locator(".example").first.click()
    found = shopper.hits()
    address = shopper.evaluate("location.href")
    shopper.locator(".skip").focus()
    shopper.keyboard.press("Enter")
    shopper.until("document.activeElement.id === 'content'")
    assert shopper.evaluate("location.href") == address
    assert shopper.hits() == found
