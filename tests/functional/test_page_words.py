"""Words on the page: typed with suggestions, taken apart into chips, and spoken into a microphone."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from browsing import chromium_with
from shapes import RED_VASE
from speaking import speak

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Chromium's microphone will hear: a moment of nothing, a question, nothing more."""
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (the extra `speech`)")
    folder = tmp_path_factory.mktemp("microphone")
    with wave.open(str(speak("a green lamp", folder / "said.wav")), "rb") as said:
        rate, data = said.getframerate(), said.readframes(said.getnframes())
    samples = np.frombuffer(data, dtype="<i2").astype(np.float64)
    n = int(len(samples) * 48_000 / rate)
    louder = np.interp(np.linspace(0, len(samples) - 1, n), np.arange(len(samples)), samples) * 1.5
    nothing = np.zeros(12_000)
    whole = np.clip(np.concatenate([nothing, louder, nothing]), -32_768, 32_767).astype("<i2")
    path = folder / "microphone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(whole.tobytes())
    return path


@pytest.fixture(scope="module")
def browser(chromium: Path, spoken: Path) -> Iterator[object]:
    with chromium_with(chromium, [f"--use-file-for-fake-audio-capture={spoken}%noloop"]) as opened:
        yield opened


def within(person) -> bool:
    return person.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_typing_suggests_and_a_suggestion_is_a_question(shopper):
    shopper.locator("#words").press_sequentially("la")
    shopper.wait_for_selector(".words-option")
    assert shopper.locator("#words").get_attribute("aria-expanded") == "true"
    shopper.check_accessibility()
    shopper.keyboard.press("ArrowDown")
    marked = shopper.locator(".words-option[aria-selected='true']").inner_text()
    assert shopper.locator("#words").input_value() == marked
    shopper.keyboard.press("Enter")
    assert shopper.hits()[0].startswith("lamp")
    assert shopper.locator(".words-option:visible").count() == 0
    assert within(shopper)
    shopper.reload()
    assert shopper.hits()[0].startswith("lamp")
    assert shopper.locator("#words").input_value() == marked


def test_escape_closes_suggestions_and_a_click_takes_one(shopper):
    shopper.locator("#words").press_sequentially("vas")
    shopper.wait_for_selector(".words-option")
    shopper.keyboard.press("Escape")
    assert shopper.locator(".words-option:visible").count() == 0
    shopper.locator("#words").press_sequentially("e")
    shopper.wait_for_selector(".words-option")
    shopper.locator(".words-option").first.click()
    assert shopper.hits()[0].startswith("vase")


def test_what_was_typed_comes_back_when_no_suggestion_is_taken(shopper):
    field = shopper.locator("#words")
    field.press_sequentially("vas")
    shopper.wait_for_selector(".words-option")
    shopper.keyboard.press("ArrowDown")
    assert field.input_value() != "vas"
    shopper.keyboard.press("ArrowUp")
    assert field.input_value() == "vas"
    assert field.get_attribute("aria-activedescendant") is None
    shopper.keyboard.press("ArrowDown")
    shopper.keyboard.press("Escape")
    assert field.input_value() == "vas"


def test_a_typing_error_is_told(shopper):
    shopper.locator("#words").fill("vasse")
    shopper.keyboard.press("Enter")
    assert shopper.hits()[0].startswith("vase")
    assert "vasse" in shopper.locator(".results").inner_text()


def test_words_beside_a_photograph_become_chips_that_can_be_removed(shopper):
    shopper.show(RED_VASE)
    alone = shopper.hits()
    shopper.locator("#words").fill("in cream, under 30")
    shopper.keyboard.press("Enter")
    shopper.until("document.querySelectorAll('[aria-label=\"What the words ask for\"] .chip').length === 2")
    bent = shopper.hits()
    assert bent != alone
    said = shopper.locator(".card .price").all_inner_texts()
    prices = [float("".join(sign for sign in one if sign.isdigit() or sign == ".")) for one in said]
    assert prices
    assert max(prices) < 30
    shopper.check_accessibility()
    assert within(shopper)
    shopper.locator('[aria-label="What the words ask for"] .chip', has_text="30").click()
    shopper.until("document.querySelectorAll('[aria-label=\"What the words ask for\"] .chip').length === 1")
    assert "30" not in shopper.locator("#words").input_value()
    shopper.hits()
    shopper.locator(".words-clear").click()
    shopper.until("document.querySelectorAll('[aria-label=\"What the words ask for\"] .chip').length === 0")
    assert shopper.hits() == alone


