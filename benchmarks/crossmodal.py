"""Do words find pictures of products that say nothing of themselves?

python benchmarks/crossmodal.py [--data DIR] [--train 260] [--photographs 148] [--seed 5] [--out FILE]

Titles are hidden: what is asked for is a category, what is searched are vectors of pictures. (a) needs nothing but
the packaged model: classes near the question, as `lookalike.search.words.depicted` weighs them. (b) is an alignment
learned from pictures with words of *other* categories, hence other products, in three turns so that each category is
asked for once; only pictures of categories that were not learned from are searched, for (a), (b) and chance alike.
Precision and recall at 10 are means over categories, their intervals over categories too; chance is a random order.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.sentence import sentence
from lookalike.embed.concepts import concepts_of
from lookalike.embed.opening import open_embedder
from lookalike.embed.text import open_text_encoder
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.images.seen import see
from lookalike.search.alignment import align
from lookalike.search.words.depicted import concept_direction
from result import Headline, write_result

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
TURNS = 3
K = 10


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Pictures, what each shows, and what its product would say."""

    name: str
    vectors: np.ndarray
    categories: tuple[str, ...]
    sentences: tuple[str, ...]
    is_searched: np.ndarray


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def embedded(paths: Sequence[Path]) -> np.ndarray:
    """Vectors of pictures, by the packaged model."""
    embedder = open_embedder("lite0")
    preprocessing = embedder.description.preprocessing
    rows: list[np.ndarray] = []
    for start in range(0, len(paths), 16):
        squares = [see(path.read_bytes(), preprocessing).square for path in paths[start : start + 16]]
        rows.append(embedder.embed(np.stack(squares)))
    return np.concatenate(rows)


def spoken(category: str) -> str:
    """What a shopper would type for it: the last part of a path."""
    return category.rpartition("/")[2].lower()


def appliances(data: Path) -> Shelf:
    """Every picture is searched, and learned from in the turns of other categories."""
    rows = read(data / "appliances" / "catalog.csv")
    return Shelf(
        "appliances",
        embedded([data / "appliances" / row["image"] for row in rows]),
        tuple(spoken(row["category"]) for row in rows),
        tuple(sentence(row) for row in rows),
        np.ones(len(rows), bool),
    )


def grocery(data: Path, n_train: int, n_photographs: int, rng: np.random.Generator) -> Shelf:
    """Validation photographs are searched; pages and some training photographs are learned from."""
    folder = data / "grocery"
    products = {row["product_id"]: row for row in read(folder / "catalog.csv")}
    val, train = read(folder / "val.csv"), read(folder / "train.csv")
    val = [val[int(place)] for place in rng.permutation(len(val))[:n_photographs]]
    train = [train[int(place)] for place in rng.permutation(len(train))[:n_train]]
    rows = [*val, *train, *products.values()]
    return Shelf(
        "grocery",
        embedded([folder / row["image"] for row in rows]),
        tuple(spoken(products[row["product_id"]]["category"]) for row in rows),
        tuple(sentence(products[row["product_id"]]) for row in rows),
        np.arange(len(rows)) < len(val),
    )


def figures(shelf: Shelf, encode: Callable[[Sequence[str]], np.ndarray], rng: np.random.Generator) -> dict[str, object]:
    """Precision and recall of every way."""
    concepts = concepts_of(open_embedder("lite0").description.fingerprint)
    assert concepts is not None
    names, said = encode(concepts.names), encode(shelf.sentences)
    categories = np.array(shelf.categories)
    asked = sorted(set(categories[shelf.is_searched]))
    turn_of = dict(zip(asked, rng.permutation(len(asked)) % TURNS, strict=True))
    questions = dict(zip(asked, encode(asked), strict=True))
    scores: dict[str, list[tuple[float, float]]] = {"concepts": [], "alignment": [], "both": [], "chance": []}
    for turn in range(TURNS):
        is_held = np.array([turn_of.get(name, turn) == turn for name in categories])
        learned = align(said[~is_held], shelf.vectors[~is_held], text_fingerprint="", fingerprint="")
        searched = np.flatnonzero(is_held & shelf.is_searched)
        vectors, shown = shelf.vectors[searched], categories[searched]
        for name in (one for one in asked if turn_of[one] == turn):
            zero_shot = concept_direction(questions[name], names, concepts)
            aligned = learned.direction(questions[name])
            is_right = shown == name
            scores["concepts"].append(_at_ten(vectors @ zero_shot, is_right))
            scores["alignment"].append(_at_ten(vectors @ aligned, is_right))
            scores["both"].append(_at_ten(vectors @ (zero_shot + aligned), is_right))
            scores["chance"].append((float(is_right.mean()), min(1.0, K / len(is_right))))
    told: dict[str, object] = {"pictures": int(shelf.is_searched.sum()), "categories": len(asked)}
    for way, found in scores.items():
        told[way] = {
            "precision@10": _interval([pair[0] for pair in found]),
            "recall@10": _interval([pair[1] for pair in found]),
        }
    return told


def _at_ten(score: np.ndarray, is_right: np.ndarray) -> tuple[float, float]:
    first = is_right[np.argsort(-score, kind="stable")[:K]]
    return float(first.sum() / min(K, len(is_right))), float(first.sum() / is_right.sum())


def _interval(values: Sequence[float]) -> dict[str, float]:
    told = jackknife_mean(np.asarray(values, dtype=np.float64), list(range(len(values))))
    return {"value": round(told.value, 4), "low": round(told.low, 4), "high": round(told.high, 4)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--train", type=int, default=260)
    parser.add_argument("--photographs", type=int, default=148)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    encoder = open_text_encoder()
    rng = np.random.default_rng(given.seed)
    shelves = (appliances(given.data), grocery(given.data, given.train, given.photographs, rng))
    told = {shelf.name: figures(shelf, encoder.encode, rng) for shelf in shelves}
    print(told)
    lines: list[Headline] = []
    for name, chinese in (("appliances", "家电"), ("grocery", "食品杂货")):
        found = told[name]
        value = " / ".join(f"{_value(found, way):.3f}" for way in ("concepts", "alignment", "both", "chance"))
        lines.append(
            Headline(
                f"Titles hidden, precision@10 of a category's name: zero-shot / aligned / both / chance ({name})",
                f"隐藏标题,按类别名称的 precision@10:零样本 / 对齐 / 两者 / 随机({chinese})",
                value,
                front=False,
            )
        )
    write_result(
        "crossmodal",
        figures=told,
        headlines=lines,
        seed=given.seed,
        n=sum(int(shelf.is_searched.sum()) for shelf in shelves),
        data="Grocery Store Dataset; household appliances",
        out=given.out,
    )


def _value(found: dict[str, object], way: str) -> float:
    told = found[way]
    assert isinstance(told, dict)
    return float(told["precision@10"]["value"])


if __name__ == "__main__":
    main()
