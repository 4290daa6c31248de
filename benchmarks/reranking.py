"""What does re-ranking gain, by method and catalogue, and does the gate switch on only what helps?

Every question's nearest pictures are looked for exactly and once; each method orders those. Gains are paired by
question, with 95% intervals that leave out one product at a time. The gate is then tried as a shop would use it: it
chooses on half of the products, and what it chose is measured on the other half, over many splits.

python benchmarks/reranking.py [--data FOLDER] [--work FOLDER] [--splits N] [--only NAME …]
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.embed.heads import head_gains
from lookalike.embed.opening import open_embedder
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.order_choice import METRIC, Choice, Scores, choose, scores_of
from lookalike.images.corruptions import phone_photograph
from lookalike.images.decode import decode
from lookalike.images.views import MIDDLE_SHARE, QUERY_VIEWS, middle
from lookalike.search.rank.contest import Contest
from lookalike.search.rank.methods import METHODS
from lookalike.search.rank.pool import Grid
from lookalike.search.rank.sight import Sight
from lookalike.sources.drawn import draw_catalogue
from lookalike.types import Pixels
from result import Headline, write_result

SEED = 20_261_126
OFF = "off"
CANDIDATES = 603  # what a search looks at for 200 hits
AT_ONCE = 8

Pictures = Sequence[tuple[str, Path]]


@dataclass(frozen=True, slots=True)
class Looks:
    """Unit vectors of pictures, and what their places look like.

    Attributes:
        vectors: float32 [n, d].
        cells: float16 [n, rows, columns, d], unit rows.
        views: float32 [n, v, d], unit vectors in other views, by the order of `QUERY_VIEWS`; of what is asked alone.
    """

    vectors: NDArray[np.float32]
    cells: NDArray[np.float16]
    views: NDArray[np.float32]

    def grid(self, row: int) -> Grid:
        """The grid of one picture."""
        _, height, width, dimension = self.cells.shape
        return Grid(self.cells[row].reshape(height * width, dimension).astype(np.float32), height, width)

    def seen(self, row: int, names: Sequence[str]) -> NDArray[np.float32]:
        """One picture in views of these names."""
        return self.views[row, [list(QUERY_VIEWS).index(name) for name in names]]

    def of(self, rows: NDArray[np.int64]) -> Looks:
        """Some of the pictures."""
        return Looks(self.vectors[rows], self.cells[rows], self.views[rows])


@dataclass(frozen=True, slots=True)
class Trial:
    """One question to a catalogue.

    Attributes:
        name: of it.
        about: what is asked for, in a sentence.
        queries: looks of the questions.
        gallery: looks of what is searched.
        names: what each picture of the gallery is a hit for; pictures of one name fold into one hit.
        answers: right names, by question.
        clusters: what each question belongs to.
        hidden: gallery row that a question was made from, -1 for none.
    """

    name: str
    about: str
    queries: Looks
    gallery: Looks
    names: Sequence[str]
    answers: Sequence[frozenset[str]]
    clusters: Sequence[str]
    hidden: NDArray[np.int64]


def main() -> None:
    """Measure every catalogue that is there, and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=None, help="keeps the drawn catalogue and what pictures look like")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=None, help="these trials alone; the result is printed")
    given = parser.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        for make in (
            grocery_pages,
            grocery_photographs,
            appliances_variants,
            appliances_phone,
            signs_designs,
            signs_phone,
            drawn,
            clothing,
        ):
            if given.only and make.__name__ not in given.only:
                continue
            try:
                trial = make(given.data, work)
            except FileNotFoundError as error:
                sys.stderr.write(f"left out {make.__name__}: {error}\n")
                continue
            figures[trial.name] = measured(trial, given.splits)
            sys.stdout.write(f"{trial.name}: {figures[trial.name]}\n")
            sys.stdout.flush()
    if given.only:
        return
    write_result(
        "reranking",
        figures={"methods": {name: repr(method) for name, method in METHODS.items()}, "catalogues": figures},
        headlines=list(headlines(figures)),
        seed=SEED,
        n=given.splits,
        data="Grocery Store Dataset; household appliances; Mapillary sprites; clothing (Grigorev); drawn catalogue",
        distributions=("numpy", "onnxruntime"),
    )


