"""Claims about `lookalike.compress.pictures`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lookalike.compress.pictures import read_pictures, read_questions_of
from lookalike.images import Preprocessing
from lookalike.images.regions import encode_jpeg


def test_what_is_not_asked_by_a_photograph_alone_is_rejected_and_not_asked_without_its_words(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(pixels, 90))
    rows = ["image,like,text,product_id", "a.jpg,,,p1", "a.jpg,,in blue,p2", ",p3,,p4", ",,blue mug,p5"]
    (tmp_path / "queries.csv").write_text("\n".join(rows), encoding="utf-8")
    found = read_questions_of(
        tmp_path / "queries.csv", Preprocessing(size_pixels=32), generator=np.random.default_rng(0)
    )
    assert found.products == ("p1",)
    assert [(one.line, str(one.reason)) for one in found.rejected] == [(3, "bad_row"), (4, "bad_row"), (5, "bad_row")]


def test_of_a_product_with_more_pictures_than_are_wanted_some_are_drawn_where_others_leave_room(tmp_path: Path) -> None:
    """A folder that pictures without labels lie in is one product."""
    random = np.random.default_rng(1)
    for name, n in (("everything", 9), ("mug", 2)):
        (tmp_path / "shop" / name).mkdir(parents=True)
        for i in range(n):
            pixels = random.integers(0, 256, (40, 40, 3)).astype(np.uint8)
            (tmp_path / "shop" / name / f"{i}.jpg").write_bytes(encode_jpeg(pixels, 90))
    found = read_pictures(tmp_path / "shop", Preprocessing(size_pixels=32), most=6, generator=np.random.default_rng(0))
    assert sorted(found.products) == ["everything"] * 4 + ["mug"] * 2
    assert len(set(found.contents)) == 6


def test_where_not_all_products_fit_those_that_are_asked_for_come_first(tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(pixels, 90))
    rows = ["product_id,image", *(f"p{n},a.jpg" for n in range(40))]
    (tmp_path / "catalog.csv").write_text("\n".join(rows), encoding="utf-8")
    found = read_pictures(
        tmp_path / "catalog.csv",
        Preprocessing(size_pixels=32),
        most=8,
        generator=np.random.default_rng(0),
        first={"p3", "p30", "p31", "p39"},
    )
    assert set(found.products[:4]) == {"p3", "p30", "p31", "p39"}
    assert len(found) == 8
