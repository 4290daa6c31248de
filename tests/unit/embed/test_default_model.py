"""Claims about the packaged default model: golden vectors, and what its tensors mean."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lookalike.embed import describe_model, open_embedder
from lookalike.embed.heads import head_gains
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.probe import probe_pictures

GOLDEN = Path(__file__).parent / "golden_lite0.npy"
"""Vectors of the probe pictures, shape (8, 256), float32; written by ``scripts/write_golden_vectors.py``."""


@cache
def embedder() -> OnnxEmbedder:
    opened = open_embedder(threads=1)
    assert isinstance(opened, OnnxEmbedder)
    return opened


@cache
def probes() -> np.ndarray:
    apply = embedder().description.preprocessing.apply
    return np.stack([apply(pixels) for pixels in probe_pictures()])


def test_the_probe_pictures_keep_their_vectors():
    golden = np.load(GOLDEN)
    cosines = np.sum(golden * embedder().embed(probes()), axis=1)
    # Processors differ in the last bits, JPEG decoders by a level or so; another model, or preprocessing, by far more.
    assert cosines.min() > 0.9995, cosines


def test_the_golden_vectors_would_notice_another_resampling():
    import dataclasses

    other = dataclasses.replace(embedder().description.preprocessing, interpolation="bilinear")
    batch = np.stack([other.apply(pixels) for pixels in probe_pictures()])
    assert np.sum(np.load(GOLDEN) * embedder().embed(batch), axis=1).min() < 0.9995


def test_the_fingerprint_is_the_released_one():
    assert describe_model("lite0").fingerprint == "c6e202865420fa2c6ed6a2f227486a455684ec45bf90d04ab0f2a7843a585ab7"


def test_feature_maps_have_the_documented_shapes():
    features = embedder().features(probes())
    assert {name: value.shape for name, value in features.items()} == {
        "pooled": (8, 1280),
        "features": (8, 1280, 7, 7),
        "stage14": (8, 112, 14, 14),
        "stage28": (8, 40, 28, 28),
    }
    assert all(value.dtype == np.float32 for value in features.values())


def test_the_embedding_splits_exactly_over_the_locations_of_the_feature_map():
    projection = embedder().projection()
    assert projection is not None
    matrix, offset = projection
    maps = embedder().features(probes(), ["features"])["features"]
    local = np.einsum("dc,nchw->nhwd", matrix, maps) + offset
    rows = local.mean(axis=(1, 2))
    rows *= head_gains(rows, embedder().description.heads)
    np.testing.assert_allclose(rows, embedder().embed(probes()), atol=2e-5)


def test_the_same_thing_is_nearer_than_any_other_thing():
    pictures = probe_pictures()
    apply = embedder().description.preprocessing.apply
    views = []
    for pixels in pictures:
        height, width = pixels.shape[:2]
        views.append(apply(np.ascontiguousarray(pixels[height // 12 :, width // 12 :][:, ::-1])))
    similarities = embedder().embed(np.stack(views)) @ embedder().embed(probes()).T
    assert similarities.argmax(axis=1).tolist() == list(range(len(pictures)))


@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_picture_without_content_still_has_a_unit_vector(level: int):
    vectors = embedder().embed(np.full((1, 224, 224, 3), level, np.uint8))
    assert np.linalg.norm(vectors[0]) == pytest.approx(1.0, abs=1e-5)
