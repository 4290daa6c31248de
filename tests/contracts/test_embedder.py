"""What every `lookalike.embed.Embedder` promises, run against each implementation with the packaged model."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from lookalike.embed import Embedder, open_embedder
from lookalike.embed.probe import AGREEMENT, agreement, probe_pictures


@cache
def onnxruntime() -> Embedder:
    return open_embedder(threads=1)


@cache
def openvino() -> Embedder:
    pytest.importorskip("openvino")
    return open_embedder(runtime="openvino", threads=1)


@pytest.fixture(params=[onnxruntime, openvino], ids=lambda make: make.__name__)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    make: Callable[[], Embedder] = request.param
    return make()


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    apply = onnxruntime().description.preprocessing.apply
    return np.stack([apply(pixels) for pixels in probe_pictures()])


def test_vectors_are_unit_float32_rows_of_the_described_dimension(embedder: Embedder, batch: np.ndarray):
    vectors = embedder.embed(batch)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(batch), embedder.description.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_an_empty_batch_gives_no_rows(embedder: Embedder, batch: np.ndarray):
    assert embedder.embed(batch[:0]).shape == (0, embedder.description.dimension)


def test_a_picture_keeps_its_vector_whatever_its_company_and_place(embedder: Embedder, batch: np.ndarray):
    together = embedder.embed(batch)
    turned = embedder.embed(batch[::-1])[::-1]
    alone = np.concatenate([embedder.embed(batch[i : i + 1]) for i in range(len(batch))])
    np.testing.assert_allclose(turned, together, atol=1e-5)
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_threads_do_not_disturb_each_other(embedder: Embedder, batch: np.ndarray):
    expected = embedder.embed(batch)
    order = [i % len(batch) for i in range(24)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda i: embedder.embed(batch[i : i + 1])[0], order))
    np.testing.assert_allclose(np.stack(found), expected[order], atol=1e-5)


def test_the_input_is_left_as_it_was(embedder: Embedder, batch: np.ndarray):
    before = batch.copy()
    batch.flags.writeable = False
    try:
        embedder.embed(batch)
    finally:
        batch.flags.writeable = True
    np.testing.assert_array_equal(batch, before)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros((1, 224, 224, 3), np.float32),
        np.zeros((224, 224, 3), np.uint8),
        np.zeros((1, 3, 224, 224), np.uint8),
    ],
)
def test_a_batch_that_was_not_prepared_is_refused(embedder: Embedder, bad: np.ndarray):
    # Under pytest the annotations are checked too, and may be the first to object.
    with pytest.raises((ValueError, TypeCheckError)):
        embedder.embed(bad)


def test_the_description_says_what_computes(embedder: Embedder):
    assert embedder.description.runtime in ("onnxruntime", "openvino")
    assert embedder.description.precision == "fp32"
    assert embedder.description.fingerprint == onnxruntime().description.fingerprint


def test_runtimes_in_fp32_are_interchangeable(embedder: Embedder):
    assert agreement(embedder, onnxruntime()) >= AGREEMENT
