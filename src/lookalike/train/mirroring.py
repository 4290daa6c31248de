"""Whether a mirrored picture still shows the same product: asked of the catalogue itself, not of the model.

A network trained with mirrored pictures takes a left arrow for a right one, so its opinion is worth nothing here. What
tells is a catalogue in which the mirror image of one product's picture is another product's picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, UInt8

__all__ = ["Mirroring", "judge_mirroring"]

_CELLS = 16
_ALIKE = 0.9
_NEARER = 0.35
_LEAST_PRODUCTS = 2
_SHARE = 0.01
_PAIRS_AT_ONCE = 1 << 24
_COARSENED_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Mirroring:
    """What the catalogue says of mirroring.

    Attributes:
        keeps: whether mirrored pictures may be taken for the same product.
        n_products: that were asked.
        n_changed: products with a picture whose mirror image is another product's picture, and no picture of their own.
        n_kept: products with a picture whose mirror image is another picture of the same product.
        pairs: pictures that are each other's mirror image and show different products, by number, at most 100.
    """

    keeps: bool
    n_products: int
    n_changed: int
    n_kept: int
    pairs: tuple[tuple[int, int], ...]


def judge_mirroring(
    pictures: UInt8[np.ndarray, "n height width 3"], labels: Int64[np.ndarray, " n"], *, asked: slice = slice(None)
) -> Mirroring:
    """Look for pictures that are the mirror image of another picture.

    Pictures are compared as 16 x 16 colours, by correlation. Two are each other's mirror image where mirroring one
    makes it correlate with the other by 0.9 at least, and leaves at most 35% of the difference that there was
    (symmetrical pictures do not pass). Mirroring changes products where at least two of them, and 1% of all, and more
    than those that are shown from both sides, have the mirror image of a picture of theirs in another product.
    Without such a pair nothing speaks against mirroring, and it is allowed.

    Args:
        pictures: upright, all of one size, at least 16 pixels each way.
        labels: product of each.
        asked: which pictures are mirrored and looked for; all of them are looked at.
    """
    small, rows = _coarse(pictures), np.arange(len(pictures))[asked]
    plain, mirrored = _centred(small), _centred(small[asked, :, ::-1])
    changed: set[int] = set()
    kept: set[int] = set()
    pairs: list[tuple[int, int]] = []
    at_once = max(1, _PAIRS_AT_ONCE // max(1, len(plain)))
    for start in range(0, len(rows), at_once):
        block = rows[start : start + at_once]
        turned, straight = mirrored[start : start + at_once] @ plain.T, plain[block] @ plain.T
        found = (turned >= _ALIKE) & (1 - turned <= _NEARER * (1 - straight))
        for place, other in np.argwhere(found).tolist():
            row = int(block[place])
            own = int(labels[row])
            if int(labels[other]) == own:
                kept.add(own)
            else:
                changed.add(own)
                pairs.append((row, other))
    changed -= kept
    n_products = len(np.unique(labels[rows]))
    most = max(_LEAST_PRODUCTS, _SHARE * n_products, len(kept) + 1)
    return Mirroring(len(changed) < most, n_products, len(changed), len(kept), tuple(pairs[:100]))


def _coarse(pictures: UInt8[np.ndarray, "n height width 3"]) -> Float32[np.ndarray, "n cells cells 3"]:
    """Means over a grid of 16 x 16 cells, which mirroring maps onto each other."""
    n, height, width = pictures.shape[:3]
    down, across = height // _CELLS, width // _CELLS
    upper, left = (height - down * _CELLS) // 2, (width - across * _CELLS) // 2
    cut = pictures[:, upper : upper + down * _CELLS, left : left + across * _CELLS]
    small = np.empty((n, _CELLS, _CELLS, 3), np.float32)
    narrow = np.uint16 if down * 255 < 1 << 16 else np.uint32
    for start in range(0, n, _COARSENED_AT_ONCE):
        part = cut[start : start + _COARSENED_AT_ONCE]
        # Whole rows of pixels first, which lie together; sums of so few bytes are exact.
        rows = part.reshape(len(part), _CELLS, down, across * _CELLS * 3).sum(axis=2, dtype=narrow)
        sums = rows.reshape(len(part), _CELLS, _CELLS, across, 3).sum(axis=3, dtype=np.uint32)
        small[start : start + len(part)] = sums.astype(np.float32) / np.float32(down * across)
    return small


def _centred(small: Float32[np.ndarray, "n cells cells 3"]) -> Float32[np.ndarray, "n values"]:
    """Unit rows of which the mean is 0; rows of zeros for pictures of one shade."""
    rows = small.reshape(len(small), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)).astype(np.float32)
