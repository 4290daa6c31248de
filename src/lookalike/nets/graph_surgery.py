"""Changes to ONNX graphs that are to become one: names, what leads to a result, what two of them compute alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import onnx
from onnx import numpy_helper

__all__ = ["GENERAL", "add", "constant", "free_name", "leading_to", "opset_of", "prune", "put_axes", "rename"]

GENERAL = "general"
"""Before the names of tensors of another model, or of an old end, where the new one has its own of the same names."""

_REDUCTIONS = ("ReduceL2", "ReduceMax", "ReduceMean")
_AXES_ARE_GIVEN = 18

_Value: TypeAlias = tuple[int, tuple[int, ...], bytes]
"""Type, shape and digest of a constant."""
_Computed: TypeAlias = tuple[str, str, tuple[bytes, ...], tuple[_Value | str, ...], int]


def free_name(graph: onnx.GraphProto, name: str) -> str:
    """`name`, or one like it, before which nothing of the graph stands yet."""
    names = [*(one for node in graph.node for one in node.output), *(item.name for item in graph.initializer)]
    held = {one.split(".")[0] for one in names}
    while name in held:
        name = f"{name}_"
    return name


def constant(graph: onnx.GraphProto, name: str) -> onnx.TensorProto:
    """The constant of that name; one that is not there is a mistake of the caller."""
    return next(item for item in graph.initializer if item.name == name)


def rename(graph: onnx.GraphProto, name: str, to: str) -> None:
    """Call what is computed as `name` by another name, wherever it is made or used."""
    for node in graph.node:
        node.input[:] = [to if one == name else one for one in node.input]
        node.output[:] = [to if one == name else one for one in node.output]


def put_axes(graph: onnx.GraphProto, node: onnx.NodeProto, opset: int) -> None:
    """Give a reduction its axes as operator set `opset` wants them: from 18 on as a constant, which is added."""
    held = [item for item in node.attribute if item.name == "axes"]
    if opset < _AXES_ARE_GIVEN or node.op_type not in _REDUCTIONS or not held:
        return
    node.attribute.remove(held[0])
    name = f"{node.output[0]}.axes"
    node.input.append(name)
    graph.initializer.append(numpy_helper.from_array(np.array(held[0].ints, np.int64), name))


def opset_of(proto: onnx.ModelProto) -> int:
    """Which set ONNX's own operators of the file are of; 0 where it does not say."""
    return next((one.version for one in proto.opset_import if one.domain in ("", "ai.onnx")), 0)


def prune(graph: onnx.GraphProto, wanted: Collection[str]) -> None:
    """Leave what leads to `wanted` alone."""
    kept = leading_to(graph, wanted)
    nodes = [node for node in graph.node if kept.intersection(node.output)]
    constants = [item for item in graph.initializer if item.name in kept]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants)


def add(graph: onnx.GraphProto, other: onnx.GraphProto, outputs: Sequence[str]) -> list[str]:
    """Add to `graph` what `other` computes `outputs` from and `graph` does not; returns their names there.

    Two nodes compute the same where operator, attributes and inputs are the same, whatever these are called: constants
    of equal values, and results of nodes that compute the same (value numbering).

    Args:
        graph: changed in place; what comes in is called ``general.NAME``, with another first word where one of its own
            names begins so already.
        other: of the same operator sets and inputs.
        outputs: of `other`.
    """
    wanted, prefix = leading_to(other, outputs), free_name(graph, GENERAL)
    held = {item.name: _value(item) for item in graph.initializer}
    constants = {item.name: item for item in other.initializer}
    values = {name: _value(item) for name, item in constants.items()}
    twins: dict[_Computed, onnx.NodeProto] = {}
    for node in graph.node:
        twins.setdefault(_computed(node, [held.get(name, name) for name in node.input]), node)
    names: dict[str, str] = {"": "", **{item.name: item.name for item in graph.input}}
    added: set[str] = set()

    def as_copied(name: str) -> str:
        """Constants of copied nodes are theirs alone: whoever changes one layer finds no other behind it."""
        if name not in constants:
            return names[name]
        if name not in added:
            added.add(name)
            graph.initializer.append(_renamed(constants[name], f"{prefix}.{name}"))
        return f"{prefix}.{name}"

    for node in other.node:
        if not wanted.intersection(node.output):
            continue
        # A node that holds a graph may look at tensors that are not among its inputs.
        twin = twins.get(_computed(node, [values.get(name) or names[name] for name in node.input]))
        if twin is not None and not any(item.type == onnx.AttributeProto.GRAPH for item in node.attribute):
            names.update(zip(node.output, twin.output, strict=True))
            continue
        names.update({name: f"{prefix}.{name}" if name else "" for name in node.output})
        copied = graph.node.add()
        copied.CopyFrom(node)
        copied.name = f"{prefix}.{node.name}" if node.name else ""
        copied.input[:] = [as_copied(name) for name in node.input]
        copied.output[:] = [names[name] for name in node.output]
    return [names[output] for output in outputs]


def _value(item: onnx.TensorProto) -> _Value:
    array = numpy_helper.to_array(item)
    return item.data_type, array.shape, blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).digest()


def _computed(node: onnx.NodeProto, inputs: Sequence[_Value | str]) -> _Computed:
    """Equal for two nodes that compute the same, if equal inputs are."""
    attributes = sorted(item.SerializeToString(deterministic=True) for item in node.attribute)
    return node.op_type, node.domain, tuple(attributes), tuple(inputs), len(node.output)


def leading_to(graph: onnx.GraphProto, outputs: Collection[str]) -> set[str]:
    """Everything that `outputs` are computed from, themselves included: results, constants, inputs."""
    made = {name: node for node in graph.node for name in node.output}
    found: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += made[name].input if name in made else ()
    return found - {""}


def _renamed(item: onnx.TensorProto, name: str) -> onnx.TensorProto:
    copied = onnx.TensorProto()
    copied.CopyFrom(item)
    copied.name = name
    return copied
