"""Claims about `lookalike.explain.contrast`."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.explain.contrast import contrast
from lookalike.explain.split import split_pictures
from lookalike.images.seen import see


@pytest.mark.parametrize("described", [True, False])
def test_the_parts_of_a_contrast_add_up_to_the_difference(make_embedder, make_picture, described: bool):
    embedder = make_embedder(described=described)
    generator = np.random.default_rng(8)
    seen = see(make_picture(generator, 48, 64), embedder.description.preprocessing)
    first, second = embedder.embed(np.stack([make_picture(generator), make_picture(generator)]))
    (split,) = split_pictures(embedder, [seen.square])
    found = contrast(split, seen, first, second)
    assert found.difference == pytest.approx(float(split.whole @ (first - second)), abs=1e-6)
    assert sum(part.contribution for part in found.parts) == pytest.approx(found.difference, abs=1e-6)
    assert found.remainder == pytest.approx(0.0, abs=1e-6)


def test_a_contrast_is_told_by_the_parts_that_were_measured(make_embedder, make_picture):
    embedder = make_embedder(described=False)
    generator = np.random.default_rng(9)
    seen = see(make_picture(generator), embedder.description.preprocessing)
    first, second = embedder.embed(np.stack([make_picture(generator), make_picture(generator)]))
    (split,) = split_pictures(embedder, [seen.square])
    assert split.parts is not None
    cell = 32 / 6
    measured = {
        tuple(round(edge * cell, 6) for edge in (left, top, right - left, bottom - top))
        for top, left, bottom, right in split.parts
    }
    told = contrast(split, seen, first, second).parts
    assert {
        tuple(round(edge, 6) for edge in (box.x, box.y, box.width, box.height))
        for box in (part.query_box for part in told)
    } == measured
