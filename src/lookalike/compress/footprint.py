"""What a model costs: multiplications, bytes, time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import UInt8

from lookalike.compress.views import at_side
from lookalike.embed.description import ModelDescription
from lookalike.embed.embedder import Embedder
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.nets.graph import read_graph

__all__ = ["Timing", "n_macs", "timings"]

BATCHES = (1, 32)


def n_macs(description: ModelDescription, model: bytes) -> int:
    """Multiply-accumulates of convolutions and matrix products for one picture; others are not counted.

    Args:
        description: of the model.
        model: bytes of its ONNX file, in float or of integers.
    """
    graph = read_graph(model)
    shapes = {name: value.shape for name, value in graph.constants.items()}
    shapes |= {
        step.output: shapes[step.inputs[0]]
        for step in graph.steps
        if step.operator == "DequantizeLinear" and step.inputs[0] in shapes
    }
    layers = [step for step in graph.steps if step.operator in ("Conv", "Gemm", "MatMul") and step.inputs[1] in shapes]
    size = description.preprocessing.size_pixels
    told = replace(description, features=tuple(step.output for step in layers), projection=None)
    found = OnnxEmbedder(told, model).features(np.zeros((1, size, size, 3), np.uint8))
    total = 0
    for step in layers:
        weight = shapes[step.inputs[1]]
        if step.operator == "Conv":
            each = int(np.prod(weight[1:]))
        else:
            each = weight[1] if step.operator == "Gemm" and step.integer("transB", 0) else weight[0]
        total += int(found[step.output].size) * each
    return total


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a batch takes, medians over rounds.

    Attributes:
        batch: pictures in it.
        milliseconds: of one batch.
        times_as_fast: than the first embedder of the same rounds; 1.0 for that itself.
        low: least of that over the middle half of the rounds.
        high: greatest.
    """

    batch: int
    milliseconds: float
    times_as_fast: float
    low: float
    high: float

    @property
    def pictures_per_second(self) -> float:
        """Throughput."""
        return 1000.0 * self.batch / self.milliseconds


def timings(
    embedders: Mapping[str, Embedder],
    squares: UInt8[np.ndarray, "n size size 3"],
    *,
    batches: Sequence[int] = BATCHES,
    n_rounds: int = 7,
) -> dict[str, tuple[Timing, ...]]:
    """Times of each embedder on the same pictures, in turns, so that a machine that slows down slows all of them.

    Args:
        embedders: by name; all are compared with the first.
        squares: pictures, repeated where they are fewer than a batch.
        batches: sizes.
        n_rounds: turns; a batch of one is run several times in each.
    """
    told: dict[str, list[Timing]] = {name: [] for name in embedders}
    first = next(iter(embedders))
    for size in batches:
        batch = np.resize(squares, (size, *squares.shape[1:]))
        # Each model is timed on pictures as it takes them.
        batches_of = {name: at_side(batch, one.description.preprocessing) for name, one in embedders.items()}
        repeats = max(1, 8 // size)
        taken: dict[str, list[float]] = {name: [] for name in embedders}
        for name, one in embedders.items():
            one.embed(batches_of[name])
        for _ in range(n_rounds):
            for name, one in embedders.items():
                started = time.perf_counter()
                for _ in range(repeats):
                    one.embed(batches_of[name])
                taken[name].append((time.perf_counter() - started) / repeats)
        for name, seconds in taken.items():
            ratios = np.array(taken[first]) / np.array(seconds)
            low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
            milliseconds = 1000.0 * float(np.median(seconds))
            told[name].append(Timing(size, milliseconds, float(middle), float(low), float(high)))
    return {name: tuple(rows) for name, rows in told.items()}
