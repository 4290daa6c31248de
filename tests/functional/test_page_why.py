"""The reason for a hit on the page: opened from a card, read by eye, pointer, keyboard and screen reader."""

from __future__ import annotations

import re

import pytest

from shapes import RED_VASE

pytestmark = pytest.mark.browser


def open_reason(person, place: int = 0) -> None:
    person.locator(".why-button").nth(place).click()
    person.wait_for_selector(".why-pair")
    person.wait_for_selector(".why-lines g", state="attached")


def test_a_hit_of_a_photograph_says_why(shopper):
    shopper.show(RED_VASE)
    shopper.hits()
    open_reason(shopper)
    assert shopper.locator("#why-title").inner_text() == "Why it is alike"
    assert shopper.locator(".why-picture img").count() == 2
    assert shopper.locator(".why-picture canvas").count() == 2
    shopper.until("[...document.querySelectorAll('.why-picture img')].every((image) => image.naturalWidth > 0)")
    said = shopper.locator(".why-pair .unseen").all_inner_texts()
    assert 1 <= len(said) <= 5
    assert all(
        re.fullmatch(r"−?\d+% of the similarity: [a-z ]+ of your photograph – [a-z ]+ of the product picture", line)
        for line in said
    )
    shares = [int(line.partition("%")[0].replace("−", "-")) for line in said]
    rest = re.search(r"(−?\d+)% of the similarity", shopper.locator(".why-note").first.inner_text())
    assert rest is not None
    colour = int(shopper.locator(".why-colour b").inner_text().removesuffix("%"))
    assert abs(sum(shares) + colour + int(rest[1].replace("−", "-")) - 100) <= len(shares) + 1
    shopper.until("document.querySelector('dialog .announcer')?.textContent.includes('Explained')")
    assert shopper.evaluate("document.querySelector('.why').scrollWidth <= document.querySelector('.why').clientWidth")
    shopper.check_accessibility()
    shopper.keyboard.press("Escape")
    shopper.locator(".why").wait_for(state="detached")
    assert shopper.evaluate("document.activeElement.className") == "why-button"


def test_a_focused_part_lights_up_its_counterpart(shopper):
    shopper.show(RED_VASE)
    shopper.hits()
    open_reason(shopper)
    shopper.mouse.move(2, 2)
    for place in (1, 0):
        shopper.locator(".why-pair").nth(place).focus()
        shopper.until(f"document.querySelector('.why-lines g.active')?.dataset.pair === '{place}'")
        active = shopper.eval_on_selector_all(".why-lines g.active", "all => all.map((each) => each.dataset.pair)")
        assert active == [str(place)]
        assert shopper.locator(".why-lines g.active rect.box").count() == 2
    shopper.keyboard.press("Enter")
    assert shopper.locator(".why-pair").first.get_attribute("aria-pressed") == "true"
    shopper.keyboard.press("Tab")
    assert shopper.locator(".why-lines g.active").get_attribute("data-pair") == "1"


def test_parts_lie_where_the_server_says(arrive):
    person = arrive()
    person.wait_for_selector(".example img")
    with person.expect_response("**/v1/explain") as answered:
        person.show(RED_VASE)
        person.hits()
        open_reason(person)
    found = answered.value.json()
    person.until("[...document.querySelectorAll('.why-picture img')].every((image) => image.complete)")
    person.wait_for_timeout(300)
    frames = person.locator(".why-picture").all()
    for place, (side, name) in enumerate((("query", "query_box"), ("picture", "image_box"))):
        area, box = frames[place].bounding_box(), found["pairs"][0][name]
        drawn = person.locator('.why-lines g[data-pair="0"] rect.box').nth(place).bounding_box()
        scale = area["width"] / found[side]["width"]
        assert drawn["x"] - area["x"] == pytest.approx(box["x"] * scale, abs=6)
        assert drawn["y"] - area["y"] == pytest.approx(box["y"] * scale, abs=6)
        assert drawn["width"] == pytest.approx(box["width"] * scale, abs=8)


def test_another_product_can_be_compared(shopper):
    shopper.show(RED_VASE)
    shopper.hits()
    open_reason(shopper)
    shopper.locator("#why-rival").select_option(index=2)
    shopper.wait_for_selector(".why-contrast")
    assert re.search(r"0\.\d\d (more|less) alike than", shopper.locator(".why-contrast h3").inner_text())
    assert shopper.locator(".why-contrast canvas").count() == 1
    shopper.check_accessibility()


def test_the_part_that_was_looked_for_is_the_part_that_is_explained(arrive):
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    person.locator(".part").click()
    for _ in range(4):
        person.keyboard.press("Shift+ArrowLeft")
    person.hits()
    open_reason(person)
    _, searched = person.uploads()[-2]
    _, asked = person.uploads()[-1]
    assert asked["crop"] == searched["crop"]


def test_only_photographs_can_be_explained(shopper):
    shopper.locator(".example").first.click()
    shopper.hits()
    assert shopper.locator(".why-button").count() == 0


def test_a_product_that_is_gone_is_said_to_be_gone(arrive):
    person = arrive()
    person.expected_statuses.add(404)
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    gone = '{"error": {"code": "not_found", "message": "there is no product"}}'
    person.page.route("**/v1/explain", lambda route: route.fulfill(status=404, body=gone))
    person.locator(".why-button").first.click()
    person.wait_for_selector(".why [role=alert]")
    assert "no longer there" in person.locator(".why [role=alert]").inner_text()


def test_it_reads_in_chinese_and_in_the_dark(arrive):
    person = arrive(language="zh-CN", dark=True)
    person.wait_for_selector(".example img")
    person.show(RED_VASE)
    person.hits()
    assert person.locator(".why-button").first.inner_text() == "为什么？"
    open_reason(person)
    assert "占相似度的" in person.locator(".why-pair .unseen").first.inner_text()
    person.check_accessibility()
