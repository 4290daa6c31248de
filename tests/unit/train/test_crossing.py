"""Claims about `lookalike.train.crossing`: nothing is asked of a model that knows it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import InvalidConfiguration, TooFewProducts
from lookalike.search.evidence import DEPTH
from lookalike.train.catalogue import Catalogue
from lookalike.train.crossing import VerdictConfig, crossed, deal, require_products


def shop(n_products: int, n_photographs: int, *, one_source: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Labels and kinds: a page of each product, then its photographs."""
    labels = np.concatenate([np.arange(n_products), np.repeat(np.arange(n_products), n_photographs)])
    kinds = np.arange(len(labels)) >= n_products
    return labels.astype(np.int64), (kinds & (not one_source)).astype(np.int64)


def drawn_vectors(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(int(labels.max()) + 1, 8))
    vectors = centres[labels] + generator.normal(scale=0.6, size=(len(labels), 8))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 12), st.integers(1, 5), st.integers(2, 6), st.integers(0, 1000), st.booleans())
def test_every_product_is_left_out_once_and_folds_are_alike(
    n_products: int, n_photographs: int, n_folds: int, seed: int, one_source: bool
) -> None:
    labels, kinds = shop(n_products, n_photographs, one_source=one_source)
    dealt = deal(labels, kinds, n_folds=n_folds, generator=np.random.default_rng(seed))
    sizes = np.bincount(dealt.folds, minlength=min(n_folds, n_products))
    assert len(sizes) == min(n_folds, n_products)
    assert sizes.max() - sizes.min() <= 1
    assert set(labels[dealt.asked].tolist()) == set(range(n_products))
    assert np.array_equal(dealt.shown, np.flatnonzero(kinds == 0))
    assert one_source or not np.isin(dealt.asked, dealt.shown).any()


@pytest.mark.parametrize("one_source", [False, True])
def test_the_evidence_is_that_of_a_naive_loop(one_source: bool) -> None:
    labels, kinds = shop(9, 4, one_source=one_source)
    dealt = deal(labels, kinds, n_folds=3, generator=np.random.default_rng(3))
    learned: list[set[int]] = []

    def fit(rows: np.ndarray):
        learned.append(set(rows.tolist()))
        vectors = drawn_vectors(labels, len(learned) - 1)
        return lambda asked: vectors[asked]

    trials = crossed(dealt, labels, fit, categories=[f"c{one % 2}" for one in range(9)])
    assert len(learned) == 3
    for place, row in enumerate(dealt.asked.tolist()):
        own = int(labels[row])
        fold = int(dealt.folds[own])
        assert not {other for other in learned[fold] if labels[other] == own}
        vectors = drawn_vectors(labels, fold)
        for world in ("gone", "there"):
            best: dict[int, list[float]] = {}
            looks: dict[int, list[np.ndarray]] = {}
            for page in dealt.shown.tolist():
                known, itself = dealt.folds[labels[page]] != fold, labels[page] == own
                if page != row and (known or (itself and world == "there")):
                    best.setdefault(int(labels[page]), []).append(float(vectors[page] @ vectors[row]))
                    looks.setdefault(int(labels[page]), []).append(vectors[page])
            ranking = sorted(best, key=lambda one: -max(best[one]))[:DEPTH]
            tops = [max(best[one]) for one in ranking]
            views = sorted(best[ranking[0]], reverse=True)
            means = [np.mean(looks[one], axis=0) for one in ranking]
            wholes = [float(mean @ vectors[row]) / float(np.linalg.norm(mean)) for mean in means]
            expected = [
                tops[0],
                tops[0] - tops[1],
                tops[0] - float(np.mean(tops[1:])),
                views[1] - tops[1] if len(views) > 1 else 0.0,
                wholes[0],
                wholes[0] - max(wholes[1:]),
                wholes[0] - float(np.mean(wholes[1:])),
            ]
            np.testing.assert_allclose(getattr(trials, world)[place], expected, atol=1e-6)
            categories = trials.gone_category if world == "gone" else trials.there_category
            assert categories[place] == f"c{ranking[0] % 2}"
            assert world == "gone" or bool(trials.right[place]) == (ranking[0] == own)


def test_a_product_without_a_page_is_a_stranger_in_both_worlds() -> None:
    labels, kinds = shop(6, 3)
    kept = np.ones(len(labels), bool)
    kept[0] = False
    labels, kinds = labels[kept], kinds[kept]
    dealt = deal(labels, kinds, n_folds=3, generator=np.random.default_rng(0))
    vectors = drawn_vectors(labels)
    trials = crossed(dealt, labels, lambda _: lambda asked: vectors[asked])
    assert not trials.known[trials.products == 0].any()
    assert trials.known[trials.products != 0].all()


def test_no_product_is_asked_more_than_sixteen_times() -> None:
    labels, kinds = shop(3, 40)
    dealt = deal(labels, kinds, n_folds=3, generator=np.random.default_rng(0))
    assert np.bincount(labels[dealt.asked]).tolist() == [16, 16, 16]


def test_too_little_to_ask_is_said() -> None:
    labels, kinds = shop(1, 4)
    with pytest.raises(TooFewProducts, match="photographs of 2 products"):
        deal(labels, kinds, n_folds=5, generator=np.random.default_rng(0))


@pytest.mark.parametrize("catalogues", [
    (Catalogue("", ("a.csv",), "category"),), (Catalogue("a", ("a.csv",)), Catalogue("b", ("b.csv",))),
])  # fmt: skip
def test_only_products_of_one_catalogue_have_verdicts(catalogues: tuple[Catalogue, ...]) -> None:
    with pytest.raises(InvalidConfiguration, match="one catalogue"):
        require_products(catalogues)
    require_products((Catalogue("", ("a.csv", "b.csv")),))


@pytest.mark.parametrize("folds", [1, -1, 21])
def test_folds_are_none_or_a_few(folds: int) -> None:
    with pytest.raises(ValueError, match="folds"):
        VerdictConfig(folds)
