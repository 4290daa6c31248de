"""A float ONNX model as one of eight-bit integers: the same graph with QuantizeLinear and DequantizeLinear in it.

Every runtime reads that form and computes in integers what stands between such a pair; one that does not know an
operator in integers computes it in floats, and is still right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lookalike.compress.observation import Histogram, LayerInputs, Observation
from lookalike.compress.ranges import affine, range_of
from lookalike.compress.recipe import QuantisationRecipe
from lookalike.compress.rounding import fitted_steps, nearest_steps, scales_of
from lookalike.errors import ModelError
from lookalike.nets.graph import Graph, Step, parsed_model, read_graph
from lookalike.nets.graph_surgery import opset_of

__all__ = ["Plan", "Rounded", "plan", "quantised", "require_operators"]

_FOLLOWING = {"Add", "Concat", "MaxPool", "AveragePool"}
"""Operators that compute in integers where all of their inputs are."""
_LEAST_OPSET = 13
"""First operator set whose integers have a scale for each channel."""


class Plan:
    """Which parts of a graph can be computed in integers.

    Attributes:
        layers: convolutions, in order.
        bounds: by convolution, the Relu or Clip that alone follows it and that rounding into a range replaces.
        tensors: those that are held in integers, in order.
    """

    def __init__(self, graph: Graph, *, n_float_layers: int = 0) -> None:
        convolutions = [step for step in graph.steps if step.operator == "Conv" and _is_plain(step, graph)]
        self.layers: list[Step] = convolutions[n_float_layers:]
        if not self.layers:
            raise ModelError("the model has no convolutions over two axes with fixed weights: nothing to quantise")
        readers: dict[str, list[Step]] = {}
        for step in graph.steps:
            for name in step.inputs:
                readers.setdefault(name, []).append(step)
        self.bounds: dict[str, Step] = {}
        held: dict[str, None] = {}
        chosen = {step.output for step in self.layers}
        for step in graph.steps:
            if step.output in chosen:
                after = readers.get(step.output, [])
                held[step.inputs[0]] = None
                if len(after) == 1 and step.output not in graph.outputs and _bounds_below(after[0], graph):
                    self.bounds[step.output] = after[0]
                    held[after[0].output] = None
                else:
                    held[step.output] = None
            elif step.operator in _FOLLOWING and all(name in held for name in step.inputs):
                held[step.output] = None
        self.tensors: tuple[str, ...] = tuple(held)


def require_operators(model: bytes, name: str) -> None:
    """Refuse an ONNX file of operators among which those that compute in integers cannot be written.

    Args:
        model: bytes of the file.
        name: of the model, for the message.

    Raises:
        ModelError: of an older operator set.
    """
    of = opset_of(parsed_model(model))
    if of < _LEAST_OPSET:
        raise ModelError(
            f"{name} is of ONNX operator set {of}, expected {_LEAST_OPSET} or later to compute in integers: export it "
            "again with opset 17"
        )


def plan(graph: Graph) -> Plan:
    """The largest plan: what to observe, so that every recipe can be tried afterwards."""
    return Plan(graph)


def _is_plain(step: Step, graph: Graph) -> bool:
    weight = graph.constants.get(step.inputs[1])
    plain = step.attributes.get("auto_pad", "NOTSET") == "NOTSET"
    return (
        weight is not None and weight.ndim == 4 and plain and all(name in graph.constants for name in step.inputs[2:])
    )


def _bounds_below(step: Step, graph: Graph) -> bool:
    """Whether `step` cuts off at zero, so that a range from zero does the same."""
    if step.operator == "Relu":
        return True
    if step.operator != "Clip":
        return False
    if len(step.inputs) > 1 and step.inputs[1]:
        lowest = graph.constants.get(step.inputs[1])
        return lowest is not None and float(lowest.reshape(())) == 0.0
    return step.attributes.get("min") == 0.0


Rounded = dict[tuple[str, bool, str, int], tuple[np.ndarray, np.ndarray]]
"""Steps and scales of layers by name, per_channel, rounding and bits: what recipes that differ elsewhere share."""


def quantised(
    model: bytes, observation: Observation, recipe: QuantisationRecipe, *, rounded: Rounded | None = None
) -> bytes:
    """The ONNX file of `model` with its convolutions in integers, as `recipe` says.

    Biases take back what rounding the weights moves on average: b + (W - Ŵ) E[x].

    Args:
        model: bytes of an ONNX file in float.
        observation: of the tensors and layers of `plan`.
        recipe: how.
        rounded: kept between calls for the same model and observation, so that no layer is rounded twice alike.

    Raises:
        ModelDamaged: not an ONNX file.
        ModelError: no convolution in it, or fewer than the recipe leaves in float.

    Reference:
        Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction" (arXiv 1906.04721),
        section 4.2, with the observed mean of the inputs.
    """
    graph = read_graph(model)
    chosen = Plan(graph, n_float_layers=recipe.n_float_layers)
    writer = _Writer(parsed_model(model), graph, observation.tensors, chosen.tensors, recipe, rounded)
    in_layers = {step.output: step for step in chosen.layers}
    in_bounds = {bound.output: layer for layer, bound in chosen.bounds.items()}
    for node in writer.proto.graph.node:
        name = node.output[0]
        if name in in_layers:
            bound = chosen.bounds.get(name)
            result = name if bound is None else bound.output
            writer.layer(node, in_layers[name], observation.layers[name], result)
        elif name in in_bounds:
            continue
        else:
            writer.keep(node)
    return writer.finished()


class _Writer:
    """Copies a graph node by node and puts the pairs in."""

    def __init__(
        self,
        proto: onnx.ModelProto,
        graph: Graph,
        tensors: Mapping[str, Histogram],
        held: Sequence[str],
        recipe: QuantisationRecipe,
        rounded: Rounded | None,
    ) -> None:
        self._rounded: Rounded = {} if rounded is None else rounded
        self.proto = proto
        self._graph = graph
        self._held = frozenset(held)
        self._recipe = recipe
        self._nodes: list[onnx.NodeProto] = []
        self._added: dict[str, onnx.TensorProto] = {}
        self._scales: dict[str, float] = {}
        for name in held:
            scale, zero = affine(*range_of(tensors[name], recipe.ranges))
            self._scales[name] = scale
            self._add(f"{name}.scale", np.array(scale, np.float32))
            self._add(f"{name}.zero", np.array(zero, np.uint8))
        if graph.input in self._held:
            # The input of a file cannot be renamed: its readers are.
            self._add(f"{graph.input}.held.scale", np.array(self._scales[graph.input], np.float32))
            self._add(f"{graph.input}.held.zero", numpy_helper.to_array(self._added[f"{graph.input}.zero"]))
            self._hold(graph.input, f"{graph.input}.held")

    def layer(self, node: onnx.NodeProto, step: Step, inputs: LayerInputs, result: str) -> None:
        """A convolution with integers around it; its result is the tensor `result`."""
        given = step.inputs[0]
        source = given if given != self._graph.input else f"{given}.held"
        weight: np.ndarray = self._graph.constants[step.inputs[1]].astype(np.float64)
        bias: np.ndarray = np.zeros(len(weight))
        if len(step.inputs) > 2 and step.inputs[2]:
            bias = self._graph.constants[step.inputs[2]].reshape(-1).astype(np.float64)
        groups = step.integer("group", 1)
        rows = weight.reshape(groups, len(weight) // groups, -1)
        steps, scales = self._steps(step.output, rows, inputs)
        moved = np.einsum("gri,gi->gr", rows - steps * scales[..., None], inputs.mean).reshape(-1)
        flat = scales.reshape(-1)
        bias_scales = (flat * self._scales[given]).astype(np.float32)
        bias_steps = np.clip(np.round((bias + moved) / bias_scales), -(2**31) + 1, 2**31 - 1).astype(np.int32)
        name = step.output
        held_weight = self._constant_integers(f"{name}.weight", steps.reshape(weight.shape), flat)
        held_bias = self._constant_integers(f"{name}.bias", bias_steps, bias_scales)
        made = helper.make_node("Conv", [source, held_weight, held_bias], [result], name=result)
        made.attribute.extend(node.attribute)
        self._put(made)

    def _steps(self, name: str, rows: np.ndarray, inputs: LayerInputs) -> tuple[np.ndarray, np.ndarray]:
        recipe = self._recipe
        key = name, recipe.per_channel, recipe.rounding, recipe.weight_bits
        if key not in self._rounded:
            limit = recipe.limit
            scales = scales_of(rows, inputs.second, limit=limit, per_channel=recipe.per_channel)
            scales = scales.astype(np.float32).astype(np.float64)
            if recipe.rounding == "fitted":
                steps = fitted_steps(rows, scales, inputs.second, limit=limit)
            else:
                steps = nearest_steps(rows, scales, limit=limit)
            self._rounded[key] = steps, scales
        return self._rounded[key]

    def keep(self, node: onnx.NodeProto) -> None:
        """Any other operator; its inputs have their old names, whether they were held in integers or not."""
        made = onnx.NodeProto()
        made.CopyFrom(node)
        self._put(made)

    def _put(self, node: onnx.NodeProto) -> None:
        """Append `node`; a result that is held in integers keeps its name behind the pair, not before it."""
        self._nodes.append(node)
        name = node.output[0]
        if name in self._held:
            node.output[0] = f"{name}.float"
            self._hold(node.output[0], name)

    def finished(self) -> bytes:
        """The file, without constants that nothing reads any more."""
        graph = self.proto.graph
        read = {name for node in self._nodes for name in node.input}
        held = [item for item in graph.initializer if item.name in read]
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(self._nodes)
        graph.initializer.extend([*held, *self._added.values()])
        onnx.checker.check_model(self.proto)
        return self.proto.SerializeToString()

    def _hold(self, source: str, name: str) -> None:
        """The tensor `name`: what `source` holds, having gone through integers."""
        pair = [f"{name}.scale", f"{name}.zero"]
        self._nodes += [
            helper.make_node("QuantizeLinear", [source, *pair], [f"{name}.steps"], name=f"{name}.to_steps"),
            helper.make_node("DequantizeLinear", [f"{name}.steps", *pair], [name], name=f"{name}.of_steps"),
        ]

    def _constant_integers(self, name: str, steps: np.ndarray, scales: np.ndarray) -> str:
        """The name of constants that are held as `steps`; one scale a row where the recipe is per channel, else one."""
        single = not self._recipe.per_channel
        held = np.array(scales[0] if single else scales, np.float32)
        self._add(f"{name}.steps", steps)
        self._add(f"{name}.scale", held)
        self._add(f"{name}.zero", np.zeros(held.shape, steps.dtype))
        made = helper.make_node(
            "DequantizeLinear",
            [f"{name}.steps", f"{name}.scale", f"{name}.zero"],
            [f"{name}.held"],
            name=f"{name}.of_steps",
        )
        if not single:
            made.attribute.append(helper.make_attribute("axis", 0))
        self._nodes.append(made)
        return f"{name}.held"

    def _add(self, name: str, value: np.ndarray) -> None:
        self._added[name] = numpy_helper.from_array(np.array(value, order="C"), name)
