"""How many channels go where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnx")

from lookalike.compress.footprint import n_macs
from lookalike.compress.pruning import can_save, prune_channels, require_savable
from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import ModelError

Tiny = tuple[ModelDescription, bytes]


def test_no_more_multiply_adds_stay_than_allowed_and_vectors_stay_close(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    whole = n_macs(description, file)
    made = prune_channels(description, file, squares, macs_share=0.8, generator=np.random.default_rng(0))
    assert made.macs == n_macs(description, made.model) <= 0.8 * whole
    assert made.kept == {"block0.projected": 16}
    assert made.of == {"block0.projected": 24}
    assert made.below == "stem"
    before, after = (OnnxEmbedder(description, one).embed(squares) for one in (file, made.model))
    assert np.einsum("nd,nd->n", before, after).min() > 0.99


def test_more_than_the_blocks_have_cannot_be_saved(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    with pytest.raises(ModelError, match="cannot be pruned so far"):
        prune_channels(description, file, squares, macs_share=0.1, generator=np.random.default_rng(0))


def test_blocks_with_more_places_than_asked_for_stay_as_they_are(tiny: Tiny, squares: np.ndarray) -> None:
    description, file = tiny
    places = (description.preprocessing.size_pixels // 2) ** 2
    chosen = {"macs_share": 0.8, "generator": np.random.default_rng(0)}
    assert prune_channels(description, file, squares, most_places=places, **chosen).kept == {"block0.projected": 16}
    with pytest.raises(ModelError, match="cannot be pruned so far"):
        prune_channels(description, file, squares, most_places=places - 1, **chosen)


def test_what_can_be_saved_is_what_goes_when_all_goes_that_may(tiny: Tiny) -> None:
    description, file = tiny
    # 16 of 24 channels (a multiple of eight stays), each 8 + 9 + 8 multiply-adds at 16 x 16 places.
    assert can_save(description, file) == pytest.approx(16 * 25 * 256 / n_macs(description, file))
    assert can_save(description, file, most_places=255) == 0.0


def test_a_model_without_such_blocks_is_refused_with_what_has_them_and_what_else_to_do(tiny: Tiny) -> None:
    description, file = tiny
    with pytest.raises(ModelError, match=r"as in EfficientNet.*lookalike quantise"):
        require_savable(replace(description, features=("block0.expanded",)), file, 0.9)
