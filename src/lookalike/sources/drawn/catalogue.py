"""The drawn catalogue as a folder: tables, pictures, query photographs and scenes, the same bytes on every run."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from lookalike.errors import InvalidConfiguration
from lookalike.sources.drawn.categories import CATEGORIES
from lookalike.sources.drawn.photograph import encoded
from lookalike.sources.drawn.product import pose_product, product_spec
from lookalike.sources.drawn.query import LEVELS, draw_query
from lookalike.sources.drawn.scene import SCENE_KINDS, draw_scene
from lookalike.sources.drawn.studio import photographed

__all__ = ["DrawnCatalogue", "Progress", "draw_catalogue"]

logger = logging.getLogger(__name__)

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many things are drawn and how many there will be."""

_Row: TypeAlias = dict[str, object]
_COLUMNS = (
    "product_id",
    "variant_id",
    "image",
    "title",
    "description",
    "category",
    "price",
    "color",
    "material",
    "brand",
    "in_stock",
    "width_cm",
    "depth_cm",
    "height_cm",
)
_QUERY_COLUMNS = ("image", "product_id", "variant_id", "level", "x", "y", "width", "height", "mask")


_TASKS_WORTH_A_PROCESS = 40
"""A process takes about as long to start as these few tasks take to draw."""


@dataclass(frozen=True, slots=True)
class _Task:
    kind: Literal["product", "query", "scene"]
    number: int
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class DrawnCatalogue:
    """Where everything was written, and how much of it there is.

    Attributes:
        folder: holds all of it.
        catalog: CSV, one row for each variant; its pictures' paths are joined by ``|``.
        queries: CSV, one row for each query photograph, with the true product, variant, box and mask.
        scenes: JSON lines, one for each scene, with its objects' boxes and the picture of their masks.
        n_products: products in the catalogue.
        n_variants: rows of the catalogue.
        n_images: pictures of the catalogue.
        n_queries: query photographs.
        n_scenes: scenes.
    """

    folder: Path
    catalog: Path
    queries: Path
    scenes: Path
    n_products: int
    n_variants: int
    n_images: int
    n_queries: int
    n_scenes: int


