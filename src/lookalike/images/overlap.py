"""Whether two pictures are one picture: resized, recompressed, or slightly cropped, but not merely alike."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from PIL import Image

from lookalike.images.regions import thumbnail
from lookalike.types import Pixels

__all__ = ["OVERLAP_SIDE_PIXELS", "overlap"]

OVERLAP_SIDE_PIXELS = 128
"""Pictures are compared at most at this longer side; to give larger ones costs time and changes nothing."""

_COARSE = 24
_FINE = 64
_LEAST_KEPT = 0.8
_STEPS = 4
_LEAST_SPREAD = 2.0
_HOPELESS = 0.88
_STILL_HOPELESS = 0.94


def overlap(first: Pixels, second: Pixels) -> float:
    """How well the one picture, or a crop of at least 80% of its sides, covers the other: 1.0 for the same picture.

    Args:
        first: a picture.
        second: another.

    Returns:
        correlation of the three channels over the best crop, -1 to 1: above 0.98 for copies that were resized,
        recompressed or slightly cropped, lower for other views and other colours of the same thing. Symmetric but
        for pictures that are no copies, whose crop may be refined in one order alone. Two pictures of one colour
        each overlap by 1.0 where the colours are the same, else by 0.0.
    """
    pictures = [Image.fromarray(np.ascontiguousarray(thumbnail(each, OVERLAP_SIDE_PIXELS))) for each in (first, second)]
    best = _correlation(*(_values(each, None, _FINE) for each in pictures))
    if _is_flat(pictures[0]) or _is_flat(pictures[1]):
        return best
    small = [_small(each) for each in pictures]
    crops = _crops()
    for first_is_whole in (True, False):
        whole, part = pictures if first_is_whole else pictures[::-1]
        small_whole, small_part = small if first_is_whole else small[::-1]
        scores = _coarse_scores(small_whole, small_part)
        place = int(np.argmax(scores))
        hopeful = scores[place] >= max(_HOPELESS, best - 0.05)
        best = max(best, _refined(whole, part, crops[place]) if hopeful else float(scores[place]))
    return best


Crop = tuple[float, float, float, float]


@lru_cache(maxsize=1)
def _crops() -> list[Crop]:
    """Left, upper, right and lower edge as shares of the sides: the whole, and crops of 80% to 95% all over it."""
    found: list[Crop] = [(0.0, 0.0, 1.0, 1.0)]
    for side in np.linspace(_LEAST_KEPT, 1.0, _STEPS, endpoint=False):
        free = 1.0 - float(side)
        for left in (0.0, free / 2, free):
            found += [(left, upper, left + side, upper + side) for upper in (0.0, free / 2, free)]
    return found


def _is_flat(image: Image.Image) -> bool:
    return float(_values(image, None, _COARSE).std()) < _LEAST_SPREAD


def _small(image: Image.Image) -> Float32[np.ndarray, "_s _s 3"]:
    return np.asarray(image.resize((2 * _COARSE, 2 * _COARSE), Image.Resampling.BOX), dtype=np.float32)


@lru_cache(maxsize=1)
def _samplers() -> Float32[np.ndarray, "crops 2 coarse small"]:
    """For each crop, the matrices that bring its rows and columns to the coarse grid."""
    centres = (np.arange(_COARSE) + 0.5) / _COARSE
    pixels = np.arange(2 * _COARSE)
    matrices: list[list[Float32[np.ndarray, "coarse small"]]] = []
    for left, upper, right, lower in _crops():
        pair: list[Float32[np.ndarray, "coarse small"]] = []
        for low, high in ((upper, lower), (left, right)):
            at = (low + centres * (high - low)) * 2 * _COARSE - 0.5
            weights = np.maximum(0.0, 1.0 - np.abs(at[:, None] - pixels[None, :]) / 2)
            pair.append((weights / weights.sum(axis=1, keepdims=True)).astype(np.float32))
        matrices.append(pair)
    return np.array(matrices)


def _coarse_scores(
    whole: Float32[np.ndarray, "_s _s 3"], part: Float32[np.ndarray, "_s _s 3"]
) -> Float32[np.ndarray, " crops"]:
    """Correlation of each crop of `whole` with all of `part`, on the coarse grid."""
    samplers = _samplers()
    rows = np.tensordot(samplers[:, 0], whole, axes=(2, 0))
    crops = np.matmul(samplers[:, 1][:, None], rows).reshape(len(samplers), -1)
    target = np.matmul(samplers[0, 1], np.tensordot(samplers[0, 0], part, axes=(1, 0))).reshape(-1)
    crops -= crops.mean(axis=1, keepdims=True)
    target = target - target.mean()
    larger = np.maximum(np.maximum(crops.std(axis=1), target.std()), _LEAST_SPREAD)
    return (crops @ target / len(target) / larger**2).astype(np.float32)


def _refined(whole: Image.Image, part: Image.Image, crop: Crop) -> float:
    """Each edge of the crop is moved as long as that helps."""
    target = _values(part, None, _FINE)
    best = _correlation(_values(whole, crop, _FINE), target)
    step = 0.02
    while step >= 0.005 and best < 0.999:
        moved = False
        for edge in range(4):
            for sign in (-step, step):
                edges = list(crop)
                edges[edge] = min(1.0, max(0.0, edges[edge] + sign))
                if edges[2] - edges[0] < _LEAST_KEPT - 0.05 or edges[3] - edges[1] < _LEAST_KEPT - 0.05:
                    continue
                candidate = (edges[0], edges[1], edges[2], edges[3])
                score = _correlation(_values(whole, candidate, _FINE), target)
                if score > best:
                    best, crop, moved = score, candidate, True
        if best < _STILL_HOPELESS:
            break
        if not moved:
            step /= 2
    return best


def _values(image: Image.Image, crop: Crop | None, side: int) -> Float32[np.ndarray, " _n"]:
    box = None
    if crop is not None:
        box = (crop[0] * image.width, crop[1] * image.height, crop[2] * image.width, crop[3] * image.height)
    resized = image.resize((side, side), Image.Resampling.BILINEAR, box=box)
    return np.asarray(resized, dtype=np.float32).reshape(-1)


def _correlation(first: Float32[np.ndarray, " _n"], second: Float32[np.ndarray, " _n"]) -> float:
    """Of all channels around one common mean, so that another colour of the same shape correlates less."""
    one, other = first - first.mean(), second - second.mean()
    spread, other_spread = float(one.std()), float(other.std())
    if spread < _LEAST_SPREAD or other_spread < _LEAST_SPREAD:
        same = abs(float(first.mean() - second.mean())) < 2 * _LEAST_SPREAD
        return 1.0 if same and max(spread, other_spread) < 2 * _LEAST_SPREAD else 0.0
    # A picture with less contrast than the other is another one: covariance over the larger variance.
    return float((one * other).mean()) / max(spread, other_spread) ** 2
