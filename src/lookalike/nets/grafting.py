"""Another end for an ONNX file: steps after some of its tensors are replaced by ours."""

from __future__ import annotations

from collections.abc import Sequence

import onnx
from onnx import TensorProto, helper, numpy_helper

from lookalike.errors import ModelDamaged, ModelError
from lookalike.nets.graph import Step, parsed_model
from lookalike.nets.graph_surgery import GENERAL, leading_to, opset_of, put_axes
from lookalike.nets.pooling import Written

__all__ = ["grafted"]


def grafted(model: bytes, written: Written, *, sources: Sequence[str], output: str, dimension: int) -> bytes:
    """The file up to `sources`, then the steps of `written`; what neither needs is gone, constants too.

    Where `written` makes a tensor of a name that is still needed of the file, the file's own is called ``general.NAME``
    from then on, and `written` may start from it by that name.

    Args:
        model: bytes of an ONNX file, weights inside.
        written: the new end, ONNX operators of opset 17; those of another set are written as it has them.
        sources: tensors of the file that the new end starts from.
        output: the tensor of `written` that becomes the file's only output: float32 (n, dimension).
        dimension: of it.

    Raises:
        ModelDamaged: not an ONNX file.
        ModelError: the file lacks one of `sources`.
    """
    proto = parsed_model(model)
    graph = proto.graph
    made = {name for node in graph.node for name in node.output}
    absent = [name for name in sources if name not in made]
    if absent:
        raise ModelError(f"the graph has no tensors {', '.join(absent)} to put a head on")
    kept = leading_to(graph, sources)
    nodes = [node for node in graph.node if kept.intersection(node.output)]
    held = [item for item in graph.initializer if item.name in kept]
    new = {step.output for step in written.steps} | written.constants.keys()
    moved = {name: f"{GENERAL}.{name}" for name in new & kept}
    # A file that holds such names already has them one level deeper from then on.
    while taken := {name for name in moved.values() if name in kept and name not in moved}:
        moved |= {name: f"{GENERAL}.{name}" for name in taken}
    for node in nodes:
        node.input[:] = [moved.get(name, name) for name in node.input]
        node.output[:] = [moved.get(name, name) for name in node.output]
    for item in held:
        item.name = moved.get(item.name, item.name)
    nodes += [_node(step) for step in written.steps]
    held += [numpy_helper.from_array(value, name) for name, value in written.constants.items()]
    given = [item for item in graph.input if item.name in kept]
    result = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", dimension])
    made_graph = helper.make_graph(nodes, graph.name, given, [result], held)
    for node in made_graph.node:
        if node.output[0] in new:
            put_axes(made_graph, node, opset_of(proto))
    whole = onnx.ModelProto()
    whole.CopyFrom(proto)
    whole.graph.CopyFrom(made_graph)
    try:
        onnx.checker.check_model(whole)
    except onnx.checker.ValidationError as error:
        raise ModelDamaged(f"the graph with its new head is not valid ONNX: {error}") from error
    return whole.SerializeToString()


def _node(step: Step) -> onnx.NodeProto:
    node = helper.make_node(step.operator, step.inputs, [step.output])
    node.attribute.extend(helper.make_attribute(name, value) for name, value in step.attributes.items())
    return node
