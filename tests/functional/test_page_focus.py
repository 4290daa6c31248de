"""The focus of whoever uses the keyboard: what is drawn anew under it does not lose it."""

from __future__ import annotations

import numpy as np
import pytest

from clips import write_clip
from shapes import RED_VASE, draw, jpeg

pytestmark = pytest.mark.browser


@pytest.fixture
def found(arrive):
    """Somebody who sees what looks like a red vase."""
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    person.wait_for_selector(".facet")
    person.wait_for_load_state("networkidle")
    return person


def focused(person, what: str) -> bool:
    return person.evaluate(f"document.activeElement.matches({what!r})")


def test_the_order_keeps_the_focus_while_the_hits_are_ordered(found) -> None:
    found.locator("#order").focus()
    with found.expect_response("**/v1/search"):
        found.locator("#order").select_option("price")
    found.hits()
    assert focused(found, "#order")
    assert found.locator("#order").input_value() == "price"


def test_a_chip_that_is_taken_away_gives_the_focus_to_the_next_and_the_last_to_the_results(found) -> None:
    for name in ("Lighting", "Kitchen"):
        found.locator(".value", has_text=name).click()
    found.until("document.querySelectorAll('.chip:not(.clear)').length === 2")
    found.locator(".chip").first.focus()
    found.keyboard.press("Enter")
    found.until("document.querySelectorAll('.chip:not(.clear)').length === 1")
    assert focused(found, ".chip:not(.clear)")
    found.keyboard.press("Enter")
    found.until("document.querySelector('ul.chips').hidden")
    assert focused(found, "#results")


def test_a_condition_that_is_taken_out_of_the_words_gives_the_focus_to_the_results(found) -> None:
    found.locator("#words").fill("under 30")
    with found.expect_response("**/v1/search"):
        found.keyboard.press("Enter")
    found.wait_for_selector(".read .chip")
    found.hits()
    found.locator(".read .chip").first.focus()
    with found.expect_response("**/v1/search"):
        found.keyboard.press("Enter")
    found.until("document.querySelector('.read').hidden")
    assert focused(found, "#results")


def test_escape_on_the_selection_gives_the_focus_to_its_button(found) -> None:
    found.locator(".part").click()
    assert focused(found, ".frame")
    found.keyboard.press("Escape")
    assert focused(found, ".part")


def test_clearing_the_filters_keeps_the_focus_among_them(found) -> None:
    found.locator(".value", has_text="Lighting").click()
    found.locator(".facets-head .text-button").focus()
    found.keyboard.press("Enter")
    found.until("!document.querySelector('.facets-head .text-button')")
    assert focused(found, "#facets input")


def test_trying_again_keeps_the_focus_in_the_results(arrive) -> None:
    person = arrive()
    person.expected_statuses = {0}
    person.wait_for_selector(".example img")
    person.route("**/v1/search", lambda route: route.abort())
    person.show(RED_VASE)
    person.wait_for_selector(".state")
    person.unroute("**/v1/search")
    person.locator(".state .button").focus()
    person.keyboard.press("Enter")
    person.hits()
    assert focused(person, "#results")


def test_closing_the_filter_sheet_gives_the_focus_back_to_its_button(arrive) -> None:
    person = arrive(phone=True)
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    person.filters()
    person.locator(".value", has_text="Lighting").click()
    person.until("location.hash.includes('Lighting')")
    person.done_filtering()
    person.until("!document.querySelector('.sheet')")
    assert focused(person, ".dock-button")


def test_a_card_gets_the_focus_back_though_the_hits_were_drawn_anew(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.locator("#people").click()
    person.locator("#people-switch").click()
    person.wait_for_selector(".people-known h3")
    person.keyboard.press("Escape")
    person.show(RED_VASE)
    first = person.hits()[0]
    person.locator(".card .open").first.focus()
    person.keyboard.press("Enter")
    with person.expect_response("**/v1/search"):
        person.get_by_role("button", name="Like", exact=True).click()
    person.hits()
    person.keyboard.press("Escape")
    person.until("!document.querySelector('dialog')")
    assert focused(person, f'[data-key="open:{first}"]') or first not in person.hits()


def test_a_moment_keeps_the_focus_when_it_is_chosen(arrive, tmp_path) -> None:
    frames = [
        (place + step / 5, np.asarray(draw(shape, colour, size=256)))
        for place, (shape, colour) in enumerate([("Vase", "red"), ("Mug", "blue"), ("Lamp", "green")])
        for step in range(5)
    ]
    path = write_clip(tmp_path / "walk.webm", frames, codec="libvpx")
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(path, name="walk.webm", kind="video/webm")
    person.wait_for_selector(".moment")
    person.hits()
    person.locator(".moment").nth(1).focus()
    person.keyboard.press("Enter")
    person.until("document.querySelectorAll('.moment')[1].ariaPressed === 'true'")
    assert focused(person, "li:nth-child(2) > .moment")


def test_a_thing_that_is_chosen_gives_the_focus_to_its_selection(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    # A vase before a plain backdrop is one thing; a lamp has parts that may be asked for.
    person.show(jpeg(draw("Lamp", "green")))
    person.hits()
    person.locator(".things-ask").click()
    person.wait_for_selector(".thing")
    person.locator(".thing").first.press("Enter")
    assert focused(person, ".frame")
