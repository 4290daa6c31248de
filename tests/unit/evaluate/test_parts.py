"""Claims about `lookalike.evaluate.parts`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import ImageRejected, SourceError
from lookalike.evaluate.parts import evaluate_parts, read_scenes, same_place
from lookalike.search.answer import Answer
from lookalike.search.part import Part
from lookalike.types import Box, Hit, Hits, ImageKey, Pixels, ProductId, Reason, ReleaseId


def hits(*products: str) -> Hits:
    return Hits(
        tuple(
            Hit(ProductId(product), None, "", ImageKey(place), None, 1 - place / 10, {})
            for place, product in enumerate(products)
        )
    )


def box(x: float, y: float, width: float, height: float) -> Box:
    return Box(float(x), float(y), float(width), float(height))


@dataclass
class Told:
    """Answers by the name of the picture; a picture without one cannot be read."""

    answers: dict[str, tuple[tuple[str, ...], list[tuple[Box, tuple[str, ...]]]]]

    def search(
        self, image: bytes | str | Path | Pixels | None = None, *, k: int = 10, parts: int | None = None
    ) -> Answer:
        assert isinstance(image, Path)
        assert k == 10
        if image.name not in self.answers:
            raise ImageRejected(Reason.CORRUPT, "no picture")
        first, found = self.answers[image.name]
        told = tuple(Part(box, 0.5, hits(*products)) for box, products in found[:parts])
        return Answer(hits(*first), True, None, ReleaseId("r1"), {}, 0, None, None, parts=told)


def written(folder: Path, *lines: object) -> Path:
    path = folder / "scenes.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
    return path


def thing(product: str, x: float, y: float, side: float = 10) -> dict[str, object]:
    return {"product_id": product, "x": x, "y": y, "width": side, "height": side}


def test_products_are_right_where_a_part_in_place_has_them_first(tmp_path: Path):
    path = written(
        tmp_path,
        {"image": "a.jpg", "objects": [thing("A", 0, 0), thing("B", 50, 0), thing("C", 0, 50)]},
        {"image": "b.jpg", "objects": [thing("D", 0, 0)]},
    )
    told = Told(
        {
            # A is right in place; B has a part in place that says something else; C is said elsewhere.
            "a.jpg": (
                ("A", "X"),
                [(box(0, 0, 10, 9), ("A",)), (box(51, 0, 10, 10), ("X", "B")), (box(20, 50, 10, 10), ("C",))],
            ),
            "b.jpg": (("X", "D"), []),
        }
    )
    found = evaluate_parts(told, path)
    values = {name: interval.value for name, interval in found.metrics.items()}
    assert values == {
        "found": 0.5,
        "found_and_right": 0.25,
        "any@1": 0.5,
        "any@10": 1.0,
        "coverage@10": pytest.approx((1 / 3 + 1) / 2),
    }
    assert (found.photographs, found.products, found.exact) == (2, 4, True)
    assert all(interval.low <= interval.value <= interval.high for interval in found.metrics.values())


def test_only_so_many_parts_are_looked_for(tmp_path: Path):
    path = written(tmp_path, {"image": "a.jpg", "objects": [thing("A", 0, 0)]})
    told = Told({"a.jpg": (("A",), [(box(30, 0, 5, 5), ("X",)), (box(0, 0, 10, 10), ("A",))])})
    assert evaluate_parts(told, path, parts=1).metrics["found"].value == 0
    assert evaluate_parts(told, path, parts=2).metrics["found"].value == 1


def test_pictures_that_cannot_be_read_are_told(tmp_path: Path):
    path = written(
        tmp_path, {"image": "a.jpg", "objects": [thing("A", 0, 0)]}, {"image": "z.jpg", "objects": [thing("A", 0, 0)]}
    )
    found = evaluate_parts(Told({"a.jpg": (("A",), [])}), path)
    assert found.photographs == 1
    assert [(one.reason, one.line) for one in found.rejected] == [(Reason.CORRUPT, 2)]
    with pytest.raises(SourceError, match="none of the 2 photographs"):
        evaluate_parts(Told({}), path)


def test_lines_that_say_no_photograph_are_told(tmp_path: Path):
    bad: list[object] = [
        "{",
        [1],
        {"image": "a.jpg"},
        {"image": "a.jpg", "objects": []},
        {"image": "a.jpg", "objects": [{"product_id": "A", "x": 0}]},
        {"image": "a.jpg", "objects": [thing("A", 0, 0, side=-1)]},
        {"image": "a.jpg", "objects": [thing("A", float("nan"), 0)]},
        {"image": "a.jpg", "objects": [thing(" ", 0, 0)]},
        {"image": "a.jpg", "objects": [{**thing("A", 0, 0), "product_id": None}]},
        {"image": None, "objects": [thing("A", 0, 0)]},
    ]
    path = written(tmp_path, *bad, "", {"image": "a.jpg", "objects": [thing("A", 0, 0)], "kind": "room"})
    usable, rejected = read_scenes(path)
    assert [scene.line for scene in usable] == [12]
    assert usable[0].image == tmp_path / "a.jpg"
    assert [one.line for one in rejected] == list(range(1, 11))
    with pytest.raises(SourceError, match="has no line such as"):
        read_scenes(written(tmp_path, *bad))
    with pytest.raises(SourceError, match="cannot be read"):
        read_scenes(tmp_path / "none.jsonl")


sides = st.integers(0, 12)
lengths = st.integers(1, 12)


@given(st.tuples(sides, sides, lengths, lengths), st.tuples(sides, sides, lengths, lengths))
def test_boxes_share_what_a_grid_of_pixels_says(one: tuple[int, ...], other: tuple[int, ...]):
    painted = np.zeros((2, 30, 30), bool)
    for layer, (x, y, width, height) in zip(painted, (one, other), strict=True):
        layer[y : y + height, x : x + width] = True
    expected = (painted[0] & painted[1]).sum() / (painted[0] | painted[1]).sum()
    boxes = [box(*edges) for edges in (one, other)]
    assert same_place(*boxes) == pytest.approx(expected)
    assert same_place(*boxes) == same_place(*reversed(boxes))


def test_a_line_ends_where_the_file_ends_it_and_not_within_a_text(tmp_path: Path) -> None:
    line = json.dumps(
        {"image": "a.jpg", "note": "one\u2028two\u0085three", "objects": [thing("p1", 0, 0)]}, ensure_ascii=False
    )
    (tmp_path / "scenes.jsonl").write_text(f"{line}\r\n\r\n{line}\n", encoding="utf-8", newline="")
    scenes, rejected = read_scenes(tmp_path / "scenes.jsonl")
    assert [scene.line for scene in scenes] == [1, 3]
    assert rejected == ()


def test_a_line_that_is_nested_too_deeply_is_rejected(tmp_path: Path) -> None:
    path = written(tmp_path, {"image": "a.jpg", "objects": [thing("p1", 0, 0)]}, "[" * 200_000)
    scenes, rejected = read_scenes(path)
    assert len(scenes) == 1
    assert [one.line for one in rejected] == [2]
