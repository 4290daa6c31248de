"""A narrower net's blocks, one after the other, brought back to what they gave in the whole net.

Channels that go are missed further on: each block gets inputs that are a little off, and what that adds up to grows
from block to block. So the layers that end the blocks are fitted in their order, each on the inputs that it has *now*,
to what it gave before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from lookalike.compress.chains import Chain, chains_of
from lookalike.compress.elimination import damped
from lookalike.compress.lower import LARGEST_HALF
from lookalike.compress.observation import places_of
from lookalike.embed.description import ModelDescription
from lookalike.embed.graph import Graph as Runnable
from lookalike.embed.onnx_embedder import OnnxOptions
from lookalike.embed.tensors import model_input
from lookalike.nets.graph import leading_to, read_graph, with_constants

__all__ = ["reconstructed", "refitted_towards"]

_PICTURES_AT_ONCE = 4

Maps = Mapping[str, Float32[np.ndarray, "_n _channels _height _width"]]


def reconstructed(
    description: ModelDescription,
    original: bytes,
    narrow: bytes,
    squares: UInt8[np.ndarray, "n size size 3"],
    *,
    generator: np.random.Generator,
    n_places: int = 48,
    threads: int | None = None,
) -> bytes:
    """`narrow` with the weights of the layers that end its chains fitted anew, from the first to the last.

    Layers that leave places out (strides) or lack a bias stay as they are, and so do those before the first that
    differs from the original's.

    Where a layer is added to a shortcut the sum is fitted, so that it makes up for what the shortcut is off by. Few
    pictures are remembered rather than learned from: bring thousands.

    Args:
        description: of the original.
        original: bytes of its ONNX file.
        narrow: the same graph with fewer channels inside its chains, as `lookalike.compress.chains.narrowed` makes it.
        squares: pictures, without labels.
        generator: source of randomness, for the places of the pictures that are looked at.
        n_places: of each picture and layer, at most.
        threads: of ONNX Runtime.

    Reference:
        Zhang et al. 2015 (arXiv 1505.06798), section 3.3, asymmetric reconstruction; He et al. 2017 (arXiv 1707.06168),
        section 3.2, for sums with a shortcut. Deviation: weights are drawn towards those that they are.
    """
    chains = [chain for chain in _changed(original, narrow, description) if _place_by_place(chain)]
    if not chains:
        return narrow
    seed = int(generator.integers(2**32))
    options = OnnxOptions(threads=threads)

    def seen(model: bytes, names: Sequence[str]) -> Iterator[Maps]:
        session = Runnable(leading_to(model, names), description.name, options)
        (given,) = (item.name for item in session.inputs)
        for start in range(0, len(squares), _PICTURES_AT_ONCE):
            batch = model_input(squares[start : start + _PICTURES_AT_ONCE], description)
            yield dict(zip(names, session.run({given: batch}, names), strict=True))

    def rows(maps: Float32[np.ndarray, "_n _channels _height _width"], chain: int, batch: int) -> np.ndarray:
        """Columns of the maps at places of chance, the same ones for every map of a chain: (places, channels)."""
        n, channels, height, width = maps.shape
        places = places_of(height * width, n_places, np.random.default_rng((seed, chain, batch)))
        return maps.reshape(n, channels, -1)[:, :, places].transpose(0, 2, 1).reshape(-1, channels)

    wanted: list[list[np.ndarray]] = [[] for _ in chains]
    for batch, found in enumerate(seen(original, list(dict.fromkeys(chain.joined for chain in chains)))):
        for number, chain in enumerate(chains):
            # Half precision where it holds them: of many blocks and pictures this is the most that is kept.
            given = rows(found[chain.joined], number, batch)
            wanted[number].append(given.astype(np.float16) if np.abs(given).max() < LARGEST_HALF else given)
    made = narrow
    for number, chain in enumerate(chains):
        fit = _Fit()
        for batch, found in enumerate(seen(made, list(dict.fromkeys(_looked_at(chain))))):
            shortcut = rows(found[chain.joined] - found[chain.mixer.output], number, batch)
            fit.add(rows(found[chain.mixer.inputs[0]], number, batch), wanted[number][batch] - shortcut)
        wanted[number] = []
        made = _with(made, chain, fit)
    return made


def _changed(original: bytes, narrow: bytes, description: ModelDescription) -> tuple[Chain, ...]:
    """The chains from the first on whose inputs or weights are no longer those of the original."""
    before, graph = read_graph(original).constants, read_graph(narrow)
    chains = chains_of(graph, description)
    held = graph.constants
    same = {name for name in held if name in before and np.array_equal(held[name], before[name])}
    reached: set[str] = set()
    for step in graph.steps:
        fixed = all(name in same for name in step.inputs if name in held)
        if not fixed or reached.intersection(step.inputs):
            reached.add(step.output)
    return tuple(chain for chain in chains if chain.mixer.output in reached)


def _place_by_place(chain: Chain) -> bool:
    """Whether the mixer has a bias, and what it gives at a place comes from the same place of what it takes."""
    mixer = chain.mixer
    return len(mixer.inputs) > 2 and set(mixer.integers("strides", (1, 1))) == {1} and not any(mixer.integers("pads"))


def _looked_at(chain: Chain) -> tuple[str, str, str]:
    return chain.mixer.inputs[0], chain.mixer.output, chain.joined


def _with(model: bytes, chain: Chain, fit: _Fit) -> bytes:
    held = read_graph(model).constants
    weight, bias = (held[name] for name in chain.mixer.inputs[1:3])
    matrix, offset = fit.solved(weight.reshape(len(weight), -1).astype(np.float64))
    return with_constants(
        model,
        {
            chain.mixer.inputs[1]: matrix.reshape(weight.shape).astype(np.float32),
            chain.mixer.inputs[2]: offset.reshape(bias.shape).astype(np.float32),
        },
    )


class _Fit:
    """Sums over rows (x, y), of which the weights that give y from x best are found."""

    def __init__(self) -> None:
        self._sums: list[np.ndarray] = []
        self._n = 0

    def add(self, x: Float32[np.ndarray, "n inputs"], y: Float32[np.ndarray, "n outputs"]) -> None:
        """Count these rows in."""
        terms = [x.T @ x, y.T @ x, x.sum(0, dtype=np.float64), y.sum(0, dtype=np.float64)]
        if not self._sums:
            self._sums = [np.zeros(term.shape) for term in terms]
        for held, term in zip(self._sums, terms, strict=True):
            held += term
        self._n += len(x)

    def solved(
        self, weights: Float64[np.ndarray, "outputs inputs"]
    ) -> tuple[Float64[np.ndarray, "outputs inputs"], Float64[np.ndarray, " outputs"]]:
        """Weights near these, and biases."""
        xx, yx, x, y = (total / self._n for total in self._sums)
        fitted = refitted_towards(weights, xx - np.outer(x, x), yx - np.outer(y, x))
        return fitted, y - fitted @ x


def refitted_towards(
    weights: Float64[np.ndarray, "outputs inputs"],
    covariance: Float64[np.ndarray, "inputs inputs"],
    cross: Float64[np.ndarray, "outputs inputs"],
) -> Float64[np.ndarray, "outputs inputs"]:
    """W' with the least E|y - W' x|² + d |W' - W|², x and y about their means; d is 1% of the mean variance of x.

    Args:
        weights: W.
        covariance: of x.
        cross: E[y xᵀ].
    """
    return weights + np.linalg.solve(damped(covariance), (cross - weights @ covariance).T).T
