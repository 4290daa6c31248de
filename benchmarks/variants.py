"""Is the very colour of a product found, and does looking at colours cost finding the product?

python benchmarks/variants.py [--data DIR] [--drawn FOLDER] [--first 120] [--clothes 250]
    [--each 3] [--seed 17] [--out FILE]

Three catalogues are indexed as anybody would index them. Queries are photographs made by `variant_queries.py`, or new
views of drawn products in rooms. Each is asked twice: as a search answers it by default, and with its model's vector
alone, which is the plain embedding. Intervals are over products, differences are paired query by query.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import lookalike
from lookalike.engine.engine import Engine
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.images.decode import decode
from lookalike.search.colours import COLOUR_SHARE, WINDOW_IMAGES
from lookalike.sources.drawn.catalogue import draw_catalogue
from result import Headline, write_result
from variant_queries import drawn_subset, photographed, recoloured

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
TURNS = (0.16, 0.33, 0.5, 0.67, 0.83)


@dataclass(frozen=True, slots=True)
class Asked:
    """A photograph, and what it shows."""

    image: bytes
    product_id: str
    variant_id: str


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def pixels_of(path: Path) -> np.ndarray:
    """A picture, upright, its shorter side about 400 pixels."""
    return decode(path.read_bytes(), shorter_side_pixels=400).pixels


def appliances(data: Path, each: int, seed: int) -> tuple[Path, list[Asked]]:
    """The catalogue as it is, and photographs of every picture of it."""
    folder = data / "appliances"
    asked = [
        Asked(photographed(pixels, np.random.default_rng([seed, number, k])), row["product_id"], row["variant_id"])
        for number, row in enumerate(read(folder / "catalog.csv"))
        for pixels in (pixels_of(folder / row["image"]),)
        for k in range(each)
    ]
    return folder / "catalog.csv", asked


def drawn(folder: Path | None, n_products: int, work: Path) -> tuple[Path, list[Asked]]:
    """A drawn catalogue, and photographs of its products in rooms from viewpoints that it does not have."""
    folder = folder or draw_catalogue(work / "all", n_products=300, n_queries=900, n_scenes=0).folder
    catalogue, taken = drawn_subset(folder, n_products, work / "part")
    return catalogue, [
        Asked(photograph.read_bytes(), variant.rpartition("-")[0], variant)
        for variant, photographs in taken.items()
        for photograph in photographs
    ]


def clothes(data: Path, folder: Path, n: int, seed: int) -> tuple[Path, list[Asked]]:
    """Garments that `scripts/fit_colouring.py` did not see, each in three colours, and a photograph of one of them."""
    rows = [
        row for row in read(data / "clothing" / "items.csv") if row["category"] not in ("Not sure", "Other", "Skip")
    ]
    order = np.random.default_rng(3).permutation(len(rows))[200 : 200 + n]
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    asked: list[Asked] = []
    with (folder / "catalog.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "variant_id", "category", "image"])
        for number, place in enumerate(order):
            row = rows[int(place)]
            picture = pixels_of(data / "clothing" / row["image"])
            variants = [picture, *(_other(picture, float(turn), rng) for turn in rng.permutation(TURNS)[:2])]
            for k, variant in enumerate(variants):
                name = f"images/{number}-{k}.jpg"
                (folder / name).write_bytes(_jpeg(variant))
                writer.writerow([row["product_id"], f"{row['product_id']}-{k}", row["category"], name])
            shown = int(rng.integers(3))
            image = photographed(variants[shown], np.random.default_rng([seed, number]), mirrored=True)
            asked.append(Asked(image, row["product_id"], f"{row['product_id']}-{shown}"))
    return folder / "catalog.csv", asked


def _other(picture: np.ndarray, turn: float, rng: np.random.Generator) -> np.ndarray:
    return recoloured(picture, turn, float(rng.uniform(-0.35, 0.35)))


def _jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def ask(engine: Engine, asked: Sequence[Asked]) -> dict[str, object]:
    """Product and variant of the first hit, with colours and without, folded both ways."""
    right: dict[str, list[tuple[bool, bool]]] = {
        name: [] for name in ("product", "variant", "exact by product", "exact by variant", "product@10", "exact@10")
    }
    for one in asked:
        coloured = engine.search(one.image, k=10)
        found = {True: coloured, False: engine.search(vector=coloured.vector, k=10)}
        folded = {
            True: engine.search(vector=coloured.vector, colouring=coloured.colouring, k=10, by="variant"),
            False: engine.search(vector=coloured.vector, k=10, by="variant"),
        }

        def both(name: str, is_right: dict[bool, bool]) -> None:
            right[name].append((is_right[True], is_right[False]))

        both("product", {c: hits.hits[0].product_id == one.product_id for c, hits in found.items()})
        both("exact by product", {c: hits.hits[0].variant_id == one.variant_id for c, hits in found.items()})
        both("product@10", {c: any(h.product_id == one.product_id for h in a.hits) for c, a in found.items()})
        both("exact by variant", {c: hits.hits[0].variant_id == one.variant_id for c, hits in folded.items()})
        both("exact@10", {c: any(h.variant_id == one.variant_id for h in a.hits) for c, a in folded.items()})
    products = [one.product_id for one in asked]
    figures: dict[str, object] = {"queries": len(asked), "products": len(set(products))}
    for name, outcomes in right.items():
        if not outcomes:
            continue
        coloured_right, plain_right = (np.array([pair[n] for pair in outcomes], dtype=np.float64) for n in (0, 1))
        figures[name] = {
            "default": _interval(coloured_right, products),
            "plain": _interval(plain_right, products),
            "difference": _interval(coloured_right - plain_right, products, bounded=False),
            "errors_gone": float(1 - (1 - coloured_right).sum() / max((1 - plain_right).sum(), 1)),
        }
    return figures


def _interval(values: np.ndarray, products: Sequence[str], *, bounded: bool = True) -> dict[str, float]:
    told = jackknife_mean(values, products, bounded=bounded)
    return {"value": round(told.value, 4), "low": round(told.low, 4), "high": round(told.high, 4)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--drawn", type=Path)
    parser.add_argument("--first", type=int, default=120)
    parser.add_argument("--clothes", type=int, default=250)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--only", nargs="*", default=["appliances", "drawn", "clothes"])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    figures: dict[str, object] = {"colour_share": COLOUR_SHARE, "window_images": WINDOW_IMAGES}
    n = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in given.only:
            work = Path(folder) / name
            match name:
                case "appliances":
                    catalogue, asked = appliances(given.data, given.each, given.seed)
                case "drawn":
                    catalogue, asked = drawn(given.drawn, given.first, work)
                case _:
                    catalogue, asked = clothes(given.data, work, given.clothes, given.seed)
            with lookalike.open(Path(folder) / f"{name}-store") as engine:
                engine.index(catalogue)
                figures[name] = ask(engine, asked)
            n += len(asked)
            print(name, figures[name], flush=True)
    write_result(
        "variants", figures=figures, headlines=_headlines(figures), seed=given.seed, n=n, data=", ".join(given.only),
        out=given.out,
    )  # fmt: skip


def _headlines(figures: dict[str, object]) -> list[Headline]:
    lines: list[Headline] = []
    for name, english, chinese in (
        ("appliances", "appliances, distorted pictures", "家电,失真图片"),
        ("drawn", "drawn products, new views in rooms", "绘制商品,房间里的新视角"),
        ("clothes", "recoloured clothes, distorted pictures", "换色服装,失真图片"),
    ):
        told = figures.get(name)
        if isinstance(told, dict):
            exact = told["exact by product"]
            value = f"{exact['plain']['value']:.3f} → {exact['default']['value']:.3f}"
            lines.append(
                Headline(
                    f"Exact variant first, without and with colours ({english})",
                    f"首位即正确款式,不看颜色与看颜色({chinese})",
                    value,
                    front=False,
                )
            )
    return lines


if __name__ == "__main__":
    main()