@pytest.mark.parametrize(
    ("words", "denied", "taken", "left"),
    [
        ("no red, white, blue mug", ["red", "white", "blue"], "red", "mug, not white, not blue"),
        ("neither red nor white mug", ["red", "white"], "white", "mug, not red"),
        ("a mug covered in dots, not red", ["red"], "red", "a mug covered in dots"),
        ("ein Becher, nicht grün", ["grun"], "grun", "ein Becher"),
        ("不要红色和白色的杯子", ["红色", "白色"], "红色", "杯子，不要白色"),
        ("除了红色以外的杯子", ["红色"], "红色", "杯子"),
        ("不要Acme的杯子", ["acme"], "acme", "杯子"),
        ("red mug, not red", ["red"], "red", "red mug"),
        ("a mug that isn't red", ["red"], "red", "a mug that"),
    ],
)
def test_what_is_not_wanted_stays_so_when_another_is_taken_out(arrive, words, denied, taken, left):
    understood = [{"text": text, "column": "color", "operator": "!="} for text in denied]
    found = arrive().evaluate(
        "async ([words, at, all]) => (await import('/page/js/unread.js')).unread(words, all[at], all)",
        [words, denied.index(taken), understood],
    )
    assert found == left


def test_a_bound_written_without_a_blank_is_taken_out(arrive):
    condition = {"text": "price <100", "column": "price", "operator": "<"}
    found = arrive().evaluate(
        "async (one) => (await import('/page/js/unread.js')).unread('price<100 mug', one, [one])", condition
    )
    assert found == "mug"


def test_what_is_said_lands_in_the_box_as_a_question(shopper):
    shopper.context.grant_permissions(["microphone"])
    shopper.wait_for_selector(".microphone:visible")
    button = shopper.locator(".microphone")
    assert button.get_attribute("aria-label") == "Say what you look for"
    button.focus()
    shopper.keyboard.press("Enter")
    shopper.wait_for_selector(".microphone[data-state='recording']")
    assert button.get_attribute("aria-pressed") == "true"
    shopper.check_accessibility()
    shopper.until("document.querySelector('#words').value !== ''")
    assert shopper.locator("#words").input_value().lower().strip(" .") in ("a green lamp", "green lamp")
    assert shopper.hits()[0].startswith("lamp")
    assert button.get_attribute("data-state") == "idle"
    assert within(shopper)
    # It is a question like a typed one: it can be corrected, and the address has it.
    assert "lamp" in shopper.evaluate("decodeURIComponent(location.hash)").lower()
    shopper.locator("#words").fill("green vase")
    shopper.keyboard.press("Enter")
    assert shopper.hits()[0].startswith("vase")


def test_a_recording_can_be_ended_and_cancelled(arrive):
    person = arrive()
    person.context.grant_permissions(["microphone"])
    person.wait_for_selector(".microphone:visible")
    person.locator(".microphone").click()
    person.wait_for_selector(".microphone[data-state='recording']")
    person.keyboard.press("Escape")
    person.wait_for_selector(".microphone[data-state='idle']")
    person.until('document.querySelector("#announcer").textContent === "Nothing was recorded."')
    assert person.locator("#words").input_value() == ""


def test_a_microphone_that_is_not_allowed_says_so(arrive):
    person = arrive(language="zh-CN")
    person.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); } }"
    )
    person.wait_for_selector(".microphone:visible")
    assert person.locator(".microphone").get_attribute("aria-label") == "说出要找的东西"
    person.locator(".microphone").click()
    person.wait_for_selector(".toast")
    assert "无法使用麦克风" in person.locator(".toast").inner_text()
    assert person.locator(".microphone").get_attribute("data-state") == "idle"
