"""The page where the browser blocks site data, which makes every access to what it keeps throw."""

from __future__ import annotations

import pytest

from shapes import RED_VASE

pytestmark = pytest.mark.browser

BLOCKED = """for (const area of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, area, { get() { throw new DOMException("access is denied", "SecurityError"); } });
}"""


@pytest.fixture
def guarded(arrive):
    """Somebody whose browser keeps nothing."""
    person = arrive()
    person.wait_for_selector(".example img")
    person.complaints.clear()
    person.context.add_init_script(BLOCKED)
    return person


def test_the_page_works_where_site_data_is_blocked(guarded) -> None:
    guarded.reload()
    guarded.wait_for_selector(".example img")
    guarded.locator("#language").click()
    assert guarded.locator("h1").inner_text() == "拍张照，找同款"
    guarded.locator("#theme").click()
    assert guarded.evaluate("document.documentElement.dataset.theme") == "light"
    guarded.show(RED_VASE)
    assert guarded.hits()[0].startswith("vase-")


def test_personal_results_are_not_offered_where_their_id_would_be_lost(guarded) -> None:
    with guarded.expect_response("**/v1/status"):
        guarded.reload()
    guarded.wait_for_selector("#to-doctor:visible")
    assert guarded.locator("#people").is_hidden()


def test_the_doctor_opens_where_site_data_is_blocked(guarded) -> None:
    guarded.goto(guarded.address + "doctor")
    guarded.wait_for_selector(".figures")
