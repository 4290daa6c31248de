"""Are the maps of explanations right, and are they right more often than grad-cam's?

python benchmarks/explanations.py --data DIR --drawn DIR [--queries N] [--out FILE]

Queries against the picture of their right product: the grocery validation photographs against the catalogue's pages
(and against their first hit, which is what a page explains), and drawn photographs against drawn products. For each:
what the similarity loses when the highest 20% of a map is deleted, the areas under deletion and insertion curves, and
on drawn photographs, whose masks are known, the share of the map on the object. Maps are the exact one, spread over
what a cell looks at (exact) and not (bare), the bare one less what every other product of the catalogue would give
(contrastive), grad-cam of the same layer, and chance; with --covering also that of a model whose embedding cannot be
split (covered), which the packaged one is taken for. Intervals leave out one product at a time.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.embed import open_embedder
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.explain.match import match
from lookalike.explain.parts import pair_parts
from lookalike.explain.scoring import faithfulness, map_likeness, object_share
from lookalike.explain.split import Split, split_by_occlusion, split_pictures
from lookalike.images.seen import Seen, see
from result import Headline, write_result

SEED = 20
SHARES = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)
DELETED = 0.2
SMALL = 0.5


@dataclass(frozen=True)
class Case:
    """A query, the product that it shows, and where in the photograph the product is, if that is known."""

    product: str
    seen: Seen
    mask: np.ndarray | None


@dataclass(frozen=True)
class Catalogue:
    """Pictures of products by id, each split."""

    name: str
    pictures: dict[str, list[tuple[np.ndarray, Split]]]
    cases: list[Case]


def grocery(folder: Path, embedder, limit: int) -> Catalogue:
    """Validation photographs of shops against the catalogue's pages."""
    apply = embedder.description.preprocessing
    pictures: dict[str, list[tuple[np.ndarray, Split]]] = defaultdict(list)
    with (folder / "catalog.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for image in row["image"].split("|"):
                square = see((folder / image).read_bytes(), apply).square
                pictures[row["product_id"]].append((square, *split_pictures(embedder, [square])))
    with (folder / "val.csv").open(newline="", encoding="utf-8") as file:
        rows = chosen(list(csv.DictReader(file)), limit)
    cases = [Case(row["product_id"], see((folder / row["image"]).read_bytes(), apply), None) for row in rows]
    return Catalogue("grocery", pictures, cases)


def drawn(folder: Path, embedder, limit: int) -> Catalogue:
    """Drawn photographs, with their masks, against the first variant's pictures of drawn products."""
    preprocessing = embedder.description.preprocessing
    pictures: dict[str, list[tuple[np.ndarray, Split]]] = defaultdict(list)
    with (folder / "queries.csv").open(newline="", encoding="utf-8") as file:
        rows = chosen(list(csv.DictReader(file)), limit)
    asked = {row["product_id"] for row in rows}
    with (folder / "catalog.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["product_id"] in asked:
                for image in row["image"].split("|"):
                    square = see((folder / image).read_bytes(), preprocessing).square
                    pictures[row["product_id"]].append((square, *split_pictures(embedder, [square])))
    cases = []
    for row in rows:
        with Image.open(folder / row["mask"]) as file:
            mask = np.repeat(np.asarray(file.convert("L"))[..., None], 3, axis=2)
        covered = preprocessing.apply(np.ascontiguousarray(mask))[..., 0] >= 128
        cases.append(Case(row["product_id"], see((folder / row["image"]).read_bytes(), preprocessing), covered))
    return Catalogue("drawn", pictures, cases)


def chosen(rows: list[dict[str, str]], limit: int) -> list[dict[str, str]]:
    """At most `limit` rows, by chance but the same ones each time."""
    order = np.random.default_rng(SEED).permutation(len(rows))[:limit]
    return [rows[place] for place in sorted(order)]


def maps(
    query: Split, right: Split, others: np.ndarray, net, case: Case, rng, more: bool, covered: Split | None
) -> Iterator[tuple[str, np.ndarray]]:
    """Every method's map of one query."""
    matrix = match(query, right)
    yield "exact", matrix.query_map
    yield "bare", matrix.terms.sum(axis=1).reshape(matrix.query_shape)
    yield "contrastive", (query.terms @ (right.whole - others)).reshape(query.rows, query.columns)
    # The gradient of the cosine pulls back what the query has in common with itself; grad-cam has that, we do not.
    if net is not None:
        from lookalike.probe import gradient_map

        vector = right.whole.astype(np.float32)
        yield "grad-cam", gradient_map(net, case.seen.square, vector)
        if more:
            yield "grad-cam, signed", gradient_map(net, case.seen.square, vector, signed=True)
            yield "grad-cam at 14 x 14", gradient_map(net, case.seen.square, vector, tensor="stage14")
    if covered is not None:
        yield "covered", match(covered, right).query_map
    yield "chance", rng.normal(size=(query.rows, query.columns))


def best(query: Split, pictures: list[tuple[np.ndarray, Split]]) -> tuple[np.ndarray, Split]:
    """The picture that is most alike."""
    return max(pictures, key=lambda each: float(each[1].whole @ query.whole))


def found(query: Split, catalogue: Catalogue) -> str:
    """The product that is most alike."""
    return max(catalogue.pictures, key=lambda name: float(best(query, catalogue.pictures[name])[1].whole @ query.whole))


def measure(catalogue: Catalogue, embedder, net, rng, *, hits: bool, more: bool, covering: bool) -> dict[str, object]:
    """Scores of all methods over all queries of one catalogue."""
    wholes = {name: np.mean([split.whole for _, split in own], axis=0) for name, own in catalogue.pictures.items()}
    everyone = np.mean(list(wholes.values()), axis=0)
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    clusters, areas, similarities, adding, explaining = [], [], [], [], []
    for case in catalogue.cases:
        (query,) = split_pictures(embedder, [case.seen.square])
        product = found(query, catalogue) if hits else case.product
        right = best(query, catalogue.pictures[product])[1]
        began = time.perf_counter()
        matrix = match(query, right)
        pair_parts(matrix)
        explaining.append((time.perf_counter() - began) * 1e3)
        adding.append(abs(matrix.remainder))
        similarities.append(matrix.similarity)
        clusters.append(case.product)
        n = len(wholes)
        others = (everyone * n - wholes[product]) / (n - 1)
        vector = right.whole.astype(np.float32)
        if case.mask is not None:
            areas.append(float(case.mask.mean()))
        covered = split_by_occlusion(embedder, case.seen.square) if covering else None
        for method, values in maps(query, right, others, net, case, rng, more, covered):
            values = values.astype(np.float64)
            mine = scores[method]
            for baseline in ("blur", "mean"):
                shares = SHARES if baseline == "blur" else (0.0, DELETED, 1.0)
                curve = faithfulness(embedder, case.seen.square, vector, values, shares=shares, baseline=baseline)
                mine[f"drop_{baseline}"].append(curve.drop(DELETED))
                if baseline == "blur":
                    mine["deletion_area_blur"].append(curve.deletion_area)
                    mine["insertion_area_blur"].append(curve.insertion_area)
            if case.mask is not None:
                mine["on_object_ratio"].append(object_share(values, case.mask).ratio)
                mine["on_object_share"].append(object_share(values, case.mask).attribution)
    small = np.asarray([0 < area <= SMALL for area in areas], bool)
    methods: dict[str, object] = {}
    for method, own in scores.items():
        figures: dict[str, object] = {}
        for name, values in own.items():
            taken = np.asarray(values)
            keep = small if name.startswith("on_object") else np.ones(len(taken), bool)
            named = [cluster for cluster, kept in zip(clusters, keep, strict=True) if kept]
            figures[name] = interval(jackknife_mean(taken[keep], named, bounded=name == "on_object_share"))
            if method != "exact" and name.startswith(("drop", "on_object_ratio")):
                ours = np.asarray(scores["exact"][name])
                paired = compare(ours[keep], taken[keep], named, generator=np.random.default_rng(SEED))
                figures[f"exact_minus_this_{name}"] = {**interval(paired.difference), "p_value": paired.p_value}
        methods[method] = figures
    return {
        "n": len(clusters),
        "products": len(set(clusters)),
        "similarity_mean": round(float(np.mean(similarities)), 4),
        "largest_difference_of_terms_and_similarity": float(np.max(adding)),
        "match_and_parts_ms_median": round(float(np.median(explaining)), 3),
        "object_fills_at_most_half": int(small.sum()) if areas else None,
        "object_area_mean": round(float(np.mean(np.asarray(areas)[small])), 4) if areas else None,
        "methods": methods,
    }


def interval(of: Interval) -> dict[str, float]:
    """Value, low and high, rounded."""
    return {"value": round(of.value, 4), "low": round(of.low, 4), "high": round(of.high, 4)}


def randomised(catalogue: Catalogue, embedder, net, rng, n: int) -> dict[str, object]:
    """Rank correlation of the map with that of a net whose last layers were shuffled, and of other queries' maps."""
    from lookalike.nets import randomised_copy

    cases = [catalogue.cases[place] for place in rng.permutation(len(catalogue.cases))[:n]]
    originals, rights = [], []
    for case in cases:
        (query,) = split_pictures(embedder, [case.seen.square])
        square, right = best(query, catalogue.pictures[case.product])
        originals.append(match(query, right).query_map)
        rights.append(square)
    figures: dict[str, object] = {}
    for layers in (1, 2, 8, None):
        alike = []
        shuffled = randomised_copy(net, generator=np.random.default_rng(SEED), n_layers=layers)

        forgetful = OnnxEmbedder(shuffled.description, shuffled.to_onnx(), OnnxOptions(threads=1))
        for case, right, original in zip(cases, rights, originals, strict=True):
            alike.append(map_likeness(original, match(*split_pictures(forgetful, [case.seen.square, right])).query_map))
        names = [case.product for case in cases]
        figures[f"last {layers} layers" if layers else "all layers"] = interval(
            jackknife_mean(np.asarray(alike), names, bounded=False)
        )
    others = [map_likeness(a, b) for a, b in itertools.pairwise(originals)]
    figures["maps of two other queries"] = round(float(np.mean(others)), 4)
    return figures


def main() -> None:
    """Measure both catalogues and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds grocery/")
    parser.add_argument("--drawn", type=Path, required=True, help="folder of a drawn catalogue")
    parser.add_argument("--queries", type=int, default=150, help="of each catalogue, at most")
    parser.add_argument("--without-gradients", action="store_true", help="leave out what needs the train extra")
    parser.add_argument("--more", action="store_true", help="grad-cam with its sign, and of an earlier layer, too")
    parser.add_argument("--covering", action="store_true", help="the map of a model that cannot be split, too")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    embedder = open_embedder(threads=1)
    net = None
    if not options.without_gradients:
        import torch

        from lookalike.nets import open_net

        torch.set_num_threads(1)
        net = open_net()
    figures: dict[str, object] = {"share_deleted": DELETED}
    asked = {"more": options.more, "covering": options.covering}
    for read, folder in ((grocery, options.data / "grocery"), (drawn, options.drawn)):
        catalogue = read(folder, embedder, options.queries)
        rng = np.random.default_rng(SEED)
        figures[catalogue.name] = measure(catalogue, embedder, net, rng, hits=False, **asked)
        if catalogue.name == "grocery":
            # What a page explains is what was found, right or wrong.
            figures["grocery_hits"] = measure(catalogue, embedder, net, rng, hits=True, **asked)
        if net is not None:
            figures[f"{catalogue.name}_randomised"] = randomised(catalogue, embedder, net, rng, 24)
    write_result(
        "explanations",
        figures=figures,
        headlines=headlines(figures),
        seed=SEED,
        n=options.queries,
        data=f"grocery val.csv; drawn catalogue {options.drawn.name}",
        distributions=("numpy", "onnxruntime", "pillow", "torch"),
        out=options.out,
    )


def headlines(figures: dict[str, object]) -> list[Headline]:
    """What the pages show."""
    shown = []
    for name, chinese in (("grocery", "杂货"), ("grocery_hits", "杂货首个结果"), ("drawn", "绘制目录")):
        methods = figures[name]["methods"]  # pyright: ignore[reportIndexIssue]
        drops = [
            f"{methods[each]['drop_blur']['value']:.3f}" if each in methods else "–"
            for each in ("exact", "grad-cam", "chance")
        ]
        shown.append(
            Headline(
                f"Similarity lost when the highest 20% of the map is deleted, {name}: exact, grad-cam, chance",
                f"删去图中最高的 20% 后损失的相似度，{chinese}：精确、grad-cam、随机",
                ", ".join(drops),
                front=False,
            )
        )
    ratio = figures["drawn"]["methods"]["exact"]["on_object_ratio"]  # pyright: ignore[reportIndexIssue]
    shown.append(
        Headline(
            "Share of the map on the object over its share of the picture, drawn catalogue",
            "图落在物体上的份额与物体面积份额之比，绘制目录",
            f"{ratio['value']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})",
            front=False,
        )
    )
    return shown


if __name__ == "__main__":
    main()