def headlines(figures: Mapping[str, object]) -> list[Headline]:
    """What docs/measured.md shows."""
    shown: list[Headline] = []
    for name, figure in figures.items():
        assert isinstance(figure, dict)
        best, gain = max(
            ((method, one["differences"][METRIC]) for method, one in figure["methods"].items()),
            key=lambda one: one[1]["value"],
        )
        value = f"{best}: {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]; gate: {figure['chosen']}"
        shown.append(
            Headline(
                f"re-ranking, best gain in {METRIC} ({name})",
                f"重排序：{METRIC} 的最大提升（{name}）",
                value,
                front=False,
            )
        )
    return shown


def measured(trial: Trial, n_splits: int) -> dict[str, object]:
    """Every method on one trial, and the gate on halves of it."""
    retrieved: dict[str, list[tuple[str, ...]]] = {name: [] for name in (OFF, *METHODS)}
    taken: dict[str, list[float]] = {name: [] for name in retrieved}
    for number in range(len(trial.answers)):
        contest = contest_of(trial, number)
        for method, kept in retrieved.items():
            started = time.perf_counter()
            standing = contest.standing(None if method == OFF else method)
            n_views = 0 if method == OFF else len(METHODS[method].needs.views)
            taken[method].append((time.perf_counter() - started) * 1e3 + n_views * view_milliseconds())
            kept.append(contest.names_of(standing))
    scored = {name: scores_of(kept, list(trial.answers), np.asarray(taken[name])) for name, kept in retrieved.items()}
    choice = choose(scored, trial.clusters)
    return {
        "about": trial.about,
        "gallery": len(trial.names),
        **choice.as_dict(),
        "halves": halves(trial, scored, n_splits),
    }


