"""How fast is a search over 200,000 vectors of 256 dimensions, and what does a filter cost?

python benchmarks/search_200k.py [--n 200000] [--queries 500] [--out FILE] [--without-lancedb]

Every comparison is interleaved: query by query, one contender after the other, so that whatever else the machine does
falls on all of them. Ids and similarities only, inside the process. hnswlib (M 16, ef 64) is asked first; ours is asked
at the smallest breadth whose recall@10 is not below hnswlib's. Under a filter the yardsticks are a plain NumPy scan of
the survivors' vectors laid side by side, and the unfiltered exact scan.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.index import ExactIndex, GraphIndex, GraphPolicy, Origin, Subset, open_index, save_snapshot
from result import Headline, write_result
from vectors import SPREAD, Clusters

K = 10
SHARES = (0.5, 0.1, 0.01, 0.001)
BREADTHS = (24, 32, 40, 48, 56, 64, 72, 80, 96, 128, 160, 200, 256, 384, 512)
ORIGIN = Origin(release="benchmark", fingerprint="none")
Ask = Callable[[NDArray[np.float32]], NDArray[np.int64]]


def recall(found: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Share of the true neighbours that were found."""
    return float(np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, truth, strict=True)]))


def interleaved(contenders: Mapping[str, Ask], queries: NDArray[np.float32]) -> dict[str, dict[str, object]]:
    """Ask each contender each query in turn; milliseconds and answers of each."""
    taken = {name: np.empty(len(queries)) for name in contenders}
    answers: dict[str, list[NDArray[np.int64]]] = {name: [] for name in contenders}
    for ask in contenders.values():
        ask(queries[:1])
    for i in range(len(queries)):
        for name, ask in contenders.items():
            start = time.perf_counter()
            answer = ask(queries[i : i + 1])
            taken[name][i] = (time.perf_counter() - start) * 1e3
            answers[name].append(answer)
    return {
        name: {
            "median_ms": round(float(np.median(ms)), 4),
            "quartiles_ms": [round(float(np.percentile(ms, p)), 4) for p in (25, 75)],
            "p99_ms": round(float(np.percentile(ms, 99)), 4),
            "answers": np.array(answers[name]),
        }
        for name, ms in taken.items()
    }


def against(measured: dict[str, dict[str, object]], truth: NDArray[np.int64]) -> dict[str, dict[str, object]]:
    """The same with recall in the place of the answers."""
    for figures in measured.values():
        figures["recall_at_10"] = round(recall(figures.pop("answers"), truth), 4)  # pyright: ignore[reportArgumentType]
    return measured


def ratio(measured: Mapping[str, Mapping[str, object]], name: str, other: str) -> float:
    """Of two medians."""
    return round(float(measured[name]["median_ms"]) / float(measured[other]["median_ms"]), 3)  # pyright: ignore[reportArgumentType]


def plain_scan(vectors: NDArray[np.float32], keys: NDArray[np.int64]) -> Ask:
    """What a user of NumPy would write."""

    def ask(query: NDArray[np.float32]) -> NDArray[np.int64]:
        similarities = vectors @ query[0]
        best = np.argpartition(similarities, -min(K, len(keys)))[-K:]
        return keys[best[np.argsort(-similarities[best])]]

    return ask


