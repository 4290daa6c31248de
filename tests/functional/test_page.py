"""The page, driven in Chromium against a real server, engine and model, at desktop and phone width."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from serving import UPLOAD_LIMIT_BYTES
from shapes import RED_VASE, draw, jpeg

pytestmark = pytest.mark.browser


def test_the_start_offers_ways_in_and_is_accessible(shopper):
    assert shopper.locator("h1").inner_text() == "Find it by photograph"
    assert shopper.locator(".example").count() == 12
    assert shopper.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shopper.check_accessibility()


def test_a_photograph_brings_the_product_first(shopper):
    shopper.show(RED_VASE)
    assert shopper.hits()[0].startswith("vase-")
    card = shopper.locator(".card").first
    assert "Vase" in card.locator("h3").inner_text()
    assert re.search(r"\d\.\d\d", card.locator(".similarity").inner_text())
    assert re.search(r"\d", card.locator(".price").inner_text())
    assert card.locator(".swatch").count() == 2
    shopper.until("document.querySelector('.card .tile img').naturalWidth > 0")
    shopper.until("document.querySelector('#announcer').textContent.includes('products shown. Most alike: Vase')")
    assert shopper.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "exact" in shopper.locator(".timing summary").inner_text()
    shopper.check_accessibility()


def test_a_pasted_and_a_dropped_photograph_search_too(shopper):
    send = """([bytes, kind]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], "photo.jpg", { type: "image/jpeg" }));
      const event = kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
        : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    }"""
    shopper.evaluate(send, [list(RED_VASE), "paste"])
    assert shopper.hits()[0].startswith("vase-")
    shopper.evaluate(send, [list(RED_VASE), "dragenter"])
    assert shopper.locator("#veil").is_visible()
    tray = list(jpeg(draw("Tray", "blue", 2)))
    shopper.evaluate(send, [tray, "drop"])
    assert not shopper.locator("#veil").is_visible()
    shopper.until("document.querySelector('.card[data-product]')?.dataset.product.startsWith('tray-')")


def test_something_of_the_catalogue_is_a_beginning(shopper):
    shopper.locator(".example").nth(3).click()
    assert len(shopper.hits()) > 5
    assert "like=" in shopper.evaluate("location.hash")


def test_a_large_photograph_is_made_small_upright_and_clean_before_it_leaves_the_device(shopper):
    scene = Image.new("RGB", (3000, 2000), "#f7f5f2")
    scene.paste(draw("Vase", "red", size=900), (1900, 500))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: upright it is 2000 wide and 3000 high
    exif[0x010F] = "SecretCamera"
    shopper.show(jpeg(scene, exif=exif))
    shopper.hits()
    sent, _ = shopper.uploads()[-1]
    assert sent.size == (683, 1024)
    assert not sent.getexif()


def test_results_follow_a_crop_in_pixels_of_what_was_sent(shopper):
    scene = Image.new("RGB", (1000, 500), "#f7f5f2")
    scene.paste(draw("Tray", "blue", size=460), (20, 20))
    scene.paste(draw("Vase", "red", size=460), (520, 20))
    shopper.show(jpeg(scene))
    shopper.hits()
    if shopper.is_phone:
        shopper.locator(".part").click()
        shopper.wait_for_selector(".frame:focus")
        for key in ["ArrowRight"] * 20 + ["Shift+ArrowRight"] * 2:
            shopper.keyboard.press(key)
    else:
        box = shopper.locator(".stage").bounding_box()
        shopper.mouse.move(box["x"] + box["width"] * 0.52, box["y"] + box["height"] * 0.04)
        shopper.mouse.down()
        shopper.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5, steps=3)
        shopper.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + box["height"] * 0.96, steps=3)
        shopper.mouse.up()
    shopper.wait_for_timeout(300)
    shopper.until("document.querySelector('.card[data-product]')?.dataset.product.startsWith('vase-')")
    sent, fields = shopper.uploads()[-1]
    x, y, width, height = (float(part) for part in fields["crop"].split(","))
    assert x >= 0
    assert y >= 0
    assert x + width <= sent.width
    assert y + height <= sent.height
    if not shopper.is_phone:
        assert abs(x - 520) < 12
        assert abs(width - 460) < 16
    assert "Selected part" in shopper.locator(".frame").get_attribute("aria-label")
    shopper.check_accessibility()
    shopper.locator(".part").click()
    assert not shopper.locator(".frame").is_visible()


def test_the_selection_can_be_moved_resized_and_removed_by_keyboard(shopper):
    shopper.show(RED_VASE)
    shopper.hits()
    shopper.locator(".part").click()
    frame = shopper.locator(".frame")
    before = frame.get_attribute("aria-label")
    shopper.keyboard.press("ArrowLeft")
    moved = frame.get_attribute("aria-label")
    shopper.keyboard.press("Shift+ArrowDown")
    assert len({before, moved, frame.get_attribute("aria-label")}) == 3
    shopper.keyboard.press("Escape")
    assert not frame.is_visible()


def test_filters_narrow_the_results_and_can_be_taken_off(shopper):
    shopper.show(RED_VASE)
    shopper.hits()
    shopper.filters()
    shopper.check_accessibility()
    shopper.locator(".value", has_text="Lighting").click()
    shopper.done_filtering()
    shopper.until("[...document.querySelectorAll('.card')].every((card) => card.dataset.product?.startsWith('lamp-'))")
    assert len(shopper.hits()) == 5
    assert "in.category=Lighting" in shopper.evaluate("location.hash")
    shopper.filters()
    assert int(shopper.locator(".value", has_text="Kitchen").locator(".value-count").inner_text()) > 0
    shopper.locator(".switch").click()
    shopper.done_filtering()
    shopper.until("document.querySelectorAll('.card').length === 4")
    shopper.filters()
    shopper.locator(".range input").last.fill("22")
    shopper.wait_for_timeout(700)
    shopper.done_filtering()
    shopper.until("document.querySelectorAll('.card').length === 3")
    assert shopper.locator(".chip:not(.clear)").count() == 3
    shopper.check_accessibility()
    shopper.locator(".chip.clear").click()
    shopper.until("document.querySelectorAll('.card').length === 24")


def test_no_product_left_is_a_state_with_a_way_out(shopper):
    shopper.show(RED_VASE)
    shopper.hits()
    shopper.filters()
    shopper.locator(".range input").last.fill("1")
    shopper.wait_for_timeout(700)
    shopper.done_filtering()
    shopper.wait_for_selector(".state")
    assert "Nothing passes these filters" in shopper.locator(".state").inner_text()
    shopper.check_accessibility()
    shopper.locator(".state .button").click()
    assert len(shopper.hits()) == 24


def test_more_can_be_shown_without_repeats(shopper):
    shopper.show(RED_VASE)
    assert len(shopper.hits()) == 24
    shopper.locator(".more").click()
    shopper.until("document.querySelectorAll('.card').length === 30")
    hits = shopper.hits()
    assert len(set(hits)) == 30
    assert shopper.locator(".more").count() == 0


def test_more_like_this_and_back_again_with_the_photograph(shopper):
    shopper.show(RED_VASE)
    first = shopper.hits()
    shopper.locator(".card").nth(5).hover()
    shopper.locator(".card .alike").nth(5).click()
    shopper.wait_for_selector(".product-question img")
    second = shopper.hits()
    assert second != first
    assert first[5] not in second
    shopper.go_back()
    shopper.wait_for_selector(".stage img")
    shopper.until(f"document.querySelector('.card[data-product]')?.dataset.product === '{first[0]}'")
    assert shopper.hits() == first
    shopper.go_back()
    shopper.wait_for_selector("h1")
    assert shopper.locator("#start").is_visible()
    shopper.go_forward()
    assert shopper.hits() == first


def test_a_shared_link_brings_the_same_results_without_the_photograph(shopper, arrive):
    shopper.show(RED_VASE)
    shopper.hits()
    shopper.filters()
    shopper.locator(".value", has_text="Kitchen").click()
    shopper.done_filtering()
    shopper.until("location.hash.includes('Kitchen')")
    mine = shopper.hits()
    share = shopper.locator(".dock-button").last if shopper.is_phone else shopper.locator(".share")
    share.click()
    if not shopper.is_phone:
        link = shopper.evaluate("navigator.clipboard.readText()")
        assert "not the photograph" in shopper.locator(".toast").inner_text()
        assert link == shopper.url
    link = shopper.url
    assert len(link) < 600
    assert "?" not in link
    friend = arrive(phone=shopper.is_phone, path=link.removeprefix(shopper.address))
    theirs = friend.hits()
    assert set(theirs) == set(mine)
    assert theirs[0] == mine[0]
    assert friend.locator(".stage").count() == 0
    assert "A shared search" in friend.locator("#query-title").inner_text()
    assert friend.uploads() == []
    friend.check_accessibility()


def test_a_product_opens_with_its_versions_and_closes_back_to_its_card(shopper):
    shopper.show(RED_VASE)
    shopper.hits()
    opener = shopper.locator(".card .open").first
    opener.focus()
    shopper.keyboard.press("Enter")
    shopper.wait_for_selector(".drawer .version")
    assert shopper.locator(".drawer .version").count() == 2
    assert "drawn for the tests" in shopper.locator(".drawer .description").inner_text()
    shopper.check_accessibility()
    shown = shopper.locator(".drawer .large").get_attribute("src")
    shopper.locator(".version:not(.chosen)").click()
    assert shopper.locator(".drawer .large").get_attribute("src") != shown
    shopper.keyboard.press("Escape")
    shopper.locator(".drawer").wait_for(state="detached")
    assert opener.evaluate("element => element === document.activeElement")


def test_what_is_no_picture_is_told_and_another_can_be_chosen(shopper):
    shopper.expected_statuses = {422}
    shopper.show(b"this is no picture", name="notes.jpg")
    shopper.wait_for_selector(".state")
    assert "The picture cannot be used" in shopper.locator(".state").inner_text()
    assert "not a picture" in shopper.locator(".state").inner_text()
    shopper.check_accessibility()
    with shopper.expect_file_chooser() as chooser:
        shopper.locator(".state .button").click()
    chooser.value.set_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": RED_VASE})
    assert shopper.hits()[0].startswith("vase-")


def test_a_file_that_is_too_large_is_told_without_sending_it(shopper):
    shopper.wait_for_timeout(300)
    shopper.show(b"x" * (UPLOAD_LIMIT_BYTES + 1))
    shopper.wait_for_selector(".state")
    assert "too large" in shopper.locator(".state").inner_text()
    assert shopper.uploads() == []


def test_an_unreachable_server_is_told_and_tried_again(shopper):
    shopper.expected_statuses = {0}
    shopper.route("**/v1/search", lambda route: route.abort())
    shopper.show(RED_VASE)
    shopper.wait_for_selector(".state")
    assert "cannot be reached" in shopper.locator(".state").inner_text()
    shopper.check_accessibility()
    shopper.unroute("**/v1/search")
    shopper.locator(".state .button").click()
    assert shopper.hits()[0].startswith("vase-")


def test_a_busy_server_is_told(shopper):
    shopper.expected_statuses = {503}
    answer = '{"error": {"code": "busy", "message": "all places are taken", "hint": "try again"}}'
    shopper.route("**/v1/search", lambda route: route.fulfill(status=503, content_type="application/json", body=answer))
    shopper.show(RED_VASE)
    shopper.wait_for_selector(".state")
    assert "The server is busy" in shopper.locator(".state").inner_text()


def test_a_link_with_a_filter_that_is_gone_can_be_freed_of_it(arrive):
    shopper = arrive(path="#like=vase-red&in.fabric=wool")
    shopper.expected_statuses = {422}
    shopper.wait_for_selector(".state")
    assert "A filter cannot be used" in shopper.locator(".state").inner_text()
    shopper.locator(".state .button").click()
    assert len(shopper.hits()) > 5


def test_a_link_of_another_model_or_a_product_that_is_gone_is_told(arrive):
    old = arrive(path="#v=1.00000000.AAAA")
    old.expected_statuses = {409}
    old.wait_for_selector(".state")
    assert "earlier model" in old.locator(".state").inner_text()
    gone = arrive(path="#like=sold-long-ago")
    gone.expected_statuses = {404}
    gone.wait_for_selector(".state")
    assert "no longer there" in gone.locator(".state").inner_text()


def test_the_page_speaks_chinese(arrive):
    for phone in (False, True):
        shopper = arrive(phone=phone, language="zh-CN")
        shopper.wait_for_selector(".example img")
        assert shopper.locator("h1").inner_text() == "拍张照，找同款"
        assert shopper.evaluate("document.documentElement.lang") == "zh-CN"
        shopper.show(RED_VASE)
        shopper.hits()
        assert shopper.locator("#results-title").inner_text() == "最相似的商品"
        shopper.check_accessibility()
        shopper.locator("#language").click()
        shopper.until("document.querySelector('#results-title').innerText === 'Most alike'")
        assert len(shopper.hits()) == 24
        shopper.reload()
        shopper.hits()
        assert shopper.locator("#results-title").inner_text() == "Most alike"


def test_both_languages_have_the_same_words(arrive):
    shopper = arrive()
    english, chinese = (
        shopper.evaluate(
            f"import('/page/js/strings/{name}.js').then((m) => Object.entries(m.default).map(([k, v]) => k + typeof v))"
        )
        for name in ("en", "zh")
    )
    assert sorted(english) == sorted(chinese)


def test_dark_follows_the_system_and_can_be_chosen(arrive):
    brightness = "Number(getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/)[0])"
    dark = arrive(dark=True)
    assert dark.evaluate(brightness) < 60
    dark.wait_for_selector(".example img")
    dark.check_accessibility()
    dark.show(RED_VASE)
    dark.hits()
    dark.check_accessibility()
    dark.locator("#theme").click()
    assert dark.evaluate(brightness) > 200
    dark.reload()
    assert dark.evaluate(brightness) > 200
    light = arrive()
    assert light.evaluate(brightness) > 200


def test_a_photograph_can_be_taken_with_the_camera(arrive):
    shopper = arrive()
    shopper.wait_for_selector(".example img")
    shopper.locator("#take").click()
    shopper.until("document.querySelector('.camera video')?.videoWidth > 0")
    shopper.check_accessibility()
    shopper.locator(".shutter").click()
    assert len(shopper.hits()) == 24
    shopper.locator(".camera").wait_for(state="detached")


def test_on_a_phone_the_camera_button_asks_for_the_camera(arrive):
    shopper = arrive(phone=True)
    shopper.wait_for_selector(".example img")
    with shopper.expect_file_chooser() as chooser:
        shopper.locator("#take").click()
    assert chooser.value.element.get_attribute("capture") == "environment"
    chooser.value.set_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": RED_VASE})
    assert shopper.hits()[0].startswith("vase-")


def test_everything_can_be_reached_by_keyboard(arrive):
    shopper = arrive()
    shopper.wait_for_selector(".example img")
    shopper.keyboard.press("Tab")
    assert shopper.evaluate("document.activeElement.className") == "skip"
    reached: list[str] = []
    for _ in range(20):
        shopper.keyboard.press("Tab")
        reached.append(shopper.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"language", "theme", "choose", "take"} <= set(reached)
    shopper.locator(".example").first.focus()
    shopper.keyboard.press("Enter")
    shopper.hits()
    assert shopper.evaluate("document.activeElement.id") == "results"
    shopper.keyboard.press("Tab")
    assert shopper.evaluate("document.activeElement.matches('.results *')")


def test_the_reference_shows_every_operation_and_tries_one(shopper):
    shopper.goto(shopper.address + "docs")
    shopper.wait_for_selector(".operation")
    assert shopper.locator(".operation").count() >= 10
    assert shopper.evaluate("document.documentElement.scrollWidth <= Math.min(innerWidth, screen.width)")
    shopper.check_accessibility()
    search = shopper.locator(".operation", has_text="Find products").first
    search.locator("textarea").fill('{"like": "vase-red", "k": 2}')
    search.locator(".try .button.primary").click()
    shopper.wait_for_selector(".try .sample")
    assert "HTTP 200" in search.locator(".try").inner_text()
    assert '"vase-' in search.locator(".try .sample").inner_text()
