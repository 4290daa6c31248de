"""A model with fewer channels inside its blocks: where each is cut so that least is lost for the computing saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int64, UInt8

from lookalike.compress.chains import Chain, chains_of, narrowed
from lookalike.compress.elimination import Elimination, eliminate, refitted
from lookalike.compress.footprint import n_macs
from lookalike.compress.observation import Observation, observe
from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import ModelError
from lookalike.nets.graph import Graph, read_graph

__all__ = ["Pruned", "can_save", "prune_channels", "require_savable"]

_MOST = 0.9
"""Share of a block's channels that may go."""
_MULTIPLE = 8
"""Channels stay in multiples of this, as processors compute so many at once."""
_NO_BLOCKS = (
    "{} cannot be pruned: channels are taken out where a convolution of 1 x 1 mixes them and nobody else reads them, "
    "as in EfficientNet, MobileNet and ResNet-50 and above, and it has no such block (nor have ResNet-18 and -34, "
    "ConvNeXt and vision transformers). Make it smaller with `lookalike quantise`, or start from one of those models"
)


@dataclass(frozen=True, slots=True, eq=False)
class Pruned:
    """A narrower model.

    Attributes:
        model: bytes of its ONNX file.
        kept: by block, how many channels stayed.
        of: by block, how many there were.
        below: the tensor that the first block with fewer channels reads; what leads to it is as it was. None where no
            block has fewer.
        macs: multiply-accumulates for a picture.
    """

    model: bytes
    kept: Mapping[str, int]
    of: Mapping[str, int]
    below: str | None
    macs: int


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    chain: Chain
    elimination: Elimination
    energy: float
    macs_each: float

    def shares(self) -> tuple[Int64[np.ndarray, " n"], np.ndarray]:
        """Numbers of channels that may go, and what share of the block's result each is off by."""
        gone = np.array(_numbers_gone(self.chain.n_channels, len(self.elimination.order)), np.int64)
        errors = np.concatenate([[0.0], self.elimination.errors])[gone]
        return gone, errors / self.energy


def can_save(description: ModelDescription, model: bytes, *, most_places: int | None = None) -> float:
    """Share of the multiply-accumulates that goes if every block loses all the channels that it may lose.

    Args:
        description: of the model.
        model: bytes of its ONNX file.
        most_places: blocks whose result has more places than that stay as they are; None for no such bound.
    """
    graph = read_graph(model)
    chains = chains_of(graph, description)
    places = _places(description, model, chains)
    saved = sum(
        _numbers_gone(chain.n_channels, _n_droppable(chain))[-1] * _macs_each(chain, graph, places)
        for chain in chains
        if most_places is None or places[chain.mixer.output] <= most_places
    )
    return saved / n_macs(description, model)


def require_savable(description: ModelDescription, model: bytes, macs_share: float) -> None:
    """Refuse what `prune_channels` could not do, before any picture is read for it.

    Args:
        description: of the model.
        model: bytes of its ONNX file.
        macs_share: of the multiply-accumulates that may stay.

    Raises:
        ModelError: the model has no blocks to narrow, or they do not have so many multiply-accumulates.
    """
    if not chains_of(read_graph(model), description):
        raise ModelError(_NO_BLOCKS.format(description.name))
    most = can_save(description, model)
    if 1.0 - macs_share > most:
        raise ModelError(
            f"{description.name} cannot be pruned so far: with the fewest channels in its blocks {1.0 - most:.1%} of "
            f"its multiply-adds stay, and {macs_share:.1%} may: let more stay (--macs), or take smaller pictures "
            "(--side)"
        )


def prune_channels(
    description: ModelDescription,
    model: bytes,
    squares: UInt8[np.ndarray, "n size size 3"],
    *,
    macs_share: float,
    generator: np.random.Generator,
    most_places: int | None = None,
    threads: int | None = None,
) -> Pruned:
    """The model with at most `macs_share` of its multiply-accumulates, its weights fitted to `squares` anew.

    In each block channels go one by one, the least missed first. How many go where is decided by what it costs: the
    squared error of a block's result, as a share of the variance of what the result is added to, for each
    multiply-accumulate saved; equal at the margin everywhere.

    Args:
        description: of the model.
        model: bytes of its ONNX file, in float.
        squares: pictures, without labels.
        macs_share: above 0, at most 1.
        generator: source of randomness.
        most_places: blocks whose result has more places than that stay as they are; None for no such bound.
        threads: of ONNX Runtime.

    Raises:
        ModelError: the model has no such blocks, or cannot be made so small by narrowing them.
    """
    graph = read_graph(model)
    chains = chains_of(graph, description)
    if not chains:
        raise ModelError(_NO_BLOCKS.format(description.name))
    places = _places(description, model, chains)
    of = {chain.name: chain.n_channels for chain in chains}
    if most_places is not None:
        chains = tuple(chain for chain in chains if places[chain.mixer.output] <= most_places)
    observation = observe(
        description,
        model,
        graph,
        squares,
        tensors=tuple(dict.fromkeys(chain.joined for chain in chains)),
        layers=[chain.mixer for chain in chains],
        generator=generator,
        threads=threads,
    )
    whole = n_macs(description, model)
    blocks = [_block(chain, graph, observation, places) for chain in chains]
    cut = _cut(blocks, whole * (1.0 - macs_share), description.name)
    kept = {block.chain.name: block.elimination.kept(gone, block.chain.n_channels) for block, gone in cut}
    mixers = {block.chain.name: _mixer(block.chain, graph, observation, kept[block.chain.name]) for block, _ in cut}
    made = narrowed(model, kept, mixers, description)
    return Pruned(
        made,
        {name: len(kept[name]) if name in kept else n_channels for name, n_channels in of.items()},
        of,
        next((block.chain.maker.inputs[0] for block, gone in cut if gone), None),
        n_macs(replace(description, features=(), projection=None), made),
    )


