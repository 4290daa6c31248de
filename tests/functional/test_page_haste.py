"""Whoever is faster than the server: what is chosen last counts, and nothing that was chosen is lost."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


HOLD = """(path) => {
  const send = window.fetch;
  window.held = 0;
  const opened = new Promise((open) => { window.letGo = () => { window.fetch = send; open(); }; });
  window.fetch = async (url, options) => {
    if (String(url).startsWith(path)) {
      window.held += 1;
      await opened;
    }
    return send(url, options);
  };
}"""


def hold(person, path: str) -> None:
    """Requests to `path` wait in the page until `letGo()` there."""
    person.evaluate(HOLD, path)


def something_of(person) -> None:
    person.wait_for_selector(".example img")
    person.locator(".example").first.click()
    person.hits()
    person.wait_for_selector(".facet")


def test_a_second_filter_joins_the_first_though_the_counts_have_not_come(arrive) -> None:
    person = arrive()
    something_of(person)
    hold(person, "/v1/facets")
    person.locator(".value", has_text="Lighting").click()
    person.locator(".value", has_text="Kitchen").click()
    person.locator(".switch").click()
    person.until("document.querySelectorAll('.chip:not(.clear)').length === 3")
    person.locator(".value", has_text="Kitchen").click()
    person.until("document.querySelectorAll('.chip:not(.clear)').length === 2")
    person.evaluate("letGo()")
    person.until("location.hash.includes('in.category=Lighting') && location.hash.includes('yes.in_stock=1')")
    assert "Kitchen" not in person.evaluate("location.hash")


def test_filters_can_be_added_while_the_counts_fail(arrive) -> None:
    person = arrive()
    person.expected_statuses = {503}
    something_of(person)
    person.route("**/v1/facets*", lambda route: route.fulfill(status=503, body="{}"))
    for name in ("Lighting", "Kitchen"):
        with person.expect_response("**/v1/facets*"):
            person.locator(".value", has_text=name).click()
    person.until("document.querySelectorAll('.chip:not(.clear)').length === 2")


def test_late_counts_leave_a_number_that_is_being_typed_alone(arrive) -> None:
    person = arrive()
    something_of(person)
    hold(person, "/v1/facets")
    high = person.locator(".range input").last
    high.press_sequentially("2")
    person.until("held > 0")
    high.press_sequentially("2")
    before = person.locator(".value-count").all_inner_texts()
    person.evaluate("letGo()")
    person.until(f"document.querySelector('.value-count').innerText !== '{before[0]}'")
    assert high.input_value() == "22"
    assert high.evaluate("field => field === document.activeElement")
    person.until("location.hash.includes('range.price=%7E22')")
