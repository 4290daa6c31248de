"""How well rankings answer queries. Each function takes one query's ranking and returns one number.

A ranking is the list of what was retrieved, best first, each at most once; `relevant` is the set of right
answers. Definitions differ between libraries: ours are stated, and tests compare them with naive loops.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence

__all__ = ["average_precision_at", "ndcg_at", "recall_at", "reciprocal_rank_at"]


def recall_at(retrieved: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """1.0 if at least one right answer is among the first `k`, else 0.0 (hit rate; no right answers give 0.0)."""
    return float(any(item in relevant for item in retrieved[:k]))


def reciprocal_rank_at(retrieved: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """1 / (rank of the first right answer among the first `k`), 0.0 if there is none."""
    for rank, item in enumerate(retrieved[:k], start=1):
        if item in relevant:
            return 1.0 / rank
    return 0.0


def average_precision_at(retrieved: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Mean of the precisions at each right answer among the first `k`, over min(k, number of right answers).

    The divisor is what the best possible ranking could reach (as in trec_eval's cut-off map), not the number
    found: a right answer that was missed costs.
    """
    found = 0
    total = 0.0
    for rank, item in enumerate(retrieved[:k], start=1):
        if item in relevant:
            found += 1
            total += found / rank
    possible = min(k, len(relevant))
    return total / possible if possible else 0.0


def ndcg_at(retrieved: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Discounted gain 1 / log2(rank + 1) of the right answers among the first `k`, over that of the best ranking.

    Gains are binary. Järvelin & Kekäläinen 2002, with the discount of Burges et al. 2005 from rank 1 on.
    """
    gain = sum(1.0 / math.log2(rank + 1) for rank, item in enumerate(retrieved[:k], start=1) if item in relevant)
    best = sum(1.0 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
    return gain / best if best else 0.0
