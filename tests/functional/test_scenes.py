"""Several products in one photograph, as people ask for them: engine and command line."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from tests.detectors import bright_quarters

import lookalike
from lookalike.cli.program import program
from lookalike.errors import InvalidConfiguration, InvalidQuery
from lookalike.search.answer import Answer
from lookalike.search.query import Query
from lookalike.search.scenes.detector import Detections
from lookalike.search.searcher import Searcher
from lookalike.sources.event import Event
from lookalike.types import Pixels


@pytest.fixture(scope="module")
def room(drawn, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[int, int, int, int]]]:
    """Two catalogue pictures side by side before a wall, and where each is."""
    canvas = Image.new("RGB", (640, 400), (150, 165, 150))
    places: dict[str, tuple[int, int, int, int]] = {}
    pictures = sorted((drawn.folder / "images").glob("*-a.jpg"))
    chosen = {path.name.split("-")[0]: path for path in pictures}
    for left, product in zip((50, 370), sorted(chosen)[:2], strict=True):
        canvas.paste(Image.open(chosen[product]).resize((220, 220)), (left, 90))
        places[product] = (left, 90, 220, 220)
    path = tmp_path_factory.mktemp("room") / "room.jpg"
    canvas.save(path, quality=92)
    return path, places


def shared(box: list[float], true: tuple[int, int, int, int]) -> float:
    across = min(box[0] + box[2], true[0] + true[2]) - max(box[0], true[0])
    down = min(box[1] + box[3], true[1] + true[3]) - max(box[1], true[1])
    common = max(0, across) * max(0, down)
    return common / (box[2] * box[3] + true[2] * true[3] - common)


def test_each_product_is_found_where_it_is(room, drawn_store: Path):
    path, places = room
    ran = CliRunner().invoke(program, ["search", str(path), "--parts", "4", "--store", str(drawn_store), "--json"])
    assert ran.exit_code == 0, ran.output
    answer = json.loads(ran.stdout)
    assert len(answer["parts"]) <= 4
    scores = [part["score"] for part in answer["parts"]]
    assert scores == sorted(scores, reverse=True)
    for product, place in places.items():
        best = max(answer["parts"], key=lambda part: shared(part["box"], place))
        assert shared(best["box"], place) > 0.3
        assert product in [hit["product_id"] for hit in best["hits"][:3]]
    similarities = [hit["similarity"] for hit in answer["hits"]]
    assert similarities == sorted(similarities, reverse=True)
    assert answer["verdict"] is None
    assert answer["several"] is True


def test_pieces_of_a_product_s_own_picture_are_not_several_things(drawn, drawn_store: Path):
    with lookalike.open(drawn_store) as shop:
        answers = [shop.search(path, parts=6, k=1) for path in sorted((drawn.folder / "images").glob("*-a.jpg"))[:6]]
    assert any(len(answer.parts or ()) >= 2 for answer in answers)
    assert not any(answer.several for answer in answers)


def test_people_read_where_each_part_is(room, drawn_store: Path):
    ran = CliRunner().invoke(program, ["search", str(room[0]), "--parts", "3", "--store", str(drawn_store)])
    assert ran.exit_code == 0
    assert "\nat " in ran.output


def test_a_room_is_taken_apart_for_whoever_has_a_taste_too(room, drawn_store: Path, tmp_path: Path):
    store = shutil.copytree(drawn_store, tmp_path / "store")
    with lookalike.open(store) as shop:
        liked = [product.product_id for product in shop.products(k=3)]
        shop.record_events([Event("anna", one, "like", 1.7e9 + n) for n, one in enumerate(liked)])
        plain, hers = shop.search(room[0], parts=3), shop.search(room[0], parts=3, shopper="anna")
        assert hers.personal is not None
        assert hers.personal.basis == "off"
        assert (hers.parts, hers.hits) == (plain.parts, plain.hits)


def test_without_parts_nothing_changes(room, drawn_store: Path):
    with lookalike.open(drawn_store) as shop:
        plain, none = shop.search(room[0]), shop.search(room[0], parts=0)
    assert plain.parts is None
    assert plain.hits == none.hits


def test_another_detector_decides(room, drawn_store: Path):
    class Corner:
        def detect(self, pixels: Pixels) -> Detections:
            height, width = pixels.shape[:2]
            box = np.array([[0, 0, width / 2, height / 2]], np.float32)
            return Detections(box, np.array([0.9], np.float32))

    with lookalike.open(drawn_store) as shop:
        shop.detect_with(Corner())
        (part,) = shop.search(room[0], parts=5).parts or ()
    assert (part.box.x, part.box.y, part.box.width, part.box.height) == (0, 0, 320, 200)


def test_pages_of_an_answer_in_parts_follow_each_other(room, drawn_store: Path):
    with lookalike.open(drawn_store) as shop:
        first = shop.search(room[0], parts=3, k=4)
        second = shop.search(room[0], parts=3, k=4, offset=4)
        both = shop.search(room[0], parts=3, k=8)
    assert [hit.product_id for hit in (*first.hits, *second.hits)] == [hit.product_id for hit in both.hits]


@pytest.mark.parametrize("beside", [{"crop": True}, {"text": "mug"}, {"parts": 13}])
def test_parts_are_of_a_whole_photograph(room, drawn_store: Path, beside: dict[str, object]):
    from lookalike.types import Box

    given = {"parts": 3, **beside}
    if given.pop("crop", None):
        given["crop"] = Box(0.0, 0.0, 10.0, 10.0)
    with lookalike.open(drawn_store) as shop, pytest.raises(InvalidQuery, match="parts"):
        shop.search(room[0], **given)  # type: ignore[arg-type]


def test_an_empty_wall_is_answered_too(drawn_store: Path):
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 190, 180)).save(buffer, "PNG")
    with lookalike.open(drawn_store) as shop:
        answer = shop.search(buffer.getvalue(), parts=6)
    assert answer.parts is not None
    assert answer.several is False
    assert len(answer.hits) == 10


def test_a_detector_is_named_by_a_setting(room, drawn_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, _ = room
    detector = tmp_path / "quarters.onnx"
    detector.write_bytes(bright_quarters())
    monkeypatch.setenv("LOOKALIKE_DETECTOR", str(detector))
    asked = ["search", str(path), "--parts", "4", "--store", str(drawn_store), "--json"]
    with pytest.raises(InvalidConfiguration, match=r"quarters\.json"):
        CliRunner().invoke(program, asked, catch_exceptions=False)
    detector.with_suffix(".json").write_text(json.dumps({"form": "yolo", "fit": "squash"}))
    ran = CliRunner().invoke(program, asked)
    assert ran.exit_code == 0, ran.output
    boxes = [part["box"] for part in json.loads(ran.stdout)["parts"]]
    assert boxes
    assert all(box[0] in (0, 320) and box[1] in (0, 200) and box[2:] == [320, 200] for box in boxes)


def test_parts_are_measured_against_where_products_are(room, drawn_store: Path, tmp_path: Path):
    path, places = room
    objects = [
        {"product_id": product, "x": x, "y": y, "width": width, "height": height}
        for product, (x, y, width, height) in places.items()
    ]
    queries = tmp_path / "scenes.jsonl"
    queries.write_text("".join(json.dumps({"image": str(path), "objects": objects}) + "\n" for _ in range(2)))
    asked = ["evaluate", str(queries), "--parts", "4", "--store", str(drawn_store)]
    ran = CliRunner().invoke(program, [*asked, "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert (told["photographs"], told["products"], told["parts"]) == (2, 4, 4)
    assert set(told["metrics"]) == {"found", "found_and_right", "any@1", "any@10", "coverage@10"}
    assert told["metrics"]["any@10"]["value"] == 1
    people = CliRunner().invoke(program, asked)
    assert "4 products in 2 photographs" in people.output
    with pytest.raises(InvalidQuery, match="--parts goes with a file of photographs alone"):
        CliRunner().invoke(program, [*asked, "--by", "image"], catch_exceptions=False)


@pytest.mark.parametrize("coloured", [False, True])
def test_a_photograph_that_is_like_nothing_and_shows_nothing_for_sure_costs_no_further_search(
    coloured: bool, drawn_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[Query] = []
    search = Searcher.search

    def counted(self: Searcher, query: Query) -> Answer:
        asked.append(query)
        return search(self, query)

    monkeypatch.setattr(Searcher, "search", counted)
    noise = np.random.default_rng(4).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    for number in range(3):
        Image.new("RGB", (96, 96), (60 * number, 120, 200)).save(tmp_path / f"{number}.png")
    store = drawn_store if coloured else tmp_path / "store"
    with lookalike.open(store) as shop:
        if not coloured:
            shop.index(tmp_path)
        answer = shop.search(noise)
        assert answer.hits[0].similarity < 0.6
        assert "parts" in answer.timings_ms
        # Where colours bend the order, the first hit need not be the nearest.
        assert ("colour" in answer.lanes, len(asked)) == (coloured, 1 + coloured)
