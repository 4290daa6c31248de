"""A fitted rule keeps its promise on products that it never saw, and says what it measured."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.errors import TooFewProducts
from lookalike.evaluate.calibration import apply, fit
from lookalike.evaluate.trials import Trials
from lookalike.search.evidence import FEATURES


def drawn(
    generator: np.random.Generator, n_products: int, *, per_product: int = 3, lift: float = 3.0, categories: int = 1
) -> Trials:
    """Products with a level of confusion of their own; with the product there, similarity and gap are lifted."""
    products = np.repeat(np.arange(n_products), per_product)
    n = len(products)
    confusion = generator.normal(size=n_products)[products] + generator.normal(size=n) / 2
    gone = np.column_stack([confusion, *(np.abs(generator.normal(size=n)) for _ in FEATURES[1:])])
    lifts = lift + generator.normal(size=n_products)[products] + generator.normal(size=n) / 2
    right = lifts > 0
    there = gone + np.where(right, lifts, 0.0)[:, None]
    names = [f"c{p % categories}" for p in products]
    return Trials(products, there, right, gone, names, names)


def fitted(trials: Trials, seed: int = 0, error: float = 0.1):
    return fit(trials, error=error, absent_error=error, generator=np.random.default_rng(seed))


def test_fresh_products_are_called_same_wrongly_no_more_often_than_promised() -> None:
    generator = np.random.default_rng(5)
    false_same, false_absent = [], []
    for seed in range(15):
        rule = fitted(drawn(generator, 50), seed)
        fresh = apply(drawn(generator, 200), rule)
        false_same.append(fresh.false_same.value)
        false_absent.append(fresh.false_absent.value)
    for rates in (false_same, false_absent):
        wobble = float(np.std(rates)) / len(rates) ** 0.5
        assert np.mean(rates) <= 0.1 + 3 * wobble
    # Nor much more seldom: that would cost true ones. (*absent* gives way to *same* where both could be said.)
    assert np.mean(false_same) >= 0.1 - 3 / 51 - 3 * wobble


def test_what_cross_validation_says_is_what_fresh_products_show() -> None:
    generator = np.random.default_rng(6)
    rule = fitted(drawn(generator, 300))
    fresh = apply(drawn(generator, 2000), rule)
    for name in ("false_same", "same_kept", "false_absent", "absent_found", "recall_at_1"):
        said, shown = getattr(rule.measured, name), getattr(fresh, name)
        assert said.low - 0.03 <= shown.value <= said.high + 0.03, name


def test_the_same_trials_and_generator_give_the_same_rule() -> None:
    trials = drawn(np.random.default_rng(7), 60)
    assert fitted(trials, 3) == fitted(trials, 3)


def test_easier_catalogues_keep_more() -> None:
    generator = np.random.default_rng(8)
    hard, easy = fitted(drawn(generator, 150, lift=0.5)), fitted(drawn(generator, 150, lift=3.0))
    assert easy.measured.same_kept.value > hard.measured.same_kept.value + 0.2


def test_a_wrong_first_hit_called_same_counts_as_false() -> None:
    trials = drawn(np.random.default_rng(9), 60)
    # Nothing is confused once the product is out, so every mistake is a wrong first hit.
    wrong = Trials(
        trials.products,
        trials.there + 50,
        np.zeros(len(trials), dtype=bool),
        trials.gone - 50,
        trials.there_category,
        trials.gone_category,
    )
    assert fitted(wrong).measured.false_same.value <= 0.1 + 2 / 60


def test_photographs_of_what_the_shop_never_had_are_negatives_only() -> None:
    generator = np.random.default_rng(10)
    trials = drawn(generator, 120)
    stranger = trials.products >= 60
    there = trials.there.copy()
    there[stranger] = np.nan
    known = Trials(
        trials.products, there, trials.right & ~stranger, trials.gone, trials.there_category, trials.gone_category
    )
    measured = fitted(known).measured
    assert measured.products == 120
    assert measured.recall_at_1.value == pytest.approx(float(trials.right[~stranger].mean()))


def test_categories_with_enough_products_get_thresholds_of_their_own() -> None:
    generator = np.random.default_rng(11)
    assert set(fitted(drawn(generator, 90, categories=3)).categories) == {"c0", "c1", "c2"}
    assert fitted(drawn(generator, 90, categories=30)).categories == {}


def test_too_few_products_are_refused_with_how_many_would_do() -> None:
    with pytest.raises(TooFewProducts, match=r"5\.0% can be promised from 24 .* received 12"):
        fitted(drawn(np.random.default_rng(12), 12), error=0.05)


def test_the_curve_only_rises() -> None:
    curve = fitted(drawn(np.random.default_rng(13), 100)).measured.curve
    for name in ("error", "same_kept", "absent_found"):
        values = [point[name] for point in curve]
        assert values == sorted(values)


def test_what_is_measured_is_the_rule_with_the_thresholds_of_its_categories() -> None:
    trials = drawn(np.random.default_rng(11), 400, categories=2)
    # One category is much more confused than the other: one threshold for both would give up the easy one.
    hard = np.asarray([name == "c0" for name in trials.there_category])
    trials.gone[hard] += 4.0
    trials.there[hard] += 4.0
    rule = fitted(trials)
    assert set(rule.categories) == {"c0", "c1"}
    assert rule.categories["c1"].same < rule.pooled.same
    fresh = drawn(np.random.default_rng(12), 2000, categories=2)
    hard = np.asarray([name == "c0" for name in fresh.there_category])
    fresh.gone[hard] += 4.0
    fresh.there[hard] += 4.0
    shown = apply(fresh, rule)
    assert rule.measured.same_kept.low - 0.03 <= shown.same_kept.value <= rule.measured.same_kept.high + 0.03


def test_strangers_beside_do_not_make_same_less_likely() -> None:
    known = drawn(np.random.default_rng(13), 200)
    strange = drawn(np.random.default_rng(14), 800)
    n = len(strange)
    both = Trials(
        np.concatenate([known.products, strange.products + 1000]),
        np.concatenate([known.there, np.full_like(strange.there, np.nan)]),
        np.concatenate([known.right, np.zeros(n, dtype=bool)]),
        np.concatenate([known.gone, strange.gone]),
        [*known.there_category, *[None] * n],
        [*known.gone_category, *strange.gone_category],
    )
    alone, beside = fitted(known), fitted(both)
    assert beside.weights.intercept == pytest.approx(alone.weights.intercept, abs=1.0)
    assert beside.measured.wrong_of_same == pytest.approx(alone.measured.wrong_of_same, abs=0.05)
