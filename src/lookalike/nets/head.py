"""From feature maps to a vector: pooled scales side by side, a linear layer, a neck; and the same as ONNX steps."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import nn
from torch.nn import functional

from lookalike.errors import InvalidConfiguration
from lookalike.nets.configuration import HeadConfig, PoolingName
from lookalike.nets.graph import Step
from lookalike.nets.pooling import (
    AttentionPooling,
    AveragePooling,
    GeneralisedMeanPooling,
    GridPooling,
    MaximumPooling,
    Pooling,
    VisualAttentionPooling,
    Written,
)
from lookalike.nets.whitening import principal_projection, within_projection

__all__ = ["Head", "Neck", "prefixes"]

Maps: TypeAlias = Float[torch.Tensor, "n _ _ _"]
Rows: TypeAlias = Float[torch.Tensor, "n channels"]
Embeddings: TypeAlias = Float[torch.Tensor, "n dimension"]

POOLED, PROJECTED = "pooled", "projected"
MATRIX, OFFSET = "projection.weight", "projection.bias"


@final
class Neck(nn.BatchNorm1d):
    """Batch normalisation of each channel with a learned gain and no learned offset: so that a cosine stays one.

    Reference:
        Luo et al. 2019, "Bag of Tricks and a Strong Baseline for Deep Person Re-identification" (arXiv 1903.07071),
        sec. 3.5.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__(n_channels)
        self.bias.requires_grad_(False)

    def begin(self, variance: Float[torch.Tensor, " channels"]) -> None:
        """Change nothing, in evaluation, of what has mean zero and this variance."""
        assert self.running_mean is not None
        assert self.running_var is not None
        with torch.no_grad():
            self.running_mean.zero_()
            self.running_var.copy_(variance)
            self.weight.copy_(torch.sqrt(self.running_var + self.eps))

    def folded(self) -> tuple[Float64[np.ndarray, " channels"], Float64[np.ndarray, " channels"]]:
        """Gain g and shift s: in evaluation it is x -> g x + s."""
        assert self.running_mean is not None
        assert self.running_var is not None
        parts = (self.weight, self.running_mean, self.running_var, self.bias)
        weight, mean, variance, bias = (part.detach().cpu().numpy().astype(np.float64) for part in parts)
        gain = weight / np.sqrt(variance + self.eps)
        return gain, bias - gain * mean


