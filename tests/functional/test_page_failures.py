"""What goes wrong under the page: it is told, in the language of the moment, and can be tried again."""

from __future__ import annotations

import json

import pytest

from shapes import RED_VASE, draw, jpeg

pytestmark = pytest.mark.browser


@pytest.fixture
def person(arrive):
    opened = arrive()
    opened.wait_for_selector(".example img")
    return opened


def test_a_failure_is_told_in_the_language_that_is_chosen_while_it_shows(person) -> None:
    person.expected_statuses = {0}
    person.route("**/v1/search", lambda route: route.abort())
    person.show(RED_VASE)
    person.wait_for_selector(".state")
    person.locator("#language").click()
    person.wait_for_selector(".state:has-text('无法连接服务器')")
    person.unroute("**/v1/search")
    person.locator(".state .button").click()
    assert person.hits()[0].startswith("vase-")


def test_a_like_that_failed_is_told_and_can_be_tried_again(person) -> None:
    person.expected_statuses = {503}
    person.locator("#people").click()
    person.locator("#people-switch").click()
    person.wait_for_selector(".people-known h3")
    person.keyboard.press("Escape")
    person.route("**/v1/events", lambda route: route.fulfill(status=503, content_type="application/json", body="{}"))
    person.locator(".example").first.click()
    person.hits()
    person.locator(".card .open").first.click()
    like = person.get_by_role("button", name="Like", exact=True)
    like.click()
    person.wait_for_selector(".toast:has-text('could not be remembered')")
    assert like.is_enabled()
    assert like.evaluate("button => button === document.activeElement")


def test_a_token_that_is_wrong_is_told(person) -> None:
    refused = json.dumps({"error": {"code": "unauthorised", "message": "needs the token"}})
    person.expected_statuses = {401}
    person.route(
        "**/v1/catalogue/health",
        lambda route: route.fulfill(status=401, content_type="application/json", body=refused),
    )
    person.goto(person.address + "doctor")
    person.wait_for_selector("#token")
    assert person.locator(".token-wrong").count() == 0
    person.locator("#token").fill("wrong")
    person.keyboard.press("Enter")
    person.wait_for_selector(".token-wrong")
    assert person.locator(".token-wrong").inner_text() == "This is not the server's token."
    person.until("document.activeElement.id === 'token'")
    person.check_accessibility()


def test_the_page_says_when_small_copies_of_photographs_are_kept(arrive) -> None:
    person = arrive()
    person.until("document.querySelector('#privacy').innerText.endsWith('not kept.')")

    def keeping(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "keeps": ["unmet_pictures"]})

    person.route("**/v1/status", keeping)
    person.reload()
    person.until("document.querySelector('#privacy').innerText.includes('a small copy is kept')")
    person.locator("#language").click()
    person.until("document.querySelector('#privacy').innerText.includes('缩小副本')")


def test_what_the_server_offers_is_asked_for_until_it_is_told(arrive) -> None:
    person = arrive()
    person.expected_statuses = {0, 503}
    asked: list[str] = []

    def late(route) -> None:
        asked.append(route.request.url)
        if len(asked) > 2:
            route.continue_()
        elif len(asked) > 1:
            route.fulfill(status=503, content_type="application/json", body="{}")
        else:
            route.abort()

    person.route("**/v1/status", late)
    person.reload()
    person.wait_for_selector("#people:visible")
    assert len(asked) == 3


def test_products_to_begin_with_come_once_the_server_is_back(arrive) -> None:
    person = arrive()
    person.expected_statuses = {0}
    person.route("**/v1/*", lambda route: route.abort())
    person.reload()
    person.wait_for_selector(".state:has-text('cannot be reached')")
    person.unroute("**/v1/*")
    person.wait_for_selector(".example img")


def test_a_product_s_picture_that_did_not_come_is_asked_for_once_more(person) -> None:
    person.expected_statuses = {503}
    refused: set[str] = set()

    def first_refused(route) -> None:
        if route.request.url in refused:
            route.continue_()
            return
        refused.add(route.request.url)
        route.fulfill(status=503, body="busy")

    person.route("**/thumbnail?side=384", first_refused)
    person.show(RED_VASE)
    person.hits()
    person.until("document.querySelector('.card .tile img').naturalWidth > 0")
    assert refused


