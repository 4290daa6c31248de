"""Questions of a picture and words, made by rule from a catalogue's rows: what is asked, and which variants answer it.

It knows what shops write in their columns and how shoppers speak, and nothing of how questions are taken apart. Every
question begins at one variant's picture, which is seldom the variant that is asked for, and names one to three things:
a colour, a bound on the price or on a size, a brand, a kind of thing, what it must not be, or what nobody sells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Composed", "Wish", "composed"]

Row = Mapping[str, str]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


_COLOUR = _listed(
    "in {} | this in {} | the same in {} | {} | but {} | {} please | do you have it in {}? | a {} one | same thing, {}"
    " | I want this one in {} | the {} version | {} instead | is there a {} one | could I get it in {} | only {}"
)
_NO_COLOUR = _listed(
    "not {} | but not {} | anything but {} | no {} | not in {} | any colour except {} | not the {} one"
)
_BELOW = _listed(
    "under {n} | below {n} | less than {n} | cheaper than {n} euros | for under €{n} | max {n} | up to {n} €"
    " | at most ${n} | no more than {n} | under {n} dollars | not more than {n} | below {n} EUR | <{n}"
    " | within {n} euros | less than £{n} | price under {n} | {n} euros or less | my budget is {n} | not over {n} €"
    " | costing less than {n}"
)
_ABOVE = _listed("over {n} | above €{n} | at least {n} euros | more than ${n} | from {n} € | min {n} | not below {n}")
_BETWEEN = _listed(
    "between {a} and {b} | from {a} to {b} euros | {a}-{b} € | between €{a} and €{b} | for {a} to {b} dollars"
)
_BRAND = _listed("by {} | from {} | {} | made by {} | of the brand {}")
_SIZE = {
    "width_cm": _listed(
        "narrower than {n} cm | under {n} cm wide | at most {n} cm wide | less than {n} cm in width | max {n} cm width"
        " | width below {n} cm"
    ),
    "height_cm": _listed(
        "under {n} cm high | at most {n} cm tall | below {n} cm in height | not taller than {n} cm"
        " | shorter than {n} cm"
    ),
}
_MATERIAL = _listed("made of {} | in {} | {} | of {}")
_NOBODY = _listed(
    "in tartan turquoise | in magenta | in neon chartreuse | in khaki | in burgundy | under 30 watts"
    " | louder than 60 db | with 5 stars"
)
"""Wishes that neither catalogue has a column or a value for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is asked for.

    Attributes:
        kind: ``color``, ``not color``, ``price``, ``brand``, ``category``, ``material``, ``size`` or ``nobody``.
        text: the words that say it.
        column: of the catalogue; empty for what nobody sells.
        operator: ``=``, ``!=``, ``<``, ``>`` or ``between``; of a bound only its direction counts.
        values: that it names, as the catalogue writes them, or numbers.
    """

    kind: str
    text: str
    column: str
    operator: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """One question.

    Attributes:
        text: its words.
        shown: the row whose product is in the picture.
        wishes: what the words ask for.
        answers: ids of the product's variants that have all of it that the catalogue knows; at least one.
    """

    text: str
    shown: Row
    wishes: tuple[Wish, ...]
    answers: tuple[str, ...]


def composed(
    rows: Sequence[Row], n: int, rng: np.random.Generator, photographed: Collection[str] | None = None
) -> list[Composed]:
    """`n` different questions over the variants of `rows`.

    Args:
        rows: of a catalogue, with product_id, variant_id and whatever columns it has.
        n: how many.
        rng: decides everything.
        photographed: ids of the variants that there is a picture of; None for all.
    """
    of_product: dict[str, list[Row]] = {}
    for row in rows:
        of_product.setdefault(row["product_id"], []).append(row)
    products = list(of_product.values())
    made: list[Composed] = []
    seen: set[tuple[str, str]] = set()
    while len(made) < n:
        variants = products[int(rng.integers(len(products)))]
        target = variants[int(rng.integers(len(variants)))]
        pictured = [row for row in variants if photographed is None or row["variant_id"] in photographed]
        if not pictured:
            continue
        shown = pictured[int(rng.integers(len(pictured)))]
        wishes = _wishes(target, variants, rng)
        question = _joined(wishes, rng)
        if not wishes or (shown["variant_id"], question) in seen:
            continue
        seen.add((shown["variant_id"], question))
        known = [wish for wish in wishes if wish.column]
        answers = tuple(row["variant_id"] for row in variants if all(_has(row, wish) for wish in known))
        if answers:
            made.append(Composed(question, shown, wishes, answers))
    return made


def _wishes(target: Row, variants: Sequence[Row], rng: np.random.Generator) -> tuple[Wish, ...]:
    others = ["brand", "size", "category", "material", "not color", "range", "above", "nobody"]
    chosen = [kind for kind in ("color", "price") if rng.random() < 0.62]
    chosen += [others[int(rng.integers(len(others)))]] if rng.random() < 0.55 or not chosen else []
    if "not color" in chosen and "color" in chosen:
        chosen.remove("color")
    if "price" in chosen and ("range" in chosen or "above" in chosen):
        chosen.remove("price")
    made = [wish for kind in chosen if (wish := _wish(kind, target, variants, rng)) is not None]
    return tuple(made[int(place)] for place in rng.permutation(len(made)))


def _wish(kind: str, target: Row, variants: Sequence[Row], rng: np.random.Generator) -> Wish | None:
    def said(templates: Sequence[str], *values: object, **named: object) -> str:
        return templates[int(rng.integers(len(templates)))].format(*values, **named)

    price = float(target["price"]) if target.get("price") else None
    match kind:
        case "color" if target.get("color"):
            return Wish("color", said(_COLOUR, target["color"].lower()), "color", "=", (target["color"],))
        case "not color":
            others = sorted({row["color"] for row in variants if row.get("color")} - {target.get("color", "")})
            if not others or not target.get("color"):
                return None
            colour = others[int(rng.integers(len(others)))]
            return Wish("not color", said(_NO_COLOUR, colour.lower()), "color", "!=", (colour,))
        case "price" if price is not None:
            bound = _round(price * float(rng.uniform(1.03, 1.4)))
            return Wish("price", said(_BELOW, n=bound), "price", "<", (float(bound),))
        case "above" if price is not None:
            bound = max(1, int(price * float(rng.uniform(0.6, 0.95))))
            return Wish("price", said(_ABOVE, n=bound), "price", ">", (float(bound),))
        case "range" if price is not None:
            low, high = max(1, int(price * float(rng.uniform(0.5, 0.9)))), _round(price * float(rng.uniform(1.05, 1.6)))
            return Wish("price", said(_BETWEEN, a=low, b=high), "price", "between", (float(low), float(high)))
        case "brand" if target.get("brand"):
            return Wish("brand", said(_BRAND, target["brand"]), "brand", "=", (target["brand"],))
        case "material" if target.get("material"):
            return Wish("material", said(_MATERIAL, target["material"]), "material", "=", (target["material"],))
        case "category" if target.get("category"):
            last = target["category"].rpartition("/")[2].lower()
            return Wish("category", last, "category", "=", (target["category"],))
        case "size":
            columns = [name for name in _SIZE if target.get(name)]
            if not columns:
                return None
            name = columns[int(rng.integers(len(columns)))]
            bound = _round(float(target[name]) * float(rng.uniform(1.05, 1.5)))
            return Wish("size", said(_SIZE[name], n=bound), name, "<", (float(bound),))
        case "nobody":
            return Wish("nobody", said(_NOBODY), "", "", ())
    return None


def _joined(wishes: Sequence[Wish], rng: np.random.Generator) -> str:
    glue = (", ", " ", " and ", ", ")
    text = ""
    for wish in wishes:
        text += (glue[int(rng.integers(len(glue)))] if text else "") + wish.text
    return " ".join(text.split())


def _has(row: Row, wish: Wish) -> bool:
    value = row.get(wish.column, "")
    if wish.operator in ("=", "!="):
        return (value == wish.values[0]) == (wish.operator == "=")
    if not value:
        return False
    number = float(value)
    match wish.operator:
        case "<":
            return number < float(str(wish.values[0]))
        case ">":
            return number > float(str(wish.values[0]))
        case _:
            return float(str(wish.values[0])) <= number <= float(str(wish.values[1]))


def _round(value: float) -> int:
    return int(np.ceil(value)) if value < 100 else int(np.ceil(value / 10) * 10)
