"""What is shown to whom."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.people.blurring import Privacy, noise_deviation
from lookalike.search.people.history import NOBODY, history_of
from lookalike.search.people.log import Log, log_of
from lookalike.search.people.mixing import DEFAULT_MIX, Mix
from lookalike.search.people.recommender import Recommender
from lookalike.search.people.taste import Looks


@pytest.fixture(scope="module")
def world() -> tuple[Log, Looks]:
    """Two groups of ten products that look alike within a group; the first is met three times as often."""
    generator = np.random.default_rng(5)
    rows = [
        (who, f"{'ab'[who % 4 == 0]}{what}", "view", float(who * 1000 + step), None)
        for who in range(60)
        for step, what in enumerate(generator.permutation(10)[:4].tolist())
    ]
    log = log_of(rows)
    centres = np.asarray([np.eye(8)[0] if one[0] == "a" else np.eye(8)[1] for one in log.product_ids])
    vectors = centres + generator.normal(0, 0.05, size=centres.shape)
    return log, Looks.of(vectors.astype(np.float32))


def recommender(world: tuple[Log, Looks], mix: Mix | None = DEFAULT_MIX) -> Recommender:
    return Recommender.fit(world[0], world[1], np.random.default_rng(1), mix)


def test_to_whom_nothing_is_known_of_personal_is_off_is_popularity(world) -> None:
    taught = recommender(world)
    assert np.array_equal(np.argsort(-taught.scores(NOBODY)), np.argsort(-taught.off(NOBODY)))
    assert not taught.affinity(NOBODY).any()
    assert taught.because(NOBODY, 0) == ()


def test_what_was_met_is_not_shown_again_unless_wanted(world) -> None:
    taught, log = recommender(world), world[0]
    history = history_of(log, 0, 3)
    shown = {one.product for one in taught.recommend(history, 100)}
    assert shown == set(range(log.n_products)) - set(history.met.tolist())
    assert len(taught.recommend(history, 100, repeats=True)) == log.n_products
    allowed = np.zeros(log.n_products, dtype=bool)
    assert taught.recommend(history, 5, allowed=allowed) == ()


def test_taste_brings_the_group_and_says_because_of_what(world) -> None:
    taught, log = recommender(world), world[0]
    start = int(log.starts[0])
    assert log.product_ids[log.product[start]][0] == "b"
    history = history_of(log, start, start + 3)
    best = taught.recommend(history, 4)
    assert {log.product_ids[one.product][0] for one in best} == {"b"}
    assert all(set(one.because) <= set(history.met.tolist()) and one.because for one in best)


def test_the_weight_beside_a_query_grows_with_what_is_known(world) -> None:
    taught, log = recommender(world), world[0]
    spans = [float(np.ptp(taught.affinity(history_of(log, 0, n)))) for n in (1, 2, 4)]
    assert spans[0] > 0
    known = [n / (n + 2.0) for n in (1, 2, 4)]
    assert known == sorted(known)
    assert np.abs(taught.affinity(history_of(log, 0, 4))).max() <= 5.0 * taught.mix.query


def test_a_blurred_taste_is_the_taste_where_privacy_is_given_up(world) -> None:
    taught, log = recommender(world), world[0]
    history = history_of(log, 0, 3)
    scores = taught.blurred(history, Privacy(1e6, 0.5), np.random.default_rng(1))
    assert scores is not None
    assert {log.product_ids[product][0] for product in np.argsort(-scores)[:5].tolist()} == {"b"}
    without = Recommender.fit(log, None, np.random.default_rng(1), DEFAULT_MIX)
    assert without.blurred(history, Privacy(1.0), np.random.default_rng(1)) is None


def test_an_empty_log_still_answers() -> None:
    empty = log_of(()).with_products(["x", "y"])
    taught = Recommender.fit(empty, None, np.random.default_rng(1))
    assert [one.product for one in taught.recommend(NOBODY, 5)] == [0, 1]
    assert taught.mix is DEFAULT_MIX


def test_a_learned_mix_foretells_better_than_popularity(world) -> None:
    log = world[0]
    taught = Recommender.fit(log, world[1], np.random.default_rng(1), None)
    assert taught.mix.n_targets in (0, *range(1, 61))


class NoNoise(np.random.Generator):
    """Remembers how large the noise was to be, and is none."""

    deviation = 0.0

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: int = 1) -> np.ndarray:
        self.deviation = scale
        return np.full(size, loc)


def test_one_event_never_moves_a_taste_further_than_its_noise_is_drawn_for(world) -> None:
    noise = NoNoise(np.random.PCG64(1))
    recommender(world).blurred(history_of(world[0], 0, 3), Privacy(1.0), noise)
    drawn_for = noise.deviation / noise_deviation(1.0, Privacy(1.0))
    # Bought long ago and looked at just now; one event more and the purchase is out of the history.
    known = ["p0", *(f"p{1 + n % 49}" for n in range(198)), "p0", "new"]
    kinds = ["purchase"] * 199 + ["view", "purchase"]
    log = log_of([("s", one, kind, float(at), None) for at, (one, kind) in enumerate(zip(known, kinds, strict=True))])

    def strengths(end: int) -> np.ndarray:
        products, weights, age = history_of(log, 0, end).latest(50)
        of_each = np.zeros(log.n_products)
        of_each[products] = weights / 3.0 * 0.97**age
        return of_each

    # The new one looks like the opposite of all the others: what it adds and what they lose point the same way.
    moved = float(np.abs(strengths(201) - strengths(200)).sum())
    assert 2.5 < moved <= drawn_for