def test_the_place_of_a_picture_that_never_comes_stays_empty(person) -> None:
    person.expected_statuses = {404}
    person.route("**/thumbnail?side=*", lambda route: route.fulfill(status=404, body="gone"))
    person.show(RED_VASE)
    person.hits()
    person.until("getComputedStyle(document.querySelector('.card .tile img')).opacity === '0'")
    person.locator(".card .open").first.click()
    person.until("getComputedStyle(document.querySelector('.large')).opacity === '0'")
    person.unroute("**/thumbnail?side=*")
    person.locator(".version").last.click()
    person.until("document.querySelector('.large').naturalWidth > 0")
    assert person.evaluate("getComputedStyle(document.querySelector('.large')).opacity") == "1"


def test_a_search_without_a_connection_is_asked_again_once_there_is_one(arrive) -> None:
    person = arrive(phone=True)
    person.wait_for_selector(".example img")
    person.expected_statuses = {0}
    person.context.set_offline(True)
    person.show(RED_VASE)
    again = person.locator(".state .button")
    again.wait_for()
    box, dock = again.bounding_box(), person.locator("#dock").bounding_box()
    assert 0 < box["y"] < box["y"] + box["height"] <= dock["y"], "the way out is in view"
    person.context.set_offline(False)
    assert person.hits()[0].startswith("vase-")


def test_the_things_in_a_photograph_are_asked_for_again_after_a_failure(person) -> None:
    person.expected_statuses = {503}
    person.evaluate("""() => {
      const send = window.fetch;
      window.asked = 0;
      window.fetch = async (url, options) => {
        if (!(options?.body instanceof FormData && options.body.has("parts"))) return send(url, options);
        window.asked += 1;
        return window.asked === 1 ? new Response("{}", { status: 503 }) : send(url, options);
      };
    }""")
    person.show(jpeg(draw("Lamp", "green")))
    person.hits()
    person.until("window.asked === 1")
    person.locator("#order").select_option("varied")
    person.wait_for_selector(".things-ask, .thing")
    assert person.evaluate("window.asked") == 2


def test_words_that_find_nothing_are_told_so_and_can_be_taken_away(person) -> None:
    person.locator("#words").fill("vase under 1")
    person.keyboard.press("Enter")
    person.wait_for_selector(".state:has-text('Nothing in the catalogue fits these words')")
    person.locator(".state .button").click()
    person.until("document.body.dataset.view === 'start'")
    person.show(RED_VASE)
    person.hits()
    person.locator("#words").fill("under 1")
    person.keyboard.press("Enter")
    person.locator(".state .button:has-text('Clear the words')").click()
    assert person.hits()[0].startswith("vase-")


def test_filters_that_leave_nothing_are_told_before_the_words(person) -> None:
    person.locator("#words").fill("vase")
    person.keyboard.press("Enter")
    person.hits()
    person.locator(".range input").last.fill("1")
    person.wait_for_selector(".state:has-text('Nothing passes these filters')")
    person.locator(".state .button").click()
    assert person.hits()[0].startswith("vase-")


def test_filters_that_leave_nothing_are_still_there_to_be_changed(arrive) -> None:
    person = arrive(path="#q=vase&range.price=~0.5&in.color=red")
    person.wait_for_selector(".state:has-text('Nothing passes these filters')")
    colour = person.locator('.facet[data-column="color"]')
    colour.wait_for()
    assert colour.locator(".value").all_inner_texts() == ["Red\n0"]
    person.locator(".range input").last.fill("1000")
    person.hits()


def test_a_picture_that_arrives_too_slowly_is_no_problem_of_the_server(person) -> None:
    person.expected_statuses = {408}
    refused = json.dumps({"error": {"code": "too_slow", "message": "the request did not arrive within 30 seconds"}})
    person.route("**/v1/search", lambda route: route.fulfill(status=408, content_type="application/json", body=refused))
    person.show(RED_VASE)
    person.wait_for_selector(".state:has-text('The connection is too slow')")
    person.unroute("**/v1/search")
    person.locator(".state .button").click()
    assert person.hits()[0].startswith("vase-")


def test_what_was_not_answered_is_not_shared(arrive) -> None:
    person = arrive(phone=True)
    person.wait_for_selector(".example img")
    person.expected_statuses = {0}
    person.route("**/v1/search", lambda route: route.abort())
    person.show(RED_VASE)
    person.wait_for_selector(".state")
    share = person.get_by_role("button", name="Share", exact=True)
    assert share.count() == 0
    person.unroute("**/v1/search")
    person.locator(".state .button").click()
    person.hits()
    assert share.is_visible()
