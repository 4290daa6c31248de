"""Colours beside looks: what the model finds alike is put in order by how alike its colours are too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.view import View
from lookalike.images.colouring import Colouring, unpack_colourings
from lookalike.search.folding import ranked

__all__ = ["COLOUR_SHARE", "WINDOW_IMAGES", "ColourRanker", "Coloured", "windows", "with_colours"]

COLOUR_SHARE = 0.25
"""How much of a similarity is that of colours; chosen in docs/decisions/0008-colours.md."""

WINDOW_IMAGES = 200
"""So many images by falling cosine are put in order together; none moves further."""


@dataclass(frozen=True, slots=True, eq=False)
class Coloured:
    """Image rows of the view by falling similarity, in windows.

    Attributes:
        rows: of the view.
        similarities: falling; the two lanes added up.
        lanes: ``picture`` and ``colour``, what each brings; empty where no colours are known.
    """

    rows: Int64[np.ndarray, " n"]
    similarities: Float32[np.ndarray, " n"]
    lanes: dict[str, Float32[np.ndarray, " n"]]


class ColourRanker:
    """Orders images of one catalogue. Safe to use from several threads.

    Args:
        catalog: knows the colours of pictures.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def rank(
        self,
        view: View,
        rows: Int64[np.ndarray, " n"],
        cosines: Float32[np.ndarray, " n"],
        asked: Colouring,
    ) -> Coloured:
        """The same rows in the order of cosine and colour.

        Args:
            view: the catalogue.
            rows: image rows by falling cosine.
            cosines: of the model's vectors.
            asked: colours of the query.
        """
        return windows(rows, cosines, self.alike(view.picture_keys[rows], asked), view.image_keys[rows])

    def alike(self, pictures: Int64[np.ndarray, " n"], asked: Colouring) -> Float32[np.ndarray, " n"]:
        """The cosine of colours of each of these pictures to those asked for; NaN where they are not known.

        All NaN where no product of the catalogue comes in more than one variant: there is no colour to choose then, and
        photographs find their products by what the model sees alone.
        """
        if not self._catalog.view().has_several_variants:
            return np.full(len(pictures), np.nan, dtype=np.float32)
        distinct, places = np.unique(pictures, return_inverse=True)
        packed = self._catalog.colourings_of(distinct.tolist())
        alike = np.full(len(distinct), np.nan, dtype=np.float32)
        known = [place for place, key in enumerate(distinct.tolist()) if key in packed]
        if known:
            alike[known] = unpack_colourings([packed[int(distinct[place])] for place in known]) @ asked
        return alike[places]


def with_colours(
    cosines: Float32[np.ndarray, " n"], alike: Float32[np.ndarray, " n"]
) -> tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """Similarities, ``(1 - s) cosine + s alike`` with s the `COLOUR_SHARE`, and what of them the cosines bring.

    Args:
        cosines: of the model's vectors.
        alike: cosines of colours; NaN where they are not known, which counts as the mean of those that are. Where none
            is known the similarities are the cosines, and both arrays that come back are the same object.
    """
    unknown = np.isnan(alike)
    if bool(unknown.all()):
        return cosines, cosines
    share = np.float32(COLOUR_SHARE)
    looks = ((1 - share) * cosines).astype(np.float32)
    colours = np.where(unknown, np.float32(alike[~unknown].mean()), alike)
    return (looks + share * colours).astype(np.float32), looks


def windows(
    rows: Int64[np.ndarray, " n"],
    cosines: Float32[np.ndarray, " n"],
    alike: Float32[np.ndarray, " n"],
    keys: Int64[np.ndarray, " n"],
) -> Coloured:
    """Rows by falling `with_colours` within windows of `WINDOW_IMAGES`.

    A similarity is lowered to the last of the window before it where it would be above: nothing leaves its window, so
    that pages fit together.

    Args:
        rows: by falling cosine.
        cosines: of the rows.
        alike: cosines of colours; NaN where they are not known.
        keys: of the images, for ties.
    """
    similarities: list[Float32[np.ndarray, " m"]] = []
    looks: list[Float32[np.ndarray, " m"]] = []
    orders: list[Int64[np.ndarray, " m"]] = []
    lowest, coloured = np.float32(np.inf), False
    for start in range(0, len(rows), WINDOW_IMAGES):
        part = slice(start, start + WINDOW_IMAGES)
        scores, seen = with_colours(cosines[part], alike[part])
        coloured = coloured or scores is not seen
        order = ranked(scores, keys[part])
        similarities.append(np.minimum(scores[order], lowest))
        looks.append(np.minimum(seen[order], similarities[-1]) if scores is seen else seen[order])
        orders.append(start + order)
        lowest = similarities[-1][-1]
    if not coloured:
        return Coloured(rows, cosines, {})
    order, falling, own = np.concatenate(orders), np.concatenate(similarities), np.concatenate(looks)
    falling = np.minimum.accumulate(np.round(falling.astype(np.float64), 6)).astype(np.float32)
    return Coloured(rows[order], falling, {"picture": own, "colour": falling - own})