def _cut(blocks: list[_Block], wanted: float, name: str) -> list[tuple[_Block, int]]:
    """How many channels each block loses: all at the same price for a multiply-accumulate, the least that suffices."""
    choices = [block.shares() for block in blocks]

    def at(price: float) -> tuple[list[int], float]:
        picked: list[int] = []
        saved = 0.0
        for block, (gone, errors) in zip(blocks, choices, strict=True):
            best = int(np.argmin(errors - price * gone * block.macs_each))
            picked.append(int(gone[best]))
            saved += float(gone[best]) * block.macs_each
        return picked, saved

    if wanted <= 0:
        return [(block, 0) for block in blocks]
    if at(1e6)[1] < wanted:
        raise ModelError(f"{name} cannot be pruned so far: its blocks alone do not have so many multiply-accumulates")
    low, high = 0.0, 1.0
    while at(high)[1] < wanted:
        high *= 4.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if at(middle)[1] < wanted else (low, middle)
    return list(zip(blocks, at(high)[0], strict=True))


def _block(chain: Chain, graph: Graph, observation: Observation, places: Mapping[str, int]) -> _Block:
    weight = graph.constants[chain.mixer.inputs[1]].astype(np.float64)[:, :, 0, 0]
    covariance, _ = _moments(chain, observation)
    held = observation.tensors[chain.joined]
    shares = held.counts / held.counts.sum()
    mean = float(shares @ held.centres)
    variance = float(shares @ np.square(held.centres - mean))
    elimination = eliminate(weight, covariance, n_gone=_n_droppable(chain))
    return _Block(chain, elimination, max(variance * len(weight), 1e-12), float(_macs_each(chain, graph, places)))


def _numbers_gone(n_channels: int, most: int) -> list[int]:
    """How many of so many channels may go, rising from none: multiples of some number stay."""
    multiple = min(_MULTIPLE, n_channels)
    return [0, *(gone for gone in range(1, most + 1) if (n_channels - gone) % multiple == 0)]


def _n_droppable(chain: Chain) -> int:
    """How many of its channels may go."""
    return min(int(_MOST * chain.n_channels), chain.n_channels - 1)


def _macs_each(chain: Chain, graph: Graph, places: Mapping[str, int]) -> int:
    """Multiply-accumulates that one channel costs."""
    macs = places[chain.mixer.output] * len(graph.constants[chain.mixer.inputs[1]])
    for step in (chain.maker, chain.filter):
        if step is not None:
            macs += places[step.output] * int(np.prod(graph.constants[step.inputs[1]].shape[1:]))
    return macs


def _moments(chain: Chain, observation: Observation) -> tuple[np.ndarray, np.ndarray]:
    seen = observation.layers[chain.mixer.output]
    return seen.second[0] - np.outer(seen.mean[0], seen.mean[0]), seen.mean[0]


def _mixer(
    chain: Chain, graph: Graph, observation: Observation, kept: Int64[np.ndarray, " n"]
) -> tuple[np.ndarray, np.ndarray]:
    weight = graph.constants[chain.mixer.inputs[1]].astype(np.float64)[:, :, 0, 0]
    bias = np.zeros(len(weight))
    if len(chain.mixer.inputs) > 2 and chain.mixer.inputs[2]:
        bias = graph.constants[chain.mixer.inputs[2]].reshape(-1).astype(np.float64)
    covariance, mean = _moments(chain, observation)
    return refitted(weight, bias, covariance, mean, kept)


def _places(description: ModelDescription, model: bytes, chains: tuple[Chain, ...]) -> dict[str, int]:
    """How many places the maps of each of these convolutions have."""
    names = tuple(
        step.output for chain in chains for step in (chain.maker, chain.filter, chain.mixer) if step is not None
    )
    size = description.preprocessing.size_pixels
    told = replace(description, features=names, projection=None)
    found = OnnxEmbedder(told, model).features(np.zeros((1, size, size, 3), np.uint8), names)
    return {name: int(np.prod(found[name].shape[2:])) for name in names}
