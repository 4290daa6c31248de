"""Codes are read as they are printed, turned, small and beside each other, and never invented."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from lookalike.images.codes import read_codes
from lookalike.types import Pixels


def printed(text: str, kind: str, scale: int = 3) -> np.ndarray:
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return np.array(zxingcpp.write_barcode_to_image(code, scale=scale, add_quiet_zones=True))


def on_a_wall(*codes: np.ndarray, side: int = 900) -> Pixels:
    """The codes below each other on a grey wall, each on its white label."""
    wall = np.full((side, side, 3), 150, dtype=np.uint8)
    down = 40
    for code in codes:
        wall[down : down + code.shape[0], 60 : 60 + code.shape[1]] = code[:, :, np.newaxis]
        down += code.shape[0] + 60
    return wall


@pytest.mark.parametrize(
    ("text", "kind", "read"),
    [
        ("4006381333931", "EAN13", "4006381333931"),
        ("036000291452", "UPCA", "0036000291452"),
        ("96385074", "EAN8", "96385074"),
        ("SKU-1042", "Code128", "SKU-1042"),
        ("https://shop.example/p/mug-017", "QRCode", "https://shop.example/p/mug-017"),
    ],
)
@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_code_is_read_in_any_direction(text: str, kind: str, read: str, turns: int) -> None:
    found = read_codes(np.ascontiguousarray(np.rot90(on_a_wall(printed(text, kind)), turns)))
    assert [code.text for code in found] == [read]


def test_several_codes_come_from_top_to_bottom_with_their_places() -> None:
    upper, lower = printed("4006381333931", "EAN13"), printed("SKU-1042", "Code128")
    found = read_codes(on_a_wall(upper, lower))
    assert [code.text for code in found] == ["4006381333931", "SKU-1042"]
    assert found[0].box.y < found[1].box.y
    assert 60 <= found[0].box.x < 60 + upper.shape[1]


@pytest.mark.parametrize(("kind", "turns"), [("QRCode", 0), ("QRCode", 1), ("Aztec", 0)])
def test_a_code_that_the_edge_cuts_has_a_place_within_the_picture(kind: str, turns: int) -> None:
    code = printed("SKU-1042", kind, scale=8)
    cut = int(np.argmax((code < 128).any(axis=0))) + 4
    wall = on_a_wall(code)[40 + cut :, 60 + cut :]
    found = read_codes(np.ascontiguousarray(np.rot90(wall, turns)))
    assert [each.text for each in found] == ["SKU-1042"]
    box, (height, width) = found[0].box, np.rot90(wall, turns).shape[:2]
    assert box.x + box.width <= width
    assert box.y + box.height <= height


def test_a_picture_without_a_code_has_none() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert read_codes(noise) == ()
    assert read_codes(np.full((40, 40, 3), 255, dtype=np.uint8)) == ()


def test_a_code_with_a_damaged_digit_is_not_read_as_another() -> None:
    code = printed("4006381333931", "EAN13")
    code[:, 120:150] = 255 - code[:, 120:150]
    assert all(found.text == "4006381333931" for found in read_codes(on_a_wall(code)))
