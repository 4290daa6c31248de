"""Pieces taken by several threads add up to one matrix product."""

from __future__ import annotations

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lookalike.index import products as module
from lookalike.index.products import products


@pytest.mark.parametrize("n", [0, 1, 2047, 2048, 2049, 70_000])
def test_pieces_add_up_to_the_whole(n: int):
    rng = np.random.default_rng(n)
    vectors, query = rng.standard_normal((n, 64), dtype=np.float32), rng.standard_normal(64, dtype=np.float32)
    np.testing.assert_allclose(products(vectors, query), vectors @ query, atol=1e-4)
    rows = np.flatnonzero(rng.random(n) < 0.7)
    np.testing.assert_allclose(products(vectors, query, rows), vectors[rows] @ query, atol=1e-4)


def test_a_helper_that_never_begins_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    pool = ThreadPoolExecutor(1)
    release = threading.Event()
    blocked = [pool.submit(release.wait, 60) for _ in range(2)]
    monkeypatch.setattr(module, "_pool", lambda process: (pool, 2))
    vectors, query = np.ones((70_000, 64), np.float32), np.ones(64, np.float32)
    try:
        assert (products(vectors, query) == 64).all()
    finally:
        release.set()
        for future in blocked:
            future.result()
        pool.shutdown()


def test_an_error_in_a_helper_reaches_whoever_asked():
    with pytest.raises(ValueError, match="shape"):
        products(np.ones((70_000, 64), np.float32), np.ones((64, 2), np.float32)[:, 0][:63])


@pytest.mark.parametrize("n", [3, 70_000])
def test_a_flag_that_blas_leaves_behind_warns_nobody(n: int):
    vectors = np.full((n, 64), np.inf, dtype=np.float32)  # infinity times nothing leaves the flag on every processor
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(products(vectors, np.zeros(64, np.float32))).all()
