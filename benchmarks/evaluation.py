"""Does exact evaluation of 10,000 queries against 1,000,000 vectors fit in memory, and what does it cost beside BLAS?

python benchmarks/evaluation.py [--n 1000000] [--queries 10000] [--rounds 1] [--small-rounds 5] [--out FILE]

Side by side in one process: `rank` (products folded, ties settled), and a plain float32 product in blocks of queries
with `np.argpartition` of every row and a sort of the ten that remain, which folds nothing. Peak memory is that of a
child process that does nothing but make the data and rank. Small rounds use a tenth of the gallery and of the queries.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.evaluate.ranking import rank
from result import Headline, write_result

K = 10
SEED = 20_261_126
AT_ONCE = 256
PICTURES_EACH = 4


def made(n: int, n_queries: int, dimension: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Unit vectors, queries near some of them, and the product of each vector."""
    generator = np.random.default_rng(SEED)
    gallery = generator.standard_normal((n, dimension), dtype=np.float32)
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    queries = gallery[generator.integers(0, n, n_queries)]
    queries += 0.03 * generator.standard_normal(queries.shape, dtype=np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    return queries, gallery, np.arange(n) // PICTURES_EACH


def plain(queries: NDArray[np.float32], gallery: NDArray[np.float32]) -> NDArray[np.int64]:
    """The ten nearest rows of each query, unfolded, by product and partial sort."""
    found = np.empty((len(queries), K), dtype=np.int64)
    for start in range(0, len(queries), AT_ONCE):
        similarities = queries[start : start + AT_ONCE] @ gallery.T
        best = np.argpartition(similarities, -K, axis=1)[:, -K:]
        values = np.take_along_axis(similarities, best, axis=1)
        found[start : start + AT_ONCE] = np.take_along_axis(best, np.argsort(-values, axis=1), axis=1)
    return found


def side_by_side(n: int, n_queries: int, dimension: int, rounds: int) -> dict[str, object]:
    """Seconds of both in turn, their ratio in each round, and whether the nearest row is the same."""
    queries, gallery, products = made(n, n_queries, dimension)
    seconds: list[tuple[float, float]] = []
    same = True
    for _ in range(rounds):
        start = time.perf_counter()
        ours = rank(queries, gallery, products, k=K)
        middle = time.perf_counter()
        theirs = plain(queries, gallery)
        seconds.append((middle - start, time.perf_counter() - middle))
        same = same and bool((ours.rows[:, 0] == theirs[:, 0]).all())
    ratios = sorted(ours / theirs for ours, theirs in seconds)
    return {
        "n": n,
        "queries": n_queries,
        "rounds": rounds,
        "seconds": [[round(one, 2) for one in pair] for pair in seconds],
        "ratio_median": round(float(np.median(ratios)), 3),
        "ratio_least": round(ratios[0], 3),
        "ratio_most": round(ratios[-1], 3),
        "same_nearest_row": same,
    }


def main() -> int:
    """Measure, write the result, print where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--small-rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        queries, gallery, products = made(asked.n, asked.queries, asked.dimension)
        start = time.perf_counter()
        rank(queries, gallery, products, k=K)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        sys.stdout.write(json.dumps({"peak_gib": peak / 2**30, "seconds": round(time.perf_counter() - start, 2)}))
        return 0
    size = ["--n", str(asked.n), "--queries", str(asked.queries), "--dimension", str(asked.dimension)]
    child = subprocess.run([sys.executable, __file__, "--child", *size], check=True, capture_output=True, text=True)
    alone = json.loads(child.stdout)
    small = side_by_side(asked.n // 10, max(1, asked.queries // 10), asked.dimension, asked.small_rounds)
    whole = side_by_side(asked.n, asked.queries, asked.dimension, asked.rounds)
    path = write_result(
        "evaluation",
        figures={"whole": whole, "small": small, "child": {**alone, "peak_gib": round(alone["peak_gib"], 2)}},
        headlines=[
            Headline(
                f"Exact ranking of {asked.queries:,} queries against {asked.n:,} vectors, beside BLAS and argpartition",
                f"{asked.queries:,} 个查询对 {asked.n:,} 个向量的精确排序，与 BLAS 加部分排序相比",
                f"{whole['ratio_median']} × in {alone['peak_gib']:.1f} GiB",
                front=False,
            )
        ],
        seed=SEED,
        n=asked.queries,
        data=f"{asked.n:,} x {asked.dimension} random unit vectors, {PICTURES_EACH} pictures a product",
        distributions=("numpy",),
        out=asked.out,
    )
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
