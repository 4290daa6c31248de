"""Claims about `lookalike.train.augmentation.augmenter`: each change against a plain way of making it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike.images.corruptions.compression import recompressed
from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.augmentation.colour import GREY
from lookalike.train.augmentation.draws import draw
from lookalike.train.augmentation.geometry import homographies

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

SIDE = 48
STILL = AugmentationConfig(
    crop_area=(1.0, 1.0),
    geometry_probability=0.0,
    crop_aspect=1.0,
    colour_probability=0.0,
    blur_probability=0.0,
    jpeg_probability=0.0,
    erasing_probability=0.0,
    background_probability=0.0,
)


def pictures(n: int = 4, side: int = SIDE, seed: int = 0) -> np.ndarray:
    """Smooth colourful pictures: what JPEG and resampling are made for."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    waves = [
        127 + 100 * np.sin(generator.uniform(2, 9) * x + generator.uniform(2, 9) * y + generator.uniform(0, 6))
        for _ in range(3 * n)
    ]
    return np.stack(waves).reshape(n, 3, side, side).transpose(0, 2, 3, 1).astype(np.uint8)


def augmented(config: AugmentationConfig, pixels: np.ndarray, *, mirror=False, epoch=0, rows=None, outlines=None):
    from lookalike.train.augmentation.augmenter import Augmenter

    augmenter = Augmenter(config, size_pixels=pixels.shape[1], seed=5, mirror=mirror)
    rows = range(len(pixels)) if rows is None else rows
    given = None if outlines is None else torch.from_numpy(outlines)
    return augmenter(torch.from_numpy(pixels), rows, epoch=epoch, outlines=given).numpy()


def test_nothing_asked_for_gives_the_same_pictures() -> None:
    assert np.array_equal(augmented(STILL, pictures()), pictures())


def test_a_mirrored_picture_is_its_mirror_image() -> None:
    pixels = pictures(16)
    result = augmented(STILL, pixels, mirror=True)
    same = [np.array_equal(a, b) for a, b in zip(result, pixels, strict=True)]
    turned = [np.array_equal(a, b[:, ::-1]) for a, b in zip(result, pixels, strict=True)]
    assert all(a != b for a, b in zip(same, turned, strict=True))
    assert any(same)
    assert any(turned)


def test_geometry_samples_where_the_map_says() -> None:
    """Pixel by pixel, in plain loops: bilinear between the four neighbours, mirrored beyond the border."""
    config = replace(STILL, geometry_probability=1.0, crop_area=(0.6, 0.8), crop_aspect=1.3)
    pixels = pictures(2, 20)
    maps = homographies(config, draw(5, 3, [0, 1]), mirror=True)
    result = augmented(config, pixels, mirror=True, epoch=3).astype(float)

    def folded(place: float) -> int:
        place = int(place) % 40
        return 39 - place if place > 19 else place

    for picture, matrix, found in zip(pixels.astype(float), maps, result, strict=True):
        for row in range(0, 20, 3):
            for column in range(0, 20, 3):
                x, y, w = matrix @ [(2 * column + 1) / 20 - 1, (2 * row + 1) / 20 - 1, 1]
                u, v = (x / w + 1) * 10 - 0.5, (y / w + 1) * 10 - 0.5
                left, upper = int(np.floor(u)), int(np.floor(v))
                expected = sum(
                    picture[folded(upper + j), folded(left + i)] * abs(1 - i - (u - left)) * abs(1 - j - (v - upper))
                    for i in (0, 1)
                    for j in (0, 1)
                )
                assert np.abs(found[row, column] - expected).max() <= 0.6


def test_what_happens_to_a_picture_does_not_depend_on_the_batch() -> None:
    pixels = pictures(20)
    config = AugmentationConfig(jpeg_probability=0.5, blur_probability=0.5, background_probability=0.5)
    outlines = np.random.default_rng(1).integers(0, 256, (20, SIDE, SIDE), dtype=np.uint8)
    whole = augmented(config, pixels, mirror=True, outlines=outlines)
    for row in range(20):
        chosen = slice(row, row + 1)
        alone = augmented(config, pixels[chosen], mirror=True, rows=[row], outlines=outlines[chosen])
        assert np.abs(alone[0].astype(int) - whole[row]).max() <= 1
    assert not np.array_equal(whole, augmented(config, pixels, mirror=True, epoch=1, outlines=outlines))


