"""The closed form is the regression that it claims to be."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.search.people.closed_form import fit_closed_form
from lookalike.search.people.log import log_of


@pytest.mark.parametrize("seed", range(3))
def test_each_column_is_the_ridge_regression_on_the_other_products(seed: int) -> None:
    generator = np.random.default_rng(seed)
    met = generator.random((30, 6)) < 0.4
    log = log_of(
        (who, f"p{what}", "view", float(who * 10 + what), None) for who, what in zip(*np.nonzero(met), strict=True)
    )
    (model,) = fit_closed_form(log, log.n_products, [5.0])
    names = [int(log.product_ids[product][1:]) for product in model.covered.tolist()]
    x = met[:, names].astype(float)
    for column in range(x.shape[1]):
        others = [place for place in range(x.shape[1]) if place != column]
        a = x[:, others]
        expected = np.linalg.solve(a.T @ a + 5.0 * np.eye(len(others)), a.T @ x[:, column])
        np.testing.assert_allclose(model.weights[others, column], expected, atol=1e-5)
        assert model.weights[column, column] == 0.0


def test_products_that_one_shopper_met_alone_are_not_covered() -> None:
    log = log_of([(1, "a", "view", 1.0, None), (2, "b", "view", 2.0, None)])
    assert fit_closed_form(log, 2, [5.0]) == ()
