"""How often is "same item" wrong on products that no rule has seen, and how many of the true ones does it keep?

For each data set and seed, products are dealt to three groups: *removed* ones are taken out of the gallery and are
negatives only; *calibration* products fit the rule; *fresh* ones are in the gallery and are judged by it. The rule is
the one of `lookalike calibrate`, and features are computed as a search computes them (exactly, in numpy), with colours
where products of the catalogue come in several variants. Beside the chosen rule stand what is chosen without centroids,
a plain threshold on the similarity, and the two largest sets of features, each alone.

python benchmarks/verdict.py [--data FOLDER] [--work FOLDER] [--seeds N] [--curves SVG]
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.embed.opening import open_embedder
from lookalike.errors import TooFewProducts
from lookalike.evaluate.calibration import MODELS, apply, fit
from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.trials import Trials
from lookalike.evaluate.verdict_rates import Measured
from lookalike.images.colouring import stored_colouring
from lookalike.images.corruptions import phone_photograph
from lookalike.images.decode import decode
from lookalike.images.seen import see
from lookalike.search.colours import WINDOW_IMAGES, with_colours
from lookalike.search.evidence import DEPTH, FEATURES, Evidence, gather, mean_length, toward_centroid
from lookalike.sources.drawn import draw_catalogue
from lookalike.types import Pixels
from result import Headline, write_result

ERRORS = (0.05, 0.1)
SEED = 20_261_125
RULES = {
    "chosen": MODELS,
    "without centroids": MODELS[:-1],
    "plain threshold": (("similarity",),),
    "all of the best image": (MODELS[-2],),
    "all of centroids": (MODELS[-1],),
}


@dataclass(frozen=True, slots=True)
class Data:
    """Queries and gallery of one question.

    Attributes:
        name: of the data set.
        queries: float32 [q, d].
        query_products: int64 [q].
        gallery: float32 [n, d].
        gallery_products: int64 [n].
        hidden: gallery row that a query was made from, -1 for none.
        removed: share of the products that are taken out.
    """

    name: str
    queries: NDArray[np.float32]
    query_products: NDArray[np.int64]
    gallery: NDArray[np.float32]
    gallery_products: NDArray[np.int64]
    hidden: NDArray[np.int64]
    removed: float = 1 / 3
    query_colours: NDArray[np.float32] | None = None
    gallery_colours: NDArray[np.float32] | None = None


def main() -> None:
    """Measure every data set that is there, and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=None, help="keeps the drawn catalogue and the vectors")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--curves", type=Path, default=None, help="write the risk-coverage curves there, as SVG")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        figures: dict[str, object] = {}
        for make in (drawn, grocery_pages, grocery_photographs, appliances_variants, appliances_phone):
            try:
                data = make(given.data, work)
            except FileNotFoundError as error:
                sys.stderr.write(f"left out {make.__name__}: {error}\n")
                continue
            figures[data.name] = measured(data, given.seeds)
            sys.stdout.write(f"{data.name}: {figures[data.name]}\n")
            sys.stdout.flush()
    if given.curves is not None:
        given.curves.write_text(drawn_curves(figures), encoding="utf-8")
    write_result(
        "verdict",
        figures=figures,
        headlines=list(headlines(figures)),
        seed=SEED,
        n=given.seeds,
        data="drawn catalogue (300 products, seed 7); Grocery Store Dataset; household appliances",
        distributions=("numpy", "onnxruntime"),
    )


def headlines(figures: dict[str, object]) -> Sequence[Headline]:
    """What docs/measured.md shows."""
    shown: list[Headline] = []
    for name, figure in figures.items():
        assert isinstance(figure, dict)
        at = figure["errors"]["0.05"]["chosen"]
        if at is None:
            continue
        wrong, kept = at["false_same"], at["same_kept"]
        value = f"{wrong['value']:.1%} [{wrong['low']:.1%}, {wrong['high']:.1%}]; {kept['value']:.0%}"
        shown.append(
            Headline(
                f"false “same item” on fresh products at a chosen 5%, and true ones kept ({name})",
                f"选定 5% 时，新商品上“同一商品”的误判率，以及保留的正确判定（{name}）",
                value,
                front=False,
            )
        )
    return shown