def memory_mib() -> int:
    """Resident set of this process."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmRSS"))


def built(vectors: NDArray[np.float32]) -> tuple[GraphIndex, dict[str, object]]:
    """Ours, with its graph, and what that took."""
    before = memory_mib()
    index = GraphIndex(vectors.shape[1], GraphPolicy(smallest=1, background=False, longest_tail=1 << 40))
    start = time.perf_counter()
    for first in range(0, len(vectors), 512):
        index.add(np.arange(first, min(first + 512, len(vectors))), vectors[first : first + 512])
    added = time.perf_counter()
    index.settle()
    done = time.perf_counter()
    figures: dict[str, object] = {
        "add_seconds": round(added - start, 2),
        "graph_seconds": round(done - added, 1),
        "memory_mib": memory_mib() - before,
    }
    return index, figures


def unfiltered(
    index: GraphIndex, vectors: NDArray[np.float32], queries: NDArray[np.float32], truth: NDArray[np.int64]
) -> dict[str, object]:
    """hnswlib and ours at equal recall."""
    import hnswlib

    theirs = hnswlib.Index("ip", vectors.shape[1])
    theirs.init_index(len(vectors), M=16, ef_construction=200, random_seed=1)
    start = time.perf_counter()
    theirs.add_items(vectors)
    seconds = time.perf_counter() - start
    theirs.set_ef(64)
    wanted = recall(theirs.knn_query(queries, K)[0].astype(np.int64), truth)
    ours = sweep(index, queries, truth, wanted)
    exact = ExactIndex(vectors.shape[1])
    exact.add(np.arange(len(vectors)), vectors)
    measured = interleaved(
        {
            "hnswlib": lambda query: theirs.knn_query(query, K, num_threads=1)[0][0].astype(np.int64),
            "ours": lambda query: ours.search(query, K).keys[0],
            "ours, as configured": lambda query: index.search(query, K).keys[0],
        },
        queries,
    )
    measured |= interleaved({"ours, exact": lambda query: exact.search(query, K).keys[0]}, queries[:100])
    measured["ours, exact"]["answers"] = truth
    return {
        "hnswlib_build_seconds": round(seconds, 1),
        "breadth_at_equal_recall": ours.policy.breadth,
        "breadth_as_configured": index.policy.breadth,
        **against(measured, truth),
        "ours_over_hnswlib": ratio(measured, "ours", "hnswlib"),
    }


def sweep(index: GraphIndex, queries: NDArray[np.float32], truth: NDArray[np.int64], wanted: float) -> GraphIndex:
    """The same index with the smallest breadth of at least that recall."""
    for breadth in BREADTHS:
        narrowed = index.with_breadth(breadth)
        if recall(narrowed.search(queries, K).keys, truth) >= wanted:
            return narrowed
    return index


def filtered(
    index: GraphIndex, vectors: NDArray[np.float32], queries: NDArray[np.float32], seed: int
) -> dict[str, object]:
    """Under filters that let through a random share."""
    exact = ExactIndex(vectors.shape[1])
    exact.add(np.arange(len(vectors)), vectors)
    figures: dict[str, object] = {}
    for share in SHARES:
        keep = np.random.default_rng([seed, int(1 / share)]).random(len(vectors)) < share
        keys = keep.nonzero()[0]
        survivors = vectors[keys]
        subset = Subset(keys)
        scan = plain_scan(survivors, keys)
        index.search(queries[:1], K, subset)
        measured = interleaved(
            {
                "survivors side by side, NumPy": scan,
                "ours": lambda query, subset=subset: index.search(query, K, subset).keys[0],
                "ours, first use of the filter": lambda query, keys=keys: index.search(query, K, Subset(keys)).keys[0],
                "unfiltered exact scan": lambda query: exact.search(query, K).keys[0],
            },
            queries,
        )
        measured["unfiltered exact scan"].pop("answers")
        truth = exact.search(queries, K, subset).keys
        known = {name: one for name, one in measured.items() if "answers" in one}
        against(known, truth)
        figures[f"{share:.1%}"] = {
            "n_survivors": len(keys),
            "exact": index.search(queries[:1], K, subset).exact,
            **measured,
            "ours_over_survivors_scan": ratio(measured, "ours", "survivors side by side, NumPy"),
            "first_use_over_survivors_scan": ratio(
                measured, "ours, first use of the filter", "survivors side by side, NumPy"
            ),
            "ours_over_unfiltered_scan": ratio(measured, "ours", "unfiltered exact scan"),
            "first_use_over_unfiltered_scan": ratio(measured, "ours, first use of the filter", "unfiltered exact scan"),
        }
    return figures


def changes(index: GraphIndex, vectors: NDArray[np.float32]) -> dict[str, object]:
    """One product more, one less, on the full index."""
    taken = {"add": [], "remove": []}
    for i in range(200):
        key = np.array([len(vectors) + i])
        start = time.perf_counter()
        index.add(key, vectors[i : i + 1])
        middle = time.perf_counter()
        index.remove(key)
        taken["add"].append(middle - start)
        taken["remove"].append(time.perf_counter() - middle)
    return {f"{name}_one_ms": round(float(np.median(seconds)) * 1e3, 3) for name, seconds in taken.items()}


def opening(index: GraphIndex, folder: Path) -> dict[str, object]:
    """Save, and open in a process that has done nothing yet."""
    path = folder / "index"
    start = time.perf_counter()
    save_snapshot(index, path, ORIGIN, sequence=1)
    saved = time.perf_counter() - start
    asked = [sys.executable, __file__, "--open", str(path), "--dimension", str(index.dimension)]
    seconds = [float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    return {
        "save_seconds": round(saved, 2),
        "file_mib": path.stat().st_size >> 20,
        "open_and_first_search_seconds": round(float(np.median(seconds)), 3),
    }


def open_once(path: Path, dimension: int) -> None:
    """What a fresh process does: open, search once, say how long it took."""
    start = time.perf_counter()
    index, sequence = open_index(dimension, ORIGIN, path)
    query = np.zeros((1, dimension), dtype=np.float32)
    query[0, 0] = 1
    index.search(query, K)
    if sequence != 1:
        raise SystemExit(f"the snapshot at {path} was not used")
    sys.stdout.write(f"{time.perf_counter() - start}\n")


def lancedb_beside(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], truth: NDArray[np.int64], folder: Path
) -> dict[str, object] | str:
    """LanceDB with its best index for this, one query at a time; a sentence where it is not installed."""
    try:
        import lancedb
        import pyarrow as pa
    except ImportError:
        return "not installed: pip install --group bench"
    dimension = vectors.shape[1]
    values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), dimension)
    tenth = np.arange(len(vectors)) % 10 == 0
    table = lancedb.connect(folder / "lance").create_table(
        "vectors", pa.table({"key": np.arange(len(vectors)), "tenth": tenth, "vector": values})
    )
    start = time.perf_counter()
    table.create_index(metric="dot", index_type="IVF_HNSW_SQ", num_partitions=max(1, len(vectors) // 50_000))
    seconds = time.perf_counter() - start

    def ask(query: NDArray[np.float32]) -> NDArray[np.int64]:
        found = table.search(query[0]).distance_type("dot").limit(K).select(["key"]).to_arrow()
        return found["key"].to_numpy()

    measured = interleaved({"lancedb": ask}, queries[:200])
    return {"index_seconds": round(seconds, 1), **against(measured, truth[:200])["lancedb"]}


def main() -> int:
    """Measure, write the result, print where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=int, default=200_000, help="vectors in the gallery")
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--spread", type=float, default=SPREAD, help="length of the noise around each cluster")
    parser.add_argument("--without-lancedb", action="store_true")
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--open", type=Path, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.open is not None:
        open_once(asked.open, asked.dimension)
        return 0
    clusters = Clusters(asked.n, asked.dimension, max(1, asked.n // 10), asked.spread)
    vectors, queries = clusters.gallery(), clusters.queries(asked.queries)
    oracle = ExactIndex(asked.dimension)
    oracle.add(np.arange(asked.n), vectors)
    truth = oracle.search(queries, K).keys
    del oracle
    index, building = built(vectors)
    with tempfile.TemporaryDirectory() as folder:
        search = unfiltered(index, vectors, queries, truth)
        filters = filtered(index, vectors, queries, clusters.seed)
        figures: dict[str, object] = {
            "building": building,
            "unfiltered": search,
            "filtered": filters,
            "changes": changes(index, vectors),
            "opening": opening(index, Path(folder)),
            "lancedb": "skipped" if asked.without_lancedb else lancedb_beside(vectors, queries, truth, Path(folder)),
        }
    worst = max(float(one["ours_over_survivors_scan"]) for one in filters.values())  # pyright: ignore[reportArgumentType, reportIndexIssue]
    ours, opened = search["ours"], figures["opening"]
    path = write_result(
        "search_200k",
        figures=figures,
        headlines=[
            Headline(
                f"Nearest 10 of {asked.n:,} vectors, median",
                f"在 {asked.n:,} 个向量中找最近的 10 个，中位数",
                f"{ours['median_ms']} ms ({search['ours_over_hnswlib']} × hnswlib, recall {ours['recall_at_10']})",  # pyright: ignore[reportArgumentType, reportIndexIssue]
            ),
            Headline(
                "The same under a filter, against a scan of the survivors alone, at worst",
                "带筛选条件的同一搜索，与只扫描幸存向量相比，最差",
                f"{worst} ×",
                front=False,
            ),
            Headline(
                f"Opening the index of {asked.n:,} vectors, first search included",
                f"打开 {asked.n:,} 个向量的索引（含首次搜索）",
                f"{opened['open_and_first_search_seconds']} s",  # pyright: ignore[reportArgumentType, reportIndexIssue]
            ),
        ],
        seed=clusters.seed,
        n=len(queries),
        data=f"{asked.n:,} x {asked.dimension}, {clusters.n_clusters:,} clusters, spread {asked.spread}",
        distributions=("numpy", "faiss-cpu", "hnswlib", "lancedb"),
        out=asked.out,
    )
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
