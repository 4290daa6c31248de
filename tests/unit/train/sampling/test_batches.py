"""Claims about `lookalike.train.sampling`: what a batch holds, whatever the catalogue looks like."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import InvalidConfiguration
from lookalike.train.sampling import Pool, SamplingConfig, epoch_batches
from lookalike.train.sampling.deck import Deck


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    sizes = draw(st.lists(st.integers(1, 7), min_size=2, max_size=12))
    generator = np.random.default_rng(draw(st.integers(0, 2**20)))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    labels = labels[generator.permutation(len(labels))].astype(np.int64)
    return Pool(
        labels,
        categories=generator.integers(0, 4, len(sizes)),
        kinds=generator.integers(0, 3, len(labels)),
        catalogues=np.arange(len(sizes), dtype=np.int64) % 2,
    )


@settings(max_examples=40)
@given(
    pools(), st.integers(2, 8), st.integers(1, 5), st.integers(0, 2), st.booleans(), st.booleans(), st.integers(0, 99)
)
def test_every_batch_is_p_different_products_of_k_pictures(
    pool: Pool, p: int, k: int, n_categories: int, cover: bool, shared: bool, seed: int
) -> None:
    shares = (0.7, 0.3) if shared else ()
    config = SamplingConfig(p, k, n_categories, cover, shares)
    batches = epoch_batches(pool, config, np.random.default_rng(seed))
    assert np.array_equal(batches, epoch_batches(pool, config, np.random.default_rng(seed)))
    width = min(p, pool.n_products)
    assert batches.shape == (max(1, round(len(pool.labels) / (width * k))), width * k)
    n_of = Counter(pool.labels.tolist())
    for batch in batches:
        products = Counter(pool.labels[batch].tolist())
        assert len(products) == width
        assert set(products.values()) == {k}
        for product in products:
            mine = Counter(batch[pool.labels[batch] == product].tolist())
            if n_of[product] >= k and not cover:
                assert max(mine.values()) == 1
            if cover:
                assert pool.kinds is not None
                kinds = set(pool.kinds[pool.labels == product].tolist())
                assert len(set(pool.kinds[list(mine)].tolist())) >= min(k, len(kinds))


@given(st.integers(1, 9), st.lists(st.integers(0, 12), max_size=12), st.integers(0, 99))
def test_a_deck_gives_nothing_again_before_everything_else(n_items: int, draws: list[int], seed: int) -> None:
    deck = Deck(range(n_items), np.random.default_rng(seed))
    drawn: list[int] = []
    for n in draws:
        hand = deck.draw(n)
        assert len(set(hand)) == min(n, n_items)
        drawn += hand
    for start in range(0, len(drawn), n_items):
        part = drawn[start : start + n_items]
        assert len(set(part)) == len(part)


def test_products_are_shown_equally_often_however_many_pictures_they_have() -> None:
    pool = Pool(np.repeat(np.arange(10), [1, 1, 1, 1, 1, 40, 40, 40, 40, 40]))
    batches = epoch_batches(pool, SamplingConfig(5, 2), np.random.default_rng(1))
    shown = Counter(pool.labels[batches.ravel()].tolist())
    assert max(shown.values()) - min(shown.values()) <= 2


def test_a_batch_of_few_categories_is_of_few_categories() -> None:
    categories = np.repeat(np.arange(5), 8)
    pool = Pool(np.arange(40).repeat(3), categories=categories)
    batches = epoch_batches(pool, SamplingConfig(8, 2, n_categories=2), np.random.default_rng(1))
    for batch in batches:
        assert sorted(Counter(categories[pool.labels[batch[::2]]].tolist()).values()) == [4, 4]


def test_categories_too_small_are_topped_up_from_others() -> None:
    categories = np.arange(12) // 2
    pool = Pool(np.arange(12).repeat(3), categories=categories)
    batches = epoch_batches(pool, SamplingConfig(8, 2, n_categories=2), np.random.default_rng(1))
    assert {len(set(categories[pool.labels[batch]].tolist())) for batch in batches} == {4}


def test_catalogues_have_their_share_on_average() -> None:
    catalogues = np.repeat([0, 1], [90, 10])
    pool = Pool(np.arange(100).repeat(40), catalogues=catalogues)
    config = SamplingConfig(10, 4, catalogue_shares=(0.45, 0.55))
    batches = epoch_batches(pool, config, np.random.default_rng(1))
    share = float((catalogues[pool.labels[batches]] == 1).mean())
    assert share == pytest.approx(0.55, abs=0.02)


def test_the_rare_kind_of_picture_comes_in_every_batch() -> None:
    labels = np.repeat(np.arange(6), 30)
    kinds = (np.arange(180) % 30 == 0).astype(np.int64)
    pool = Pool(labels, kinds=kinds)
    covered = epoch_batches(pool, SamplingConfig(3, 4), np.random.default_rng(1))
    assert set(kinds[covered].reshape(-1, 4).sum(axis=1).tolist()) == {1}
    plain = epoch_batches(pool, SamplingConfig(3, 4, cover_kinds=False), np.random.default_rng(1))
    assert float(kinds[plain].mean()) < 0.06


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (SamplingConfig(n_categories=2), "category column"),
        (SamplingConfig(catalogue_shares=(0.5, 0.5)), "must be 1 numbers"),
    ],
)
def test_what_the_catalogue_does_not_have_cannot_be_asked_for(config: SamplingConfig, message: str) -> None:
    with pytest.raises(InvalidConfiguration, match=message):
        epoch_batches(Pool(np.arange(4).repeat(2)), config, np.random.default_rng(0))


@pytest.mark.parametrize("labels", [[], [0, 2], [-1, 0, 1]])
def test_labels_with_gaps_are_refused(labels: list[int]) -> None:
    with pytest.raises(ValueError, match=r"labels|pictures"):
        Pool(np.asarray(labels, dtype=np.int64))


def test_of_a_catalogue_with_a_share_of_nothing_nothing_is_drawn() -> None:
    labels = np.repeat(np.arange(20), 3).astype(np.int64)
    pool = Pool(labels, catalogues=(np.arange(20) >= 4).astype(np.int64))
    config = SamplingConfig(8, 2, catalogue_shares=(1.0, 0.0))
    batches = epoch_batches(pool, config, np.random.default_rng(1))
    assert {int(label) for label in labels[batches].ravel()} == {0, 1, 2, 3}
    assert batches.shape[1] == 4 * 2
    # A small share is no share of nothing: who has too few leaves the rest to the other.
    config = SamplingConfig(8, 2, catalogue_shares=(0.9, 0.1))
    drawn = labels[epoch_batches(pool, config, np.random.default_rng(1))]
    assert {len(set(batch.tolist())) for batch in drawn} == {8}


def test_shares_of_catalogues_without_products_are_refused() -> None:
    pool = Pool(np.repeat(np.arange(4), 2).astype(np.int64), catalogues=np.ones(4, np.int64))
    with pytest.raises(InvalidConfiguration, match=r"\[1.0, 0.0\] takes all from catalogues of which no product"):
        epoch_batches(pool, SamplingConfig(4, 2, catalogue_shares=(1.0, 0.0)), np.random.default_rng(0))
