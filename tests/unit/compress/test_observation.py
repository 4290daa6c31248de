"""What layers see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnx")

from lookalike.compress.observation import observe, patches
from lookalike.compress.quantisation import plan
from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.nets.graph import read_graph


def test_weights_times_patches_are_what_the_convolution_gives(
    tiny: tuple[ModelDescription, bytes], squares: np.ndarray
) -> None:
    description, file = tiny
    graph = read_graph(file)
    layers = plan(graph).layers
    assert [layer.output for layer in layers] == [
        "stem.convolved",
        "block0.expanded.convolved",
        "block0.filtered.convolved",
        "block0.projected",
    ]
    names = tuple({name for layer in layers for name in (layer.inputs[0], layer.output)})
    held = OnnxEmbedder(replace(description, features=names, projection=None), file).features(squares[:2], names)
    for layer in layers:
        weight, bias = graph.constants[layer.inputs[1]], graph.constants[layer.inputs[2]]
        groups = layer.integer("group", 1)
        rows = patches(held[layer.inputs[0]], layer, weight.shape, n_places=10_000, generator=np.random.default_rng(0))
        flat = weight.reshape(groups, len(weight) // groups, -1)
        made = np.einsum("gri,gpi->pgr", flat, rows).reshape(rows.shape[1], -1) + bias
        n, channels, height, width = held[layer.output].shape
        expected = held[layer.output].transpose(0, 2, 3, 1).reshape(n * height * width, channels)
        assert np.allclose(made, expected, atol=1e-3)


def test_ranges_and_moments_are_those_of_all_places(tiny: tuple[ModelDescription, bytes], squares: np.ndarray) -> None:
    description, file = tiny
    graph = read_graph(file)
    parts = plan(graph)
    seen = observe(
        description,
        file,
        graph,
        squares,
        tensors=parts.tensors,
        layers=parts.layers,
        generator=np.random.default_rng(0),
        n_places=10_000,
    )
    assert seen.n_pictures == len(squares)
    held = OnnxEmbedder(replace(description, features=("stem",), projection=None), file).features(squares)["stem"]
    assert seen.tensors["stem"].lowest == pytest.approx(float(held.min()))
    assert seen.tensors["stem"].highest == pytest.approx(float(held.max()))
    rows = held.transpose(0, 2, 3, 1).reshape(-1, held.shape[1]).astype(np.float64)
    found = seen.layers["block0.expanded.convolved"]
    assert np.allclose(found.mean[0], rows.mean(axis=0), rtol=1e-4)
    assert np.allclose(found.second[0], rows.T @ rows / len(rows), rtol=1e-3)
