"""Whoever is faster than the server: what is chosen last counts, and nothing that was chosen is lost."""

from __future__ import annotations

import pytest

from serving import UPLOAD_LIMIT_BYTES
from shapes import RED_VASE, draw, jpeg

pytestmark = pytest.mark.browser


HOLD = """([path, most]) => {
  const send = window.fetch;
  const answers = [];
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  window.held = 0;
  window.letGo = async () => {
    window.fetch = send;
    open();
    await Promise.allSettled(answers);
    await send("/healthz");
  };
  window.fetch = (url, options) => {
    if (!String(url).startsWith(path) || window.held === most) return send(url, options);
    window.held += 1;
    const answer = opened.then(() => send(url, options));
    answers.push(answer.then((response) => response.clone().arrayBuffer()));
    return answer;
  };
}"""


def hold(person, path: str, most: int = 1000) -> None:
    """The first requests to `path` wait in the page until `letGo()` there, which ends when they are answered."""
    person.evaluate(HOLD, [path, most])


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
    # The address is written when the answer is there, and the answer to three filters may still have been on its way.
    person.until("location.hash.includes('in.category=Lighting') && location.hash.includes('yes.in_stock=1')")
    person.until("!location.hash.includes('Kitchen')")


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
    counts = "[...document.querySelectorAll('.value-count')].map((count) => count.innerText).join()"
    before = person.evaluate(counts)
    high.fill("22")
    person.until("held > 0")
    high.evaluate("field => { field.value = '3'; }")
    person.evaluate("letGo()")
    person.until(f"{counts} !== '{before}'")
    assert high.input_value() == "3"
    assert high.evaluate("field => field === document.activeElement")


def test_the_rival_that_is_chosen_last_is_the_one_that_is_compared(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    person.locator(".why-button").first.click()
    person.wait_for_selector("#why-rival")
    hold(person, "/v1/explain", 1)
    person.locator("#why-rival").select_option(index=1)
    person.until("held === 1")
    person.locator("#why-rival").select_option(index=4)
    person.wait_for_selector(".why-contrast h3")
    compared = person.locator(".why-contrast h3").inner_text()
    person.evaluate("letGo()")
    assert person.locator(".why-contrast h3").inner_text() == compared


def test_a_photograph_that_is_read_slowly_does_not_take_the_place_of_a_later_one(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.evaluate("""() => {
      const read = window.createImageBitmap;
      const opened = new Promise((open) => { window.letRead = open; });
      window.createImageBitmap = async (...given) => {
        window.createImageBitmap = read;
        await opened;
        window.wasRead = true;
        return read(...given);
      };
    }""")
    person.paste(jpeg(draw("Tray", "blue", 2)))
    person.wait_for_selector(".toast:has-text('Reading the photograph')")
    person.paste(RED_VASE)
    first = person.hits()[0]
    assert first.startswith("vase-")
    person.evaluate("letRead()")
    person.until("window.wasRead && !document.querySelector('.toast:not(.leaving)')")
    assert person.hits()[0] == first
    assert len(person.uploads()) == person.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/v1/search')).length"
    )


def test_a_photograph_that_the_browser_cannot_make_small_is_told(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.evaluate("() => { HTMLCanvasElement.prototype.toBlob = (done) => done(null); }")
    person.paste(jpeg(draw("Vase", "red", size=1600)))
    person.wait_for_selector(".toast:has-text('could not be made ready')")


def test_what_is_too_large_stays_told_when_an_earlier_answer_comes(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    hold(person, "/v1/search")
    person.paste(RED_VASE)
    person.until("held === 1")
    person.paste(UPLOAD_LIMIT_BYTES + 1)
    person.wait_for_selector(".state")
    person.evaluate("letGo()")
    assert "too large" in person.locator(".state").inner_text()


def test_a_product_s_late_name_leaves_what_is_being_typed_alone(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    hold(person, "/v1/products/")
    person.evaluate("location.hash = '#like=vase-red'")
    person.until("held === 1")
    person.locator("#words").press_sequentially("blue")
    person.evaluate("letGo()")
    person.wait_for_selector(".product-question img")
    assert person.locator("#words").input_value() == "blue"


def test_a_crop_before_the_answer_leaves_the_search_before_in_the_history(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.paste(RED_VASE)
    first = person.hits()
    hold(person, "/v1/search", 1)
    person.paste(jpeg(draw("Tray", "blue", 2)))
    person.until("held === 1")
    person.locator(".part").click()
    person.until("document.querySelector('.card[data-product]')?.dataset.product.startsWith('tray-')")
    person.evaluate("letGo()")
    person.go_back()
    person.until(f"document.querySelector('.card[data-product]')?.dataset.product === '{first[0]}'")


def test_a_search_that_is_asked_again_for_taste_before_its_answer_gets_its_address(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    hold(person, "/v1/search", 1)
    person.paste(RED_VASE)
    person.until("held === 1")
    person.locator("#people").click()
    person.locator("#people-switch").click()
    person.until("location.hash.startsWith('#v=')")


def test_more_after_another_release_became_live_lists_all_of_it_anew(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    first = person.hits()

    def promoted(route) -> None:
        response = route.fetch()
        answer = response.json()
        hits = answer["hits"][::-1]
        route.fulfill(response=response, json={**answer, "release": "r2", "hits": hits})

    person.route("**/v1/search", promoted)
    person.locator(".more").click()
    person.wait_for_selector(".toast:has-text('list anew')")
    assert person.hits() == first[::-1]
    person.locator(".more").click()
    person.until("document.querySelectorAll('.card').length === 30")
    assert len(set(person.hits())) == 30


def test_a_list_begun_anew_that_another_search_overtakes_is_not_told(arrive) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    asked = 0

    def promoted(route) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            return  # the list anew never comes
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "release": "r2"})

    person.route("**/v1/search", promoted)
    person.locator(".more").click()
    person.wait_for_selector("#results[aria-busy='true']")
    person.locator(".value", has_text="Lighting").click()
    person.until("location.hash.includes('in.category=Lighting')")
    person.until("!document.querySelector(\"#results[aria-busy='true']\")")
    assert person.locator(".toast", has_text="list anew").count() == 0