@final
class Head(nn.Module):
    """x -> neck(W dropout(x) + b), x the pooled scales: unit vectors of it are the embeddings.

    With one feature map, x is what its pooling gives; with several, each pooled row is scaled to unit length first.

    Args:
        config: how it is made.
        channels: of each of ``config.features``, in that order.
        sides: places each way of each of them; needed for the pooling ``grid`` alone.
        generator: source of the randomness of the start; None where `start` or `take` follows.

    Raises:
        InvalidConfiguration: not one number of channels for each of the features, or a dimension above their sum.
    """

    def __init__(
        self,
        config: HeadConfig,
        channels: Sequence[int],
        *,
        sides: Sequence[int] = (),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if len(channels) != len(config.features):
            raise InvalidConfiguration(
                f"expected the channels of each of {', '.join(config.features)}, received {len(channels)} numbers"
            )
        places = sides or [0] * len(channels)
        poolings = [
            _pooling(name, count, config, side, cells)
            for name, count, side, cells in zip(config.poolings, channels, places, config.grids, strict=True)
        ]
        n_pooled = sum(
            count * (pooling.cells**2 if isinstance(pooling, GridPooling) else 1)
            for count, pooling in zip(channels, poolings, strict=True)
        )
        if config.dimension > n_pooled:
            raise InvalidConfiguration(
                f"head.dimension must be at most the {n_pooled} pooled channels of {', '.join(config.features)}, "
                f"received {config.dimension}: set it to that or less, or take more depths (head.features)"
            )
        self.config = config
        self.poolings = nn.ModuleList(poolings)
        self.projection = nn.Linear(n_pooled, config.dimension)
        if generator is not None:
            nn.init.orthogonal_(self.projection.weight, generator=generator)
        nn.init.zeros_(self.projection.bias)
        self.neck = Neck(config.dimension) if config.neck else None

    def pool(self, maps: Sequence[Maps]) -> Rows:
        """The pooled scales side by side, from one feature map for each of ``config.features``."""
        # On a processor autocast leaves powers and sums in the precision of the maps.
        rows = [pooling(one.float()) for pooling, one in zip(self.poolings, maps, strict=True)]
        return rows[0] if len(rows) == 1 else torch.cat([functional.normalize(row) for row in rows], 1)

    def project(self, pooled: Rows) -> Embeddings:
        """What comes before the neck: for the losses that BNNeck gives the features before it."""
        return self.projection(functional.dropout(pooled, self.config.dropout, self.training))

    def forward(self, pooled: Rows) -> Embeddings:
        """Vectors from what `pool` gave; not of unit length yet."""
        projected = self.project(pooled)
        return projected if self.neck is None else self.neck(projected)

    def start(
        self,
        pooled: Float[np.ndarray, "n channels"],
        *,
        generator: torch.Generator,
        labels: Int64[np.ndarray, " n"] | None = None,
    ) -> None:
        """Begin as the configuration says.

        Args:
            pooled: rows that `pool` gave, of pictures like those that will come; for random rows only their scale is
                looked at.
            generator: source of randomness of random rows.
            labels: of the rows; only ``within-whitening`` asks for them.

        Raises:
            ValueError: fewer than two rows, rows that do not differ, or no label with two rows where that is asked.
        """
        config = self.config
        if config.start == "random":
            nn.init.orthogonal_(self.projection.weight, generator=generator)
            matrix = self.projection.weight.detach().cpu().numpy()
            self.take(matrix, -matrix @ pooled.mean(axis=0), pooled)
            return
        if config.start == "within-whitening":
            if labels is None:
                raise ValueError("a head that starts with within-whitening needs the labels of its rows, received none")
            matrix, offset = within_projection(pooled, labels, dimension=config.dimension, shrinkage=config.shrinkage)
            self.take(matrix, offset, pooled)
            return
        exponent = config.whitening if config.start == "pca-whitening" else 0.0
        matrix, offset = principal_projection(
            pooled, dimension=config.dimension, whitening=exponent, shrinkage=config.shrinkage
        )
        self.take(matrix, offset, pooled)

    def take(
        self,
        matrix: Float[np.ndarray, "dimension channels"],
        offset: Float[np.ndarray, " dimension"],
        pooled: Float[np.ndarray, "n channels"],
    ) -> None:
        """Begin with this matrix and offset, such as a net's own; the neck begins as doing nothing to `pooled`."""
        with torch.no_grad():
            self.projection.weight.copy_(torch.from_numpy(np.array(matrix, np.float32)))
            self.projection.bias.copy_(torch.from_numpy(np.array(offset, np.float32)))
            if self.neck is not None:
                projected = pooled.astype(np.float64) @ matrix.T + offset
                mean, variance = projected.mean(axis=0), projected.var(axis=0)
                self.projection.bias.sub_(torch.from_numpy(mean.astype(np.float32)))
                self.neck.begin(torch.from_numpy(variance.astype(np.float32)))

    def merged(self) -> tuple[Float[np.ndarray, "dimension channels"], Float[np.ndarray, " dimension"]]:
        """P and b in float32, the neck merged into them: in evaluation, ``forward`` is P x + b."""
        matrix = self.projection.weight.detach().cpu().numpy().astype(np.float64)
        offset = self.projection.bias.detach().cpu().numpy().astype(np.float64)
        if self.neck is not None:
            gain, shift = self.neck.folded()
            matrix, offset = gain[:, np.newaxis] * matrix, gain * offset + shift
        return matrix.astype(np.float32), offset.astype(np.float32)

    def written(self, output: str) -> Written:
        """ONNX steps (opset 17) from the tensors of ``config.features`` to unit vectors, the tensor `output`.

        What goes into the linear layer is called ``pooled``; its constants ``projection.weight`` and ``.bias``.
        """
        names = self.config.features
        rows = [POOLED] if len(names) == 1 else [f"{POOLED}.{name}" for name in names]
        steps: list[Step] = []
        constants: dict[str, np.ndarray] = {}
        for pooling, name, row in zip(self.poolings, names, rows, strict=True):
            part = _written(pooling, name, row)
            steps += part.steps
            constants |= part.constants
        if len(rows) > 1:
            units = [f"{row}.unit" for row in rows]
            steps += [
                Step("LpNormalization", (row,), unit, {"axis": 1, "p": 2})
                for row, unit in zip(rows, units, strict=True)
            ]
            steps.append(Step("Concat", tuple(units), POOLED, {"axis": 1}))
        matrix, offset = self.merged()
        steps += [
            Step("Gemm", (POOLED, MATRIX, OFFSET), PROJECTED, {"transB": 1}),
            Step("LpNormalization", (PROJECTED,), output, {"axis": 1, "p": 2}),
        ]
        return Written(tuple(steps), constants | {MATRIX: matrix, OFFSET: offset})


def prefixes(embeddings: Embeddings, sizes: Sequence[int]) -> list[Float[torch.Tensor, "n size"]]:
    """The first so many numbers of each vector, scaled to unit length again, for each of `sizes`.

    Raises:
        ValueError: a size that is not 1 to the length of the vectors.
    """
    length = embeddings.shape[1]
    wrong = [size for size in sizes if not 1 <= size <= length]
    if wrong:
        raise ValueError(f"sizes must be 1 to {length}, received {wrong}")
    return [functional.normalize(embeddings[:, :size]) for size in sizes]


def _pooling(name: PoolingName, channels: int, config: HeadConfig, side: int, cells: int) -> Pooling:
    match name:
        case "grid":
            if side < 1:
                raise InvalidConfiguration("the pooling grid needs to know how many places its map has each way")
            return GridPooling(side, cells)
        case "average":
            return AveragePooling()
        case "maximum":
            return MaximumPooling()
        case "generalised-mean":
            return GeneralisedMeanPooling(config.power)
        case "attention":
            return AttentionPooling(channels)
        case "visual-attention":
            return VisualAttentionPooling(channels)


def _written(pooling: nn.Module, source: str, output: str) -> Written:
    assert isinstance(pooling, Pooling)
    return pooling.written(source, output)
