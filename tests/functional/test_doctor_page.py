"""The doctor's page, driven in Chromium against a real server over a catalogue with faults, at both widths."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from browsing import arriving, check_accessibility
from serving import index, serving

pytestmark = pytest.mark.browser


def spoil(catalog: Path) -> Path:
    """One picture at two products, a blurred one, and a placeholder for three."""
    with catalog.open(newline="") as file:
        rows = list(csv.DictReader(file))
    folder = catalog.parent
    pictures = [row["image"].split("|")[0] for row in rows]
    first = {row["product_id"]: number for number, row in reversed(list(enumerate(rows)))}
    numbers = list(first.values())
    categories = {rows[number]["category"]: number for number in numbers}
    one, other = list(categories.values())[:2]
    shutil.copy(folder / pictures[one], folder / "images/borrowed.jpg")
    rows[other]["image"] += "|images/borrowed.jpg"
    with Image.open(folder / pictures[one]) as image:
        image.filter(ImageFilter.GaussianBlur(5)).save(folder / "images/soft.jpg")
    rows[one]["image"] += "|images/soft.jpg"
    for place, number in enumerate(numbers[-3:]):
        Image.new("RGB", (200 + place, 200), "#eeeeee").save(folder / f"images/none-{place}.jpg")
        rows[number]["image"] = f"images/none-{place}.jpg"
    path = folder / "spoiled.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def address(drawn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running `lookalike serve` over a spoiled copy of the drawn catalogue."""
    folder = tmp_path_factory.mktemp("doctor")
    shop = shutil.copytree(drawn.folder, folder / "shop")
    index(spoil(shop / "catalog.csv"), folder / "store")
    with serving(folder / "store") as url:
        yield url


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_findings_are_shown_worst_first_and_are_accessible(arrive, phone: bool, dark: bool) -> None:
    page = arrive(path="doctor", phone=phone, dark=dark)
    page.wait_for_selector(".finding img", timeout=60_000)
    kinds = page.eval_on_selector_all(".finding", "cards => cards.map((card) => card.dataset.kind)")
    assert kinds[0] == "placeholder"
    assert {"placeholder", "shared_picture", "blurred"} <= set(kinds)
    placeholder = page.locator('.finding[data-kind="placeholder"]').first
    assert "3 products show this picture" in placeholder.inner_text()
    assert placeholder.locator("img").count() == 3
    page.until("document.querySelector('.finding img').naturalWidth > 0")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    check_accessibility(page)


def test_one_kind_can_be_chosen_by_keyboard(arrive) -> None:
    page = arrive(path="doctor")
    page.wait_for_selector(".finding")
    page.locator('.kind[data-kind="blurred"]').focus()
    page.keyboard.press("Enter")
    kinds = set(page.eval_on_selector_all(".finding", "cards => cards.map((card) => card.dataset.kind)"))
    assert kinds == {"blurred"}
    assert page.evaluate("document.activeElement.dataset.kind") == "blurred"
    page.locator('.kind[data-kind=""]').click()
    assert page.locator('.finding[data-kind="placeholder"]').count() >= 1


def test_the_page_speaks_chinese(arrive) -> None:
    page = arrive(path="doctor", language="zh-CN")
    page.wait_for_selector(".finding")
    assert page.locator("h1").inner_text() == "商品目录体检"
    assert "件商品使用这张图片" in page.locator(".finding").first.inner_text()
    check_accessibility(page)


def test_a_finding_leads_to_what_looks_like_it(arrive) -> None:
    page = arrive(path="doctor")
    page.wait_for_selector(".finding")
    page.locator('.finding[data-kind="blurred"] .like').first.click()
    page.wait_for_selector(".card[data-product]")
    assert "#like=" in page.url


def test_the_way_to_it_is_shown_where_writing_is_allowed(arrive) -> None:
    page = arrive()
    page.wait_for_selector("#to-doctor:visible")
    page.locator("#to-doctor").click()
    page.wait_for_selector(".doctor h1")
    assert page.url.endswith("/doctor")


def test_the_way_to_it_is_shown_to_no_shopper_of_a_server_with_a_token(browser, shapes_store) -> None:
    token = "密-wörd"  # headers take no other letters than Latin-1's
    with serving(shapes_store, write_token=token) as url, arriving(browser, url) as arrive:
        page = arrive()
        page.expected_statuses.add(401)
        page.wait_for_selector("#people:visible")
        assert page.locator("#to-doctor").is_hidden()
        page.goto(page.address + "doctor")
        page.locator("#token").fill(token)
        page.keyboard.press("Enter")
        page.wait_for_selector(".figures")
        page.goto(page.address)
        page.wait_for_selector("#to-doctor:visible")


def test_a_server_with_a_token_asks_for_it(arrive) -> None:
    page = arrive()
    refused = '{"error": {"code": "unauthorised", "message": "needs the token"}}'

    def answer(route) -> None:
        if route.request.headers.get("authorization") == "Bearer right":
            route.continue_()
        else:
            route.fulfill(status=401, content_type="application/json", body=refused)

    page.expected_statuses.add(401)
    page.route("**/v1/catalogue/health", answer)
    page.goto(page.url.split("#")[0] + "doctor")
    page.wait_for_selector("#token")
    check_accessibility(page)
    page.locator("#token").fill("right")
    page.keyboard.press("Enter")
    page.wait_for_selector(".finding")


def test_showing_all_of_a_kind_moves_the_focus_to_the_first_that_was_hidden(arrive) -> None:
    page = arrive()

    def many(route) -> None:
        report = route.fetch().json()
        if "findings" in report:
            report["findings"] = [one for one in report["findings"] if one["kind"] == "blurred"][:1] * 20
            report["summary"]["by_kind"] = {"blurred": 20}
        route.fulfill(json=report)

    page.route("**/v1/catalogue/health", many)
    page.goto(page.url.split("#")[0] + "doctor")
    page.get_by_role("button", name="Show all 20").press("Enter")
    assert page.locator(".finding").count() == 20
    assert page.evaluate("[...document.querySelectorAll('.finding .like')].indexOf(document.activeElement)") == 12
