"""Two models of the same pictures as one file, whose similarity is a mixture of theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lookalike.embed.description import ModelDescription
from lookalike.errors import InvalidConfiguration, ModelDamaged, ModelError
from lookalike.nets.grafting import GENERAL
from lookalike.nets.graph import parsed_model

__all__ = ["side_by_side"]

LEARNED = "learned"
"""Before the name of the first model's result."""


def side_by_side(
    learned: tuple[ModelDescription, bytes], initial: tuple[ModelDescription, bytes], *, share: float
) -> tuple[ModelDescription, bytes]:
    """A model that gives [sqrt(1 - share) a, sqrt(share) g], a and g the unit vectors of the two.

    A cosine of two such vectors is (1 - share) times the first's plus share times the second's. What both compute from
    the same numbers, such as layers that have not learned, is computed once.

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
    graph, output = proto.graph, description.output
    own = f"{LEARNED}.{output}"
    for node in graph.node:
        node.input[:] = [own if name == output else name for name in node.input]
        node.output[:] = [own if name == output else name for name in node.output]
    general = _added(graph, added.graph, before.output)
    graph.node.extend(
        [
            helper.make_node("LpNormalization", [own], [f"{own}.unit"], axis=1, p=2),
            helper.make_node("LpNormalization", [general], [f"{general}.unit"], axis=1, p=2),
            helper.make_node("Mul", [f"{own}.unit", f"{own}.share"], [f"{own}.part"]),
            helper.make_node("Mul", [f"{general}.unit", f"{general}.share"], [f"{general}.part"]),
            helper.make_node("Concat", [f"{own}.part", f"{general}.part"], [output], axis=1),
        ]
    )
    for name, value in ((own, 1 - share), (general, share)):
        graph.initializer.append(numpy_helper.from_array(np.array(value**0.5, np.float32), f"{name}.share"))
    dimension = description.dimension + before.dimension
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", dimension]))
    del graph.value_info[:]
    try:
        onnx.checker.check_model(proto)
    except onnx.checker.ValidationError as error:
        raise ModelDamaged(f"the two graphs together are not valid ONNX: {error}") from error
    made = proto.SerializeToString()
    told = replace(
        description,
        dimension=dimension,
        weights_sha256=hashlib.sha256(made).hexdigest(),
        projection=None,
        pooling_exponent=1.0,
        map="features",
        attention=None,
        sizes=(),
        heads=(),
    )
    return told, made


def _added(graph: onnx.GraphProto, other: onnx.GraphProto, output: str) -> str:
    """Add to `graph` what `other` computes `output` from and `graph` does not; returns its name there."""
    wanted = _leading_to(other, output)
    held = {item.name: item for item in graph.initializer}
    constants = {item.name: item for item in other.initializer}
    made = {name: node for node in graph.node for name in node.output}
    names: dict[str, str] = {"": "", **{item.name: item.name for item in graph.input if item.name not in held}}
    alike = {name for name, item in constants.items() if name in held and _equal(item, held[name])}
    added: set[str] = set()

    def as_shared(name: str) -> str | None:
        return name if name in alike else names.get(name)

    def as_copied(name: str) -> str:
        """Constants of copied nodes are theirs alone: whoever changes one layer finds no other behind it."""
        if name not in constants:
            return names[name]
        if name not in added:
            added.add(name)
            graph.initializer.append(_renamed(constants[name], f"{GENERAL}.{name}"))
        return f"{GENERAL}.{name}"

    for node in other.node:
        if not wanted.intersection(node.output):
            continue
        twin = made.get(node.output[0])
        if twin is not None and _same(node, twin, [as_shared(name) for name in node.input]):
            names.update({name: name for name in node.output})
            continue
        names.update({name: f"{GENERAL}.{name}" if name else "" for name in node.output})
        copied = graph.node.add()
        copied.CopyFrom(node)
        copied.name = f"{GENERAL}.{node.name}" if node.name else ""
        copied.input[:] = [as_copied(name) for name in node.input]
        copied.output[:] = [names[name] for name in node.output]
    return names[output]


def _equal(one: onnx.TensorProto, other: onnx.TensorProto) -> bool:
    return one.data_type == other.data_type and np.array_equal(numpy_helper.to_array(one), numpy_helper.to_array(other))


def _leading_to(graph: onnx.GraphProto, output: str) -> set[str]:
    made = {name: node for node in graph.node for name in node.output}
    found: set[str] = set()
    waiting = [output]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += made[name].input if name in made else ()
    return found - {""}


def _same(node: onnx.NodeProto, twin: onnx.NodeProto, inputs: Sequence[str | None]) -> bool:
    """Whether the two compute the same of the same."""
    attributes: list[Mapping[str, bytes]] = [
        {item.name: item.SerializeToString(deterministic=True) for item in one.attribute} for one in (node, twin)
    ]
    names = (node.op_type, node.domain, list(node.output), list(inputs))
    return names == (twin.op_type, twin.domain, list(twin.output), list(twin.input)) and attributes[0] == attributes[1]


def _renamed(item: onnx.TensorProto, name: str) -> onnx.TensorProto:
    copied = onnx.TensorProto()
    copied.CopyFrom(item)
    copied.name = name
    return copied
