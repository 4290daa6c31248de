"""The catalogue's categories: who designs them, and the words for products that are only titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lookalike.sources.drawn.design import Designer
from lookalike.sources.drawn.designs import tableware
from lookalike.sources.drawn.palette import SHADES

__all__ = ["CATEGORIES", "Category"]


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of product.

    Attributes:
        name: as in the category column.
        designer: draws one.
        group: which closing sentences fit: ``table``, ``home`` or ``wear``.
        place: where in a scene it stands.
        nouns: what such a thing is called.
        styles: adjectives for its shape or pattern.
        stuffs: what it is made of.
    """

    name: str
    designer: Designer
    group: Literal["table", "home", "wear"]
    place: Literal["table", "floor", "wall", "ground"]
    nouns: Sequence[str]
    styles: Sequence[str]
    stuffs: Sequence[str]

    def worded(self, rng: np.random.Generator) -> tuple[str, str, str, str, str]:
        """Style, noun, material, shade and colour word of an undrawn product."""
        words = list(SHADES)
        shades = SHADES[words[int(rng.integers(len(words)))]]
        shade = shades[int(rng.integers(len(shades)))]
        style, noun, stuff = (
            str(names[int(rng.integers(len(names)))]) for names in (self.styles, self.nouns, self.stuffs)
        )
        return style, noun, stuff, shade.name, shade.word


_CERAMIC = ("porcelain", "earthenware", "stoneware")
_PATTERNED = ("banded", "dotted", "speckled", "leaf", "zigzag", "dip-glazed", "striped", "marbled", "terrazzo", "scallop")

CATEGORIES: tuple[Category, ...] = (
    Category("mugs", tableware.mug, "table", "table", ("mug", "cup", "espresso cup"), ("ribbed", "faceted", "round", *_PATTERNED), _CERAMIC),
    Category("vases", tableware.vase, "table", "table", ("vase", "bud vase", "floor vase"), ("fluted", "twisted", "two-handled", *_PATTERNED), _CERAMIC),
    Category("bowls", tableware.bowl, "table", "table", ("bowl", "plate", "footed bowl"), ("deep", "scalloped", "coupe", *_PATTERNED), _CERAMIC),
    Category("teapots", tableware.teapot, "table", "table", ("teapot", "kettle"), ("round", "low", "conical", *_PATTERNED), _CERAMIC),
    Category("watering cans", tableware.watering_can, "home", "table", ("watering can",), ("slim", "conical", "square", *_PATTERNED), ("enamelled steel", "recycled plastic", "metal")),
)  # fmt: skip
"""In the order in which products take turns."""
