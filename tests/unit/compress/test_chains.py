"""Channels that can be taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnx")

from lookalike.compress.chains import chains_of, narrowed
from lookalike.compress.footprint import n_macs
from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import read_model
from lookalike.errors import ModelError
from lookalike.nets.graph import read_graph, with_constants

Tiny = tuple[ModelDescription, bytes]


def test_a_narrower_model_is_the_one_whose_channels_were_silenced(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    kept = np.array([0, 2, 3, 7, 11, 20])
    smaller = narrowed(file, {"block0.projected": kept}, {}, description)
    weight = np.array(read_graph(file).constants["block0.weight"])
    weight[:, np.setdiff1d(np.arange(24), kept)] = 0.0
    silenced = with_constants(file, {"block0.weight": weight})
    assert np.allclose(
        OnnxEmbedder(description, smaller).embed(squares),
        OnnxEmbedder(description, silenced).embed(squares),
        atol=1e-6,
    )
    shapes = {name: value.shape for name, value in read_graph(smaller).constants.items()}
    assert shapes["block0.expanded.weight"] == (6, 8, 1, 1)
    assert shapes["block0.filtered.weight"] == (6, 1, 3, 3)
    assert shapes["block0.weight"] == (8, 6, 1, 1)
    assert len(smaller) < len(file)


def test_multiply_adds_are_those_counted_by_hand(tiny: Tiny) -> None:
    description, file = tiny
    places = 16 * 16
    whole = places * (8 * 27 + 24 * 8 + 24 * 9 + 8 * 24) + 12 * 8
    assert n_macs(description, file) == whole
    smaller = narrowed(file, {"block0.projected": np.arange(6)}, {}, description)
    assert n_macs(description, smaller) == places * (8 * 27 + 6 * 8 + 6 * 9 + 8 * 6) + 12 * 8


def test_a_block_whose_inside_somebody_reads_is_left_alone(tiny: Tiny) -> None:
    description, file = tiny
    graph = read_graph(file)
    assert [chain.name for chain in chains_of(graph, description)] == ["block0.projected"]
    assert chains_of(graph, replace(description, features=("block0.filtered",))) == ()


def test_the_packaged_model_has_sixteen_blocks_none_of_which_overlap() -> None:
    description, file = read_model()
    chains = chains_of(read_graph(file), description)
    assert len(chains) == 16
    makers = {chain.maker.output for chain in chains}
    assert not makers & {chain.mixer.output for chain in chains}
    assert chains[2].joined == "block2"


def test_unknown_and_empty_blocks_are_refused(tiny: Tiny) -> None:
    description, file = tiny
    with pytest.raises(ModelError, match=r"nowhere.*block0\.projected"):
        narrowed(file, {"nowhere": np.arange(2)}, {}, description)
    with pytest.raises(ModelError, match="one channel"):
        narrowed(file, {"block0.projected": np.arange(0)}, {}, description)
