"""Do 95% intervals cover 95%, and are equal models called different one time in twenty?

python benchmarks/intervals.py [--experiments 2000] [--out FILE]

Each experiment draws products, their difficulty (beta distributed) and several photographs of each, whose outcomes
correlate because they share that difficulty; the truth is known in closed form. Percentile bootstrap, the usual choice,
is measured beside ours on the same experiments, with 30 products.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import jackknife_mean
from result import Headline, write_result

SEED = 20_261_125
SIZES = ("four", "unequal", "heavy", "easier")
SPARSE = 0.97


@dataclass(frozen=True, slots=True)
class Regime:
    """Products, true recall, correlation of two photographs of a product, and how many photographs each has."""

    n_products: int
    recall: float
    correlation: float
    photographs: str


def regimes() -> Iterator[Regime]:
    """All that are simulated."""
    for n_products, recall, correlation, photographs in product(
        (30, 100, 300), (0.5, 0.9, SPARSE), (0.1, 0.4, 0.8), SIZES
    ):
        yield Regime(n_products, recall, correlation, photographs)


def ability(regime: Regime, generator: np.random.Generator) -> NDArray[np.float64]:
    """Chance of a hit of each product's photographs."""
    spread = (1 - regime.correlation) / regime.correlation
    return generator.beta(regime.recall * spread, (1 - regime.recall) * spread, size=regime.n_products)


def sizes(regime: Regime, able: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.int64]:
    """How many photographs each product has."""
    n = len(able)
    match regime.photographs:
        case "four":
            return np.full(n, 4)
        case "unequal":
            return np.minimum(generator.geometric(0.25, size=n), 20)
        case "heavy":
            return np.ceil(np.exp(generator.normal(0.7, 1.0, size=n))).clip(1, 40).astype(np.int64)
        case _:
            return 1 + generator.poisson(1 + 6 * able)


def truth(regime: Regime) -> float:
    """The share of hits over endlessly many products."""
    if regime.photographs != "easier":
        return regime.recall
    square = regime.recall**2 + regime.correlation * regime.recall * (1 - regime.recall)
    return (2 * regime.recall + 6 * square) / (2 + 6 * regime.recall)


def percentile_bootstrap(
    hits: NDArray[np.float64], of: NDArray[np.int64], generator: np.random.Generator
) -> tuple[float, float]:
    """The usual interval: products drawn with replacement, percentiles of the means."""
    sums, counts = np.bincount(of, weights=hits), np.bincount(of)
    drawn = generator.integers(0, len(sums), size=(1000, len(sums)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def coverage(regime: Regime, n: int, generator: np.random.Generator) -> dict[str, float]:
    """Shares of experiments whose interval holds the truth, and the mean width."""
    true, covered, usual, width = truth(regime), 0, 0, 0.0
    for _ in range(n):
        able = ability(regime, generator)
        of = np.repeat(np.arange(len(able)), sizes(regime, able, generator))
        hits = (generator.random(len(of)) < able[of]).astype(np.float64)
        interval = jackknife_mean(hits, of.tolist())
        covered += interval.low <= true <= interval.high
        width += interval.high - interval.low
        if regime.n_products == 30:
            low, high = percentile_bootstrap(hits, of, generator)
            usual += low <= true <= high
    found = {"covered": covered / n, "width": round(width / n, 4)}
    return {**found, "percentile_bootstrap_covered": usual / n} if regime.n_products == 30 else found


def called_different(regime: Regime, n: int, generator: np.random.Generator) -> dict[str, float]:
    """Two models of equal truth, which share the difficulty of 70% of the products: how often p < 0.05."""
    different = covered = 0
    for _ in range(n):
        shared, first, second = (ability(regime, generator) for _ in range(3))
        one = np.where(generator.random(len(shared)) < 0.7, shared, first)
        two = np.where(generator.random(len(shared)) < 0.7, shared, second)
        of = np.repeat(np.arange(len(shared)), sizes(regime, shared, generator))
        hits = [(generator.random(len(of)) < able[of]).astype(np.float64) for able in (one, two)]
        found = compare(hits[0], hits[1], of.tolist(), generator=generator)
        different += found.p_value < 0.05
        covered += found.difference.low <= 0.0 <= found.difference.high
    return {"called_different": different / n, "covered": covered / n}


def main() -> int:
    """Simulate, write the result, print where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--experiments", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=None)
    asked = parser.parse_args()
    generator = np.random.default_rng(SEED)
    single = [{**asdict(regime), **coverage(regime, asked.experiments, generator)} for regime in regimes()]
    pairs = [
        {**asdict(regime), **called_different(regime, asked.experiments, generator)}
        for regime in regimes()
        if regime.n_products <= 100 and regime.photographs != "easier"
    ]
    usual = [one for one in single if one["recall"] != SPARSE]
    inside = [one for one in usual if 0.93 <= float(one["covered"]) <= 0.97]
    covered = [float(one["covered"]) for one in usual]
    equal = [one for one in pairs if one["n_products"] == 100 and one["recall"] != SPARSE]
    path = write_result(
        "intervals",
        figures={
            "coverage": single,
            "worst_coverage": min(single, key=lambda one: float(one["covered"])),
            "worst_coverage_up_to_recall_0.9": min(usual, key=lambda one: float(one["covered"])),
            "regimes_up_to_recall_0.9_within_93_to_97": f"{len(inside)} of {len(usual)}",
            "equal_models": pairs,
            "most_often_called_different": max(pairs, key=lambda one: float(one["called_different"])),
        },
        headlines=[
            Headline(
                "95% intervals of recall 0.5 and 0.9 that hold the truth, 30 to 300 products of 1 to 40 photographs",
                "召回率 0.5 与 0.9 的 95% 区间包含真值的比例（30 至 300 个商品，每个 1 至 40 张照片）",
                f"{min(covered):.1%} – {max(covered):.1%}",
                front=False,
            ),
            Headline(
                "Equal models called different at 5%, 100 products",
                "以 5% 水平把同等模型判为不同的比例（100 个商品）",
                f"{min(float(one['called_different']) for one in equal):.1%} – "
                f"{max(float(one['called_different']) for one in equal):.1%}",
                front=False,
            ),
        ],
        seed=SEED,
        n=asked.experiments,
        data="simulated; difficulty beta distributed, outcomes of a product's photographs independent given it",
        distributions=("numpy",),
        out=asked.out,
    )
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