@cache
def view_milliseconds() -> float:
    """Median of what one more view of a photograph takes: scaling and one pass of the packaged model, on one thread."""
    embedder = open_embedder(None, runtime="onnxruntime", precision="fp32", threads=1)
    preprocessing = embedder.description.preprocessing
    side = preprocessing.decode_side_pixels
    pixels = np.random.default_rng(SEED).integers(0, 256, (side, side * 4 // 3, 3), dtype=np.uint8)
    taken: list[float] = []
    for _ in range(30):
        started = time.perf_counter()
        embedder.embed(preprocessing.apply(middle(pixels))[np.newaxis])
        taken.append((time.perf_counter() - started) * 1e3)
    return float(np.median(taken))


def halves(trial: Trial, scored: Mapping[str, Scores], n_splits: int) -> dict[str, object]:
    """What the gate chooses on one half of the clusters, and what that does on the other."""
    clusters = np.asarray(trial.clusters)
    distinct = np.unique(clusters)
    chosen: dict[str, int] = {}
    gains: list[float] = []
    n_worse = 0
    for split in range(n_splits):
        order = np.random.default_rng([SEED, split]).permutation(len(distinct))
        mine = np.isin(clusters, distinct[order[: len(distinct) // 2]])
        choice = on(scored, clusters, mine)
        chosen[choice.chosen] = chosen.get(choice.chosen, 0) + 1
        if choice.chosen == OFF:
            gains.append(0.0)
            continue
        new, old = (scored[name].metrics[METRIC][~mine] for name in (choice.chosen, OFF))
        difference = compare(new, old, clusters[~mine].tolist(), generator=np.random.default_rng(SEED)).difference
        gains.append(difference.value)
        n_worse += difference.high < 0
    return {
        "splits": n_splits,
        "chosen": chosen,
        "mean_gain": round(float(np.mean(gains)), 4),
        "least_gain": round(float(np.min(gains)), 4),
        "measurably_worse": n_worse,
    }


def on(scored: Mapping[str, Scores], clusters: NDArray[np.str_], which: NDArray[np.bool_]) -> Choice:
    """The gate's choice on some of the questions."""
    part = {
        name: Scores({metric: values[which] for metric, values in one.metrics.items()}, one.milliseconds[which])
        for name, one in scored.items()
    }
    return choose(part, clusters[which].tolist())


def contest_of(trial: Trial, number: int) -> Contest:
    """The candidates of one question, exactly."""
    query = trial.queries.vectors[number]
    similarities = trial.gallery.vectors @ query
    if trial.hidden[number] >= 0:
        similarities[trial.hidden[number]] = -np.inf
    rows = np.argsort(-np.round(similarities, 6), kind="stable")[:CANDIDATES]
    rows = rows[np.isfinite(similarities[rows])].astype(np.int64)
    names = tuple(trial.names[row] for row in rows.tolist())
    numbered = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return Contest(
        query,
        rows,
        similarities[rows].astype(np.float32),
        np.zeros(len(rows)),
        trial.gallery.vectors[rows],
        np.asarray([numbered[name] for name in names], dtype=np.int64),
        names,
        names,
        Sight(
            lambda: trial.queries.grid(number),
            lambda n: {place: trial.gallery.grid(row) for place, row in enumerate(rows[:n].tolist())},
            lambda names: trial.queries.seen(number, names),
        ),
    )


# --- catalogues ---


def grocery_pages(data: Path, work: Path) -> Trial:
    """296 photographs taken in shops against one iconic picture a product."""
    shown, asked = listed(data / "grocery", "catalog"), listed(data / "grocery", "val")
    return trial("grocery, photograph to page", "the product's page picture", shown, asked, work)


def grocery_photographs(data: Path, work: Path) -> Trial:
    """The same photographs against 2,640 other photographs."""
    shown, asked = listed(data / "grocery", "train"), listed(data / "grocery", "val")
    return trial("grocery, photograph to photographs", "the product, by its photographs", shown, asked, work)


def appliances_variants(data: Path, work: Path) -> Trial:
    """Each colour variant against the others."""
    shown = listed(data / "appliances", "catalog")
    return leaving_out("appliances, another colour", "the appliance in another colour", shown, work)


def appliances_phone(data: Path, work: Path) -> Trial:
    """Phone-like photographs made of each picture, which stays in the gallery."""
    shown = listed(data / "appliances", "catalog")
    return trial("appliances, phone-like", "the appliance", shown, shown, work, change=photographed)


def signs_designs(data: Path, work: Path) -> Trial:
    """Each design of a kind against the others."""
    shown = listed(data / "signs", "catalog")
    return leaving_out("signs, another design", "the kind of sign in another design", shown, work)


def signs_phone(data: Path, work: Path) -> Trial:
    """Phone-like photographs of 300 designs; all designs are in the gallery."""
    shown = listed(data / "signs", "catalog")
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(shown))[:300]).tolist()
    asked = [shown[place] for place in chosen]
    return trial("signs, phone-like", "the kind of sign", shown, asked, work, change=photographed)


def drawn(_: Path, work: Path) -> Trial:
    """The drawn catalogue and its photographs."""
    folder = work / "drawn"
    if not (folder / "catalog.csv").exists():
        draw_catalogue(folder, seed=7, n_products=150, n_queries=300, n_scenes=0)
    return trial("drawn catalogue", "the product", listed(folder, "catalog"), listed(folder, "queries"), work)


def clothing(data: Path, work: Path) -> Trial:
    """300 of 1,200 photographs against the others: is what comes first of the same category?"""
    rows = table(data / "clothing" / "items.csv")
    rows = [row for row in rows if row["category"] not in ("Not sure", "Other", "Skip", "")]
    drawn_rows = np.sort(np.random.default_rng(SEED).permutation(len(rows))[:1_200])
    rows = [rows[place] for place in drawn_rows.tolist()]
    looks = looks_of([data / "clothing" / row["image"] for row in rows], work / "clothing.npz", asked=True)
    names = [row["product_id"] for row in rows]
    members: dict[str, set[str]] = {}
    for row in rows:
        members.setdefault(row["category"], set()).add(row["product_id"])
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(rows))[:300])
    return Trial(
        "clothing, category",
        "photographs of the same category",
        looks.of(chosen),
        looks,
        names,
        [frozenset(members[rows[place]["category"]] - {names[place]}) for place in chosen.tolist()],
        [rows[place]["category"] for place in chosen.tolist()],
        chosen.astype(np.int64),
    )


def photographed(pixels: Pixels, number: int) -> Pixels:
    """As a phone would take it."""
    return phone_photograph(pixels, np.random.default_rng([SEED, number]))


def listed(folder: Path, name: str) -> list[tuple[str, Path]]:
    """Product and picture of every picture of a table."""
    return [
        (row["product_id"], folder / image)
        for row in table(folder / f"{name}.csv")
        for image in row["image"].split("|")
        if image
    ]


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def trial(
    name: str,
    about: str,
    shown: Pictures,
    asked: Pictures,
    work: Path,
    *,
    change: Callable[[Pixels, int], Pixels] | None = None,
) -> Trial:
    """Questions with one right product each."""
    stem = name.replace(" ", "-").replace(",", "")
    return Trial(
        name,
        about,
        looks_of([path for _, path in asked], work / f"{stem}-queries.npz", change, asked=True),
        looks_of([path for _, path in shown], work / f"{stem}-gallery.npz"),
        [product for product, _ in shown],
        [frozenset([product]) for product, _ in asked],
        [product for product, _ in asked],
        np.full(len(asked), -1, dtype=np.int64),
    )


def leaving_out(name: str, about: str, shown: Pictures, work: Path) -> Trial:
    """Every picture whose product has another one asks for that."""
    stem = name.replace(" ", "-").replace(",", "")
    looks = looks_of([path for _, path in shown], work / f"{stem}-gallery.npz", asked=True)
    products = [product for product, _ in shown]
    counts = {product: products.count(product) for product in set(products)}
    chosen = np.asarray([row for row, product in enumerate(products) if counts[product] > 1], dtype=np.int64)
    if len(chosen) > 600:
        chosen = np.sort(np.random.default_rng(SEED).permutation(chosen)[:600])
    return Trial(
        name,
        about,
        looks.of(chosen),
        looks,
        products,
        [frozenset([products[row]]) for row in chosen.tolist()],
        [products[row] for row in chosen.tolist()],
        chosen,
    )


def looks_of(
    paths: Sequence[Path], kept: Path, change: Callable[[Pixels, int], Pixels] | None = None, *, asked: bool = False
) -> Looks:
    """What the packaged model makes of these pictures: its feature map gives both the vector and the cells.

    What is `asked` is seen in other views too.
    """
    made_by = f"{asked} {' '.join(QUERY_VIEWS)} {MIDDLE_SHARE}"
    if kept.exists():
        with np.load(kept) as stored:
            if "made_by" in stored and str(stored["made_by"]) == made_by:
                return Looks(stored["vectors"], stored["cells"], stored["views"])
    embedder = open_embedder(None, runtime="onnxruntime", precision="fp32", threads=1)
    description = embedder.description
    matrix, offset = embedder.projection()
    vectors: list[NDArray[np.float32]] = []
    cells: list[NDArray[np.float16]] = []
    views: list[NDArray[np.float32]] = []
    for start in range(0, len(paths), AT_ONCE):
        squares: list[Pixels] = []
        others: list[Pixels] = []
        for number, path in enumerate(paths[start : start + AT_ONCE], start):
            pixels = decode(path.read_bytes(), shorter_side_pixels=description.preprocessing.decode_side_pixels).pixels
            shown = pixels if change is None else change(pixels, number)
            squares.append(description.preprocessing.apply(shown))
            others += [description.preprocessing.apply(see(shown)) for see in QUERY_VIEWS.values()] if asked else []
        maps = embedder.features(np.stack(squares), [description.map])[description.map]
        projected = np.einsum("nchw,dc->nhwd", maps, matrix, optimize=True) + offset
        whole = projected.mean(axis=(1, 2))  # the model's pooling is the mean
        vectors.append((whole * head_gains(whole, description.heads)).astype(np.float32))
        rows = projected.reshape(-1, projected.shape[-1])
        units = np.nan_to_num(rows * head_gains(rows, description.heads), posinf=0.0, neginf=0.0)
        cells.append(units.reshape(projected.shape).astype(np.float16))
        seen = embedder.embed(np.stack(others)) if others else np.empty((0, description.dimension), np.float32)
        views.append(seen.reshape(len(squares), -1, description.dimension))
    looks = Looks(np.concatenate(vectors), np.concatenate(cells), np.concatenate(views))
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(kept, vectors=looks.vectors, cells=looks.cells, views=looks.views, made_by=made_by)
    return looks


if __name__ == "__main__":
    main()
