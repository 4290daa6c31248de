"""A clip on the page: played, answered with a line of moments, each of which can be chosen; a real server and model."""

from __future__ import annotations

import numpy as np
import pytest

from clips import write_clip
from shapes import draw, jpeg

pytestmark = pytest.mark.browser

SHOWN = [("Vase", "red"), ("Mug", "blue"), ("Lamp", "green")]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three products, two seconds each, the camera moving in on each of them."""
    frames: list[tuple[float, np.ndarray]] = []
    for place, (shape, colour) in enumerate(SHOWN):
        large = draw(shape, colour, size=480)
        for step in range(20):
            margin = 2 * step
            view = large.crop((margin, margin, 480 - margin, 480 - margin)).resize((256, 256))
            frames.append((place * 2 + step / 10, np.asarray(view)))
    path = write_clip(tmp_path_factory.mktemp("page-clip") / "walk.webm", frames, codec="libvpx")
    return path.read_bytes()


def test_a_clip_is_played_and_its_moments_can_be_chosen(shopper, clip: bytes) -> None:
    with shopper.expect_response("**/v1/search/video") as answered:
        shopper.show(clip, name="walk.webm", kind="video/webm")
        whole = shopper.hits()
    found = answered.value.json()
    shopper.wait_for_selector(".moment")
    assert shopper.locator(".moment").count() == len(found["moments"])
    titles = shopper.locator(".moment-title").all_inner_texts()
    assert titles == [moment["hits"][0]["title"] for moment in found["moments"]]
    assert [title.split()[0] for title in titles] == [shape for shape, _ in SHOWN]
    assert whole == [hit["product_id"] for hit in found["hits"]]
    shopper.until("document.querySelector('#clip-player').readyState >= 1")
    assert shopper.evaluate("document.querySelector('#clip-player').duration") == pytest.approx(6.0, abs=0.2)
    shopper.until("[...document.querySelectorAll('.moment img')].every((image) => image.naturalWidth > 0)")
    shopper.check_accessibility()
    shopper.photograph("clip-whole")
    shopper.locator(".moment").nth(1).click()
    assert shopper.hits() == [hit["product_id"] for hit in found["moments"][1]["hits"]]
    assert shopper.locator(".moment").nth(1).get_attribute("aria-pressed") == "true"
    at = found["moments"][1]["frame_time"]
    shopper.until(f"Math.abs(document.querySelector('#clip-player').currentTime - {at}) < 0.2")
    shopper.photograph("clip-moment")
    shopper.locator(".timeline-head .button").click()
    assert shopper.hits() == whole
    assert shopper.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_clip_that_is_cut_short_is_told(shopper, clip: bytes) -> None:
    shopper.expected_statuses.add(422)
    shopper.show(clip[:200], name="walk.webm", kind="video/webm")
    shopper.wait_for_selector(".state")
    assert "picture cannot be used" in shopper.locator(".state").inner_text()
    assert shopper.locator("#timeline").is_hidden()


def test_another_question_takes_the_moments_away(shopper, clip: bytes) -> None:
    shopper.show(clip, name="walk.webm", kind="video/webm")
    shopper.wait_for_selector(".moment")
    shopper.locator(".brand").click()
    assert shopper.locator(".moment").count() == 0
    shopper.show(jpeg(draw("Vase", "red")))
    shopper.hits()
    assert shopper.locator("#timeline").is_hidden()
    assert shopper.locator("#clip-player").count() == 0


def test_a_clip_is_offered_neither_an_order_nor_a_link(shopper, clip: bytes) -> None:
    shopper.show(clip, name="walk.webm", kind="video/webm")
    shopper.wait_for_selector(".moment")
    shopper.hits()
    share = shopper.get_by_role("button", name="Share", exact=True)
    assert shopper.locator("#order:visible").count() == 0
    assert share.count() == 0
    shopper.locator(".brand").click()
    shopper.show(jpeg(draw("Vase", "red")))
    shopper.hits()
    assert shopper.locator("#order:visible").count() == 1
    assert share.count() == 1


def test_a_changed_taste_does_not_send_the_clip_again(arrive, clip: bytes) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.show(clip, name="walk.webm", kind="video/webm")
    person.wait_for_selector(".moment")
    person.hits()
    person.locator("#people").click()
    person.locator("#people-switch").click()
    person.wait_for_selector(".people-known h3")
    assert len(person.evaluate("window.sentForms")) == 1


def test_a_clip_is_let_go_when_another_question_comes(arrive, clip: bytes) -> None:
    person = arrive()
    person.wait_for_selector(".example img")
    person.evaluate("""() => {
      const revoke = URL.revokeObjectURL;
      window.revoked = [];
      URL.revokeObjectURL = (address) => { window.revoked.push(address); revoke.call(URL, address); };
    }""")
    person.show(clip, name="walk.webm", kind="video/webm")
    person.wait_for_selector(".moment")
    address = person.locator("#clip-player").get_attribute("src")
    person.locator(".brand").click()
    assert address in person.evaluate("window.revoked")
    assert person.locator("#clip-player").count() == 0
