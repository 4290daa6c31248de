"""Claims about `lookalike.explain.overlay`."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.explain.match import HeatMap
from lookalike.explain.overlay import overlay_map, overlay_pictures
from lookalike.images.regions import encode_jpeg
from lookalike.images.seen import see
from lookalike.types import Box


def test_both_pictures_come_back_small_with_the_terms(make_embedder, make_picture):
    generator = np.random.default_rng(0)
    embedder = make_embedder()
    query, image = make_picture(generator, 160, 80), make_picture(generator, 64, 64)
    both = overlay_pictures(embedder, query, image, side_pixels=80)
    assert both.query.shape == (40, 80, 3)
    assert both.image.shape == (64, 64, 3)
    vectors = embedder.embed(np.stack([embedder.description.preprocessing.apply(each) for each in (query, image)]))
    assert both.similarity == pytest.approx(float(vectors[0] @ vectors[1]), abs=1e-5)


def test_files_and_crops_are_taken_too(make_embedder, make_picture):
    generator = np.random.default_rng(1)
    query, image = encode_jpeg(make_picture(generator, 96, 96)), make_picture(generator)
    whole = overlay_pictures(make_embedder(), query, image)
    part = overlay_pictures(make_embedder(), query, image, crop=Box(0.0, 0.0, 48.0, 48.0))
    assert whole.similarity != part.similarity
    assert part.query.shape == (96, 96, 3)


def test_what_matches_is_warm_and_what_speaks_against_it_blue(make_embedder):
    grey = np.full((90, 90, 3), 128, np.uint8)
    seen = see(grey, make_embedder().description.preprocessing)
    tinted = overlay_map(grey, HeatMap(np.asarray([[1.0, 0.0, -1.0]]), seen.window), size=(90, 90), side_pixels=90)
    warm, plain, blue = tinted[45, 15].astype(int), tinted[45, 45].astype(int), tinted[45, 75].astype(int)
    assert warm[0] > warm[2] + 60
    assert blue[2] > blue[0] + 60
    assert np.ptp(plain) <= 2


def test_a_map_of_zeros_tints_nothing(make_embedder):
    grey = np.full((30, 30, 3), 128, np.uint8)
    seen = see(grey, make_embedder().description.preprocessing)
    assert np.ptp(overlay_map(grey, HeatMap(np.zeros((2, 2)), seen.window), size=(30, 30), side_pixels=30)) == 0
