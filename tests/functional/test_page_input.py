"""Ways in which a question arrives: the clipboard, a drop, the camera, an input method; what was meant is asked."""

from __future__ import annotations

import pytest

from shapes import RED_VASE

pytestmark = pytest.mark.browser

TRANSFER = """([event, target, files, text]) => {
  const transfer = new DataTransfer();
  for (const [name, type, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  if (text) transfer.setData("text/plain", text);
  const given = { bubbles: true, cancelable: true };
  const happened = event === "paste"
    ? new ClipboardEvent("paste", { ...given, clipboardData: transfer })
    : new DragEvent(event, { ...given, dataTransfer: transfer });
  return document.querySelector(target).dispatchEvent(happened);
}"""
PHOTO = ["photo.jpg", "image/jpeg", list(RED_VASE)]
NOTES = ["notes.txt", "text/plain", list(b"none of it is a picture")]


@pytest.fixture
def person(arrive):
    opened = arrive()
    opened.wait_for_selector(".example img")
    return opened


def test_text_with_its_picture_is_pasted_into_the_search_box_as_text(person) -> None:
    assert person.evaluate(TRANSFER, ["paste", "#words", [PHOTO], "red vase"])
    assert person.evaluate("document.body.dataset.view") == "start"
    # Beside the box, and where there is no text, it is the picture that is meant.
    assert not person.evaluate(TRANSFER, ["paste", "#words", [PHOTO], None])
    assert person.hits()[0].startswith("vase-")


def test_of_several_files_the_picture_is_searched_for(person) -> None:
    person.evaluate(TRANSFER, ["drop", "body", [NOTES, PHOTO], None])
    assert person.hits()[0].startswith("vase-")


def test_a_photograph_is_taken_though_the_camera_shows_nothing_yet(person) -> None:
    person.evaluate("""() => {
      new MutationObserver((_, watcher) => {
        const shutter = document.querySelector(".shutter");
        if (!shutter) return;
        watcher.disconnect();
        window.before = document.querySelector(".camera video").readyState;
        shutter.click();
      }).observe(document.body, { childList: true });
    }""")
    person.locator("#take").click()
    assert len(person.hits()) == 24
    assert person.evaluate("window.before") < 2
    person.locator(".camera").wait_for(state="detached")


@pytest.mark.parametrize("key", ["ArrowDown", "Escape"])
def test_keys_of_an_input_method_leave_what_is_composed_alone(person, key) -> None:
    person.locator("#words").press_sequentially("va")
    person.wait_for_selector("#words-list:not([hidden])")
    untouched = person.evaluate(
        """(key) => document.querySelector("#words").dispatchEvent(
          new KeyboardEvent("keydown", { key, isComposing: true, bubbles: true, cancelable: true }))""",
        key,
    )
    assert untouched
    assert person.locator("#words").input_value() == "va"
    assert person.locator("#words-list").is_visible()
