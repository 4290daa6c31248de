"""What is on both sides is found: the same bytes, the same looks, the same vector."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.golden.leakage import (
    CONFIRMING_SIMILARITY,
    EMBEDDING_SIMILARITY,
    PERCEPTUAL_BITS,
    find_leaks,
)


def naive(contents, hashes, vectors, g_contents, g_hashes, g_vectors):
    found, counts = [], [0, 0, 0]
    for content, looks, vector in zip(contents, hashes, vectors, strict=True):
        own = []
        for i, (other, other_looks, other_vector) in enumerate(zip(g_contents, g_hashes, g_vectors, strict=True)):
            similarity = float(np.dot(vector, other_vector))
            near = (int(looks) ^ int(other_looks)).bit_count() <= PERCEPTUAL_BITS and looks != 0 and other_looks != 0
            if content >= 0 and content == other:
                counts[0] += 1
            elif near and similarity >= CONFIRMING_SIMILARITY:
                counts[1] += 1
            elif similarity >= EMBEDDING_SIMILARITY:
                counts[2] += 1
            else:
                continue
            own.append(i)
        found.append(own)
    return found, counts


@given(st.integers(0, 6), st.integers(0, 8), st.integers(0, 10_000))
def test_it_equals_looking_at_every_pair(n: int, m: int, seed: int) -> None:
    generator = np.random.default_rng(seed)

    def side(size: int):
        contents = generator.integers(-1, 4, size)
        base = generator.choice(np.asarray([0, 2**63 + 5, 2**40 - 1], dtype=np.uint64), size)
        flips = np.asarray(
            [
                sum(1 << int(b) for b in generator.choice(64, generator.integers(0, 7), replace=False))
                for _ in range(size)
            ],
            dtype=np.uint64,
        )
        angles = generator.choice([0.0, 0.1, 0.3, 0.6, 2.0], size)
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32).reshape(size, 2)
        return contents, np.where(base == 0, base, base ^ flips), vectors

    query, gallery = side(n), side(m)
    leaks = find_leaks(*query, *gallery)
    found, counts = naive(*query, *gallery)
    assert [rows.tolist() for rows in leaks.pictures] == found
    assert [leaks.exact, leaks.perceptual, leaks.embedding] == counts


def test_the_same_shape_in_another_colour_is_no_copy() -> None:
    one = np.asarray([[1.0, 0.0]], dtype=np.float32)
    other = np.asarray([[0.7, 0.714]], dtype=np.float32)
    same = np.asarray([12345], dtype=np.uint64)
    leaks = find_leaks(np.asarray([0]), same, one, np.asarray([1]), same, other)
    assert leaks.pictures[0].tolist() == []
