"""A log played again knows nothing of what comes later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import TooFewProducts
from lookalike.evaluate.replay import POLICIES, ReplayOptions, _rank, replay
from lookalike.search.people.history import history_of
from lookalike.search.people.log import Log, log_of
from lookalike.search.people.mixing import Target, split_moment


def crowd(seed: int = 3, n: int = 120) -> Log:
    generator = np.random.default_rng(seed)
    rows = []
    for who in range(n):
        group, at = int(generator.integers(3)), float(generator.integers(1_000_000))
        for step, product in enumerate(generator.permutation(8)[:5].tolist()):
            rows.append((who, f"{group}-{product}", "view", at + 60.0 * step, None))
    return log_of(rows)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_rank_counts_what_is_above_among_the_new_candidates(seed: int, repeats: bool) -> None:
    generator = np.random.default_rng(seed)
    n = 12
    scores = generator.integers(0, 4, n).astype(np.float64)
    candidates = generator.random(n) < 0.7
    log = log_of((1, f"p{product}", "view", float(at), None) for at, product in enumerate(range(n)))
    met = generator.choice(n, size=3, replace=False)
    product = int(next(one for one in generator.permutation(n) if one not in met))
    history = replace(history_of(log, 0, 1), met=np.sort(met).astype(np.int64))
    target = Target(0, product, history, 0.0, 0)
    shown = [one for one in range(n) if candidates[one] and (repeats or one not in met)]
    order = sorted(shown, key=lambda one: (-scores[one], one))
    expected = 1.0 + order.index(product) if product in order else float("inf")
    assert _rank(scores, target, candidates, repeats=repeats) == expected


def test_what_others_do_behind_the_cut_changes_nothing() -> None:
    log = crowd()
    known = np.zeros(log.n_products, dtype=bool)
    options = ReplayOptions(held_out=0.3)
    found = replay(log, None, known, options)
    late = log.at > split_moment(log, 0.3)
    shuffled = log.product.copy()
    generator = np.random.default_rng(1)
    others = late & (log.shopper != log.shopper[np.flatnonzero(late)[0]])
    shuffled[others] = generator.permutation(shuffled[others])
    changed = replay(replace(log, product=shuffled), None, known, options)
    assert changed.n_taught == found.n_taught
    assert changed.mix == found.mix


def test_groups_are_foretold_and_newcomers_get_what_off_gives() -> None:
    log = crowd(n=200)
    found = replay(log, None, np.zeros(log.n_products, dtype=bool), ReplayOptions(held_out=0.3))
    assert found.lift["popularity"]["recall@10"].difference.low > 0
    assert all(found.newcomers[policy] == found.newcomers["off"] for policy in POLICIES)
    assert sum(n for n, _ in found.groups.values()) == found.n_targets
    assert set(found.metrics) == set(POLICIES)


def test_a_log_that_is_too_short_is_refused() -> None:
    log = log_of([(1, "a", "view", 1.0, None)])
    with pytest.raises(TooFewProducts, match="longer log"):
        replay(log, None, np.zeros(1, dtype=bool), ReplayOptions())
    with pytest.raises(ValueError, match="held_out"):
        ReplayOptions(held_out=1.0)
