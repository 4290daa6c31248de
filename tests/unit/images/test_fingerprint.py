from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from lookalike.images import content_sha256, decode, hamming_distance, perceptual_hash


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    coarse = np.random.default_rng(5).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((480, 360), Image.Resampling.BICUBIC))


def naive_hash(pixels: np.ndarray) -> int:
    small = Image.fromarray(pixels).convert("L").resize((32, 32), Image.Resampling.BILINEAR, reducing_gap=2.0)
    grey = np.asarray(small).astype(float)
    spectrum = []
    for u in range(8):
        for v in range(8):
            total = 0.0
            for y in range(32):
                for x in range(32):
                    total += grey[y, x] * np.cos(np.pi * u * (2 * y + 1) / 64) * np.cos(np.pi * v * (2 * x + 1) / 64)
            for index in (u, v):
                total *= np.sqrt((1 if index == 0 else 2) / 32)
            spectrum.append(round(total, 6))
    middle = float(np.median(spectrum[1:]))
    return sum(1 << (63 - i) for i in range(1, 64) if spectrum[i] > middle)


def test_the_content_hash_is_sha256_of_the_bytes():
    assert content_sha256(b"picture") == hashlib.sha256(b"picture").hexdigest()


def test_the_hash_is_that_of_the_naive_loop(scene):
    assert perceptual_hash(scene) == naive_hash(scene)


def test_about_half_of_the_bits_are_set(scene):
    assert 0 <= perceptual_hash(scene) < 2**63
    assert perceptual_hash(scene).bit_count() == 31


@pytest.mark.parametrize("size", [(240, 180), (960, 720), (120, 90), (300, 300)])
def test_resizing_changes_few_bits(scene, size):
    resized = np.asarray(Image.fromarray(scene).resize(size, Image.Resampling.BICUBIC))
    assert hamming_distance(perceptual_hash(scene), perceptual_hash(resized)) <= 4


@pytest.mark.parametrize("quality", [20, 50, 85])
def test_recompressing_changes_few_bits(scene, quality, encode):
    again = decode(encode(scene, "JPEG", quality=quality)).pixels
    assert hamming_distance(perceptual_hash(scene), perceptual_hash(again)) <= 4


@pytest.mark.parametrize("factor", [0.85, 1.1])
def test_a_little_brightness_changes_few_bits(scene, factor):
    brighter = np.asarray(ImageEnhance.Brightness(Image.fromarray(scene)).enhance(factor))
    assert hamming_distance(perceptual_hash(scene), perceptual_hash(brighter)) <= 6


def test_other_pictures_and_turned_ones_are_far(scene):
    other = np.asarray(
        Image.fromarray(np.random.default_rng(6).integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((480, 360), 3)
    )
    for different in (other, scene[::-1], scene[:, ::-1], scene.transpose(1, 0, 2)):
        assert hamming_distance(perceptual_hash(scene), perceptual_hash(np.ascontiguousarray(different))) > 14


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_picture_hashes_to_nothing(level):
    assert perceptual_hash(np.full((50, 70, 3), level, dtype=np.uint8)) == 0
