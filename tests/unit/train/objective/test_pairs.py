"""Claims about `lookalike.train.objective.pairs`: against plain loops, and against pytorch-metric-learning."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

MINERS = ["none", "hard", "semi_hard", "batch_all", "multi_similarity"]
SIMILARITIES = ["cosine", "euclidean"]


def drawn(seed: int, n: int = 9, dimension: int = 3):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (n,), generator=generator)
    return torch.randn(n, dimension, generator=generator), labels


def rows(chosen) -> set[tuple[int, ...]]:
    """Triplets as they are; of pairs, positives as (0, a, p) and negatives as (1, a, n)."""
    if len(chosen) == 3:
        return {tuple(int(x) for x in row) for row in zip(*chosen, strict=True)}
    near = {(0, int(a), int(b)) for a, b in zip(*chosen[:2], strict=True)}
    return near | {(1, int(a), int(b)) for a, b in zip(*chosen[2:], strict=True)}


def by_loops(close, labels, references, miner: str, margin: float, triplets: bool) -> set[tuple[int, ...]]:
    n, m = close.shape
    near = {i: [j for j in range(m) if labels[i] == references[j] and i != j] for i in range(n)}
    far = {i: [j for j in range(m) if labels[i] != references[j]] for i in range(n)}
    every = {(i, j, k) for i in range(n) for j in near[i] for k in far[i]}
    match miner:
        case "none" if triplets:
            return every
        case "none":
            return {(0, i, j) for i in range(n) for j in near[i]} | {(1, i, k) for i in range(n) for k in far[i]}
        case "hard":
            return {
                (i, min(near[i], key=lambda j: float(close[i, j])), max(far[i], key=lambda k: float(close[i, k])))
                for i in range(n)
                if near[i] and far[i]
            }
        case "multi_similarity":
            kept = set()
            for i in range(n):
                if not near[i] or not far[i]:
                    continue
                nearest = max(float(close[i, k]) for k in far[i])
                furthest = min(float(close[i, j]) for j in near[i])
                kept |= {(0, i, j) for j in near[i] if float(close[i, j]) - 0.1 < nearest}
                kept |= {(1, i, k) for k in far[i] if float(close[i, k]) + 0.1 > furthest}
            return kept
        case _:
            gaps = {row: float(close[row[0], row[1]] - close[row[0], row[2]]) for row in every}
            lowest = 0.0 if miner == "semi_hard" else -9.0
            return {row for row, gap in gaps.items() if lowest < gap <= margin}


@settings(max_examples=60)
@given(st.integers(0, 2**20), st.sampled_from(MINERS), st.sampled_from(SIMILARITIES), st.booleans(), st.integers(0, 6))
def test_the_choice_is_that_of_plain_loops(
    seed: int, miner: str, similarity: str, triplets: bool, n_remembered: int
) -> None:
    from lookalike.train.objective.pairs import choose, closeness

    embeddings, labels = drawn(seed)
    earlier, earlier_labels = drawn(seed + 1, n_remembered)
    close = closeness(embeddings, torch.cat([embeddings, earlier]), similarity)
    references = torch.cat([labels, earlier_labels])
    chosen = choose(close, labels, references, miner=miner, margin=0.2, triplets=triplets)
    assert rows(chosen) == by_loops(close, labels, references, miner, 0.2, triplets)


@settings(max_examples=60)
@given(st.integers(0, 2**20), st.sampled_from(SIMILARITIES))
def test_the_choice_is_that_of_the_library(seed: int, similarity: str) -> None:
    from pytorch_metric_learning import distances, miners

    from lookalike.train.objective.pairs import choose, closeness

    embeddings, labels = drawn(seed)
    close = closeness(embeddings, embeddings, similarity)
    space = distances.CosineSimilarity() if similarity == "cosine" else distances.LpDistance(p=2)
    theirs = {
        "hard": miners.BatchHardMiner(distance=space),
        "semi_hard": miners.TripletMarginMiner(margin=0.2, type_of_triplets="semihard", distance=space),
        "batch_all": miners.TripletMarginMiner(margin=0.2, type_of_triplets="all", distance=space),
    }
    if similarity == "cosine":
        theirs["multi_similarity"] = miners.MultiSimilarityMiner(epsilon=0.1)
    for name, miner in theirs.items():
        ours = choose(close, labels, labels, miner=name, margin=0.2, triplets=True)
        assert rows(ours) == rows(miner(embeddings, labels)), name


@settings(max_examples=60)
@given(st.integers(0, 2**20), st.sampled_from(MINERS))
def test_longer_embeddings_change_nothing(seed: int, miner: str) -> None:
    from lookalike.train.objective.pairs import choose, closeness

    embeddings, labels = drawn(seed)
    chosen = [
        choose(closeness(x, x, "cosine"), labels, labels, miner=miner, margin=0.2, triplets=True)
        for x in (embeddings, 4 * embeddings)
    ]
    assert rows(chosen[0]) == rows(chosen[1])
