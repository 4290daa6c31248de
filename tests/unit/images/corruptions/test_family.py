"""Every family: size and type kept, the same seed the same pixels, the more severe the farther from the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.images.corruptions import FAMILIES, Family, family_named

NAMES = [family.name for family in FAMILIES]
UNORDERED = {"background", "fog", "rotation"}
"""Kinds of backgrounds are not more and more of one thing, a half turn may be nearer than a quarter, and the published
fog changes from 3 to 4 in grain alone."""


def apart(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.sqrt(np.mean((first.astype(np.float64) - second) ** 2)))


def unlike(first: np.ndarray, second: np.ndarray) -> float:
    """1 less the correlation: frost gives light with one severity and takes it with the next."""
    return 1 - float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12)
@given(height=st.integers(16, 90), width=st.integers(16, 90), severity=st.integers(1, 4), seed=st.integers(0, 2**31))
def test_size_and_type_are_kept_and_the_same_seed_gives_the_same_pixels(
    name: str, height: int, width: int, severity: int, seed: int
) -> None:
    family = family_named(name)
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    noise[:, : width // 3] = 250
    before = noise.copy()
    once = family.apply(noise, severity, np.random.default_rng(seed))
    again = family.apply(noise, severity, np.random.default_rng(seed))
    assert np.array_equal(noise, before), "the picture that came in was changed"
    if once is None:
        assert again is None
        assert name == "background"
        return
    assert again is not None
    assert (once.shape, once.dtype) == (noise.shape, np.uint8)
    assert once.flags.c_contiguous
    assert np.array_equal(once, again)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.name)
def test_the_more_severe_the_farther_from_the_picture(family: Family, large_scenes: list[np.ndarray]) -> None:
    distance = unlike if family.name == "frost" else apart

    def mean_distance(severity: int) -> float:
        distances: list[float] = []
        for seed, picture in enumerate(large_scenes):
            corrupted = family.apply(picture, severity, np.random.default_rng(seed))
            assert corrupted is not None
            distances.append(distance(picture, corrupted))
        return float(np.mean(distances))

    distances = [mean_distance(severity) for severity in range(1, len(family.levels) + 1)]
    assert distances[0] > 0
    if family.name not in UNORDERED:
        assert distances == sorted(distances)
    if family.name not in ("background", "rotation"):
        assert distances[-1] > 1.1 * distances[0]


def test_there_are_the_fifteen_of_the_benchmark_in_five_severities_and_six_more() -> None:
    common = [family for family in FAMILIES if family.common]
    assert len(common) == 15
    assert all(len(family.levels) == 5 for family in common)
    assert len(set(NAMES)) == len(NAMES) == 21
    assert family_named("jpeg_quality").levels == ("quality 90", "quality 50", "quality 30", "quality 10")
    assert family_named("occlusion").levels == ("10%", "20%", "30%", "40%", "50%")


@pytest.mark.parametrize("severity", [0, 6, -1])
def test_a_severity_that_there_is_not_is_refused(severity: int, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be 1 to 5"):
        family_named("fog").apply(pixels, severity, np.random.default_rng(0))


def test_an_unknown_family_is_refused_with_the_list_of_those_there_are() -> None:
    with pytest.raises(ValueError, match="gaussian_noise"):
        family_named("rain")
