"""Is "this in cream, under 80" understood: every wish applied or disclosed, and the right variant first?

python benchmarks/composed.py [--data DIR] [--drawn FOLDER] [--first 120] [--n 150] [--seed 29] [--out FILE]

Questions are made by `composed_queries.py`, which knows nothing of how they are read. Beside the words stands a picture
of the product in whatever colour: of appliances a distorted one, of drawn products a photograph in a room, from a
viewpoint that the catalogue does not have. A wish is *applied* where the answer tells the very condition, *disclosed*
where it tells that it could not be mapped (or that nothing in the catalogue is like the word), else *lost*. It is
right where the first hit is a variant that has all that the catalogue knows of what was asked for. `FOLDER` is one that
`lookalike demo` or `draw_catalogue` wrote; without it one of 300 products is drawn.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import lookalike
from composed_queries import Composed, Wish, composed
from lookalike.engine.engine import Engine
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.images.decode import decode
from lookalike.search.answer import Answer
from lookalike.sources.drawn.catalogue import draw_catalogue
from result import Headline, write_result
from variant_queries import drawn_subset, photographed

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def is_applied(answer: Answer, wish: Wish) -> bool:
    """Whether the answer tells the very condition."""
    for condition in answer.understood:
        if condition.column != wish.column:
            continue
        if wish.operator in ("=", "!="):
            if condition.operator == wish.operator and wish.values[0] in condition.values:
                return True
        elif condition.operator.startswith(wish.operator):
            told, meant = ([float(str(value)) for value in values] for values in (condition.values, wish.values))
            if np.allclose(told, meant):
                return True
    return False


def is_disclosed(answer: Answer, wish: Wish) -> bool:
    """Whether the answer tells that some of the words could not be used."""
    told = " ".join([*answer.unmapped, *answer.unknown, *answer.corrected]).casefold().split()
    return any(word in told for word in wish.text.casefold().replace("<", " ").split())


def ask(engine: Engine, questions: Sequence[tuple[Composed, bytes]]) -> dict[str, object]:
    """Everything of one catalogue."""
    wishes: dict[str, Counter[str]] = {}
    misread: list[dict[str, object]] = []
    first, product, spurious = [], [], 0
    for question, picture in questions:
        answer = engine.search(picture, text=question.text, k=10, by="variant")
        hit = answer.hits[0] if answer.hits else None
        first.append(hit is not None and hit.variant_id in question.answers)
        product.append(hit is not None and hit.product_id == question.shown["product_id"])
        lost: list[str] = []
        for wish in question.wishes:
            if wish.column and is_applied(answer, wish):
                outcome = "applied"
            elif is_disclosed(answer, wish):
                outcome = "disclosed"
            else:
                outcome = "lost"
                lost.append(wish.text)
            wishes.setdefault(wish.kind, Counter())[outcome] += 1
        invented = [
            condition.as_dict()
            for condition in answer.understood
            if not any(wish.column == condition.column for wish in question.wishes)
        ]
        spurious += bool(invented)
        if lost or invented:
            misread.append({"text": question.text, "lost": lost, "invented": invented})
    clusters = [question.shown["product_id"] for question, _ in questions]
    return {
        "queries": len(questions),
        "recall@1": _interval(first, clusters),
        "product@1": _interval(product, clusters),
        "wishes": {kind: dict(counts) for kind, counts in sorted(wishes.items())},
        "invented": spurious,
        "misread": misread,
    }


def _interval(values: Sequence[bool], clusters: Sequence[str]) -> dict[str, float]:
    told = jackknife_mean(np.asarray(values, dtype=np.float64), clusters)
    return {"value": round(told.value, 4), "low": round(told.low, 4), "high": round(told.high, 4)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--drawn", type=Path)
    parser.add_argument("--first", type=int, default=120)
    parser.add_argument("--n", type=int, default=150)
    parser.add_argument("--seed", type=int, default=29)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        rows = read(given.data / "appliances" / "catalog.csv")
        pictures = {
            row["variant_id"]: decode((given.data / "appliances" / row["image"]).read_bytes(), shorter_side_pixels=320)
            for row in rows
        }
        questions = [
            (one, photographed(pictures[one.shown["variant_id"]].pixels, np.random.default_rng([given.seed, number])))
            for number, one in enumerate(composed(rows, given.n, np.random.default_rng(given.seed)))
        ]
        with lookalike.open(work / "appliances") as engine:
            engine.index(given.data / "appliances" / "catalog.csv")
            figures["appliances"] = ask(engine, questions)
        print(figures["appliances"], flush=True)
        folder = given.drawn or draw_catalogue(work / "drawn", n_products=300, n_queries=900, n_scenes=0).folder
        listed, taken = drawn_subset(folder, given.first, work / "drawn-part")
        rng = np.random.default_rng(given.seed + 1)
        questions = []
        for one in composed(read(listed), given.n, rng, taken.keys()):
            photographs = taken[one.shown["variant_id"]]
            questions.append((one, photographs[int(rng.integers(len(photographs)))].read_bytes()))
        with lookalike.open(work / "drawn-store") as engine:
            engine.index(listed)
            figures["drawn"] = ask(engine, questions)
        print(figures["drawn"], flush=True)
    told = figures["drawn"]
    assert isinstance(told, dict)
    value = told["recall@1"]["value"]
    headline = Headline(
        "Picture and words: the right variant first (drawn)",
        "图片加文字:首位即正确款式(绘制)",
        f"{value:.3f}",
        front=False,
    )
    write_result(
        "composed", figures=figures, headlines=[headline], seed=given.seed, n=2 * given.n,
        data="appliances, drawn catalogue",
        out=given.out,
    )  # fmt: skip


if __name__ == "__main__":
    main()
