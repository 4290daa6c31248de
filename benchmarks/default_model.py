"""Is the packaged model better than the ImageNet model that it was trained from, and is it worse anywhere?

Both embed the same pictures in one run; every difference is paired, query by query, with products as clusters.

- ``grocery withheld``: shop photographs of the 27 products that nothing was trained on, against all 81 product pages.
- ``grocery withheld, own``: the same against the pages of those 27 only: no page that was trained on stands in the way.
- ``grocery val``: photographs that were not trained on, of all products, 54 of which were trained on.
- ``appliances``, ``signs``: each picture against all others; right is the same product.
- ``clothing``: each picture against all others; right is the same category; recall@1 and precision@10.
- ``… distorted``: each of a sample of pictures as a phone might have taken it, against all pictures as they are; right
  is the same picture. Appliances, signs and clothing were trained on, as pictures: only ``withheld`` tells of new ones.

    python scripts/export_default_model.py --data DIR --out INITIAL
    python benchmarks/default_model.py --data DIR --initial INITIAL
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from lookalike.embed.opening import open_embedder
from lookalike.evaluate.comparison import compare, holm
from lookalike.evaluate.intervals import jackknife_mean
from result import Headline, write_result

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

SEED = 20261125
N_DISTORTED = 600


def embedded(squares: np.ndarray, model: Path | None) -> np.ndarray:
    embedder = open_embedder(model, threads=1)
    chunks = [squares[start : start + 16] for start in range(0, len(squares), 16)]
    with ThreadPoolExecutor(2) as workers:
        return np.concatenate(list(workers.map(embedder.embed, chunks)))


def main() -> None:
    from fitting_pictures import withheld_products
    from training_pictures import Picture, pictures
    from varied_views import another_view, load

    given = arguments()
    generator = np.random.default_rng(SEED)
    listed = pictures(given.data)
    withheld = withheld_products(given.data)
    preprocessing = open_embedder().description.preprocessing
    images = {i: load(one.path) for i, one in enumerate(listed) if one.origin in ("appliances", "signs", "clothing")}

    def square(i: int) -> np.ndarray:
        return preprocessing.apply(np.asarray(images[i] if i in images else load(listed[i].path)))

    wanted = [i for i, one in enumerate(listed) if one.origin != "photo" or one.product in withheld]
    with ThreadPoolExecutor(2) as workers:
        plain = np.stack(list(workers.map(square, wanted)))
    row_of = {i: row for row, i in enumerate(wanted)}
    backgrounds = [
        load(listed[i].path) for i in generator.choice([i for i in wanted if listed[i].origin == "val"], 60, False)
    ]
    distorted: list[int] = []
    for origin in ("appliances", "signs", "clothing"):
        members = [i for i in wanted if listed[i].origin == origin]
        distorted += list(generator.choice(members, min(N_DISTORTED, len(members)), replace=False))
    views = np.stack([another_view(images[i], np.random.default_rng([SEED, i]), backgrounds) for i in distorted])
    models: dict[str, Path | None] = {"packaged": given.model, "imagenet": given.initial}
    vectors = {name: embedded(plain, model) for name, model in models.items()}
    distorted_vectors = {name: embedded(views, model) for name, model in models.items()}

    def rows(keep: object) -> np.ndarray:
        assert callable(keep)
        return np.array([row_of[i] for i in wanted if keep(listed[i])])

    def hits(name: str, queries: np.ndarray, gallery: np.ndarray, labels: np.ndarray, k: int = 1) -> np.ndarray:
        similarities = vectors[name][queries] @ vectors[name][gallery].T
        similarities[queries[:, None] == gallery[None, :]] = -np.inf
        nearest = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
        return (labels[gallery[nearest]] == labels[queries][:, None]).mean(axis=1)

    product = np.array([listed[i].product for i in wanted])
    category = np.array([category_of(given.data).get(one, one) for one in product])
    tasks: dict[str, tuple[list[np.ndarray], np.ndarray]] = {}

    def add(task: str, queries: np.ndarray, gallery: np.ndarray, labels: np.ndarray, clusters: np.ndarray, k: int = 1):
        tasks[task] = ([hits(name, queries, gallery, labels, k) for name in models], clusters[queries])

    def is_withheld(one: Picture) -> bool:
        return one.origin in ("photo", "val") and one.product in withheld

    pages = rows(lambda one: one.origin == "page")
    own = rows(lambda one: one.origin == "page" and one.product in withheld)
    val = rows(lambda one: one.origin == "val")
    add("grocery withheld", rows(is_withheld), pages, product, product)
    add("grocery withheld, own", rows(is_withheld), own, product, product)
    add("grocery val", val, pages, product, product)
    for origin in ("appliances", "signs"):
        members = rows(lambda one, origin=origin: one.origin == origin)
        names, counts = np.unique(product[members], return_counts=True)
        several = members[np.isin(product[members], names[counts > 1])]
        add(origin, several, members, product, product)
    clothing = rows(lambda one: one.origin == "clothing")
    picture = np.arange(len(wanted))
    add("clothing category", clothing, clothing, category, picture)
    add("clothing category precision@10", clothing, clothing, category, picture, 10)
    for origin in ("appliances", "signs", "clothing"):
        members = rows(lambda one, origin=origin: one.origin == origin)
        of_origin = [n for n, i in enumerate(distorted) if listed[i].origin == origin]
        right = np.array([row_of[distorted[n]] for n in of_origin])
        found = [
            (members[np.argmax(distorted_vectors[name][of_origin] @ vectors[name][members].T, axis=1)] == right).astype(
                np.float64
            )
            for name in models
        ]
        tasks[f"{origin} distorted"] = (found, product[right])

    figures: dict[str, object] = {}
    comparisons = {
        task: compare(*outcomes, list(clusters), generator=generator) for task, (outcomes, clusters) in tasks.items()
    }
    adjusted = dict(zip(comparisons, holm([one.p_value for one in comparisons.values()]), strict=True))
    for task, (outcomes, clusters) in tasks.items():
        difference = comparisons[task].difference
        figures[task] = {
            "queries": len(clusters),
            "clusters": len(set(clusters)),
            **{
                name: interval_of(jackknife_mean(outcome, list(clusters)))
                for name, outcome in zip(models, outcomes, strict=True)
            },
            "difference": interval_of(difference),
            "p_value_holm": adjusted[task],
        }
        print(f"{task:34s} {figures[task]}")
    main_task = comparisons["grocery withheld"].difference
    ours, theirs = (float(np.mean(outcome)) for outcome in tasks["grocery withheld"][0])
    write_result(
        "default_model",
        figures=figures,
        headlines=[
            Headline(
                "Packaged model, photograph to page, products it never saw",
                "内置模型：未见过的商品，照片到商品页",
                f"recall@1 {ours:.2f} (ImageNet {theirs:.2f}; difference {main_task.value:+.2f} "
                f"[{main_task.low:+.2f}, {main_task.high:+.2f}])",
            )
        ],
        seed=SEED,
        n=len(tasks["grocery withheld"][1]),
        data="grocery, appliances, signs, clothing",
        distributions=("numpy", "onnxruntime", "pillow"),
        out=given.out,
    )


def interval_of(interval: object) -> dict[str, float]:
    return {name: float(getattr(interval, name)) for name in ("value", "low", "high")}


def category_of(data: Path) -> dict[str, str]:
    from fitting_pictures import rows

    return {row["product_id"]: row["category"] for row in rows(data / "clothing/items.csv")}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with clothing, grocery, appliances, signs")
    parser.add_argument("--initial", type=Path, required=True, help="folder of the ImageNet model")
    parser.add_argument("--model", type=Path, help="another model than the packaged one")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