def draw_catalogue(
    folder: Path,
    *,
    seed: int = 7,
    n_products: int = 300,
    n_queries: int | None = None,
    n_scenes: int | None = None,
    side_pixels: int = 400,
    n_workers: int | None = None,
    progress: Progress | None = None,
) -> DrawnCatalogue:
    """Draws the catalogue, its query photographs and scenes into a folder.

    The bytes of every file depend on the seed, its own number and `side_pixels` alone, except that scenes choose
    among the `n_products` products. The tables are written last, so a folder with a ``catalog.csv`` is complete.

    Args:
        folder: made if it is not there; files of the same names are replaced.
        seed: of everything, not negative.
        n_products: how many products.
        n_queries: how many query photographs; half as many as products if not given.
        n_scenes: how many scenes; one for fifteen products if not given.
        side_pixels: side of the catalogue's pictures.
        n_workers: processes to draw with; if not given, as many as cores where the work is worth their start.
        progress: called after each product, query and scene.

    Raises:
        InvalidConfiguration: the seed or a count is out of range.
    """
    n_queries = n_products // 2 if n_queries is None else n_queries
    n_scenes = n_products // 15 if n_scenes is None else n_scenes
    _check(seed=seed, n_products=n_products, n_queries=n_queries, n_scenes=n_scenes, side_pixels=side_pixels)
    for name in ("images", "queries/masks", "scenes/masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    catalog, queries, scenes = folder / "catalog.csv", folder / "queries.csv", folder / "scenes.jsonl"
    catalog.unlink(missing_ok=True)
    order = np.random.default_rng([seed, 6]).permutation(n_products)
    tasks = [_Task("product", number) for number in range(n_products)]
    tasks += [_Task("query", int(order[place % n_products]), place // n_products) for place in range(n_queries)]
    tasks += [_Task("scene", number) for number in range(n_scenes)]
    work = partial(_drawn, folder=folder, seed=seed, side_pixels=side_pixels, n_products=n_products)
    n_workers = min(os.cpu_count() or 1, len(tasks) // _TASKS_WORTH_A_PROCESS) if n_workers is None else n_workers
    rows: list[list[_Row]] = []
    for drawn in _worked(work, tasks, n_workers):
        rows.append(drawn)
        if progress is not None:
            progress(len(rows), len(tasks))
    product_rows, query_rows = rows[:n_products], [row[0] for row in rows[n_products : n_products + n_queries]]
    scene_rows = [row[0] for row in rows[n_products + n_queries :]]
    variants = [row for rows in product_rows for row in rows]
    _write_table(queries, _QUERY_COLUMNS, query_rows)
    scenes.write_text("".join(json.dumps(row) + "\n" for row in scene_rows), encoding="utf-8", newline="\n")
    _write_table(catalog, _COLUMNS, variants)
    n_images = sum(str(row["image"]).count("|") + 1 for row in variants)
    logger.info("catalogue drawn: products=%d images=%d folder=%s", n_products, n_images, folder)
    return DrawnCatalogue(
        folder, catalog, queries, scenes, n_products, len(variants), n_images, len(query_rows), len(scene_rows)
    )


def _worked(work: Callable[[_Task], list[_Row]], tasks: Sequence[_Task], n_workers: int) -> Iterator[list[_Row]]:
    """Results in the order of the tasks, drawn here or in other processes; the pictures are the same."""
    n_done = 0
    if n_workers > 1:
        pool = ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"))
        try:
            for result in pool.map(work, tasks, chunksize=4):
                n_done += 1
                yield result
        except BrokenProcessPool:
            # A script without an ``if __name__ == "__main__"`` cannot start processes; it can still draw.
            logger.warning("drawing in one process: others could not be started or were ended")
        finally:
            pool.shutdown(cancel_futures=True)
    for task in tasks[n_done:]:
        yield work(task)


def _drawn(task: _Task, *, folder: Path, seed: int, side_pixels: int, n_products: int) -> list[_Row]:
    match task.kind:
        case "product":
            return _draw_product(folder, task.number, seed, side_pixels)
        case "query":
            return [_draw_query(folder, task.number, task.repeat, seed)]
        case "scene":
            return [_draw_scene(folder, task.number, seed, n_products)]


def _check(**numbers: int) -> None:
    lowest = {"seed": 0, "n_products": 1, "n_queries": 0, "n_scenes": 0, "side_pixels": 32}
    wrong = [
        f"{name} must be at least {lowest[name]}, received {value}"
        for name, value in numbers.items()
        if value < lowest[name]
    ]
    if wrong:
        raise InvalidConfiguration("the catalogue cannot be drawn: " + "; ".join(wrong))


def _draw_product(folder: Path, number: int, seed: int, side_pixels: int) -> list[_Row]:
    """Draws all pictures of a product and returns its rows."""
    product = product_spec(number, seed=seed)
    names: list[list[str]] = [[] for _ in product.variants]
    for place, view in enumerate(product.views):
        pose = pose_product(product, view, side_pixels=side_pixels)
        for variant in product.variants:
            if variant.look > 0 and place >= 2:
                continue
            pixels = photographed(pose, product.design.looks[variant.look].materials)
            name = f"images/{variant.variant_id}-{'abcd'[place]}.jpg"
            (folder / name).write_bytes(encoded(pixels))
            names[variant.look].append(name)
    return [
        {
            "product_id": product.product_id,
            "variant_id": variant.variant_id,
            "image": "|".join(names[variant.look]),
            **variant.attributes,
        }
        for variant in product.variants
    ]


def _draw_query(folder: Path, number: int, repeat: int, seed: int) -> _Row:
    product = product_spec(number, seed=seed)
    level = LEVELS[(number + repeat) % len(LEVELS)]
    query = draw_query(product, np.random.default_rng([seed, number, 3, repeat]), level=level)
    name = f"{product.product_id}-{repeat + 1}"
    (folder / "queries" / f"{name}.jpg").write_bytes(query.jpeg)
    _write_mask(folder / "queries" / "masks" / f"{name}.png", query.mask.astype(np.uint8) * 255)
    box = query.box
    return {
        "image": f"queries/{name}.jpg",
        "product_id": product.product_id,
        "variant_id": query.variant_id,
        "level": level,
        "x": int(box.x),
        "y": int(box.y),
        "width": int(box.width),
        "height": int(box.height),
        "mask": f"queries/masks/{name}.png",
    }


def _draw_scene(folder: Path, number: int, seed: int, n_products: int) -> _Row:
    rng = np.random.default_rng([seed, number, 4])
    kind, chosen = _cast(rng, number, n_products)
    scene = draw_scene([product_spec(one, seed=seed) for one in chosen], rng, kind=kind)
    name = f"S{number:04d}"
    (folder / "scenes" / f"{name}.jpg").write_bytes(scene.jpeg)
    numbered = np.zeros(scene.pixels.shape[:2], dtype=np.uint8)
    for place, thing in enumerate(scene.objects, start=1):
        numbered[thing.mask] = place
    _write_mask(folder / "scenes" / "masks" / f"{name}.png", numbered)
    return {
        "image": f"scenes/{name}.jpg",
        "kind": kind,
        "width": scene.pixels.shape[1],
        "height": scene.pixels.shape[0],
        "mask": f"scenes/masks/{name}.png",
        "objects": [
            {
                "product_id": thing.product_id,
                "variant_id": thing.variant_id,
                "mask_value": place,
                "x": int(thing.box.x),
                "y": int(thing.box.y),
                "width": int(thing.box.width),
                "height": int(thing.box.height),
            }
            for place, thing in enumerate(scene.objects, start=1)
        ],
    }


def _cast(rng: np.random.Generator, number: int, n_products: int) -> tuple[str, list[int]]:
    """What kind of scene it is and which products are in it: different ones, at most one clock and one rug."""
    kinds = list(SCENE_KINDS)
    kind = kinds[number % len(kinds)]
    names = [category.name for category in CATEGORIES]
    fitting = [one for one in range(n_products) if names[one % len(names)] in SCENE_KINDS[kind]]
    if len(fitting) < 2:
        kind = kinds[0]
        fitting = list(range(n_products))
    wanted = int(rng.integers(2, 7 if kind == "table" else 6))
    chosen: list[int] = []
    single: set[str] = set()
    for index in rng.permutation(len(fitting)):
        name = names[fitting[int(index)] % len(names)]
        if name in single or (len(chosen) == wanted):
            continue
        if name in ("clocks", "rugs", "armchairs", "jumpers"):
            single.add(name)
        chosen.append(fitting[int(index)])
    return kind, chosen


def _write_mask(path: Path, values: UInt8[np.ndarray, "h w"]) -> None:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG", optimize=False)
    path.write_bytes(buffer.getvalue())


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[_Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row[column]) for column in columns])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
