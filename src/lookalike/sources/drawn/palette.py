"""The colours of the catalogue: plain words that shoppers use, each with a few shades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.sources.drawn.material import Rgb

__all__ = ["SHADES", "WOODS", "Shade", "Wood", "companion", "picked", "wood"]


@dataclass(frozen=True, slots=True)
class Shade:
    """One shade of a colour.

    Attributes:
        word: plain colour word, for the colour column.
        name: the shade's own name, for titles and descriptions.
        rgb: sRGB in [0, 1].
    """

    word: str
    name: str
    rgb: Rgb

    @property
    def is_dark(self) -> bool:
        """Whether light accents show better on it than dark ones."""
        red, green, blue = self.rgb
        return 0.3 * red + 0.59 * green + 0.11 * blue < 0.52


@dataclass(frozen=True, slots=True)
class Wood:
    """One kind of wood: its name, the plain colour word for it, and its colour."""

    name: str
    word: str
    rgb: Rgb


def _hex(code: str) -> Rgb:
    return int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255


_TABLE: dict[str, dict[str, str]] = {
    "white": {"chalk": "f2f0ea", "snow": "f6f6f4", "porcelain": "eef0f0"},
    "cream": {"oat milk": "eee2c8", "vanilla": "f3e6c4", "ivory": "efe6d3"},
    "beige": {"sand": "d8c4a2", "linen": "d3c3aa", "dune": "c9b08c"},
    "grey": {"pebble": "a3a39e", "fog": "b9bcbc", "slate": "7c8388"},
    "black": {"ink": "26282b", "coal": "2d2b2a", "liquorice": "232021"},
    "brown": {"cocoa": "6e4a35", "chestnut": "7d4a2d", "tobacco": "8a6038"},
    "red": {"poppy": "c8332b", "cherry": "a8222e", "brick": "b04a3a"},
    "orange": {"apricot": "e3894a", "rust": "c2622d", "clementine": "e8762b"},
    "yellow": {"mustard": "d6a12c", "lemon": "edcf4e", "honey": "e0ae45"},
    "green": {"moss": "6d7d45", "bottle": "24523c", "sage": "9fb090", "fern": "4c8a58"},
    "teal": {"lagoon": "1f7f80", "petrol": "1d5a66", "jade": "3b9a8a"},
    "blue": {"cornflower": "5b86c9", "sky": "8db7da", "cobalt": "2a58b0"},
    "navy": {"midnight": "232f52", "harbour": "2c3d63"},
    "purple": {"plum": "6b3d63", "lavender": "a795c9", "aubergine": "4b2b4a"},
    "pink": {"blush": "e6b9ae", "rose": "d98a97", "flamingo": "e56f86"},
}

SHADES: dict[str, tuple[Shade, ...]] = {
    word: tuple(Shade(word, name, _hex(code)) for name, code in shades.items()) for word, shades in _TABLE.items()
}
"""All shades by colour word."""

WOODS: tuple[Wood, ...] = (
    Wood("oak", "beige", _hex("c79f6b")),
    Wood("walnut", "brown", _hex("7a5034")),
    Wood("beech", "beige", _hex("d9b184")),
    Wood("ash", "cream", _hex("dcc6a0")),
    Wood("black oak", "black", _hex("37322e")),
    Wood("cherry", "brown", _hex("a5683d")),
)


def picked(rng: np.random.Generator, words: Sequence[str], n_shades: int) -> tuple[Shade, ...]:
    """That many shades of different colour words, slightly off the table so that no two products share one."""
    chosen = rng.permutation(len(words))[:n_shades]
    return tuple(_varied(rng, words[int(index)]) for index in chosen)


def companion(rng: np.random.Generator, shade: Shade, *, bold: bool = False) -> Shade:
    """A second colour that goes with a shade: light on dark, dark on light, or a bold one of another word."""
    if bold:
        words = [word for word in ("red", "orange", "yellow", "teal", "blue", "pink", "green") if word != shade.word]
    elif shade.is_dark:
        words = [word for word in ("cream", "white", "beige", "pink", "yellow") if word != shade.word]
    else:
        words = [word for word in ("navy", "black", "brown", "green", "teal", "red", "purple") if word != shade.word]
    return _varied(rng, words[int(rng.integers(len(words)))])


def wood(rng: np.random.Generator) -> Wood:
    """One of the woods."""
    return WOODS[int(rng.integers(len(WOODS)))]


def _varied(rng: np.random.Generator, word: str) -> Shade:
    shades = SHADES[word]
    shade = shades[int(rng.integers(len(shades)))]
    off = rng.normal(0, 0.012, 3)
    red, green, blue = (float(np.clip(value + shift, 0.03, 0.97)) for value, shift in zip(shade.rgb, off, strict=True))
    return Shade(shade.word, shade.name, (red, green, blue))
