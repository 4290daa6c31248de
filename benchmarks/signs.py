"""Do small, blurred and dark signs find their drawing, and what does the recipe `signs` gain over the default?

The catalogue is every pictogram of the data set, and beside it the mirror image of each that would be another sign: a
left arrow is not a right arrow. Photographs come from `sign_photographs`, which shares nothing with training. Every
model is indexed and asked as a user would; a query is one search for one image.

Intervals: 95%, leaving out one kind of sign at a time; gains are paired, query by query.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import lookalike
from lookalike.evaluate.intervals import Interval, jackknife_mean
from result import Headline, write_result
from sign_photographs import CONDITIONS, Photographer, mirrored, mirrors_another

SEED = 11


def main() -> None:
    """Measure the default and a trained model, or train one first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with signs/ and clothing/")
    parser.add_argument("--work", type=Path, required=True, help="folder for photographs and stores")
    parser.add_argument("--model", type=Path, help="folder of a model that the recipe has made; trained if absent")
    parser.add_argument("--photographs", type=int, default=100, help="of each condition")
    given = parser.parse_args()
    work: Path = given.work
    work.mkdir(parents=True, exist_ok=True)
    rows = list(csv.DictReader((given.data / "signs" / "catalog.csv").open(encoding="utf-8")))
    paths = [given.data / "signs" / row["image"] for row in rows]
    catalogue = written_catalogue(work, rows, paths)
    seconds = None
    model = given.model
    if model is None:
        model, started = work / "model", time.perf_counter()
        command(["train", str(given.data / "signs" / "catalog.csv"), "--recipe", "signs", "--out", str(model)])
        seconds = round(time.perf_counter() - started, 1)
    queries = photographed(work, rows, paths, given.data, given.photographs)
    answers = {
        name: asked(work / f"store-{name}", catalogue, chosen, queries)
        for name, chosen in (("default", None), ("recipe", model))
    }
    figures = {"training_seconds": seconds, "mirror_images": sum(1 for _ in catalogue.open()) - 1 - len(rows)}
    for what, column, place in (("kind", "product_id", 0), ("design", "variant_id", 1)):
        figures[what] = table(queries, rows, column, {name: found[:, place] for name, found in answers.items()})
    kind, design = figures["kind"]["all"], figures["design"]["all"]
    write_result(
        "signs",
        figures=figures,
        headlines=[
            Headline(
                "road signs, small, blurred, dark: kind right at rank 1, default → recipe `signs`",
                "小、模糊、夜间的交通标志：首位种类正确率，默认 → `signs` 方案",
                f"{kind['default']['value']:.2f} → {kind['recipe']['value']:.2f}",
                front=False,
            ),
            Headline(
                "road signs: exact design right at rank 1, default → recipe `signs`",
                "交通标志：首位样式完全正确率，默认 → `signs` 方案",
                f"{design['default']['value']:.2f} → {design['recipe']['value']:.2f}",
                front=False,
            ),
        ],
        seed=SEED,
        n=len(queries),
        data="signs: 1,543 pictograms of 900 kinds, and mirror images",
        distributions=("numpy", "onnxruntime", "pillow", "torch"),
    )


def written_catalogue(work: Path, rows: list[dict[str, str]], paths: list[Path]) -> Path:
    """The catalogue with mirror images of signs that have none of their own in it, as products of their own."""
    folder = work / "mirrors"
    folder.mkdir(exist_ok=True)
    out = work / "catalog.csv"
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "variant_id", "title", "image"])
        for row, path, has in zip(rows, paths, mirrors_another(paths), strict=True):
            writer.writerow([row["product_id"], row["variant_id"], row["title"], path])
            if not has:
                place = folder / path.name
                mirrored(path).save(place)
                writer.writerow([f"mirror of {row['product_id']}", f"mirror of {row['variant_id']}", "", place])
    return out


def photographed(
    work: Path, rows: list[dict[str, str]], paths: list[Path], data: Path, n: int
) -> list[tuple[Path, int, str]]:
    """File, row of the sign and condition of every photograph; those that are there are not taken again."""
    scenery = sorted((data / "clothing").rglob("*.jpg"))[:300]
    photographer = Photographer(paths, scenery)
    folder = work / "photographs"
    folder.mkdir(exist_ok=True)
    queries: list[tuple[Path, int, str]] = []
    for place, (name, condition) in enumerate(CONDITIONS.items()):
        chosen = np.random.default_rng([SEED, place]).choice(len(rows), n, replace=False)
        for row in chosen.tolist():
            file = folder / f"{place}-{row}.png"
            if not file.exists():
                rng = np.random.default_rng([SEED, place, row])
                photographer.photograph(paths[row], condition, rng).save(file)
            queries.append((file, row, name))
    return queries


def asked(store: Path, catalogue: Path, model: Path | None, queries: list[tuple[Path, int, str]]) -> np.ndarray:
    """First hit's product and variant of every query."""
    if not store.exists():
        command(["index", str(catalogue), "--store", str(store), *([] if model is None else ["--model", str(model)])])
    found: list[tuple[str, str]] = []
    with lookalike.open(store) as shop:
        for file, _, _ in queries:
            hit = shop.search(file, by="image", k=1).hits[0]
            found.append((hit.product_id, hit.variant_id or ""))
    return np.array(found)


def command(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "lookalike", *arguments], check=True)


def table(
    queries: list[tuple[Path, int, str]], rows: list[dict[str, str]], column: str, found: dict[str, np.ndarray]
) -> dict[str, dict[str, dict[str, float]]]:
    """Recall@1 of each model and the gain, over all photographs and for each condition."""
    kinds = [rows[row]["product_id"] for _, row, _ in queries]
    right = {
        name: np.array([float(answer == rows[row][column]) for answer, (_, row, _) in zip(given, queries, strict=True)])
        for name, given in found.items()
    }
    told: dict[str, dict[str, dict[str, float]]] = {}
    for condition in ("all", *CONDITIONS):
        chosen = [place for place, (_, _, name) in enumerate(queries) if condition in ("all", name)]
        clusters = [kinds[place] for place in chosen]
        told[condition] = {
            **{name: rounded(jackknife_mean(values[chosen], clusters)) for name, values in right.items()},
            "gain": gained(right["recipe"][chosen] - right["default"][chosen], clusters),
        }
    return told


def gained(differences: np.ndarray, clusters: list[str]) -> dict[str, float]:
    """The mean of differences from -1 to 1, by way of shares from 0 to 1."""
    halves = jackknife_mean((differences + 1) / 2, clusters)
    return {name: round(2 * getattr(halves, name) - 1, 4) for name in ("value", "low", "high")}


def rounded(interval: Interval) -> dict[str, float]:
    return {"value": round(interval.value, 4), "low": round(interval.low, 4), "high": round(interval.high, 4)}


if __name__ == "__main__":
    main()
