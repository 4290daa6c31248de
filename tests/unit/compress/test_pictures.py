"""Claims about `lookalike.compress.pictures`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lookalike.compress.pictures import read_questions_of
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
