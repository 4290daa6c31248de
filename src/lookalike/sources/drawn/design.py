"""A design: the shape of one product, the looks it comes in, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lookalike.sources.drawn.material import FinishName, Length, Material, PatternName, Rgb, plain
from lookalike.sources.drawn.mesh import Mesh
from lookalike.sources.drawn.palette import Shade, companion, picked

__all__ = ["Design", "Designer", "Look", "Sketch", "Stance"]

Stance: TypeAlias = Literal["standing", "flat", "wall"]
"""How it is shown: on the ground, lying seen from above, or lying but meant for a wall."""


@dataclass(frozen=True, slots=True)
class Look:
    """One variant: a colour word, the shade's name, a word for what it is made of, and a material for each slot."""

    color: str
    shade: str
    material: str
    materials: Mapping[str, Material]


@dataclass(frozen=True, slots=True)
class Design:
    """One product as drawn.

    Attributes:
        mesh: its shape, standing (or lying) on z = 0 above the origin.
        looks: its variants.
        style: one adjective or two for the shape or pattern (``ribbed``, ``dip-glazed``).
        noun: what it is called.
        stance: how it is shown.
        price: price of the first variant.
    """

    mesh: Mesh
    looks: tuple[Look, ...]
    style: str
    noun: str
    stance: Stance
    price: Length


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a designer is handed: chance, and the product's number within its category.

    Attributes:
        rng: the product's own generator.
        number: number of the product in its category; walks through families of shapes and patterns, so that
            neighbours never share both.
    """

    rng: np.random.Generator
    number: int

    def uniform(self, low: Length, high: Length) -> float:
        """A number between two bounds."""
        return float(self.rng.uniform(low, high))

    def chance(self, probability: Length) -> bool:
        """True with a probability."""
        return bool(self.rng.random() < probability)

    def family(self, names: Sequence[str]) -> str:
        """The next family of shapes in turn."""
        return names[self.number % len(names)]

    def motif(self, names: Sequence[PatternName], n_families: int) -> PatternName:
        """The next pattern, so that a family meets every pattern before one repeats."""
        return names[(self.number + self.number // n_families) % len(names)]

    def one(self, names: Sequence[str]) -> str:
        """Any of the names."""
        return names[int(self.rng.integers(len(names)))]

    def finish(self, names: Sequence[FinishName]) -> FinishName:
        """Any of the finishes."""
        return names[int(self.rng.integers(len(names)))]

    def n_looks(self) -> int:
        """How many variants there are: 1 to 4."""
        return int(self.rng.choice([1, 2, 3, 4], p=[0.25, 0.40, 0.25, 0.10]))

    def shades(self, words: Sequence[str]) -> tuple[Shade, ...]:
        """The colours of its variants."""
        return picked(self.rng, words, self.n_looks())

    def patterned(
        self,
        finish: FinishName,
        shade: Shade,
        pattern: PatternName,
        *,
        pitch_cm: Length,
        level_cm: Length,
        phase: Length,
        turn: bool = False,
        bold: bool = False,
    ) -> Material:
        """A material of a shade with one or two companions for its pattern."""
        colors: list[Rgb] = [shade.rgb]
        if pattern != "plain":
            second = companion(self.rng, shade, bold=bold)
            colors += [second.rgb, companion(self.rng, shade, bold=True).rgb]
        return Material(finish, tuple(colors), pattern, pitch_cm, level_cm, turn, phase)

    def simple(self, finish: FinishName, color: Rgb) -> Material:
        """A material of one colour."""
        return plain(finish, color, phase=self.uniform(0, 1))


Designer: TypeAlias = Callable[[Sketch], Design]

STYLE_OF: dict[PatternName, str] = {
    "plain": "",
    "bands": "banded",
    "stripes": "striped",
    "check": "gingham",
    "dots": "dotted",
    "zigzag": "zigzag",
    "dip": "dip-glazed",
    "speckle": "speckled",
    "swirl": "marbled",
    "terrazzo": "terrazzo",
    "leaves": "leaf",
    "arches": "scallop",
    "diamonds": "diamond",
    "fair_isle": "fair isle",
    "block": "colour-block",
    "triangles": "triangle",
    "border": "bordered",
    "tartan": "tartan",
    "waves": "wave",
    "petals": "flower",
    "breton": "breton",
    "planks": "",
    "tiles": "tile",
    "veins": "veined",
    "clockface": "",
}
"""Adjective for each pattern."""


def styled(*words: str) -> str:
    """The adjectives that are there, with one space between."""
    return " ".join(word for word in words if word)