def test_grey_pictures_are_grey_and_keep_their_brightness() -> None:
    pixels = pictures()
    result = augmented(replace(STILL, grey_probability=1.0), pixels).astype(float)
    assert np.abs(result - result.mean(axis=3, keepdims=True)).max() <= 1
    assert np.abs(result[..., 0] - pixels @ GREY).max() <= 1


def test_colours_are_changed_as_the_formula_says() -> None:
    from lookalike.train.augmentation.colour import colour_maps

    config = replace(STILL, colour_probability=1.0, hue_degrees=30.0)
    pixels = pictures(5)
    matrices, contrasts = colour_maps(config, draw(5, 0, range(5)))
    result = augmented(config, pixels)
    for picture, matrix, contrast, found in zip(pixels.astype(float), matrices, contrasts, result, strict=True):
        changed = picture @ matrix.T
        grey = float((matrix @ picture.mean(axis=(0, 1))) @ GREY)
        expected = np.clip(contrast * (changed - grey) + grey, 0, 255)
        # contrast * grey is taken away and grey added: the same as (1 - contrast) * grey added
        assert np.abs(found - expected).max() <= 0.6


def test_blur_is_a_gaussian() -> None:
    from lookalike.train.augmentation.blur import blurred

    impulse = np.zeros((2, 3, 31, 31), dtype=np.float32)
    impulse[:, :, 15, 15] = 1
    sigmas = (1.0, 2.0)
    result = blurred(torch.from_numpy(impulse), np.asarray(sigmas)).numpy()
    for found, sigma in zip(result, sigmas, strict=True):
        for row, column in [(15, 15), (14, 17), (12, 15)]:
            weight = np.exp(-((row - 15) ** 2 + (column - 15) ** 2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
            assert found[1, row, column] == pytest.approx(weight, rel=0.02)
        assert float(found[0].sum()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("quality", [10, 30, 50, 75, 95])
@pytest.mark.parametrize("side", [48, 37])
def test_jpeg_leaves_what_a_jpeg_library_leaves(quality: int, side: int) -> None:
    from lookalike.train.augmentation.jpeg import compressed

    pixels = pictures(3, side, seed=4)
    planes = torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2)
    ours = compressed(planes, torch.full((3,), float(quality))).permute(0, 2, 3, 1).clamp(0, 255).numpy()
    theirs = np.stack([recompressed(picture, quality) for picture in pixels]).astype(float)
    assert np.abs(ours - theirs).mean() < 1.5
    lost = np.abs(theirs - pixels).mean()
    assert np.abs(np.abs(ours - pixels).mean() - lost) < 0.1 * lost + 0.1


def test_erasing_paints_one_rectangle_of_its_area_in_one_colour() -> None:
    pixels = pictures(20)
    result = augmented(replace(STILL, erasing_probability=1.0, erasing_area=(0.1, 0.2)), pixels)
    for before, after in zip(pixels, result, strict=True):
        changed = (before != after).any(axis=2)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        box = after[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].reshape(-1, 3)
        assert len(np.unique(box, axis=0)) == 1
        assert 0.08 < len(box) / SIDE**2 < 0.22


def test_another_background_leaves_the_object_alone_and_replaces_the_rest() -> None:
    pixels = pictures(12)
    outlines = np.zeros((12, SIDE, SIDE), dtype=np.uint8)
    outlines[:6, 10:30, 10:30] = 255
    outlines[6:] = 255
    result = augmented(replace(STILL, background_probability=1.0), pixels, outlines=outlines)
    assert np.array_equal(result[:6, 12:28, 12:28], pixels[:6, 12:28, 12:28])
    assert float((result[:6, :8] != pixels[:6, :8]).mean()) > 0.9
    assert np.array_equal(result[6:], pixels[6:])


def test_probabilities_are_shares_of_pictures() -> None:
    pixels = pictures(1).repeat(300, axis=0)
    result = augmented(replace(STILL, erasing_probability=0.3), pixels)
    assert float((result != pixels).any(axis=(1, 2, 3)).mean()) == pytest.approx(0.3, abs=0.08)
