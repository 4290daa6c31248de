"""The catalogue's categories: who designs them, and the words for products that are only titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lookalike.sources.drawn.design import Designer
from lookalike.sources.drawn.designs.armchair import armchair
from lookalike.sources.drawn.designs.backpack import backpack
from lookalike.sources.drawn.designs.bowl import bowl
from lookalike.sources.drawn.designs.chair import chair
from lookalike.sources.drawn.designs.clock import clock
from lookalike.sources.drawn.designs.cushion import cushion
from lookalike.sources.drawn.designs.headphones import headphones
from lookalike.sources.drawn.designs.helmet import helmet
from lookalike.sources.drawn.designs.jumper import jumper
from lookalike.sources.drawn.designs.lamp import lamp
from lookalike.sources.drawn.designs.mug import mug
from lookalike.sources.drawn.designs.rug import rug
from lookalike.sources.drawn.designs.sneaker import sneaker
from lookalike.sources.drawn.designs.stool import stool
from lookalike.sources.drawn.designs.teapot import teapot
from lookalike.sources.drawn.designs.vase import vase
from lookalike.sources.drawn.designs.watering_can import watering_can
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
_CLOTH = ("wool", "velvet", "linen", "bouclé", "cotton")
_TIMBER = ("oak", "walnut", "beech", "ash", "cherry", "lacquered wood")
_PRINTS = (
    "banded",
    "dotted",
    "speckled",
    "leaf",
    "zigzag",
    "striped",
    "marbled",
    "terrazzo",
    "scallop",
    "gingham",
    "diamond",
    "tartan",
    "wave",
    "flower",
    "triangle",
    "plain",
)

CATEGORIES: tuple[Category, ...] = (
    Category(
        "mugs",
        mug,
        "table",
        "table",
        ("mug", "cup", "espresso cup"),
        ("ribbed", "faceted", "round", "dip-glazed", *_PRINTS),
        _CERAMIC,
    ),
    Category(
        "chairs",
        chair,
        "home",
        "floor",
        ("chair", "dining chair"),
        ("slatted", "shell", "spindle-back", "upholstered", "ladder-back", "bucket", "bent-ply"),
        _TIMBER,
    ),
    Category(
        "table lamps",
        lamp,
        "home",
        "table",
        ("table lamp", "desk lamp", "bedside lamp"),
        ("gourd", "tripod", "adjustable", "arched", "mushroom", "fluted", *_PRINTS),
        (*_CERAMIC, "lacquered metal"),
    ),
    Category(
        "sneakers",
        sneaker,
        "wear",
        "floor",
        ("sneaker", "high-top sneaker", "slip-on", "boot"),
        ("court", "running", "chunky", "trail", "retro"),
        ("leather", "canvas", "suede", "knitted mesh"),
    ),
    Category(
        "vases",
        vase,
        "table",
        "table",
        ("vase", "bud vase", "floor vase"),
        ("fluted", "twisted", "two-handled", "stacked", *_PRINTS),
        _CERAMIC,
    ),
    Category(
        "armchairs",
        armchair,
        "home",
        "floor",
        ("armchair", "sofa", "loveseat"),
        ("boxy", "rounded", "wing-back", "slim", "cloud", "rolled-arm", "striped"),
        _CLOTH,
    ),
    Category(
        "jumpers",
        jumper,
        "wear",
        "ground",
        ("jumper", "cardigan", "T-shirt", "hoodie", "vest"),
        ("breton", "fair isle", "colour-block", *_PRINTS),
        ("merino wool", "lambswool", "cotton", "cotton jersey"),
    ),
    Category(
        "headphones",
        headphones,
        "wear",
        "table",
        ("headphones",),
        ("round wireless", "oval wireless", "square wireless", "round wired", "hexagonal wireless"),
        ("aluminium", "recycled plastic"),
    ),
    Category(
        "teapots",
        teapot,
        "table",
        "table",
        ("teapot", "kettle"),
        ("round", "low", "conical", "tall", *_PRINTS),
        _CERAMIC,
    ),
    Category(
        "cushions",
        cushion,
        "home",
        "floor",
        ("cushion", "bolster", "ball cushion"),
        ("round", "oblong", *_PRINTS),
        _CLOTH,
    ),
    Category(
        "clocks",
        clock,
        "home",
        "wall",
        ("wall clock", "clock"),
        ("round", "square", "sunburst", "scalloped", "wavy", "open ring"),
        ("lacquered steel", *_TIMBER),
    ),
    Category(
        "backpacks",
        backpack,
        "wear",
        "floor",
        ("backpack", "rucksack"),
        ("roll-top", "flap", "square", "trekking", "mini", *_PRINTS),
        ("canvas", "leather", "waxed nylon"),
    ),
    Category(
        "bowls",
        bowl,
        "table",
        "table",
        ("bowl", "plate", "footed bowl"),
        ("deep", "scalloped", "coupe", *_PRINTS),
        _CERAMIC,
    ),
    Category(
        "rugs",
        rug,
        "home",
        "ground",
        ("rug", "runner"),
        ("round", "pebble", "arched", "bordered", *_PRINTS),
        ("wool", "cotton", "jute"),
    ),
    Category(
        "helmets",
        helmet,
        "wear",
        "floor",
        ("helmet", "cycling helmet"),
        ("vented", "visor", "ridged", "urban", "aero", *_PRINTS),
        ("polycarbonate",),
    ),
    Category(
        "stools",
        stool,
        "home",
        "floor",
        ("stool", "pouffe"),
        ("three-legged", "saddle", "drum", "cross-legged", "hourglass", "mushroom"),
        _TIMBER,
    ),
    Category(
        "watering cans",
        watering_can,
        "home",
        "table",
        ("watering can",),
        ("slim", "conical", "square", *_PRINTS),
        ("enamelled steel", "recycled plastic", "metal"),
    ),
)
"""In the order in which products take turns."""
