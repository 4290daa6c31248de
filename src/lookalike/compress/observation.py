"""What a model's tensors hold while it looks at pictures: ranges, histograms, and how the inputs of a layer vary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions
from lookalike.nets.graph import Graph, Step

__all__ = ["Histogram", "LayerInputs", "Observation", "observe", "patches", "places_of"]

_BINS = 2048
_PICTURES_AT_ONCE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How often each value came, in equal bins from `lowest` to `highest`.

    Attributes:
        lowest: the least value seen.
        highest: the greatest.
        counts: values in each bin.
    """

    lowest: float
    highest: float
    counts: Float64[np.ndarray, " bins"]

    @property
    def centres(self) -> Float64[np.ndarray, " bins"]:
        """The middle of each bin."""
        edges = np.linspace(self.lowest, self.highest, len(self.counts) + 1)
        return (edges[1:] + edges[:-1]) / 2


@dataclass(frozen=True, slots=True, eq=False)
class LayerInputs:
    """What a convolution multiplies its weights with: patches x of its input, flattened as its weights are.

    Attributes:
        second: E[x xᵀ] of each group of channels.
        mean: E[x] of each group.
    """

    second: Float64[np.ndarray, "groups inputs inputs"]
    mean: Float64[np.ndarray, "groups inputs"]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Of a whole model.

    Attributes:
        tensors: by name.
        layers: by the name of the tensor that the layer gives.
        n_pictures: how many were looked at.
    """

    tensors: Mapping[str, Histogram]
    layers: Mapping[str, LayerInputs]
    n_pictures: int


def observe(
    description: ModelDescription,
    model: bytes,
    graph: Graph,
    squares: UInt8[np.ndarray, "n size size 3"],
    *,
    tensors: Sequence[str],
    layers: Sequence[Step],
    generator: np.random.Generator,
    n_places: int = 48,
    threads: int | None = None,
) -> Observation:
    """Look at tensors of `model` while it embeds `squares`; twice, as bins need the range first.

    Args:
        description: of the model.
        model: bytes of its ONNX file.
        graph: the same, read.
        squares: pictures that went through the description's preprocessing, one at least.
        tensors: names of those to take histograms of.
        layers: convolutions to take the inputs of.
        generator: source of randomness, for the places of the pictures that are taken.
        n_places: places of each picture at which a layer's input is taken, at most.
        threads: of ONNX Runtime.
    """
    inputs = list(dict.fromkeys(layer.inputs[0] for layer in layers))
    wanted = tuple(dict.fromkeys([*tensors, *inputs]))
    told = replace(description, features=wanted, projection=None)
    embedder = OnnxEmbedder(told, model, OnnxOptions(threads=threads))

    def passes() -> Iterator[Mapping[str, Float32[np.ndarray, "_n ..."]]]:
        for start in range(0, len(squares), _PICTURES_AT_ONCE):
            yield embedder.features(squares[start : start + _PICTURES_AT_ONCE], wanted)

    low: dict[str, float] = dict.fromkeys(tensors, np.inf)
    high: dict[str, float] = dict.fromkeys(tensors, -np.inf)
    sums: dict[str, list[np.ndarray]] = {}
    counts: dict[str, int] = {}
    for found in passes():
        for name in tensors:
            low[name] = min(low[name], float(found[name].min()))
            high[name] = max(high[name], float(found[name].max()))
        for layer in layers:
            kernel = graph.constants[layer.inputs[1]].shape
            rows = patches(found[layer.inputs[0]], layer, kernel, n_places=n_places, generator=generator)
            second = np.matmul(rows.transpose(0, 2, 1), rows).astype(np.float64)
            mean = rows.sum(axis=1, dtype=np.float64)
            held = sums.setdefault(layer.output, [np.zeros_like(second), np.zeros_like(mean)])
            held[0] += second
            held[1] += mean
            counts[layer.output] = counts.get(layer.output, 0) + rows.shape[1]
    bins = {name: np.zeros(_BINS) for name in tensors}
    for found in passes():
        for name in tensors:
            bins[name] += np.histogram(_every_fourth(found[name]), _BINS, (low[name], high[name]))[0]
    return Observation(
        {name: Histogram(low[name], high[name], bins[name]) for name in tensors},
        {name: LayerInputs(second / counts[name], mean / counts[name]) for name, (second, mean) in sums.items()},
        len(squares),
    )


def _every_fourth(values: np.ndarray) -> np.ndarray:
    """Every other row and column of large maps: neighbours hold much the same, and bins take their time."""
    return values[:, :, ::2, ::2] if values.ndim == 4 and min(values.shape[2:]) >= 14 else values


def places_of(total: int, most: int, generator: np.random.Generator) -> Int64[np.ndarray, " places"]:
    """Numbers below `total`: all where they are no more than `most`, else so many drawn with replacement."""
    return np.arange(total) if total <= most else generator.integers(total, size=most)


def patches(
    maps: Float32[np.ndarray, "n channels height width"],
    layer: Step,
    kernel: tuple[int, ...],
    *,
    n_places: int,
    generator: np.random.Generator,
) -> Float32[np.ndarray, "groups n_patches inputs"]:
    """What the convolution `layer` sees at places of chance: its output there is weights · patch + bias.

    Args:
        maps: the layer's input.
        layer: a ``Conv`` over two axes.
        kernel: shape of its weights.
        n_places: of each picture, at most; drawn with replacement where there are more.
        generator: source of randomness.

    Returns:
        float32, patches flattened in the order of the weights: channels of the group, rows, columns.
    """
    groups = layer.integer("group", 1)
    strides, dilations = layer.integers("strides", (1, 1)), layer.integers("dilations", (1, 1))
    upper, left, lower, right = layer.integers("pads", (0, 0, 0, 0))
    padded = np.pad(maps, ((0, 0), (0, 0), (upper, lower), (left, right))) if upper + left + lower + right else maps
    n, channels, height, width = padded.shape
    reach = [(size - 1) * dilation for size, dilation in zip(kernel[2:], dilations, strict=True)]
    n_rows, n_columns = (height - 1 - reach[0]) // strides[0] + 1, (width - 1 - reach[1]) // strides[1] + 1
    total = n_rows * n_columns
    taken = places_of(total, n_places, generator)
    rows = (taken // n_columns * strides[0])[:, None] + np.arange(kernel[2]) * dilations[0]
    columns = (taken % n_columns * strides[1])[:, None] + np.arange(kernel[3]) * dilations[1]
    seen = padded[:, :, rows[:, :, None], columns[:, None, :]]  # (n, channels, places, height, width)
    grouped = seen.reshape(n, groups, channels // groups, len(taken), kernel[2], kernel[3])
    return grouped.transpose(1, 0, 3, 2, 4, 5).reshape(groups, n * len(taken), -1)
