"""The reference at /docs and its forms: they send what the server's own description says it takes."""

from __future__ import annotations

import pytest

from shapes import RED_VASE

pytestmark = pytest.mark.browser


@pytest.fixture
def reader(arrive):
    person = arrive(path="docs")
    person.wait_for_selector(".operation")
    return person


def form_of(reader, route: str):
    """The form to try the operation of that route, such as `POST/v1/search`."""
    return reader.locator(".operation").filter(has=reader.get_by_text(route, exact=True)).locator(".try")


def test_every_operation_that_may_refuse_a_token_takes_one(reader) -> None:
    described = reader.evaluate("fetch('/openapi.json').then((response) => response.json())")
    refusing = {
        operation["operationId"]: "401" in operation["responses"]
        for path in described["paths"].values()
        for operation in path.values()
    }
    assert any(refusing.values())
    offered = reader.eval_on_selector_all(
        ".operation", "all => all.map((one) => [one.id, Boolean(one.querySelector('.try [type=password]'))])"
    )
    assert dict(offered) == refusing


def test_a_file_is_sent_under_its_own_name_with_the_fields_beside_it(reader) -> None:
    clip = form_of(reader, "POST/v1/search/video")
    assert clip.locator("[type=file]").get_attribute("accept") == "video/*"
    reader.expected_statuses = {422}
    clip.locator("[type=file]").set_input_files({"name": "c.mp4", "mimeType": "video/mp4", "buffer": b"no clip"})
    clip.locator(".button.primary").click()
    clip.locator(".sample").wait_for()
    why = form_of(reader, "POST/v1/explain")
    why.locator("[type=file]").set_input_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": RED_VASE})
    why.get_by_label("product_id").fill("vase-red")
    why.locator(".button.primary").click()
    why.locator(".sample").wait_for()
    assert "HTTP 200" in why.inner_text()
    sent = reader.evaluate("Promise.all(window.sentForms)")
    assert [sorted(form) for form in sent] == [["video"], ["image", "product_id"]]
    reader.check_accessibility()


def test_an_example_is_copied_where_the_browser_gives_no_clipboard(reader) -> None:
    reader.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    sample = reader.locator(".sample").first
    sample.locator("button").click()
    reader.until("/Copied|Selected/.test(document.querySelector('.sample button').innerText)")
    assert reader.evaluate("String(getSelection())").strip() == sample.locator("pre").inner_text().strip()


def test_a_description_that_does_not_come_is_told_and_can_be_asked_for_again(arrive) -> None:
    person = arrive()
    person.expected_statuses = {503}
    person.route("**/openapi.json", lambda route: route.fulfill(status=503, body="busy"))
    person.goto(person.address + "docs")
    person.wait_for_selector("[role=alert]:has-text('HTTP 503')")
    person.unroute("**/openapi.json")
    person.locator("[role=alert] .button").click()
    person.wait_for_selector(".operation")
    assert person.locator("[role=alert]").count() == 0


def test_fields_are_told_with_their_kind_inside_the_page(reader) -> None:
    table = reader.locator(".operation .fields").first
    like = table.locator("tr").filter(has=reader.get_by_text("like", exact=True))
    assert like.locator(".kind").inner_text() == "string or array"
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
