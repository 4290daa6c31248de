"""Every file of the collection of odd images is decoded, or refused for the right reason.

`odd_images.csv` states what is expected of each: ``ok`` with format and upright size, or the reason.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from lookalike.errors import ImageRejected
from lookalike.images import ImageLimits, decode, normalised_copy

pytestmark = pytest.mark.data

TABLE = Path(__file__).with_name("odd_images.csv")
SIDE = 448


def expectations() -> list[dict[str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


@pytest.fixture(scope="module")
def odd_images(shared_data) -> Path:
    folder = shared_data / "odd-images"
    if not folder.is_dir():
        pytest.skip(f"no odd images at {folder}")
    return folder


def test_the_table_lists_every_file(odd_images):
    present = {path.relative_to(odd_images).as_posix() for path in odd_images.rglob("*") if path.is_file()}
    assert present == {row["path"] for row in expectations()}


@pytest.mark.parametrize("row", expectations(), ids=lambda row: row["path"])
def test_a_file_has_the_expected_outcome(row, odd_images):
    data = (odd_images / row["path"]).read_bytes()
    start = time.monotonic()
    if row["outcome"] != "ok":
        with pytest.raises(ImageRejected) as caught:
            decode(data, shorter_side_pixels=SIDE)
        assert caught.value.reason == row["outcome"]
        assert "received" in caught.value.detail
        return
    picture = decode(data, shorter_side_pixels=SIDE)
    assert time.monotonic() - start < ImageLimits().timeout_seconds
    assert (picture.format, picture.width, picture.height) == (row["format"], int(row["width"]), int(row["height"]))
    height, width = picture.pixels.shape[:2]
    assert min(height, width) >= min(SIDE, picture.width, picture.height)
    copy = decode(normalised_copy(picture, data))
    assert max(copy.width, copy.height) <= (512 if picture.scale == 1.0 else 768)


@pytest.mark.parametrize("name", ["Landscape", "Portrait"])
@pytest.mark.parametrize("orientation", range(9))
def test_the_examples_of_orientation_come_out_upright(name, orientation, odd_images):
    def small(data: bytes) -> np.ndarray:
        image = Image.fromarray(decode(data).pixels).resize((60, 60), Image.Resampling.BOX).convert("L")
        return np.asarray(image).astype(float)

    folder = odd_images / "exif_orientation"
    reference = small((folder / f"{name}_1.jpg").read_bytes())
    data = (folder / f"{name}_{orientation}.jpg").read_bytes()
    picture = decode(data)
    assert (picture.width, picture.height) == ((1800, 1200) if name == "Landscape" else (1200, 1800))
    assert picture.pixels.shape == (picture.height, picture.width, 3)
    # Only the number painted into the middle of the picture differs.
    assert np.abs(small(data) - reference).mean() < 3
    assert np.abs(small(data) - reference[::-1]).mean() > 15
    assert np.abs(small(data) - reference[:, ::-1]).mean() > 15


def test_plain_jpegs_equal_those_of_pillow(odd_images):
    compared = 0
    for path in sorted(odd_images.rglob("*.jpg")):
        data = path.read_bytes()
        try:
            picture = decode(data)
        except ImageRejected:
            continue
        with Image.open(path) as image:
            if image.mode == "RGB" and not image.info.get("icc_profile"):
                assert np.array_equal(picture.pixels, np.asarray(ImageOps.exif_transpose(image)))
                compared += 1
    assert compared >= 20


def test_a_giant_jpeg_passes_only_at_reduced_scale(odd_images):
    data = (odd_images / "sharp" / "giant-image.jpg").read_bytes()
    assert decode(data, shorter_side_pixels=SIDE).width == 20000
    with pytest.raises(ImageRejected) as caught:
        decode(data)
    assert caught.value.reason == "too_many_pixels"
