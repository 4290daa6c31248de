"""The report: made by the command, opened in Chromium, read, printed; a hostile catalogue runs nothing in it."""

from __future__ import annotations

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browsing import until
from commands import run
from serving import index

if TYPE_CHECKING:
    from conftest import Drawn

HOSTILE = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'
VIEWS = {"desktop": (1280, 900, "light"), "phone": (390, 844, "light"), "dark": (1280, 900, "dark")}


@pytest.fixture(scope="module")
def folder(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on drawn products whose titles are attacks, with failures and a query that cannot be asked."""
    place = tmp_path_factory.mktemp("report") / "shop"
    shutil.copytree(drawn.folder, place)
    with (place / "catalog.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (place / "catalog.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "title": f"{HOSTILE} {row['title']}"} for row in rows)
    with (place / "queries.csv").open(newline="", encoding="utf-8") as file:
        queries = [(row["image"], row["product_id"]) for row in csv.DictReader(file)]
    # Each photograph asked for its neighbour's product: failures, surely.
    wrong = [(image, other) for (image, _), (_, other) in zip(queries, queries[1:] + queries[:1], strict=True)]
    with (place / "asked.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("image", "product_id"), *queries, *wrong, ("<b>gone</b>.jpg", queries[0][1])])
    index(place / "catalog.csv", place / "store")
    told = run("evaluate", "asked.csv", "--store", "store", "--report", "out", cwd=place)
    assert "out/report.html" in told.stdout
    return place / "out"


class Outline(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_the_page_is_one_file_that_loads_nothing_and_has_no_script(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Outline(text)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert all(value.startswith("data:image/jpeg;base64,") for name, value in page.attributes if name == "src")
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"https?:|url\(|@import", text)
    identifiers = [value for name, value in page.attributes if name == "id"]
    assert len(set(identifiers)) == len(identifiers)
    assert {value[1:] for name, value in page.attributes if name == "href"} <= set(identifiers)
    assert page.tags.count("h1") == 1
    assert len(text) < 5_000_000


def test_the_json_says_the_same_as_the_page(folder: Path) -> None:
    document = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert {"queries", "metrics", "slices", "exact", "by", "release", "rejected", "asked"} <= set(document)
    assert f"{100 * document['metrics']['recall@1']['value']:.1f}" in text
    assert document["subject"]["fingerprint"] in text
    assert document["record"]["queries_sha256"] in text
    assert document["recall_curve"][0]["value"] == document["metrics"]["recall@1"]["value"]
    assert document["n_failures"] == document["queries"] - document["ranks"]["1"]
    assert len(document["failures"]) >= 6
    assert all(failure["right"]["rank"] > 1 for failure in document["failures"])
    assert document["rejected"][0]["image"].endswith("<b>gone</b>.jpg")


@pytest.mark.browser
@pytest.mark.parametrize("view", VIEWS)
def test_it_opens_without_a_complaint_fits_and_is_accessible(browser, folder: Path, view: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    width, height, scheme = VIEWS[view]
    context = browser.new_context(
        viewport={"width": width, "height": height}, is_mobile=view == "phone", color_scheme=scheme
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(("data:", "file:")) else complaints.append(f"went to {asked.url}"),
    )
    page.goto((folder / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "owned" not in page.title()
    assert HOSTILE in page.locator(".failure .title").first.inner_text()
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    until(page, "[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == []
    context.close()
    assert complaints == []


@pytest.mark.browser
def test_it_prints_on_paper_of_few_pages(browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "report.html").as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12
    page.close()
