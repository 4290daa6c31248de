"""The packaged model's classes, told from its vectors."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.embed.concepts import concepts_of
from lookalike.embed.opening import open_embedder
from lookalike.embed.probe import probe_pictures


@pytest.fixture(scope="module")
def lite0():
    return open_embedder("lite0")


def test_clothes_are_told_to_be_clothes(lite0):
    concepts = concepts_of(lite0.description.fingerprint)
    assert concepts is not None
    assert len(concepts.names) == len(concepts.weights) == 1000
    vectors = lite0.embed(np.stack([lite0.description.preprocessing.apply(one) for one in probe_pictures()]))
    probabilities = concepts.probabilities(vectors)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-4)
    told = {concepts.names[place] for row in probabilities for place in np.argsort(-row)[:3].tolist()}
    assert any("jersey" in name or "T-shirt" in name for name in told), told


def test_another_model_has_none():
    assert concepts_of("0" * 64) is None
