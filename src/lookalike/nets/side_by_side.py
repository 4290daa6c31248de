"""Two models of the same pictures as one file, whose similarity is a mixture of theirs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import InvalidConfiguration, ModelDamaged, ModelError
from lookalike.nets.graph import parsed_model
from lookalike.nets.graph_surgery import add, constant, free_name, opset_of, prune, put_axes, rename
from lookalike.nets.head import POOLED
from lookalike.nets.pooling import SMALLEST

__all__ = ["side_by_side"]

Model: TypeAlias = tuple[ModelDescription, bytes]
LEARNED = "learned"
"""Before the name of what the first model ended with."""
BOTH = "both"
"""The map that is pooled where both pool one; before the names of what is made of it."""


def side_by_side(learned: Model, initial: Model, *, share: float) -> Model:
    """A model that gives [sqrt(1 - share) a, sqrt(share) g], a and g the unit vectors of the two.

    A cosine of two such vectors is (1 - share) times the first's plus share times the second's. What both compute from
    the same numbers, such as layers that have not learned, is computed once. Where each is a projection of one pooled
    map and the maps have the same places, so is the result (``both``): its similarity splits over places.

    Args:
        learned: description and ONNX file of the first; the description of the result is this one's but for what the
            second changes.
        initial: of the second; its tensors are called ``general.NAME`` where they are not those of the first.
        share: of the second, above 0 and below 1.

    Raises:
        InvalidConfiguration: `share` out of range.
        ModelError: the two do not take the same squares, or are of different operator sets.
        ModelDamaged: not an ONNX file.
    """
    if not 0.0 < share < 1.0:
        raise InvalidConfiguration(f"the share of the second model must be above 0 and below 1, received {share}")
    (description, file), (before, other) = learned, initial
    takes = [
        (one.input, one.layout, one.preprocessing.size_pixels, one.preprocessing.mean, one.preprocessing.std)
        for one in (description, before)
    ]
    if takes[0] != takes[1]:
        raise ModelError(f"expected two models that take the same squares, received {takes[0]} and {takes[1]}")
    proto, added = parsed_model(file), parsed_model(other)
    sets = [{(item.domain, item.version) for item in one.opset_import} for one in (proto, added)]
    if sets[0] != sets[1]:
        raise ModelError(f"expected two models of the same operator sets, received {sets[0]} and {sets[1]}")
    constants = {item.name for item in proto.graph.initializer}
    inputs = [item for item in proto.graph.input if item.name not in constants]
    del proto.graph.input[:]
    proto.graph.input.extend(inputs)
    exact = all(map(_holds_its_head, (learned, initial))) and _pools_as_many_places(learned, initial)
    told = _as_one_head(proto, learned, initial, share) if exact else _as_two(proto, learned, initial, share)
    graph = proto.graph
    for node in graph.node:
        put_axes(graph, node, opset_of(proto))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(told.output, TensorProto.FLOAT, ["n", told.dimension]))
    del graph.value_info[:]
    try:
        onnx.checker.check_model(proto)
    except onnx.checker.ValidationError as error:
        raise ModelDamaged(f"the two graphs together are not valid ONNX: {error}") from error
    made = proto.SerializeToString()
    return replace(told, weights_sha256=hashlib.sha256(made).hexdigest()), made


def _holds_its_head(model: Model) -> bool:
    """Whether the pooled row and the constants of its projection stand in the graph as the description names them."""
    description, file = model
    graph = parsed_model(file).graph
    held = {item.name for item in graph.initializer}
    pools = any(POOLED in node.output for node in graph.node)
    return pools and description.projection is not None and held.issuperset(description.projection)


def _pools_as_many_places(*models: Model) -> bool:
    """Whether each is a projection of one pooled map, and the maps have the same places."""
    places: list[tuple[int, ...]] = []
    for description, file in models:
        if description.projection is None or description.map not in description.features:
            return False
        size = description.preprocessing.size_pixels
        found = OnnxEmbedder(description, file).features(np.zeros((1, size, size, 3), np.uint8), [description.map])
        places.append(found[description.map].shape[2:])
    return places[0] == places[1]


def _as_two(proto: onnx.ModelProto, learned: Model, initial: Model, share: float) -> ModelDescription:
    """Both results, scaled, one behind the other: of any two models."""
    description, before, output = learned[0], initial[0], learned[0].output
    graph = proto.graph
    own = f"{free_name(graph, LEARNED)}.{output}"
    rename(graph, output, own)
    (general,) = add(graph, parsed_model(initial[1]).graph, [before.output])
    parts: list[str] = []
    # Of two models that compute the same, both results are one tensor: the parts are named after their places.
    for place, (name, value) in enumerate(((own, 1 - share), (general, share))):
        part = f"{own}.{place}"
        parts.append(part)
        graph.node.extend(
            [
                helper.make_node("LpNormalization", [name], [f"{part}.unit"], axis=1, p=2),
                helper.make_node("Mul", [f"{part}.unit", f"{part}.share"], [part]),
            ]
        )
        graph.initializer.append(numpy_helper.from_array(np.array(value**0.5, np.float32), f"{part}.share"))
    graph.node.append(helper.make_node("Concat", parts, [output], axis=1))
    return replace(
        description,
        dimension=description.dimension + before.dimension,
        projection=None,
        pooling_exponent=1.0,
        map="features",
        attention=None,
        sizes=(),
        heads=(),
    )


def _as_one_head(proto: onnx.ModelProto, learned: Model, initial: Model, share: float) -> ModelDescription:
    """One projection of both pooled maps, so that a similarity splits over places as it does of either alone.

    Channel c of the map ``both`` at place i is x_i, or x_i ** e / g ** (e - 1) where the mean that makes the pooled
    feature g has the exponent e: its plain mean over the places is g.
    """
    description, before, graph = learned[0], initial[0], proto.graph
    assert description.projection is not None
    assert before.projection is not None
    other = parsed_model(initial[1]).graph
    matrices = [
        [numpy_helper.to_array(constant(one, name)).astype(np.float32) for name in names]
        for one, names in ((graph, description.projection), (other, before.projection))
    ]
    own = f"{free_name(graph, LEARNED)}.{POOLED}"
    rename(graph, POOLED, own)
    kept = {own, *(name for name in description.features if name != POOLED), description.map}
    prune(graph, kept)
    both = free_name(graph, BOTH)
    pooled, general = add(graph, other, [POOLED, before.map])
    parts = [
        _with_mean(graph, one, exponent, f"{both}.{place}")
        for place, (one, exponent) in enumerate(
            ((description.map, description.pooling_exponent), (general, before.pooling_exponent))
        )
    ]
    (upper, first), (lower, second) = matrices
    matrix = np.zeros((len(upper) + len(lower), upper.shape[1] + lower.shape[1]), np.float32)
    matrix[: len(upper), : upper.shape[1]], matrix[len(upper) :, upper.shape[1] :] = upper, lower
    heads = tuple(
        (length, weight * part)
        for one, weight in ((description, 1 - share), (before, share))
        for length, part in one.heads or ((one.dimension, 1.0),)
    )
    names = f"{both}.weight", f"{both}.bias"
    constants = {names[0]: matrix, names[1]: np.concatenate([first, second]), f"{both}.axis": np.array([1], np.int64)}
    graph.node.extend(
        [
            helper.make_node("Concat", parts, [both], axis=1),
            helper.make_node("Concat", [own, pooled], [POOLED], axis=1),
            helper.make_node("Gemm", [POOLED, *names], [f"{both}.projected"], transB=1),
        ]
    )
    start = 0
    for number, (length, weight) in enumerate(heads):
        head = f"{both}.head{number}"
        constants |= {
            f"{head}.start": np.array([start], np.int64),
            f"{head}.end": np.array([start + length], np.int64),
            f"{head}.share": np.array(weight**0.5, np.float32),
        }
        slices = [f"{both}.projected", f"{head}.start", f"{head}.end", f"{both}.axis"]
        graph.node.extend(
            [
                helper.make_node("Slice", slices, [f"{head}.projected"]),
                helper.make_node("LpNormalization", [f"{head}.projected"], [f"{head}.unit"], axis=1, p=2),
                helper.make_node("Mul", [f"{head}.unit", f"{head}.share"], [head]),
            ]
        )
        start += length
    made = [f"{both}.head{number}" for number in range(len(heads))]
    graph.node.append(helper.make_node("Concat", made, [description.output], axis=1))
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    return replace(
        description,
        dimension=description.dimension + before.dimension,
        features=tuple(dict.fromkeys((*description.features, both))),
        projection=names,
        pooling_exponent=1.0,
        map=both,
        attention=None,
        sizes=(),
        heads=heads,
    )


def _with_mean(graph: onnx.GraphProto, source: str, exponent: float, name: str) -> str:
    """The map whose plain mean over the places is the generalised mean of `source`; `source` itself for exponent 1."""
    if exponent == 1.0:
        return source
    constants = {"smallest": SMALLEST, "exponent": exponent, "rest": (1 - exponent) / exponent}
    graph.node.extend(
        [
            helper.make_node("Clip", [source, f"{name}.smallest"], [f"{name}.positive"]),
            helper.make_node("Pow", [f"{name}.positive", f"{name}.exponent"], [f"{name}.raised"]),
            helper.make_node("ReduceMean", [f"{name}.raised"], [f"{name}.mean"], axes=[2, 3], keepdims=1),
            helper.make_node("Pow", [f"{name}.mean", f"{name}.rest"], [f"{name}.scale"]),
            helper.make_node("Mul", [f"{name}.raised", f"{name}.scale"], [name]),
        ]
    )
    graph.initializer.extend(
        numpy_helper.from_array(np.array(value, np.float32), f"{name}.{part}") for part, value in constants.items()
    )
    return name
