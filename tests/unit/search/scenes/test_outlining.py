"""Claims about boxes that are drawn to where things end."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.embed import open_embedder
from lookalike.search.scenes.head import packaged_heads
from lookalike.search.scenes.outlining import outlined
from lookalike.search.scenes.packaged_detector import PackagedDetector
from lookalike.search.scenes.suppression import overlaps
from lookalike.sources.drawn import Viewpoint, draw_product, product_spec

WIDTH, HEIGHT = 480, 320


def shown(*things: tuple[int, int, int, int], backdrop: int = 250, colour: int = 90) -> np.ndarray:
    pixels = np.full((HEIGHT, WIDTH, 3), backdrop, np.uint8)
    for left, upper, right, lower in things:
        pixels[upper:lower, left:right] = colour
    return pixels


def near(boxes: np.ndarray, *expected: tuple[int, int, int, int]) -> None:
    np.testing.assert_allclose(boxes, np.array(expected, np.float32), atol=3)


def test_a_cut_that_takes_part_of_the_neighbour_is_put_between_the_two() -> None:
    one, other = (120, 120, 180, 200), (216, 120, 300, 210)
    boxes = np.array([[105, 110, 230, 205], [170, 100, 310, 230]], np.float32)
    near(outlined(shown(one, other), boxes), one, other)


def test_a_thing_of_several_pieces_keeps_them_all() -> None:
    boxes = np.array([[100, 90, 320, 230]], np.float32)
    near(outlined(shown((120, 120, 180, 200), (216, 120, 300, 210)), boxes), (120, 120, 300, 210))


def test_things_that_touch_are_cut_where_they_were() -> None:
    boxes = np.array([[110, 110, 190, 210], [190, 110, 300, 210]], np.float32)
    # More than half of the two lies in the second box, which reaches no further beyond than a quarter of its side.
    near(outlined(shown((120, 120, 180, 200), (180, 120, 290, 200)), boxes), (110, 110, 190, 210), (163, 120, 290, 200))


def test_of_a_thing_as_light_as_the_backdrop_no_print_is_taken_for_it() -> None:
    boxes = np.array([[100, 60, 300, 260]], np.float32)
    np.testing.assert_array_equal(outlined(shown((190, 150, 220, 170)), boxes), boxes)


@pytest.mark.parametrize("seed", [0, 1])
def test_before_no_plain_backdrop_boxes_stay_as_they_are(seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    boxes = np.array([[10, 20, 100, 90]], np.float32)
    np.testing.assert_array_equal(outlined(pixels, boxes), boxes)


def test_nothing_before_a_backdrop_and_no_boxes_give_what_was_given() -> None:
    boxes = np.array([[10, 20, 100, 90]], np.float32)
    np.testing.assert_array_equal(outlined(shown(), boxes), boxes)
    assert outlined(shown(), boxes[:0]).shape == (0, 4)
    assert outlined(np.zeros((4, 4, 3), np.uint8), np.array([[0, 0, 4, 4]], np.float32)).tolist() == [[0, 0, 4, 4]]


def test_boxes_stay_inside_the_photograph_and_are_not_empty() -> None:
    random = np.random.default_rng(3)
    pixels = shown(*[(int(x), int(y), int(x) + 20, int(y) + 30) for x, y in random.integers(0, 290, (12, 2))])
    corners = random.uniform(0, 250, (200, 2))
    boxes = np.concatenate([corners, corners + random.uniform(4, 60, (200, 2))], axis=1).astype(np.float32)
    drawn = outlined(pixels, boxes)
    assert (drawn[:, :2] >= 0).all()
    assert (drawn[:, 2:] <= [WIDTH, HEIGHT]).all()
    assert (drawn[:, 2:] - drawn[:, :2] >= 1).all()


def test_the_packaged_detector_draws_its_boxes_to_where_products_end() -> None:
    detector = PackagedDetector(open_embedder(), packaged_heads())  # pyright: ignore[reportArgumentType]
    pixels = np.full((600, 800, 3), 255, np.uint8)
    placed: list[tuple[int, int, int, int]] = []
    for number, left in ((3, 120), (11, 430)):
        product = product_spec(number, seed=7)
        drawn, mask = draw_product(product, Viewpoint(20.0, 15.0, fill=0.95), side_pixels=240)
        pixels[180:420, left : left + 240][mask] = drawn[mask]
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        placed.append((left + columns[0], 180 + rows[0], left + columns[-1] + 1, 180 + rows[-1] + 1))
    found = detector.detect(pixels).boxes
    for box in placed:
        same, _ = overlaps(np.array(box, np.float32), found)
        assert same.max() > 0.85
