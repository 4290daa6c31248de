"""A visit to a real store: faults that were put there are found, and what was not looked at is said."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

import lookalike
from lookalike.evaluate.health.report import HealthReport, health_document


@pytest.fixture(scope="module")
def report(drawn, tmp_path_factory: pytest.TempPathFactory) -> HealthReport:
    """Of a drawn catalogue with one picture borrowed, one blurred, one product twice and a blank for three."""
    folder = tmp_path_factory.mktemp("ill")
    shop = shutil.copytree(drawn.folder, folder / "shop")
    with (shop / "catalog.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    firsts = list({row["product_id"]: row for row in reversed(rows)}.values())
    one = firsts[0]
    other = next(row for row in firsts if row["category"] != one["category"])
    picture = shop / one["image"].split("|")[0]
    with Image.open(picture) as image:
        width, height = image.size
        image.crop((width // 20, 0, width, height * 19 // 20)).save(shop / "images/borrowed.jpg", quality=60)
        image.filter(ImageFilter.GaussianBlur(4)).save(shop / "images/soft.jpg")
    other["image"] += "|images/borrowed.jpg"
    one["image"] += "|images/soft.jpg"
    for number, row in enumerate(firsts[-3:]):
        Image.new("RGB", (200 + number, 200), "#eeeeee").save(shop / f"images/none-{number}.jpg")
        row["image"] = f"images/none-{number}.jpg"
    with (shop / "ill.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with lookalike.open(folder / "store") as engine:
        engine.index(shop / "ill.csv")
        first = engine.doctor()
        again = engine.doctor()
    assert health_document(again) == health_document(first)
    assert list((folder / "store" / "health").glob("traits-v*.npy"))
    return first


def names(report: HealthReport, kind: str) -> list[set[str]]:
    return [
        {Path(image.image).name for image in (finding.about, *finding.others)}
        for finding in report.findings
        if str(finding.kind) == kind
    ]


def test_a_cropped_copy_at_another_product_is_found(report: HealthReport) -> None:
    assert any("borrowed.jpg" in found for found in names(report, "shared_picture"))


def test_a_blank_at_three_products_is_one_placeholder(report: HealthReport) -> None:
    assert {"none-0.jpg", "none-1.jpg", "none-2.jpg"} in names(report, "placeholder")


def test_a_blurred_picture_is_found_and_a_placeholder_is_not_judged_again(report: HealthReport) -> None:
    assert {"soft.jpg"} in names(report, "blurred")
    assert not any("none-0.jpg" in found for kind in ("blurred", "overexposed") for found in names(report, kind))


def test_what_was_not_looked_at_is_said(report: HealthReport) -> None:
    assert any("watermarks" in sentence for sentence in report.unchecked)
    assert report.files == report.ok + len(report.rejected)


def test_without_kept_copies_a_visit_says_what_it_could_not_see(drawn, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LOOKALIKE_KEEP_PICTURES", "false")
    with lookalike.open(tmp_path / "store") as engine:
        engine.index(drawn.catalog)
        found = engine.doctor()
    assert any("no kept copy" in sentence for sentence in found.unchecked)
    assert not names(found, "blurred")
