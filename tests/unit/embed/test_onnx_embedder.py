"""Claims about `lookalike.embed.onnx_embedder`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions, onnx_errors
from lookalike.errors import InvalidConfiguration, ModelDamaged

Describe = Callable[..., ModelDescription]
TinyModel = Callable[..., bytes]


@pytest.mark.parametrize("batch_pictures", [1, 3, 7, 32])
def test_a_large_batch_is_cut_without_a_seam(
    tiny_model: TinyModel,
    describe: Describe,
    pictures: np.ndarray,
    tiny_vectors: Callable[[np.ndarray], np.ndarray],
    batch_pictures: int,
):
    model = tiny_model()
    embedder = OnnxEmbedder(describe(model), model, OnnxOptions(threads=1, batch_pictures=batch_pictures))
    np.testing.assert_allclose(embedder.embed(pictures), tiny_vectors(pictures), atol=1e-6)


@pytest.mark.parametrize("layout", ["nhwc_uint8", "nchw_uint8", "nhwc_float32", "nchw_float32"])
def test_every_layout_gives_the_same_vectors(
    tiny_model: TinyModel,
    describe: Describe,
    pictures: np.ndarray,
    tiny_vectors: Callable[[np.ndarray], np.ndarray],
    layout: str,
):
    from lookalike.images.preprocessing import Preprocessing

    model = tiny_model(layout)
    plain = Preprocessing(size_pixels=8, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    embedder = OnnxEmbedder(describe(model, layout=layout, preprocessing=plain), model, OnnxOptions(threads=1))
    np.testing.assert_allclose(embedder.embed(pictures), tiny_vectors(pictures), atol=1e-6)


def test_inner_tensors_are_given_without_being_outputs_of_the_file(
    tiny_model: TinyModel, describe: Describe, pictures: np.ndarray
):
    model = tiny_model()
    embedder = OnnxEmbedder(describe(model), model, OnnxOptions(threads=1, batch_pictures=2))
    features = embedder.features(pictures)
    assert list(features) == ["pooled"]
    np.testing.assert_allclose(features["pooled"], (pictures / 255).mean((1, 2)), atol=1e-6)
    assert embedder.features(pictures, []) == {}
    assert embedder.features(pictures[:0])["pooled"].shape == (0, 3)


def test_unknown_inner_tensors_are_refused_with_the_known_ones(
    tiny_model: TinyModel, describe: Describe, pictures: np.ndarray
):
    model = tiny_model()
    embedder = OnnxEmbedder(describe(model), model, OnnxOptions(threads=1))
    with pytest.raises(ValueError, match=r"has no feature maps \['weights'\]; it has: pooled"):
        embedder.features(pictures, ["weights"])


def test_the_projection_of_the_pooled_features_is_the_embedding(
    tiny_model: TinyModel, describe: Describe, pictures: np.ndarray
):
    model = tiny_model()
    embedder = OnnxEmbedder(describe(model), model, OnnxOptions(threads=1))
    projection = embedder.projection()
    assert projection is not None
    matrix, offset = projection
    rows = embedder.features(pictures)["pooled"] @ matrix.T + offset
    np.testing.assert_allclose(rows / np.linalg.norm(rows, axis=1, keepdims=True), embedder.embed(pictures), atol=1e-6)


def test_the_projection_is_computed_once(tiny_model: TinyModel, describe: Describe, monkeypatch: pytest.MonkeyPatch):
    model = tiny_model()
    embedder = OnnxEmbedder(describe(model), model, OnnxOptions(threads=1))
    first = embedder.projection()
    monkeypatch.setattr(embedder, "_opened", lambda names: pytest.fail("the graph was run again"))
    assert embedder.projection() is first


def test_a_model_without_projection_gives_none(tiny_model: TinyModel, describe: Describe):
    model = tiny_model()
    assert OnnxEmbedder(describe(model, projection=None), model, OnnxOptions(threads=1)).projection() is None


def test_bytes_that_are_no_model_are_an_error_of_ours(describe: Describe):
    with pytest.raises(ModelDamaged, match="cannot open the model"):
        OnnxEmbedder(describe(b""), b"no model at all", OnnxOptions(threads=1))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"input": "image"}, r"expected one input 'image', the graph has \['pixels'\]"),
        ({"output": "vector"}, r"expected an output 'vector', the graph has \['embedding'\]"),
    ],
)
def test_tensors_that_the_graph_lacks_are_an_error(
    tiny_model: TinyModel, describe: Describe, fields: dict[str, object], message: str
):
    model = tiny_model()
    with pytest.raises(ModelDamaged, match=message):
        OnnxEmbedder(describe(model, **fields), model, OnnxOptions(threads=1))


def test_a_described_feature_that_the_graph_lacks_is_an_error(
    tiny_model: TinyModel, describe: Describe, pictures: np.ndarray
):
    model = tiny_model()
    embedder = OnnxEmbedder(describe(model, features=("stage28",)), model, OnnxOptions(threads=1))
    with pytest.raises(ModelDamaged, match="cannot open the model"):
        embedder.features(pictures)


def test_vectors_of_another_length_than_described_are_an_error(
    tiny_model: TinyModel, describe: Describe, pictures: np.ndarray
):
    model = tiny_model()
    with pytest.raises(ModelDamaged, match=r"expected vectors of shape \(n, 6\)"):
        OnnxEmbedder(describe(model, dimension=6), model, OnnxOptions(threads=1)).embed(pictures)


def test_overflowing_vectors_are_an_error_not_a_ranking(
    tiny_model: TinyModel, describe: Describe, pictures: np.ndarray
):
    model = tiny_model(scale=float("inf"))
    with pytest.raises(ModelDamaged, match="cannot be normalised"):
        OnnxEmbedder(describe(model), model, OnnxOptions(threads=1)).embed(pictures)


def test_unknown_providers_are_refused_with_the_known_ones(tiny_model: TinyModel, describe: Describe):
    model = tiny_model()
    with pytest.raises(InvalidConfiguration, match=r"no provider SteamProvider here; it has .*CPUExecutionProvider"):
        OnnxEmbedder(describe(model), model, OnnxOptions(providers=("SteamProvider",)))


def test_every_bad_option_is_named_at_once():
    with pytest.raises(InvalidConfiguration, match=r"threads.*batch_pictures.*providers"):
        OnnxOptions(threads=0, batch_pictures=0, providers=())


def test_every_error_of_onnx_runtime_is_translated():
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # pyright: ignore[reportAttributeAccessIssue]

    named = {state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile}
    assert named <= set(onnx_errors())
    assert all(issubclass(error, Exception) for error in onnx_errors())
