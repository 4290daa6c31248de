"""Are the products of a photograph found, each where it is, and what does that cost?

python benchmarks/scenes.py --data DIR --work DIR [--scenes N] [--out FILE]

`--data` holds the folders clothing, appliances and grocery; `--work` keeps what is made: a catalogue of 300 drawn
products (seed 7) and three stores. Photographs of 2 to 6 products: *drawn* scenes rendered in rooms; *layouts*, in
which appliances and clothes (of 37 and 400, none of the clothes seen in training) are pasted before a plain backdrop;
*rooms*, in which drawn products are pasted small into photographs of grocery shelves and clothes. The
object head was trained on photographs pasted by the same module from other products; drawn scenes are of another seed
than those it learned from.

A product counts as found where a part has an intersection over union of 0.5 with it, and as right where that part's
first hit is it. Compared: the whole photograph; a search of each of 35 sliding windows (a grid of 1, 3 and 5 a side,
two thirds, one half and one third of it long); the default, which takes a photograph apart where that helps; parts.
The grocery validation photographs show one product each: there the default must lose nothing. Their odd rows are asked;
the even ones chose the rule, and the odd ones its margin. Intervals leave out one
photograph (of grocery: one product) at a time.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

import lookalike
from lookalike.engine.engine import Engine
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.images.decode import decode
from lookalike.search.answer import Answer
from lookalike.sources.drawn import Viewpoint, draw_catalogue, draw_product, product_spec
from lookalike.types import Box, Pixels
from result import Headline, write_result
from scene_making import Composed, Sprite, compose, cut_from_paper, photograph_print

SEED = 7
GRID = ((1, 0.67), (3, 0.5), (5, 0.34))
Edges = tuple[float, float, float, float]


@dataclass
class Photograph:
    """A photograph with left, upper, width and height of each product."""

    jpeg: bytes
    products: list[tuple[str, Edges]]


@dataclass
class Tally:
    """For each product of each photograph, and for each photograph, what was found."""

    found: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    ten: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--windows", type=int, default=12, help="photographs asked by sliding windows")
    parser.add_argument("--timed", type=int, default=15)
    parser.add_argument("--ways", nargs="+", default=["whole", "default", "parts", "windows"], help="to ask in")
    parser.add_argument("--kept", type=Path, help="an earlier result, whose figures of other ways are kept")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    drawn = given.work / "drawn"
    if not (drawn / "catalog.csv").exists():
        draw_catalogue(drawn, seed=SEED, n_products=300, n_queries=0, n_scenes=given.scenes)
    mixed = given.work / "mixed.csv"
    clothes = rows(given.data / "clothing/items.csv")[2500:2900]
    if not mixed.exists():
        write_mixed(mixed, given.data, clothes)
    figures: dict[str, object] = {}
    with stored(given.work / "drawn-store", drawn / "catalog.csv") as shop:
        scenes = [
            Photograph(
                (drawn / row["image"]).read_bytes(),
                [(one["product_id"], (one["x"], one["y"], one["width"], one["height"])) for one in row["objects"]],
            )
            for row in map(json.loads, (drawn / "scenes.jsonl").read_text().splitlines()[: given.scenes])
        ]
        figures["drawn"] = measured(shop, scenes, given)
        figures["rooms"] = measured(shop, list(rooms(given)), given)
        figures["cost"] = cost(shop, scenes[: given.timed])
    with stored(given.work / "mixed-store", mixed) as shop:
        figures["layouts"] = measured(shop, list(layouts(given, clothes)), given)
    with stored(given.work / "grocery-store", given.data / "grocery/catalog.csv") as shop:
        figures["grocery"] = grocery(shop, given.data)
    if given.kept is not None:
        for kind, earlier in json.loads(given.kept.read_text())["figures"].items():
            figures[kind] = {**earlier, **figures[kind]}  # type: ignore[dict-item]
    write(figures, given)


def stored(folder: Path, source: Path) -> Engine:
    shop = lookalike.open(folder)
    if not folder.exists():
        shop.index(source)
    return shop


def write_mixed(path: Path, data: Path, clothes: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "image"])
        for folder, some in (("appliances", rows(data / "appliances/catalog.csv")), ("clothing", clothes)):
            writer.writerows([row["product_id"], str((data / folder / row["image"]).resolve())] for row in some)


def rooms(given: argparse.Namespace) -> Iterator[Photograph]:
    rng = np.random.default_rng([SEED, 1])
    shelves = sorted((given.data / "grocery/photos").glob("*/val*"))
    garments = rows(given.data / "clothing/items.csv")[2900:]
    for _ in range(given.scenes):
        sprites = []
        for number in rng.choice(300, int(rng.integers(2, 7)), replace=False):
            product = product_spec(int(number), seed=SEED)
            look = product.variants[int(rng.integers(len(product.variants)))].look
            view = Viewpoint(float(rng.uniform(-45, 45)), float(rng.uniform(8, 30)), fill=0.8)
            pixels, mask = draw_product(product, view, look=look, side_pixels=320)
            image = Image.fromarray(np.dstack([pixels, mask.astype(np.uint8) * 255]))
            sprites.append(Sprite(product.product_id, image.crop(image.getchannel("A").getbbox())))
        garment = given.data / "clothing" / garments[int(rng.integers(len(garments)))]["image"]
        shelf = shelves[int(rng.integers(len(shelves)))]
        yield photograph(
            compose(sprites, Image.open(shelf if rng.random() < 0.5 else garment), rng, sides=(0.12, 0.34))
        )


def layouts(given: argparse.Namespace, clothes: list[dict[str, str]]) -> Iterator[Photograph]:
    rng = np.random.default_rng([SEED, 2])
    appliances = rows(given.data / "appliances/catalog.csv")
    for _ in range(given.scenes):
        sprites: dict[str, Sprite] = {}
        wanted = int(rng.integers(2, 7))
        while len(sprites) < wanted:
            folder, some = ("appliances", appliances) if rng.random() < 0.5 else ("clothing", clothes)
            row = some[int(rng.integers(len(some)))]
            picture = Image.open(given.data / folder / row["image"])
            make = cut_from_paper if folder == "appliances" else photograph_print
            sprite = make(row["product_id"], picture)
            if sprite is not None:
                sprites[sprite.product_id] = sprite
        down, across = np.mgrid[0:600, 0:800]
        waves = np.sin(across * rng.uniform(0.02, 0.1) + down * rng.uniform(0.01, 0.05)) * rng.uniform(0, 20)
        backdrop = rng.integers(90, 235, 3) + (waves + rng.standard_normal((600, 800)) * 5)[..., None]
        table = Image.fromarray(np.clip(backdrop, 0, 255).astype(np.uint8))
        yield photograph(compose(list(sprites.values()), table, rng, sides=(0.28, 0.5), flaws=0.5))


def photograph(made: Composed) -> Photograph:
    return Photograph(made.jpeg, [(one.product_id, tuple(map(float, one.box))) for one in made.objects])  # type: ignore[misc]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def measured(shop: Engine, photographs: list[Photograph], given: argparse.Namespace) -> dict[str, object]:
    ways: dict[str, Callable[[Pixels], tuple[Answer, list[tuple[Edges, str]]]]] = {
        "whole": lambda pixels: told(shop.search(pixels, parts=0), pixels),
        "default": lambda pixels: told(shop.search(pixels), pixels),
        "parts": lambda pixels: told(shop.search(pixels, parts=6), pixels),
        "windows": lambda pixels: slid(shop, pixels),
    }
    result: dict[str, object] = {"photographs": len(photographs)}
    for name, ask in ways.items():
        if name not in given.ways:
            continue
        tally = Tally()
        for number, one in enumerate(photographs[: given.windows] if name == "windows" else photographs):
            answer, parts = ask(decode(one.jpeg).pixels)
            wanted = {product for product, _ in one.products}
            hits = [hit.product_id for hit in answer.hits]
            tally.first.append(float(bool(hits) and hits[0] in wanted))
            tally.ten.append(float(bool(wanted & set(hits))))
            for product, place in one.products:
                near = [hit for box, hit in parts if shared(box, place) >= 0.5]
                tally.found.append(float(bool(near)))
                tally.right.append(float(product in near))
                tally.of.append(number)
        singles = [str(number) for number in range(len(tally.first))]
        clusters = [str(number) for number in tally.of]
        result[name] = {
            "photographs": len(tally.first),
            "products": len(tally.of),
            "found": shown(tally.found, clusters),
            "found_and_right": shown(tally.right, clusters),
            "any_product_first": shown(tally.first, singles),
            "any_product_among_ten": shown(tally.ten, singles),
        }
        print(name, result[name], flush=True)
    return result


def told(answer: Answer, pixels: Pixels) -> tuple[Answer, list[tuple[Edges, str]]]:
    """The parts with their first hits; of an answer without parts, the whole photograph with its first."""
    if answer.parts is None:
        height, width = pixels.shape[:2]
        return answer, [((0.0, 0.0, float(width), float(height)), hit.product_id) for hit in answer.hits[:1]]
    return answer, [(edges(part.box), part.hits[0].product_id) for part in answer.parts if part.hits]


def slid(shop: Engine, pixels: Pixels) -> tuple[Answer, list[tuple[Edges, str]]]:
    """Each window by itself; the answer is that of the window with the highest similarity."""
    height, width = pixels.shape[:2]
    parts: list[tuple[Edges, str]] = []
    best: Answer | None = None
    for n, share in GRID:
        across, down = width * share, height * share
        for row in range(n):
            for column in range(n):
                place = (
                    (width - across) * (column / (n - 1) if n > 1 else 0.5),
                    (height - down) * (row / (n - 1) if n > 1 else 0.5),
                )
                box = Box(place[0], place[1], across, down)
                answer = shop.search(pixels, crop=box, k=10)
                parts.append((edges(box), answer.hits[0].product_id))
                if best is None or answer.hits[0].similarity > best.hits[0].similarity:
                    best = answer
    assert best is not None
    return best, parts


def edges(box: Box) -> Edges:
    return box.x, box.y, box.width, box.height


def shared(box: Edges, other: Edges) -> float:
    across = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    down = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    common = max(0.0, across) * max(0.0, down)
    return common / (box[2] * box[3] + other[2] * other[3] - common)


def cost(shop: Engine, photographs: list[Photograph]) -> dict[str, object]:
    """Median wall time of one query of each kind, from bytes to hits, taken in turns on one thread of asking."""
    taken: dict[str, list[float]] = {"whole": [], "default": [], "parts": []}
    for parts in (0, None, 6):
        shop.search(photographs[0].jpeg, parts=parts)
    for one in photographs * 3:
        for name, parts in (("whole", 0), ("default", None), ("parts", 6)):
            started = time.perf_counter()
            shop.search(one.jpeg, parts=parts)
            taken[name].append((time.perf_counter() - started) * 1e3)
    ratios = [apart / whole for apart, whole in zip(taken["parts"], taken["whole"], strict=True)]
    medians = {f"{name}_ms": round(statistics.median(times), 2) for name, times in taken.items()}
    return {**medians, "parts_over_whole": round(statistics.median(ratios), 2), "n": len(ratios)}


def grocery(shop: Engine, data: Path) -> dict[str, object]:
    asked = rows(data / "grocery/val.csv")[1::2]
    right: dict[str, list[float]] = {name: [] for name in ("whole@1", "default@1", "whole@10", "default@10")}
    apart = 0
    for row in asked:
        for name, parts in (("whole", 0), ("default", None)):
            answer = shop.search(data / "grocery" / row["image"], parts=parts)
            hits = [hit.product_id for hit in answer.hits]
            right[f"{name}@1"].append(float(hits[0] == row["product_id"]))
            right[f"{name}@10"].append(float(row["product_id"] in hits))
            apart += answer.parts is not None
    clusters = [row["product_id"] for row in asked]
    result: dict[str, object] = {"photographs": len(asked), "taken_apart": apart}
    result |= {name: shown(values, clusters) for name, values in right.items()}
    for k in (1, 10):
        better, plain = np.array(right[f"default@{k}"]), np.array(right[f"whole@{k}"])
        change = compare(better, plain, clusters, generator=np.random.default_rng(SEED)).difference
        result[f"change@{k}"] = {"value": change.value, "low": change.low, "high": change.high}
    print("grocery", result, flush=True)
    return result


def shown(values: list[float], clusters: list[str]) -> dict[str, float]:
    interval = jackknife_mean(np.array(values), clusters)
    return {name: round(getattr(interval, name), 4) for name in ("value", "low", "high")}


def write(figures: dict[str, object], given: argparse.Namespace) -> None:
    def value(kind: str, way: str, what: str) -> str:
        one = figures[kind][way][what]  # type: ignore[index]
        return f"{one['value']:.2f}"

    headlines = [
        Headline(
            f"Products of {english} found in place and right at rank 1, by parts (whole picture, sliding windows)",
            f"{chinese}中的商品定位且首位命中率，分部搜索（整图；滑窗）",
            f"{value(kind, 'parts', 'found_and_right')} ({value(kind, 'whole', 'found_and_right')}, "
            f"{value(kind, 'windows', 'found_and_right')})",
            front=kind == "drawn",
        )
        for kind, english, chinese in (
            ("drawn", "drawn scenes", "绘制场景"),
            ("layouts", "pasted layouts", "拼贴平铺图"),
            ("rooms", "pasted rooms", "拼贴房间图"),
        )
    ]
    write_result(
        "scenes",
        figures=figures,
        headlines=headlines,
        seed=SEED,
        n=given.scenes,
        data="drawn catalogue (seed 7), Clothing dataset (CC0), household appliances (BSD-3), Grocery Store (MIT)",
        out=given.out,
    )


if __name__ == "__main__":
    main()
