"""Claims about `lookalike.train.split`: a product is on one side, and no near-copy is measured."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.train.split import Split, split_by_label, without_leaks


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 12), st.floats(0, 0.9))
def test_no_label_is_on_both_sides_and_nothing_is_lost(seed: int, n: int, n_labels: int, held_out: float) -> None:
    generator = np.random.default_rng(seed)
    labels, catalogues = generator.integers(0, n_labels, n), generator.integers(0, 2, n)
    labels = labels + 100 * catalogues
    split = split_by_label(labels, catalogues, held_out=held_out, generator=np.random.default_rng(seed))
    assert sorted([*split.learned, *split.measured]) == list(range(n))
    assert not set(labels[split.learned]) & set(labels[split.measured])
    for label in set(labels[split.measured]):
        assert (labels == label).sum() >= 2


def test_each_catalogue_gives_its_share_and_a_small_one_none() -> None:
    labels = np.repeat(np.arange(23), 2)
    catalogues = np.array([0] * 40 + [1] * 6)
    split = split_by_label(labels, catalogues, held_out=0.2, generator=np.random.default_rng(0))
    assert len(set(labels[split.measured])) == 4
    assert set(catalogues[split.measured]) == {0}
    nothing = split_by_label(labels, catalogues, held_out=0.0, generator=np.random.default_rng(0))
    assert len(nothing.measured) == 0


def test_a_held_out_copy_of_a_learned_picture_is_not_measured() -> None:
    generator = np.random.default_rng(3)
    vectors = np.linalg.qr(generator.normal(size=(9, 9)))[0].astype(np.float32)
    hashes = generator.integers(1, 2**63, 9).astype(np.uint64)
    contents = np.arange(9)
    labels = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3])
    split = Split(np.array([0, 1, 2, 3]), np.array([4, 5, 6, 7, 8]))
    assert without_leaks(split, labels, contents, hashes, vectors).n_leaks == 0
    contents[5] = contents[0]
    found = without_leaks(split, labels, contents, hashes, vectors)
    assert list(found.measured) == [4, 6, 7, 8]
    assert (found.n_leaks, found.leaks) == (1, ((5, 0),))
    vectors[6] = vectors[2]
    found = without_leaks(split, labels, contents, hashes, vectors)
    assert found.n_leaks == 2
    assert 4 not in found.measured


def test_one_product_left_by_copies_is_not_measured_as_perfect() -> None:
    generator = np.random.default_rng(3)
    vectors = np.linalg.qr(generator.normal(size=(10, 10)))[0].astype(np.float32)
    hashes = generator.integers(1, 2**63, 10).astype(np.uint64)
    contents = np.arange(10)
    labels = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3, 3])
    split = Split(np.arange(4), np.arange(4, 10))
    contents[[4, 5]] = contents[[0, 1]]
    found = without_leaks(split, labels, contents, hashes, vectors)
    assert (found.n_leaks, list(found.measured)) == (2, [])


@given(st.integers(0, 10_000), st.integers(4, 9), st.floats(0.01, 0.9))
def test_however_much_is_held_out_there_is_something_to_tell_apart_on_both_sides(
    seed: int, n_labels: int, held_out: float
) -> None:
    labels = np.repeat(np.arange(n_labels), 2)
    generator = np.random.default_rng(seed)
    split = split_by_label(labels, np.zeros(len(labels), np.int64), held_out=held_out, generator=generator)
    assert len(set(labels[split.learned])) >= 2
    assert len(set(labels[split.measured])) >= 2
