"""An ONNX file as plain steps: what is computed from what, with which constants. Written back with other weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import helper, numpy_helper

from lookalike.errors import ModelDamaged, ModelError

__all__ = ["Attribute", "Graph", "Step", "leading_to", "parsed_model", "read_graph", "with_constants"]

Attribute = int | float | str | tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One operator.

    Attributes:
        operator: ONNX's name of it.
        inputs: names of tensors and constants; an empty text is an optional input that is left out.
        output: name of what it gives.
        attributes: numbers, texts and tuples of numbers by name; others are left out.
    """

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Attribute]

    def integer(self, name: str, default: int) -> int:
        """The attribute as an integer, `default` where the step does not have it."""
        value = self.attributes.get(name, default)
        if not isinstance(value, int):
            raise ModelDamaged(f"{self.output}: {name} of {self.operator} must be an integer, received {value!r}")
        return value

    def number(self, name: str, default: float) -> float:
        """The attribute as a number, `default` where the step does not have it."""
        value = self.attributes.get(name, default)
        if not isinstance(value, int | float):
            raise ModelDamaged(f"{self.output}: {name} of {self.operator} must be a number, received {value!r}")
        return float(value)

    def integers(self, name: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """The attribute as integers, `default` where the step does not have it."""
        value = self.attributes.get(name, default)
        if not isinstance(value, tuple):
            raise ModelDamaged(f"{self.output}: {name} of {self.operator} must be integers, received {value!r}")
        return tuple(int(item) for item in value)


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Steps in an order in which they can be computed.

    Attributes:
        steps: every operator that is not a constant.
        constants: by name; copies, not views of the file.
        input: name of the only tensor that is given.
        outputs: names that the file declares as its results.
    """

    steps: tuple[Step, ...]
    constants: Mapping[str, np.ndarray]
    input: str
    outputs: tuple[str, ...]


def read_graph(model: bytes) -> Graph:
    """The steps of an ONNX file, weights inside.

    Raises:
        ModelDamaged: not an ONNX file, or one whose weights lie elsewhere.
        ModelError: more than one input, or an operator with several results.
    """
    proto = parsed_model(model)
    try:
        constants = {item.name: np.array(numpy_helper.to_array(item)) for item in proto.graph.initializer}
    except (ValueError, OSError, TypeError) as error:
        raise ModelDamaged(f"the weights of the ONNX file cannot be read (are they inside it?): {error}") from error
    steps: list[Step] = []
    for node in proto.graph.node:
        if len(node.output) != 1:
            raise ModelError(f"{node.op_type} with {len(node.output)} results cannot be turned into torch yet")
        attributes = {item.name: _attribute(item) for item in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = _constant(node)
            continue
        known = {name: value for name, value in attributes.items() if value is not None}
        steps.append(Step(node.op_type, tuple(node.input), node.output[0], known))
    inputs = [item.name for item in proto.graph.input if item.name not in constants]
    if len(inputs) != 1:
        raise ModelError(f"expected a graph with one input, the pictures; received {len(inputs)}: {', '.join(inputs)}")
    return Graph(tuple(steps), constants, inputs[0], tuple(item.name for item in proto.graph.output))


def with_constants(model: bytes, constants: Mapping[str, np.ndarray]) -> bytes:
    """The same ONNX file with other values for some of its constants; names, steps and the rest stay.

    Raises:
        ModelDamaged: not an ONNX file.
        KeyError: the file has no constant of that name.
    """
    proto = parsed_model(model)
    held = {item.name: item for item in proto.graph.initializer}
    for node in proto.graph.node:
        if node.op_type == "Constant" and node.output[0] in constants:
            tensor = numpy_helper.from_array(constants[node.output[0]])
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("value", tensor))
    unknown = constants.keys() - held.keys() - {node.output[0] for node in proto.graph.node}
    if unknown:
        raise KeyError(f"the ONNX file has no constants {', '.join(sorted(unknown))}")
    for name, value in constants.items():
        if name in held:
            held[name].CopyFrom(numpy_helper.from_array(np.array(value, order="C"), name))
    return proto.SerializeToString()


def leading_to(model: bytes, names: Sequence[str]) -> bytes:
    """The same ONNX file with these float32 tensors as its only outputs, and without what they do not need.

    Raises:
        ModelDamaged: not an ONNX file.
        KeyError: the file has no tensor of that name.
    """
    proto = parsed_model(model)
    wanted, needed = set(names), []
    for node in reversed(proto.graph.node):
        if wanted.intersection(node.output):
            needed.append(node)
            wanted.difference_update(node.output)
            wanted.update(node.input)
    absent = wanted.intersection(names)
    if absent:
        raise KeyError(f"the ONNX file has no tensors {', '.join(sorted(absent))}")
    # Copies: what is deleted from a message may not be put back into it. Old files list constants as inputs too.
    constants = {item.name for item in proto.graph.initializer}
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in needed[::-1]]
    held = [
        onnx.TensorProto.FromString(one.SerializeToString()) for one in proto.graph.initializer if one.name in wanted
    ]
    given = [
        onnx.ValueInfoProto.FromString(one.SerializeToString())
        for one in proto.graph.input
        if one.name not in constants
    ]
    del proto.graph.node[:]
    proto.graph.node.extend(kept)
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(held)
    del proto.graph.input[:]
    proto.graph.input.extend(given)
    del proto.graph.output[:]
    proto.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    del proto.graph.value_info[:]
    return proto.SerializeToString()


def parsed_model(model: bytes) -> onnx.ModelProto:
    """The file as the onnx package reads it.

    Raises:
        ModelDamaged: not an ONNX file, or one without a graph.
    """
    try:
        proto = onnx.load_model_from_string(model)
    except DecodeError as error:
        raise ModelDamaged(f"received {len(model)} bytes that are no ONNX file: {error}") from error
    if not proto.graph.node:
        raise ModelDamaged(f"received {len(model)} bytes that are no ONNX file with a graph in it")
    return proto


def _attribute(item: onnx.AttributeProto) -> Attribute | None:
    value: object = helper.get_attribute_value(item)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, list | tuple) or hasattr(value, "__iter__"):
        numbers = [number for number in value if isinstance(number, int | float)]  # pyright: ignore[reportGeneralTypeIssues]
        return tuple(numbers)
    return None


def _constant(node: onnx.NodeProto) -> np.ndarray:
    for item in node.attribute:
        if item.name == "value":
            return np.array(numpy_helper.to_array(item.t))
        if item.name in ("value_float", "value_floats"):
            return np.array(helper.get_attribute_value(item), np.float32)
        if item.name in ("value_int", "value_ints"):
            return np.array(helper.get_attribute_value(item), np.int64)
    raise ModelError(f"the constant {node.output[0]} is of a kind that cannot be turned into torch")
