"""What the lower layers give, computed once where they do not learn.

Channels are worth most where maps are fine, and computing there costs most. So those layers stay as they are, and a net
that learns starts from what they gave: on a processor two to three times as many pictures in the same time.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from lookalike.embed.description import ModelDescription
from lookalike.embed.graph import Graph as Runnable
from lookalike.embed.onnx_embedder import OnnxOptions
from lookalike.embed.tensors import model_input
from lookalike.nets.graph import leading_to, read_graph

__all__ = ["LARGEST_HALF", "are_smaller", "lower_maps"]

_AT_ONCE = 16
LARGEST_HALF = 6e4
"""Of what half precision holds."""
_SPARE = 1.2
"""How much more room than that there must be."""


def are_smaller(
    description: ModelDescription, model: bytes, tensor: str, square: UInt8[np.ndarray, "size size 3"]
) -> bool:
    """Whether what the model gives at `tensor` for a picture takes no more bytes than the picture: worth keeping.

    Args:
        description: of the model.
        model: bytes of its ONNX file.
        tensor: name of an inner tensor, or of the graph's input, which is not worth it.
        square: a picture as the model takes it.
    """
    if tensor == read_graph(model).input:
        return False
    found = _Lower(description, model, tensor, threads=1)(square[None])
    return found.ndim == 4 and found.size * np.float16().itemsize <= square.size


def lower_maps(
    description: ModelDescription,
    model: bytes,
    tensor: str,
    squares: UInt8[np.ndarray, "n size size 3"],
    file: Path,
    *,
    threads: int | None = None,
) -> np.ndarray:
    """What `model` gives at `tensor` for each picture, in half precision; beyond its range the largest number.

    Args:
        description: of the model.
        model: bytes of its ONNX file.
        tensor: name of the inner tensor, (n, channels, height, width).
        squares: pictures as the model takes them, one at least.
        file: where the maps lie, if the disk has room for them; it is written over. Otherwise they are held in memory.
        threads: of ONNX Runtime.

    Returns:
        float16 (n, channels, height, width).
    """
    lower = _Lower(description, model, tensor, threads=threads)
    held: np.ndarray | None = None
    for start in range(0, len(squares), _AT_ONCE):
        found = lower(squares[start : start + _AT_ONCE])
        if held is None:
            held = _room(file, (len(squares), *found.shape[1:]))
        held[start : start + len(found)] = found.clip(-LARGEST_HALF, LARGEST_HALF)
    assert held is not None
    return held


class _Lower:
    """The layers that lead to a tensor."""

    def __init__(self, description: ModelDescription, model: bytes, tensor: str, *, threads: int | None) -> None:
        self._description, self._tensor = description, tensor
        self._session = Runnable(leading_to(model, [tensor]), description.name, OnnxOptions(threads=threads))
        (self._given,) = (item.name for item in self._session.inputs)

    def __call__(self, squares: UInt8[np.ndarray, "n size size 3"]) -> Float[np.ndarray, "n ..."]:
        (found,) = self._session.run({self._given: model_input(squares, self._description)}, [self._tensor])
        return found


def _room(file: Path, shape: tuple[int, ...]) -> np.ndarray:
    # A file that is longer than the disk has room for can be made, and kills the process where it is written to.
    if shutil.disk_usage(file.parent).free > _SPARE * math.prod(shape) * np.float16().itemsize:
        return np.memmap(file, np.float16, "w+", shape=shape)
    return np.empty(shape, np.float16)
