"""A picture of pictures: each as it is and as training sees it, so that people can look before they wait."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from lookalike.images.drawing import Figure, Frame, Photo, Shape, Words, as_png

__all__ = ["contact_sheet", "rows_to_show"]

_TILE, _GAP, _MARGIN, _LINE = 112.0, 6.0, 16.0, 18.0
_QUIET = (110, 106, 98)
_LONGEST = 44


def rows_to_show(n_pictures: int, n_shown: int, generator: np.random.Generator) -> list[int]:
    """Numbers of `n_shown` different pictures in rising order; all where there are no more.

    Args:
        n_pictures: how many there are.
        n_shown: how many to choose.
        generator: source of randomness.
    """
    return sorted(generator.permutation(n_pictures)[:n_shown].tolist())


def contact_sheet(
    originals: UInt8[np.ndarray, "n side side 3"],
    varied: UInt8[np.ndarray, "n views size size 3"],
    *,
    captions: Sequence[str],
    notes: Sequence[str] = (),
) -> bytes:
    """A PNG: a row for each picture, the original first, in a frame, then its variations; captions below each row.

    Args:
        originals: as they are kept for training.
        varied: what training sees of each.
        captions: of each picture, such as its product; shortened to one line.
        notes: lines above the rows, such as whether pictures are mirrored and why.

    Raises:
        ValueError: not as many captions as pictures.
    """
    if len(captions) != len(originals) or len(varied) != len(originals):
        raise ValueError(
            f"{len(originals)} pictures have {len(captions)} captions and {len(varied)} rows of variations"
        )
    n_columns = 1 + varied.shape[1]
    top = _MARGIN + _LINE * (1 + len(notes))
    row_height = _TILE + _LINE + _GAP
    width = max(2 * _MARGIN + n_columns * (_TILE + _GAP) - _GAP, 480.0)
    shapes: list[Shape] = [Words(_MARGIN, _MARGIN + 10, "What training sees (first column: as it is)", 13.0, bold=True)]
    for line, note in enumerate(notes, start=1):
        shapes.append(Words(_MARGIN, _MARGIN + 10 + line * _LINE, note, 10.5, colour=_QUIET))
    for row, (original, views, caption) in enumerate(zip(originals, varied, captions, strict=True)):
        y = top + row * row_height
        for column, pixels in enumerate([original, *views]):
            shapes.append(Photo(pixels, _MARGIN + column * (_TILE + _GAP), y, _TILE, _TILE))
        shapes.append(Frame(_MARGIN - 2, y - 2, _TILE + 4, _TILE + 4, (26, 25, 23), 1.5, 3.0))
        words = caption if len(caption) <= _LONGEST else caption[: _LONGEST - 1] + "…"
        shapes.append(Words(_MARGIN, y + _TILE + 13, words, 9.5, colour=_QUIET))
    height = top + len(originals) * row_height + _MARGIN
    about = f"{len(originals)} training pictures, each with {varied.shape[1]} variations"
    return as_png(Figure(width, height, shapes, about), scale=1.0)
