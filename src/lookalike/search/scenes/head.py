"""What says where in feature maps a thing is: a few small convolutions, evaluated with NumPy alone.

Trained by ``scripts/train_objectness.py`` on drawn scenes, pasted photographs and photographs of garments; it knows no
kinds of things. It goes with one model's feature maps, and refuses those of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float32

from lookalike.errors import ModelDamaged

__all__ = ["MAPS", "ObjectHead", "packaged_heads"]

MAPS = ("features", "stage14", "stage28")
"""The feature maps that it looks at: a cell of each is 32, 16 and 8 pixels of the picture wide."""

CELL_PIXELS = 16
"""Side of a cell of the grid on which it answers."""

_DILATIONS = (1, 2, 4)
_LEAST, _MOST = np.float32(-3.0), np.float32(4.0)
_ALONE = 1 << 18
"""Multiplications that OpenBLAS does in the thread that asks for them (its interface/gemm.c)."""


@dataclass(frozen=True, slots=True, eq=False)
class ObjectHead:
    """Layers h = relu(A a + B b + up(C c) + bias), h += relu(conv_d(h)) for each dilation d, then five numbers a cell.

    Attributes:
        from_features: C, shape (width, channels of ``features``).
        from_stage14: A, shape (width, channels of ``stage14``).
        from_stage28: B, shape (width, 4 times the channels of ``stage28``), of its blocks of 2 x 2.
        bias: shape (width,).
        kernels: of the convolutions, shape (n, width, width, 3, 3).
        kernel_biases: shape (n, width).
        out: shape (5, width).
        out_bias: shape (5,).
        weights_sha256: of the model whose maps it was trained on.
    """

    from_features: Float32[np.ndarray, "width features"]
    from_stage14: Float32[np.ndarray, "width stage14"]
    from_stage28: Float32[np.ndarray, "width blocks"]
    bias: Float32[np.ndarray, " width"]
    kernels: Float32[np.ndarray, "n width width 3 3"]
    kernel_biases: Float32[np.ndarray, "n width"]
    out: Float32[np.ndarray, "5 width"]
    out_bias: Float32[np.ndarray, " 5"]
    weights_sha256: str

    def boxes(
        self, maps: Mapping[str, Float32[np.ndarray, "1 channels rows columns"]]
    ) -> tuple[Float32[np.ndarray, "n 4"], Float32[np.ndarray, " n"]]:
        """One box and one score a cell, in cells, row by row from the upper left.

        Args:
            maps: `MAPS` of one picture whose sides are multiples of 32 pixels.

        Returns:
            left, upper, right and lower edge in cells of `CELL_PIXELS`, which may lie outside; score from 0 to 1.
        """
        features, stage14, stage28 = (np.moveaxis(maps[name][0], 0, -1) for name in MAPS)
        rows, columns, _ = stage14.shape
        blocks = stage28.reshape(rows, 2, columns, 2, -1).transpose(0, 2, 4, 1, 3).reshape(rows, columns, -1)
        hidden = dense(stage14, self.from_stage14) + dense(blocks, self.from_stage28)
        hidden += dense(features, self.from_features).repeat(2, axis=0).repeat(2, axis=1)
        hidden = np.maximum(hidden + self.bias, 0)
        for kernel, bias, dilation in zip(self.kernels, self.kernel_biases, _DILATIONS, strict=True):
            hidden += np.maximum(convolved(hidden, kernel, dilation) + bias, 0)
        found = np.moveaxis(dense(hidden, self.out) + self.out_bias, -1, 0)
        score = 1 / (1 + np.exp(-found[0]))
        left, upper, right, lower = np.exp(np.clip(found[1:], _LEAST, _MOST))
        down, across = np.mgrid[0:rows, 0:columns].astype(np.float32) + np.float32(0.5)
        boxes = np.stack([across - left, down - upper, across + right, down + lower], axis=-1)
        return boxes.reshape(-1, 4).astype(np.float32), score.ravel().astype(np.float32)


def convolved(
    values: Float32[np.ndarray, "rows columns channels"],
    kernel: Float32[np.ndarray, "width channels 3 3"],
    dilation: int,
) -> Float32[np.ndarray, "rows columns width"]:
    """The 3 x 3 convolution (as networks mean it: not flipped) with zeros around, of the same size.

    Args:
        values: a map, its channels last.
        kernel: weights.
        dilation: cells between its taps.
    """
    rows, columns, _ = values.shape
    padded = np.pad(values, ((dilation, dilation), (dilation, dilation), (0, 0)))
    taps = [
        padded[i * dilation : i * dilation + rows, j * dilation : j * dilation + columns]
        for i in range(3)
        for j in range(3)
    ]
    return dense(np.concatenate(taps, axis=-1), kernel.transpose(0, 2, 3, 1).reshape(len(kernel), -1))


def dense(
    values: Float32[np.ndarray, "rows columns channels"], weights: Float32[np.ndarray, "width channels"]
) -> Float32[np.ndarray, "rows columns width"]:
    """What the weights make of each cell, without BLAS's own threads.

    OpenBLAS shares a product of more than 2**18 multiplications among a thread per core and waits for all of them,
    one product at a time in the whole process: eight callers at once waited 48 to 114 ms for one head on two cores,
    and 2 to 3 where cells are taken in pieces that it does alone (as `lookalike.index.products` does for vectors).
    """
    rows, columns, channels = values.shape
    cells = np.ascontiguousarray(values.reshape(-1, channels))
    out = np.empty((len(cells), len(weights)), np.float32)
    step = max(1, _ALONE // weights.size)
    for start in range(0, len(cells), step):
        np.matmul(cells[start : start + step], weights.T, out=out[start : start + step])
    return out.reshape(rows, columns, len(weights))


@cache
def packaged_heads() -> tuple[ObjectHead, ...]:
    """The heads that go with the packaged model.

    The first was trained on small things in clutter, the second on large ones too, that hide each other, and on real
    photographs of garments, which the first takes to pieces.

    Raises:
        ModelDamaged: a file is not whole.
    """
    return tuple(_read(name) for name in ("object_head.npz", "object_head_large.npz"))


def _read(name: str) -> ObjectHead:
    source = files("lookalike.search.scenes").joinpath(name)
    try:
        with source.open("rb") as file, np.load(file) as stored:
            values = {name: stored[name] for name in stored.files}
        digest = str(values.pop("weights_sha256"))
        return ObjectHead(**{name: value.astype(np.float32) for name, value in values.items()}, weights_sha256=digest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(
            f"the weights of the object head cannot be read: {error}; install the package again"
        ) from error
