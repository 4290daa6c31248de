"""Claims about `lookalike.train.contact_sheet`."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.images import decode
from lookalike.train.contact_sheet import contact_sheet, rows_to_show


def plain(n: int, *levels: int) -> np.ndarray:
    return np.stack([np.full((32, 32, 3), level, dtype=np.uint8) for level in levels] * n)


def test_a_sheet_shows_originals_and_variations_side_by_side() -> None:
    varied = plain(2, 40, 80, 120).reshape(2, 3, 32, 32, 3)
    png = contact_sheet(plain(1, 200, 220), varied, captions=["first", "second"], notes=["mirrored: no"])
    pixels = decode(png).pixels
    height, width = pixels.shape[:2]
    seen = {int(level) for level in pixels[height // 3, :, 0]}
    assert {40, 80, 120, 200} <= seen
    lower = {int(level) for level in pixels[2 * height // 3 + 20, :, 0]}
    assert {40, 80, 120, 220} <= lower
    assert width > height


def test_captions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="1 captions"):
        contact_sheet(plain(1, 1, 2), plain(2, 3).reshape(2, 1, 32, 32, 3), captions=["one"])


def test_different_pictures_are_chosen_and_no_more_than_there_are() -> None:
    generator = np.random.default_rng(0)
    assert rows_to_show(5, 8, generator) == [0, 1, 2, 3, 4]
    chosen = rows_to_show(1000, 8, generator)
    assert len(set(chosen)) == 8
    assert chosen == sorted(chosen)
