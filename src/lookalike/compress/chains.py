"""Where a graph has channels that can be taken out without anybody outside noticing: inside its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64
from onnx import helper, numpy_helper

from lookalike.embed.description import ModelDescription
from lookalike.errors import ModelError
from lookalike.nets.graph import Graph, Step, parsed_model, read_graph

__all__ = ["Chain", "chains_of", "narrowed"]

_POINTWISE = {"Relu", "Clip", "HardSwish", "Sigmoid", "LeakyRelu"}


@dataclass(frozen=True, slots=True)
class Chain:
    """A convolution that makes channels, perhaps one that filters each by itself, and one that mixes them all.

    Attributes:
        maker: gives the channels; any kernel, one group.
        filter: a depthwise convolution between, None where there is none.
        mixer: a convolution of 1 x 1, one group, the only reader of the channels.
        n_channels: how many there are.
        joined: the tensor that the mixer's result goes into: the sum with the shortcut, or the result itself.
    """

    maker: Step
    filter: Step | None
    mixer: Step
    n_channels: int
    joined: str

    @property
    def name(self) -> str:
        """Of the mixer's result."""
        return self.mixer.output


def chains_of(graph: Graph, description: ModelDescription) -> tuple[Chain, ...]:
    """Chains of the graph whose inner tensors nobody else reads, in order; no convolution is in two of them.

    Args:
        graph: of the model.
        description: whose ``features`` stay what they are.
    """
    readers: dict[str, list[Step]] = {}
    for step in graph.steps:
        for name in step.inputs:
            readers.setdefault(name, []).append(step)
    told = {description.output, *description.features, *graph.outputs}
    found: list[Chain] = []
    mixing: set[str] = set()
    for maker in graph.steps:
        if not _is_convolution(maker, graph) or maker.integer("group", 1) != 1 or maker.output in mixing:
            continue
        n_channels = graph.constants[maker.inputs[1]].shape[0]
        after = _after(maker, readers, told)
        between = None
        if after is not None and _is_convolution(after, graph) and after.integer("group", 1) == n_channels > 1:
            if graph.constants[after.inputs[1]].shape[:2] != (n_channels, 1):
                continue
            between = after
            after = _after(after, readers, told)
        if after is None or not _is_convolution(after, graph) or after.integer("group", 1) != 1:
            continue
        if graph.constants[after.inputs[1]].shape[1:] != (n_channels, 1, 1):
            continue
        joins = readers.get(after.output, [])
        joined = joins[0].output if len(joins) == 1 and joins[0].operator == "Add" else after.output
        found.append(Chain(maker, between, after, n_channels, joined))
        mixing.add(after.output)
    return tuple(found)


def _is_convolution(step: Step, graph: Graph) -> bool:
    return step.operator == "Conv" and all(name in graph.constants for name in step.inputs[1:])


def _after(step: Step, readers: Mapping[str, list[Step]], told: set[str]) -> Step | None:
    """The convolution that alone reads what `step` gives, perhaps through one function of each value by itself."""
    name = step.output
    for _ in range(2):
        following = readers.get(name, [])
        if name in told or len(following) != 1:
            return None
        if following[0].operator == "Conv":
            return following[0] if following[0].inputs[0] == name else None
        if following[0].operator not in _POINTWISE:
            return None
        name = following[0].output
    following = readers.get(name, [])
    alone = name not in told and len(following) == 1 and following[0].operator == "Conv"
    return following[0] if alone and following[0].inputs[0] == name else None


def narrowed(
    model: bytes,
    kept: Mapping[str, Int64[np.ndarray, " _"]],
    mixers: Mapping[str, tuple[np.ndarray, np.ndarray]],
    description: ModelDescription,
) -> bytes:
    """The ONNX file with fewer channels inside its chains: smaller tensors, not masked ones.

    Args:
        model: bytes of the file.
        kept: by chain, which of its channels stay, rising.
        mixers: by chain, weights (out, kept) and bias (out,) of its mixer; those of the file where absent.
        description: of the model.

    Raises:
        ModelError: no chain of that name, or none of its channels would stay.
    """
    graph = read_graph(model)
    chains = {chain.name: chain for chain in chains_of(graph, description)}
    unknown = [name for name in kept if name not in chains]
    empty = [name for name, channels in kept.items() if not len(channels)]
    if unknown or empty:
        raise ModelError(
            f"cannot narrow {', '.join(unknown + empty)}: expected names among {', '.join(chains)}, "
            "and one channel of each at least"
        )
    proto = parsed_model(model)
    held = {item.name: item for item in proto.graph.initializer}
    nodes = {node.output[0]: node for node in proto.graph.node}

    def put(name: str, value: np.ndarray) -> None:
        held[name].CopyFrom(numpy_helper.from_array(np.array(value, np.float32, order="C"), name))

    def biased(step: Step) -> str | None:
        return step.inputs[2] if len(step.inputs) > 2 and step.inputs[2] else None

    for name, channels in kept.items():
        chain = chains[name]
        for step in (chain.maker, chain.filter):
            if step is None:
                continue
            put(step.inputs[1], graph.constants[step.inputs[1]][channels])
            bias = biased(step)
            if bias is not None:
                put(bias, graph.constants[bias][channels])
        if chain.filter is not None:
            node = nodes[chain.filter.output]
            for attribute in [item for item in node.attribute if item.name == "group"]:
                node.attribute.remove(attribute)
            node.attribute.append(helper.make_attribute("group", len(channels)))
        weight, bias_name = chain.mixer.inputs[1], biased(chain.mixer)
        if name in mixers:
            matrix, offset = mixers[name]
            put(weight, matrix.reshape(len(matrix), len(channels), 1, 1))
            if bias_name is None:
                bias_name = f"{name}.offset"
                proto.graph.initializer.append(numpy_helper.from_array(offset.astype(np.float32), bias_name))
                nodes[chain.mixer.output].input[:] = [*chain.mixer.inputs[:2], bias_name]
            else:
                put(bias_name, offset)
        else:
            put(weight, graph.constants[weight][:, channels])
    del proto.graph.value_info[:]
    return proto.SerializeToString()
