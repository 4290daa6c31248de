"""Claims about `lookalike.train.bagging`: heads learn from as many products, products are learned equally often."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.train.bagging import BaggingConfig, products_seen


@given(st.integers(2, 200), st.integers(1, 16), st.floats(0.05, 1.0), st.integers(0, 2**20))
def test_each_head_learns_as_many_products_and_each_product_is_learned_equally_often(
    n_products: int, heads: int, share: float, seed: int
) -> None:
    if heads > 1 and heads * share < 1:
        return
    seen = products_seen(n_products, BaggingConfig(heads, share), np.random.default_rng(seed))
    own = min(n_products, max(2, round(share * n_products), -(-n_products // heads)))
    assert seen.sum(axis=1).tolist() == [own] * heads
    times = seen.sum(axis=0)
    assert times.max() - times.min() <= 1
    assert times.min() >= 1


def test_another_seed_draws_other_products() -> None:
    drawn = [products_seen(40, BaggingConfig(4), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    assert len({tuple(row) for row in drawn[0].tolist()}) == 4


@pytest.mark.parametrize(
    ("heads", "products", "told"),
    [
        (0, 0.5, "1 to 64"),
        (65, 0.5, "1 to 64"),
        (8, 0.0, "above 0"),
        (8, 1.5, "at most 1"),
        (2, 0.4, "0.5 or more"),
        (3, 0.333, "0.334 or more"),
    ],
)
def test_what_cannot_be_is_refused(heads: int, products: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        BaggingConfig(heads, products)


@pytest.mark.parametrize("heads", range(2, 65))
def test_the_smallest_share_that_is_told_is_taken(heads: int) -> None:
    BaggingConfig(heads, 1 / heads)
    with pytest.raises(ValueError, match=r"give a share of ([\d.]+) or more") as refused:
        BaggingConfig(heads, 1 / heads - 0.001)
    BaggingConfig(heads, float(str(refused.value).split("a share of ")[1].split(" ")[0]))
