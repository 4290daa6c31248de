"""Colour words that cloth, shoes and gear come in."""

from __future__ import annotations

from lookalike.sources.drawn.material import Rgb

__all__ = ["BRIGHT", "DYES", "OFF_WHITE"]

BRIGHT = (
    "white",
    "cream",
    "grey",
    "black",
    "red",
    "orange",
    "yellow",
    "green",
    "teal",
    "blue",
    "navy",
    "pink",
    "purple",
)


DYES = (
    "cream",
    "grey",
    "green",
    "teal",
    "navy",
    "red",
    "orange",
    "yellow",
    "pink",
    "beige",
    "blue",
    "brown",
    "purple",
    "black",
    "white",
)


OFF_WHITE: Rgb = (0.93, 0.92, 0.88)
