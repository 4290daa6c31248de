"""The folder is complete, readable, and byte for byte the same for the same seed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import InvalidConfiguration
from lookalike.sources.drawn import DrawnCatalogue, draw_catalogue


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> DrawnCatalogue:
    """Six products, three queries and one scene, drawn small."""
    return draw_catalogue(tmp_path_factory.mktemp("small"), n_products=6, n_queries=3, n_scenes=1, side_pixels=64)


def test_the_same_seed_writes_the_same_bytes(small: DrawnCatalogue, tmp_path: Path) -> None:
    draw_catalogue(tmp_path, n_products=6, n_queries=3, n_scenes=1, side_pixels=64)
    assert _digests(tmp_path) == _digests(small.folder)


def test_other_processes_write_the_same_bytes(small: DrawnCatalogue, tmp_path: Path) -> None:
    draw_catalogue(tmp_path, n_products=6, n_queries=3, n_scenes=1, side_pixels=64, n_workers=2)
    assert _digests(tmp_path) == _digests(small.folder)


def test_another_seed_writes_other_pictures(small: DrawnCatalogue, tmp_path: Path) -> None:
    draw_catalogue(tmp_path, seed=8, n_products=2, n_queries=0, n_scenes=0, side_pixels=64)
    ours, theirs = _digests(small.folder), _digests(tmp_path)
    assert not {theirs[name] for name in theirs if name.startswith("images")} & set(ours.values())


def test_a_product_does_not_depend_on_how_many_there_are(small: DrawnCatalogue, tmp_path: Path) -> None:
    draw_catalogue(tmp_path, n_products=2, n_queries=0, n_scenes=0, side_pixels=64)
    ours, theirs = _digests(small.folder), _digests(tmp_path)
    assert all(theirs[name] == ours[name] for name in theirs if name.startswith("images"))


def test_every_row_names_pictures_that_are_there(small: DrawnCatalogue) -> None:
    rows = list(csv.DictReader(io.StringIO(small.catalog.read_text(encoding="utf-8"))))
    names = [name for row in rows for name in row["image"].split("|")]
    assert len(rows) == small.n_variants
    assert len(names) == len(set(names)) == small.n_images
    assert len({row["product_id"] for row in rows}) == small.n_products == 6
    for name in names:
        with Image.open(small.folder / name) as picture:
            assert picture.size == (64, 64)
    for row in rows:
        assert all(row.values()), row
        assert float(row["price"]) > 0
        assert row["in_stock"] in ("true", "false")


def test_queries_come_with_their_product_variant_box_and_mask(small: DrawnCatalogue) -> None:
    known = {
        (row["product_id"], row["variant_id"])
        for row in csv.DictReader(io.StringIO(small.catalog.read_text(encoding="utf-8")))
    }
    rows = list(csv.DictReader(io.StringIO(small.queries.read_text(encoding="utf-8"))))
    assert len(rows) == small.n_queries == 3
    for row in rows:
        assert (row["product_id"], row["variant_id"]) in known
        with Image.open(small.folder / row["mask"]) as picture:
            mask = np.asarray(picture) > 0
        with Image.open(small.folder / row["image"]) as picture:
            assert picture.size == mask.shape[::-1]
        x, y, width, height = (int(row[name]) for name in ("x", "y", "width", "height"))
        inside = mask[y : y + height, x : x + width]
        assert inside.sum() == mask.sum()
        assert inside[0].any()
        assert inside[-1].any()


def test_scenes_list_their_objects(small: DrawnCatalogue) -> None:
    (scene,) = [json.loads(line) for line in small.scenes.read_text(encoding="utf-8").splitlines()]
    with Image.open(small.folder / scene["mask"]) as picture:
        mask = np.asarray(picture)
    assert 1 <= len(scene["objects"]) <= 6
    for thing in scene["objects"]:
        own = mask == thing["mask_value"]
        rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        assert abs(int(columns[0]) - thing["x"]) <= 1
        assert abs(int(rows[-1]) + 1 - thing["y"] - thing["height"]) <= 1


def test_progress_counts_up_to_everything(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    draw_catalogue(
        tmp_path, n_products=2, n_queries=1, n_scenes=0, side_pixels=32, progress=lambda *two: told.append(two)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_impossible_counts_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match=r"seed.*n_products.*side_pixels"):
        draw_catalogue(tmp_path, seed=-1, n_products=0, side_pixels=8)
