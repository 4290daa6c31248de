"""What goes into a graph and what comes out of it, in plain arrays; the same for every runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Float32

from lookalike.embed.description import ModelDescription
from lookalike.embed.protobuf import field
from lookalike.errors import ModelDamaged, NoVector

__all__ = ["declaring_outputs", "finite_unit_rows", "in_runs", "model_input", "normalised"]


def model_input(batch: np.ndarray, description: ModelDescription) -> np.ndarray:
    """`batch` as the graph takes it: axes moved and normalised as ``description.layout`` says.

    Raises:
        ValueError: not uint8 of shape (n, size, size, 3).
    """
    size = description.preprocessing.size_pixels
    if batch.dtype != np.uint8 or batch.ndim != 4 or batch.shape[1:] != (size, size, 3):
        raise ValueError(
            f"{description.name} takes uint8 pictures of shape (n, {size}, {size}, 3), "
            f"received {batch.dtype} {batch.shape}; prepare them with its preprocessing"
        )
    return normalised(batch, description)


def normalised(pictures: np.ndarray, description: ModelDescription) -> np.ndarray:
    """uint8 pictures of shape (n, height, width, 3), of whatever size, as ``description.layout`` says.

    Raises:
        ValueError: not uint8 of that shape.
    """
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3:
        raise ValueError(
            f"{description.name} takes uint8 pictures of shape (n, height, width, 3), "
            f"received {pictures.dtype} {pictures.shape}"
        )
    if description.layout.endswith("float32"):
        mean = 255 * np.asarray(description.preprocessing.mean, np.float32)
        std = 255 * np.asarray(description.preprocessing.std, np.float32)
        fed: np.ndarray = (pictures.astype(np.float32) - mean) / std
    else:
        fed = pictures
    if description.layout.startswith("nchw"):
        fed = fed.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(fed)


def in_runs(fed: np.ndarray, *, most: int, exactly: int | None = None) -> Iterator[tuple[np.ndarray, int]]:
    """What one run takes, and how many pictures of it are of the batch; an empty batch is one run of none.

    Args:
        fed: the batch as the graph takes it.
        most: pictures that a run takes at most.
        exactly: how many it takes where the graph was written for a number of them: what is missing is filled up with
            zeros, whose rows are to be thrown away. None where any number may come.
    """
    step = most if exactly is None else exactly
    for start in range(0, max(len(fed), 1), step):
        part = fed[start : start + step]
        missing = 0 if exactly is None else exactly - len(part)
        yield np.concatenate([part, np.zeros((missing, *fed.shape[1:]), fed.dtype)]) if missing else part, len(part)


def finite_unit_rows(rows: np.ndarray, description: ModelDescription) -> Float32[np.ndarray, "n dimension"]:
    """`rows` scaled to unit length: v / |v|, accumulated in float64, float32.

    Longer rows are cut first where the description says that their beginning works alone.

    Raises:
        ModelDamaged: rows of another length than described.
        NoVector: some rows are not finite, or zero.
    """
    if rows.ndim == 2 and rows.shape[1] > description.dimension and description.dimension in description.sizes:
        rows = rows[:, : description.dimension]
    if rows.ndim != 2 or rows.shape[1] != description.dimension:
        raise ModelDamaged(
            f"{description.name}: expected vectors of shape (n, {description.dimension}), received {rows.shape}"
        )
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if len(bad):
        raise NoVector(
            f"{description.name}: the vector of picture {bad[0]} of {len(rows)} of the batch has length "
            f"{lengths[bad[0]]}, which cannot be normalised; the weights, or a lower precision, are at fault",
            places=tuple(bad.tolist()),
        )
    return (rows / lengths[:, None]).astype(np.float32)


def declaring_outputs(model: bytes, names: Iterable[str]) -> bytes:
    """The bytes of an ONNX model, with further inner float32 tensors declared as outputs.

    Relies on what protocol buffers guarantee: two messages laid end to end are merged, repeated fields by
    concatenation. So ``ModelProto{graph{output{name, type{tensor{elem_type: float}}}}}`` is appended, and neither
    the onnx package nor a second copy of the graph is needed.

    Reference: protobuf encoding guide, "Last One Wins"; onnx.proto3 field numbers (graph 7, output 12, name 1,
    type 2, tensor_type 1, elem_type 1).
    """
    float_tensor = field(2, field(1, b"\x08\x01"))
    outputs = b"".join(field(12, field(1, name.encode()) + float_tensor) for name in names)
    return model + field(7, outputs)
