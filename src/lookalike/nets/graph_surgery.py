"""Changes to ONNX graphs that are to become one: names, what leads to a result, what two of them compute alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

__all__ = ["GENERAL", "add", "constant", "free_name", "leading_to", "prune", "rename"]

GENERAL = "general"
"""Before the names of tensors of another model, or of an old end, where the new one has its own of the same names."""


def free_name(graph: onnx.GraphProto, name: str) -> str:
    """`name`, or one like it, before which nothing of the graph stands yet."""
    held = {one.split(".")[0] for node in graph.node for one in node.output}
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

    A node is computed alike where its operator, attributes, output names and inputs are, and its constants are equal.

    Args:
        graph: changed in place; what comes in is called ``general.NAME``.
        other: of the same operator sets and inputs.
        outputs: of `other`.
    """
    wanted = leading_to(other, outputs)
    held = {item.name: item for item in graph.initializer}
    constants = {item.name: item for item in other.initializer}
    made = {name: node for node in graph.node for name in node.output}
    names: dict[str, str] = {"": "", **{item.name: item.name for item in graph.input}}
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
    return [names[output] for output in outputs]


def _equal(one: onnx.TensorProto, other: onnx.TensorProto) -> bool:
    return one.data_type == other.data_type and np.array_equal(numpy_helper.to_array(one), numpy_helper.to_array(other))


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
