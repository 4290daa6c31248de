"""Graphs in integers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
from onnx import numpy_helper

from lookalike.compress.observation import Observation, observe
from lookalike.compress.quantisation import plan, quantised, require_operators
from lookalike.compress.quantising import quantise_model
from lookalike.compress.recipe import CANDIDATES, QuantisationRecipe
from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.nets.graph import read_graph

Tiny = tuple[ModelDescription, bytes]


@pytest.fixture
def seen(tiny: Tiny, squares: np.ndarray) -> Observation:
    graph = read_graph(tiny[1])
    parts = plan(graph)
    return observe(
        tiny[0],
        tiny[1],
        graph,
        squares,
        tensors=parts.tensors,
        layers=parts.layers,
        generator=np.random.default_rng(0),
    )


@pytest.mark.parametrize("recipe", CANDIDATES, ids=lambda recipe: recipe.name)
def test_vectors_stay_close_whatever_the_recipe(
    tiny: Tiny, squares: np.ndarray, seen: Observation, recipe: QuantisationRecipe
) -> None:
    description, file = tiny
    before = OnnxEmbedder(description, file).embed(squares)
    after = OnnxEmbedder(description, quantised(file, seen, recipe)).embed(squares)
    cosines = np.einsum("nd,nd->n", before, after)
    assert cosines.min() > 0.98


def test_the_default_is_closer_than_one_scale_a_layer_rounded_to_the_nearest(
    tiny: Tiny, squares: np.ndarray, seen: Observation
) -> None:
    description, file = tiny
    before = OnnxEmbedder(description, file).embed(squares)
    means = [
        float(
            np.einsum("nd,nd->n", before, OnnxEmbedder(description, quantised(file, seen, one)).embed(squares)).mean()
        )
        for one in (CANDIDATES[0], CANDIDATES[-1])
    ]
    assert means[0] > means[1]


def test_tensors_keep_their_names_so_that_explanations_still_find_them(
    tiny: Tiny, squares: np.ndarray, seen: Observation
) -> None:
    description, file = tiny
    names = ("stem", "block0.expanded", "features", "pooled")
    told = replace(description, features=names, projection=None)
    before = OnnxEmbedder(told, file).features(squares, names)
    after = OnnxEmbedder(told, quantised(file, seen, QuantisationRecipe(ranges="whole"))).features(squares, names)
    for name in names:
        difference = np.abs(before[name] - after[name]).mean()
        assert difference < 0.05 * np.abs(before[name]).mean() + 0.02
        if name in ("stem", "block0.expanded"):
            assert after[name].min() >= 0.0


def test_a_layer_in_integers_gives_exactly_what_integer_arithmetic_gives(
    tiny: Tiny, squares: np.ndarray, seen: Observation
) -> None:
    description, file = tiny
    made = quantised(file, seen, QuantisationRecipe())
    held = {item.name: numpy_helper.to_array(item) for item in onnx.load_from_string(made).graph.initializer}
    names = ("stem", "block0.expanded")
    found = OnnxEmbedder(replace(description, features=names, projection=None), made).features(squares[:1], names)
    scale, zero = float(held["stem.scale"]), int(held["stem.zero"])
    steps = np.round(found["stem"][0] / scale).astype(int) + zero
    layer = "block0.expanded.convolved"
    weights, bias = held[f"{layer}.weight.steps"][:, :, 0, 0].astype(int), held[f"{layer}.bias.steps"].astype(int)
    scales = held[f"{layer}.weight.scale"].astype(float)
    out_scale, out_zero = float(held["block0.expanded.scale"]), int(held["block0.expanded.zero"])
    for y in range(0, steps.shape[1], 5):
        for x in range(0, steps.shape[2], 5):
            for channel in range(len(weights)):
                total = int(bias[channel])
                for i in range(steps.shape[0]):
                    total += (int(steps[i, y, x]) - zero) * int(weights[channel, i])
                step = min(max(round(total * scale * scales[channel] / out_scale) + out_zero, 0), 255)
                given = round(float(found["block0.expanded"][0, channel, y, x]) / out_scale) + out_zero
                assert abs(given - step) <= 1  # halves may be rounded either way


def test_weights_of_seven_bits_stay_within_63(tiny: Tiny, seen: Observation) -> None:
    for bits, most in ((7, 63), (8, 127)):
        made = onnx.load_from_string(quantised(tiny[1], seen, QuantisationRecipe(weight_bits=bits)))
        steps = [numpy_helper.to_array(item) for item in made.graph.initializer if item.name.endswith(".weight.steps")]
        assert len(steps) == 4
        assert max(int(np.abs(one.astype(int)).max()) for one in steps) == most


def test_the_first_layers_stay_in_float_when_asked(tiny: Tiny, seen: Observation) -> None:
    made = onnx.load_from_string(quantised(tiny[1], seen, QuantisationRecipe(n_float_layers=2)))
    names = {item.name for item in made.graph.initializer}
    assert {"stem.weight", "block0.expanded.weight"} <= names
    assert "block0.filtered.weight" not in names


def test_what_two_recipes_share_is_rounded_once(tiny: Tiny, seen: Observation) -> None:
    rounded: dict[tuple[str, bool, str, int], tuple[np.ndarray, np.ndarray]] = {}
    first = quantised(tiny[1], seen, QuantisationRecipe(), rounded=rounded)
    assert len(rounded) == 4
    quantised(tiny[1], seen, QuantisationRecipe(ranges="whole"), rounded=rounded)
    assert len(rounded) == 4
    assert quantised(tiny[1], seen, QuantisationRecipe(), rounded=rounded) == first


def test_a_model_without_convolutions_is_refused(tiny: Tiny, seen: Observation) -> None:
    with pytest.raises(ModelError, match="nothing to quantise"):
        quantised(tiny[1], seen, QuantisationRecipe(n_float_layers=9))


def test_a_recipe_names_all_its_faults() -> None:
    with pytest.raises(InvalidConfiguration, match=r"weight_bits.*n_float_layers"):
        QuantisationRecipe(weight_bits=4, n_float_layers=-1)


def test_openvino_computes_the_same_vectors(tiny: Tiny, squares: np.ndarray, seen: Observation) -> None:
    pytest.importorskip("openvino")
    from lookalike.embed.openvino_embedder import OpenVinoEmbedder

    description, file = tiny
    made = quantised(file, seen, QuantisationRecipe())
    told = replace(description, precision="int8")
    one, other = OnnxEmbedder(told, made), OpenVinoEmbedder(told, made)
    assert one.description.precision == other.description.precision == "int8"
    assert np.einsum("nd,nd->n", one.embed(squares), other.embed(squares)).min() > 0.999


@pytest.mark.parametrize("opset", [11, 12])
def test_operators_before_those_in_integers_are_refused_before_pictures_are_read(
    tiny: Tiny, tmp_path: Path, opset: int
) -> None:
    proto = onnx.load_model_from_string(tiny[1])
    proto.opset_import[0].version = opset
    path = tmp_path / "old.onnx"
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ModelError, match=f"operator set {opset}, expected 13 or later .* opset 17"):
        require_operators(path.read_bytes(), "old")
    with pytest.raises(ModelError, match="expected 13 or later"):
        quantise_model(path, tmp_path / "no-pictures-here", tmp_path / "out")