def drawn_curves(figures: dict[str, object]) -> str:
    """Two panels as SVG: what is kept, and what is recognised as absent, at each measured error."""
    colours = ("#2746d8", "#d8562a", "#2a9d6f", "#9a4fd0", "#b8860b")
    panels = (("same_kept", "true “same item” kept"), ("absent_found", "“not in this catalogue” recognised"))
    lines = [
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 420" '
            'font-family="system-ui, sans-serif" font-size="13">'
        ),
        '<rect width="840" height="420" fill="#fff"/>',
    ]
    for panel, (name, title) in enumerate(panels):
        left, top, width, height = 56 + panel * 410, 44, 330, 260
        lines.append(f'<text x="{left}" y="26" font-weight="600" fill="#222">{title}</text>')
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = top + height * (1 - tick)
            lines.append(f'<path d="M{left} {y}h{width}" stroke="#ddd"/>')
            lines.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end" fill="#555">{tick:.0%}</text>')
        for tick in (0.0, 0.1, 0.2, 0.3):
            x = left + width * tick / 0.3
            lines.append(f'<text x="{x}" y="{top + height + 18}" text-anchor="middle" fill="#555">{tick:.0%}</text>')
        axis = "photographs falsely “same”" if name == "same_kept" else "photographs falsely “absent”"
        lines.append(
            f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle" fill="#555">{axis}</text>'
        )
        for colour, figure in zip(colours, figures.values(), strict=False):
            assert isinstance(figure, dict)
            points = [point for point in figure["errors"]["0.1"]["chosen"]["curve"] if point["error"] <= 0.3]
            path = " ".join(
                f"{left + width * point['error'] / 0.3:.1f},{top + height * (1 - point[name]):.1f}" for point in points
            )
            lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
    for place, (colour, name) in enumerate(zip(colours, figures, strict=False)):
        x, y = 56 + (place % 3) * 260, 372 + (place // 3) * 24
        lines.append(f'<path d="M{x} {y - 4}h22" stroke="{colour}" stroke-width="3"/>')
        lines.append(f'<text x="{x + 30}" y="{y}" fill="#222">{name}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def measured(data: Data, n_seeds: int) -> dict[str, object]:
    """Rates on fresh products at every error, by every rule."""
    worlds = Worlds(data)
    deals = [deal(data, worlds, seed) for seed in range(n_seeds)]
    nearest = [worlds.evidence(query, frozenset())[0] for query in range(len(data.queries))]
    return {
        "queries": len(data.queries),
        "products": len(np.unique(data.query_products)),
        "recall_at_1": round(float(np.mean(np.asarray(nearest) == data.query_products)), 4),
        "removed": round(data.removed, 3),
        "errors": {f"{error}": {name: judged(deals, error, rule) for name, rule in RULES.items()} for error in ERRORS},
    }


def deal(data: Data, worlds: Worlds, seed: int) -> tuple[Trials, Trials]:
    """Trials of the calibration products, and of the fresh and removed ones."""
    dealt = np.random.default_rng([SEED, seed]).permutation(np.unique(data.query_products))
    n_removed = round(data.removed * len(dealt))
    removed, rest = frozenset(dealt[:n_removed].tolist()), dealt[n_removed:].tolist()
    n_fresh = max(1, len(rest) // 5)
    return worlds.trials(frozenset(rest[n_fresh:]), removed), worlds.trials(
        frozenset(rest[:n_fresh]) | removed, removed
    )


def judged(
    deals: Sequence[tuple[Trials, Trials]], error: float, models: Sequence[tuple[str, ...]]
) -> dict[str, object] | None:
    """One rule at one error over all deals; None where there are too few products to promise it."""
    shown: list[Measured] = []
    for number, (calibration, fresh) in enumerate(deals):
        generator = np.random.default_rng([SEED, number, 1])
        try:
            rule = fit(calibration, error=error, absent_error=error, generator=generator, models=models)
        except TooFewProducts:
            return None
        shown.append(apply(fresh, rule))
    return {
        "calibration_products": len(np.unique(deals[0][0].products)),
        **{
            name: pooled([getattr(one, name) for one in shown])
            for name in ("false_same", "same_kept", "false_absent", "absent_found")
        },
        "curve": [
            {name: round(float(np.mean([one.curve[i][name] for one in shown])), 4) for name in shown[0].curve[0]}
            for i in range(len(shown[0].curve))
        ],
    }


def pooled(intervals: list[Interval]) -> dict[str, float]:
    """Mean over deals of the rate and of its 95% interval within a deal, which leaves out one product at a time."""
    return {
        name: round(float(np.mean([getattr(one, name) for one in intervals])), 4) for name in ("value", "low", "high")
    }


class Worlds:
    """Evidence of every query under any set of products that are gone; similarities are computed once."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.similarities = data.queries @ data.gallery.T
        made_from = data.hidden >= 0
        self.similarities[np.flatnonzero(made_from), data.hidden[made_from]] = -np.inf
        self.order = np.argsort(-self.similarities, axis=1, kind="stable")
        asked, shown = data.query_colours, data.gallery_colours
        self.colours = None if asked is None or shown is None else asked @ shown.T

    def evidence(self, query: int, gone: frozenset[int]) -> tuple[int, Evidence]:
        """The nearest product and its evidence."""
        order = self.order[query]
        order = order[np.isfinite(self.similarities[query, order])]
        products = self.data.gallery_products[order]
        keep = ~np.isin(products, list(gone))
        order, products = order[keep], products[keep]
        similarities = self.similarities[query, order]
        everything, whose = order, products
        if self.colours is not None:
            window = order[:WINDOW_IMAGES]
            shown = with_colours(similarities[:WINDOW_IMAGES], self.colours[query, window])[0]
            falling = np.argsort(-shown, kind="stable")
            similarities, products = shown[falling], products[:WINDOW_IMAGES][falling]
        nearest, best = gather(products, similarities, DEPTH)
        own = [everything[whose == one] for one in nearest]
        views = similarities[products == nearest[0]].astype(np.float64)
        return int(nearest[0]), Evidence(int(nearest[0]), best, views, self.centroids(query, own))

    def centroids(self, query: int, pictures: list[NDArray[np.int64]]) -> NDArray[np.float64]:
        """Similarity to the centroid of each product's rows of the gallery."""
        rows = np.concatenate(pictures)
        cosines = self.similarities[query, rows]
        mixed, own = (cosines, cosines) if self.colours is None else with_colours(cosines, self.colours[query, rows])
        ends = np.cumsum([len(one) for one in pictures])[:-1]
        return np.asarray(
            [
                toward_centroid(some, looks, mean_length(self.data.gallery[one]))
                for some, looks, one in zip(np.split(mixed, ends), np.split(own, ends), pictures, strict=True)
            ]
        )

    def trials(self, products: frozenset[int], removed: frozenset[int]) -> Trials:
        """Both worlds of every query of these products, in a gallery without the removed ones."""
        rows = [q for q in range(len(self.data.queries)) if int(self.data.query_products[q]) in products]
        there, right, gone = [], [], []
        for query in rows:
            own = int(self.data.query_products[query])
            gone.append(self.evidence(query, removed | {own})[1].features())
            if own in removed:
                there.append(np.full(len(FEATURES), np.nan))
                right.append(False)
            else:
                nearest, evidence = self.evidence(query, removed)
                there.append(evidence.features())
                right.append(nearest == own)
        nothing: list[str | None] = [None] * len(rows)
        return Trials(
            self.data.query_products[rows], np.stack(there), np.asarray(right), np.stack(gone), nothing, nothing
        )


# --- data ---


def drawn(_: Path, work: Path) -> Data:
    """The drawn catalogue with its photographs, three a product, easy, medium and hard."""
    folder = work / "drawn"
    if not (folder / "catalog.csv").exists():
        draw_catalogue(folder, seed=7, n_products=300, n_queries=900, n_scenes=0)
    shown = [
        (row["product_id"], folder / image) for row in rows(folder / "catalog.csv") for image in row["image"].split("|")
    ]
    asked = [(row["product_id"], folder / row["image"]) for row in rows(folder / "queries.csv")]
    return of("drawn", shown, asked, work, coloured=True)


def grocery_pages(data: Path, work: Path) -> Data:
    """Photographs taken in shops against one iconic picture a product."""
    folder = data / "grocery"
    shown = [(row["product_id"], folder / row["image"]) for row in rows(folder / "catalog.csv")]
    asked = some_of_each([(row["product_id"], folder / row["image"]) for row in rows(folder / "train.csv")], 8)
    return of("grocery, page pictures", shown, asked, work)


def grocery_photographs(data: Path, work: Path) -> Data:
    """The same products indexed with photographs: 2,640 in the gallery, 296 others as queries."""
    folder = data / "grocery"
    shown = [
        (row["product_id"], folder / row["image"])
        for name in ("catalog", "train")
        for row in rows(folder / f"{name}.csv")
    ]
    asked = [(row["product_id"], folder / row["image"]) for row in rows(folder / "val.csv")]
    return of("grocery, photographs as views", shown, asked, work)


def appliances_variants(data: Path, work: Path) -> Data:
    """Each colour variant's picture asked against the others: the same appliance in another colour."""
    shown = appliance_pictures(data)
    counts = {name: sum(one == name for one, _ in shown) for name, _ in shown}
    asked = [one for one in shown if counts[one[0]] > 1]
    return of("appliances, another colour", shown, asked, work, removed=0.2, held_out=True, coloured=True)


def appliances_phone(data: Path, work: Path) -> Data:
    """Phone-like photographs made of each picture, which stays in the gallery."""
    shown = appliance_pictures(data)

    def photographed(pixels: Pixels, number: int) -> Pixels:
        return phone_photograph(pixels, np.random.default_rng([SEED, number]))

    return of("appliances, phone-like", shown, shown, work, removed=0.2, change=photographed, coloured=True)


def appliance_pictures(data: Path) -> list[tuple[str, Path]]:
    folder = data / "appliances"
    return [(row["product_id"], folder / row["image"]) for row in rows(folder / "catalog.csv") if row["image"]]


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def some_of_each(pictures: list[tuple[str, Path]], most: int) -> list[tuple[str, Path]]:
    """At most so many of each product, drawn with the benchmark's seed."""
    generator = np.random.default_rng(SEED)
    by_product: dict[str, list[tuple[str, Path]]] = {}
    for one in pictures:
        by_product.setdefault(one[0], []).append(one)
    return [own[i] for own in by_product.values() for i in sorted(generator.permutation(len(own))[:most].tolist())]


def of(
    name: str,
    shown: list[tuple[str, Path]],
    asked: list[tuple[str, Path]],
    work: Path,
    *,
    removed: float = 1 / 3,
    held_out: bool = False,
    change: Callable[[Pixels, int], Pixels] | None = None,
    coloured: bool = False,
) -> Data:
    """Vectors, and colours if these count, of both sides, kept in `work`."""
    names = {one: number for number, one in enumerate(dict.fromkeys(product for product, _ in [*shown, *asked]))}
    numbers = {path: number for number, (_, path) in enumerate(shown)}
    stem = name.replace(" ", "-").replace(",", "")
    return Data(
        name,
        vectors([path for _, path in asked], work / f"{stem}-queries.npy", change),
        np.asarray([names[product] for product, _ in asked], dtype=np.int64),
        vectors([path for _, path in shown], work / f"{stem}-gallery.npy"),
        np.asarray([names[product] for product, _ in shown], dtype=np.int64),
        np.asarray([numbers[path] if held_out else -1 for _, path in asked], dtype=np.int64),
        removed,
        colourings([path for _, path in asked], work / f"{stem}-query-colours.npy", change) if coloured else None,
        colourings([path for _, path in shown], work / f"{stem}-gallery-colours.npy") if coloured else None,
    )


def vectors(
    paths: list[Path], kept: Path, change: Callable[[Pixels, int], Pixels] | None = None
) -> NDArray[np.float32]:
    """What the packaged model makes of these pictures."""
    if kept.exists():
        return np.load(kept)
    embedder = open_embedder()
    preprocessing = embedder.description.preprocessing
    made: list[NDArray[np.float32]] = []
    for start in range(0, len(paths), 32):
        batch: list[Pixels] = []
        for number, path in enumerate(paths[start : start + 32], start):
            pixels = decode(path.read_bytes(), shorter_side_pixels=preprocessing.decode_side_pixels).pixels
            batch.append(preprocessing.apply(pixels if change is None else change(pixels, number)))
        made.append(embedder.embed(np.stack(batch)))
    whole = np.concatenate(made)
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.save(kept, whole)
    return whole


def colourings(
    paths: list[Path], kept: Path, change: Callable[[Pixels, int], Pixels] | None = None
) -> NDArray[np.float32]:
    """The colours of these pictures, as the store keeps them."""
    if kept.exists():
        return np.load(kept)
    preprocessing = open_embedder().description.preprocessing
    made: list[NDArray[np.float32]] = []
    for number, path in enumerate(paths):
        pixels = decode(path.read_bytes(), shorter_side_pixels=preprocessing.decode_side_pixels).pixels
        made.append(stored_colouring(see(pixels if change is None else change(pixels, number), preprocessing).part))
    np.save(kept, np.stack(made))
    return np.stack(made)


if __name__ == "__main__":
    main()
