"""Personal results on the page: off until switched on, then used, shown, given out, and erased."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving import serving
from shapes import RED_VASE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(shapes_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of these tests alone: they tell it what people look at."""
    store = shutil.copytree(shapes_store, tmp_path_factory.mktemp("people") / "store")
    with serving(store) as url:
        yield url


def kept_id(person) -> str | None:
    return person.evaluate("localStorage.getItem('lookalike.shopper')")


def switch(person) -> None:
    person.locator("#people").click()
    person.locator("#people-switch").click()


def close(person) -> None:
    person.keyboard.press("Escape")
    person.until("!document.querySelector('dialog')")


def look_at(person, *places: int) -> None:
    person.locator(".example").first.click()
    person.hits()
    for place in places:
        with person.expect_response("**/v1/events") as told:
            person.locator(".card .open").nth(place).click()
        assert told.value.status == 200
        close(person)


def test_nothing_is_kept_or_told_before_it_is_switched_on(shopper):
    told: list[str] = []
    shopper.on("request", lambda request: told.append(f"{request.url} {request.post_data or ''}"))
    shopper.locator(".example").first.click()
    shopper.hits()
    shopper.locator(".card .open").first.click()
    shopper.wait_for_timeout(300)
    assert kept_id(shopper) is None
    assert not any("/v1/events" in line or '"shopper":"' in line for line in told)
    assert shopper.locator(".drawer .people-button, .people-note").count() == 0


def test_taste_fills_the_row_for_you_and_says_because_of_what(shopper):
    switch(shopper)
    shopper.wait_for_selector(".people-known h3")
    assert re.fullmatch(r"me-[0-9a-f]{32}", kept_id(shopper) or "")
    shopper.photograph("people-switched-on")
    close(shopper)
    look_at(shopper, 0, 1)
    with shopper.expect_response("**/v1/events"):
        shopper.locator(".card .open").nth(2).click()
    with shopper.expect_response("**/v1/events") as liked:
        shopper.get_by_role("button", name="Like", exact=True).click()
    assert json.loads(liked.value.request.post_data)["kind"] == "like"
    close(shopper)
    shopper.locator(".brand").click()
    shopper.wait_for_selector(".for-you-row .example img")
    shopper.show(RED_VASE)
    shopper.hits()
    shopper.wait_for_selector(".people-note")
    assert "your taste" in shopper.locator(".people-note").inner_text()
    shopper.photograph("people-answer")
    shopper.locator(".brand").click()
    shopper.wait_for_selector(".for-you-row .example img")
    assert "Because of" in shopper.locator(".for-you-because").first.inner_text()
    assert shopper.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shopper.photograph("people-for-you")
    shopper.check_accessibility()


def test_what_is_told_while_a_dialog_is_open_is_seen_and_spoken_there(shopper):
    switch(shopper)
    seen = """(() => {
      const box = document.querySelector(".toast")?.getBoundingClientRect();
      const modal = document.querySelector("dialog[open]");
      // Notes let pointers through, so what lies over them is asked of them while they do not.
      document.querySelectorAll(".toasts").forEach((each) => { each.style.pointerEvents = "auto"; });
      return Boolean(box && modal.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))
        && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2).matches(".toast"));
    })()"""
    shopper.until(seen)
    shopper.until("document.querySelector('dialog .announcer')?.textContent === 'Personal results are on.'")
    shopper.check_accessibility()


def test_all_of_it_can_be_seen_taken_along_and_erased(shopper):
    switch(shopper)
    close(shopper)
    look_at(shopper, 0, 1)
    shopper.locator("#people").click()
    shopper.wait_for_selector(".people-pictures img")
    assert re.search(r"2 events with 2 products", shopper.locator(".people-known").inner_text())
    shopper.photograph("people-panel")
    shopper.check_accessibility()
    with shopper.expect_download() as saved:
        shopper.get_by_role("button", name="Download all of it").click()
    document = json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))
    assert [event["kind"] for event in document["events"]] == ["view", "view"]
    shopper.get_by_role("button", name="Erase all of it").click()
    shopper.until("document.querySelector('.people-known')?.innerText.includes('Nothing yet')")
    assert kept_id(shopper) == document["shopper"]
    shopper.locator("#people-switch").click()
    shopper.until("localStorage.getItem('lookalike.shopper') === null")
    assert shopper.locator(".people-known h3").count() == 0


def test_the_panel_speaks_chinese(arrive):
    person = arrive()
    person.wait_for_selector(".example img")
    person.locator("#language").click()
    person.locator("#people").click()
    person.until("document.querySelector('.people-body h2')?.innerText === '个性化结果'")
    person.locator("#people-switch").click()
    person.wait_for_selector(".people-known h3")
    person.photograph("people-chinese")


def test_what_is_opened_in_a_shared_list_is_told_under_the_id_of_the_list(shopper, address: str):
    server = httpx.Client(base_url=address, trust_env=False, timeout=60)
    every = server.get("/v1/products", params={"k": 100}).json()["products"]
    away = {"name": "away", "action": "bury", "products": [one["product_id"] for one in every][::2]}
    server.put("/v1/rules", json={"rules": [away]}).raise_for_status()
    server.put("/v1/trial", json={"b": "rules=off"}).raise_for_status()
    try:
        switch(shopper)
        close(shopper)
        shopper.show(RED_VASE)
        shopper.hits()
        with shopper.expect_response("**/v1/events") as told:
            shopper.locator(".card .open").nth(1).click()
        event = json.loads(told.value.request.post_data)
        assert event["query"].startswith("trial.live.rules=off.")
        assert event["position"] == 2
        report = server.get("/v1/trial").json()["trials"][-1]
        assert (report["questions"], report["shoppers"]) == (1, 1)
    finally:
        server.delete("/v1/trial")
        server.put("/v1/rules", json={"rules": []})
        server.close()
