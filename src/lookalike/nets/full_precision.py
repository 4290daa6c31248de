"""An ONNX file of half precision as one of float32: what learns, and what is put together, computes in that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, numpy_helper

from lookalike.nets.graph import parsed_model

__all__ = ["in_full_precision", "is_in_half_precision"]


def is_in_half_precision(model: bytes) -> bool:
    """Whether some of the file's numbers are float16.

    Raises:
        ModelDamaged: not an ONNX file.
    """
    return any(item.data_type == TensorProto.FLOAT16 for item in _tensors(parsed_model(model).graph))


def in_full_precision(model: bytes) -> bytes:
    """The same graph with float32 wherever it has float16; a file without float16 as it is.

    Every number of half precision is one of float32, so that only what was rounded between the layers differs.

    Raises:
        ModelDamaged: not an ONNX file.
    """
    if not is_in_half_precision(model):
        return model
    proto = parsed_model(model)
    for item in _tensors(proto.graph):
        if item.data_type == TensorProto.FLOAT16:
            item.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(item).astype(np.float32), item.name))
    for node in proto.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT16:
                attribute.i = TensorProto.FLOAT
    for value in (*proto.graph.input, *proto.graph.output):
        if value.type.tensor_type.elem_type == TensorProto.FLOAT16:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    del proto.graph.value_info[:]
    return proto.SerializeToString()


def _tensors(graph: onnx.GraphProto) -> Iterator[TensorProto]:
    """Constants, whichever way they are held."""
    yield from graph.initializer
    for node in graph.node:
        yield from (item.t for item in node.attribute if item.type == AttributeProto.TENSOR)
