"""Wishes that look alike come together, the same way every time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.unmet import Unmet
from lookalike.search.demand import cluster, grouped


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def naive(vectors: np.ndarray, likeness: float) -> list[int]:
    leaders: list[int] = []
    members: list[int] = []
    for row in range(len(vectors)):
        cosines = [float(vectors[leader] @ vectors[row]) for leader in leaders]
        best = max(range(len(leaders)), key=lambda place: (cosines[place], -place), default=None)
        if best is not None and cosines[best] >= likeness:
            members.append(best)
        else:
            leaders.append(row)
            members.append(len(leaders) - 1)
    return members


@given(st.integers(0, 10_000), st.integers(1, 30), st.sampled_from([-0.5, 0.1, 0.45, 0.8]))
def test_clusters_are_those_of_a_loop(seed: int, n: int, likeness: float) -> None:
    # Few dimensions bring likeness, repeated rows bring photographs that were sent twice.
    generator = np.random.default_rng(seed)
    vectors = unit(generator.normal(size=(n, 3)))[generator.integers(0, n, size=n)]
    assert grouped(vectors, likeness).tolist() == naive(vectors, likeness)


def test_the_largest_wish_comes_first_with_its_typical_examples() -> None:
    generator = np.random.default_rng(1)
    shoe, lamp = np.eye(8)[0], np.eye(8)[1]
    rows = np.stack([shoe if n % 3 else lamp for n in range(12)]) + generator.normal(scale=0.05, size=(12, 8))
    vectors = unit(rows)
    unmet = [
        Unmet(n + 1, f"2026-01-{n + 1:02}T10:00:00+00:00", vectors[n], b"jpeg" if n != 1 else None) for n in range(12)
    ]
    first, second = cluster(unmet, 0.6)
    assert (first.size, second.size) == (8, 4)
    assert first.share == 8 / 12
    assert (first.first_seen[:10], first.last_seen[:10]) == ("2026-01-02", "2026-01-12")
    assert 2 not in first.examples
    assert len(first.examples) == 6
    centre = first.centre
    closest = max((n for n in range(12) if n % 3 and n != 1), key=lambda n: float(vectors[n] @ centre))
    assert first.examples[0] == closest + 1


def test_nothing_remembered_gives_no_clusters() -> None:
    assert cluster([]) == ()
