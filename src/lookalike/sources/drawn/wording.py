"""Words for products: brands and model names (all invented), titles, descriptions, prices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["BRANDS", "described", "model_name", "titled"]

BRANDS: tuple[str, ...] = (
    "Norrvik",
    "Halden & Moss",
    "Tallow Street",
    "Kiln Nine",
    "Fennimore",
    "Casa Lumo",
    "Brindle",
    "Oslet",
    "Pardoe",
    "Studio Ebba",
    "Marlovent",
    "Wick & Warp",
    "Tomasu",
    "Quillby",
    "Ravenna Goods",
    "Loomery",
)

_FIRST = (
    "Al",
    "Ber",
    "Cal",
    "Dor",
    "El",
    "Fen",
    "Gal",
    "Hol",
    "Il",
    "Jor",
    "Kal",
    "Lin",
    "Mar",
    "Nor",
    "Or",
    "Pel",
    "Quin",
    "Ros",
    "Sol",
    "Tor",
    "Ul",
    "Vel",
    "Wil",
    "Yar",
    "Zel",
    "Bran",
    "Cres",
    "Dun",
    "Est",
    "Fro",
)
_MIDDLE = (
    "a",
    "e",
    "i",
    "o",
    "ada",
    "ami",
    "ela",
    "eni",
    "ika",
    "ira",
    "ola",
    "ora",
    "umi",
    "una",
    "ava",
    "ebo",
    "ino",
    "ota",
    "ure",
    "ysa",
    "",
)
_LAST = (
    "ba",
    "da",
    "ga",
    "ka",
    "la",
    "ma",
    "na",
    "ra",
    "sa",
    "ta",
    "va",
    "lo",
    "mo",
    "no",
    "ro",
    "so",
    "to",
    "vi",
    "li",
    "ri",
    "ne",
    "ve",
    "den",
    "len",
    "ren",
    "sen",
    "ten",
    "by",
    "dy",
    "ly",
)
N_MODEL_NAMES = len(_FIRST) * len(_MIDDLE) * len(_LAST)
"""How many model names there are."""


def model_name(number: int, seed: int) -> str:
    """An invented name; numbers below `N_MODEL_NAMES` have different names under the same seed."""
    # A step without a common factor walks through all names before one returns.
    place = (number * 7477 + seed * 5003) % N_MODEL_NAMES
    place, last = divmod(place, len(_LAST))
    first, middle = divmod(place, len(_MIDDLE))
    return _FIRST[first] + _MIDDLE[middle] + _LAST[last]


def titled(brand: str, model: str, style: str, noun: str, shade: str) -> str:
    """What a shop would call a variant."""
    return " ".join(word for word in (brand, model, style, noun) if word) + f", {shade}"


_OPENINGS = (
    "{article} {style} {noun} in {material}",
    "Made of {material}: {article_low} {style} {noun}",
    "{article} {noun} with a {style} look, in {material}",
    "Our {model} {noun}, {style} and made of {material}",
)
_PLAIN_OPENINGS = (
    "{article} plain {noun} in {material}",
    "Made of {material}: a {noun} without a fuss",
    "Our {model} {noun}, made of {material}",
    "A quiet {noun} in {material}",
)
_CLOSINGS: dict[str, Sequence[str]] = {
    "table": ("Dishwasher safe.", "Each piece differs a little.", "Fired twice.", "Keeps its colour for years."),
    "home": ("Easy to wipe clean.", "Comes flat-packed.", "Made to be repaired.", "Felt pads included."),
    "wear": ("Wash at 30 degrees.", "True to size.", "Tested for two winters.", "Spare parts available."),
}


def described(
    rng: np.random.Generator, *, style: str, noun: str, model: str, material: str, shade: str, group: str, size: str
) -> str:
    """Two or three sentences about a variant; every fact in them is in its other columns too."""
    openings = _OPENINGS if style else _PLAIN_OPENINGS
    article = "An" if (style or "plain")[0] in "aeiou" else "A"
    opening = openings[int(rng.integers(len(openings)))].format(
        article=article, article_low=article.lower(), style=style, noun=noun, material=material, model=model
    )
    closings = _CLOSINGS[group]
    closing = closings[int(rng.integers(len(closings)))]
    return f"{opening}, {shade}. {size} {closing}"
