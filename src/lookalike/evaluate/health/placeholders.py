"""Pictures that stand for a missing picture: an icon, "no image available", "coming soon", a logo, a blank page.

Two signs are asked: that products with nothing in common show it, and that it is a page (one ground, few colours,
hardly any structure) in a catalogue whose pictures are not. Neither alone is enough, unless it is overwhelming.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from lookalike.evaluate.health.copies import CopyGroup
from lookalike.evaluate.health.finding import Finding, FindingKind
from lookalike.evaluate.health.measurements import Traits
from lookalike.evaluate.health.neighbours import Neighbours
from lookalike.evaluate.health.repeats import are_one_product
from lookalike.evaluate.health.shelf import Shelf

__all__ = ["find_placeholders"]

_BLANK_GROUND = 0.995
_RARE = 0.03
_MANY_PRODUCTS = 5
_OWN_VOTES = 0.5
_VOTERS = 5
_SHOWN = 24


def find_placeholders(
    shelf: Shelf, groups: Sequence[CopyGroup], traits: Traits, neighbours: Neighbours | None
) -> tuple[tuple[Finding, ...], frozenset[int]]:
    """Findings, and the rows of the pictures that are placeholders.

    Args:
        shelf: the images.
        groups: of pictures that are one picture.
        traits: of the pictures; without them only repetition is asked.
        neighbours: of the images, where there are vectors.
    """
    page, lone = _pages(traits, strict=False), _pages(traits, strict=True)
    findings: list[Finding] = []
    found: set[int] = set()
    for group in groups:
        images = shelf.images_showing(group.pictures).tolist()
        products = list(dict.fromkeys(int(shelf.product_of[image]) for image in images))
        if len(products) < 2 or are_one_product(shelf, products):
            continue
        # Of two products that show one picture, one may have borrowed it; three and more have it from somewhere else.
        looks = bool((page if len(products) > 2 else lone)[list(group.pictures)].any())
        unrelated = len(products) >= _MANY_PRODUCTS and _differ(shelf, products)
        if not looks and not unrelated:
            continue
        found.update(group.pictures)
        about, *others = (shelf.reference(image) for image in images[:_SHOWN])
        why = "a page rather than a photograph" if looks else "they have nothing in common"
        findings.append(
            Finding(
                FindingKind.PLACEHOLDER,
                "high",
                about,
                f"{len(products)} products show this picture, and it is no picture of any of them ({why})",
                tuple(others),
                score=float(1.0 - 1.0 / (1 + len(products))),
                evidence={"products": len(products), "images": len(images), **_evidence(traits, group.pictures[0])},
            )
        )
    if len(lone) and lone.mean() <= max(_RARE, 2 / len(lone)):
        for row in np.flatnonzero(lone).tolist():
            image = int(shelf.first_image[row])
            blank = traits["ground_share"][row] >= _BLANK_GROUND
            if row in found or (not blank and _fits(shelf, image, neighbours)):
                continue
            found.add(row)
            findings.append(
                Finding(
                    FindingKind.PLACEHOLDER,
                    "high" if blank else "medium",
                    shelf.reference(image),
                    "the picture is blank" if blank else "looks like a page with an icon or a text, not like a product",
                    score=0.5 if blank else 0.4,
                    evidence={"products": 1, "images": 1, **_evidence(traits, row)},
                )
            )
    return tuple(findings), frozenset(found)


def _pages(traits: Traits, *, strict: bool) -> Bool[np.ndarray, " pictures"]:
    """Which pictures are one ground with little on it; False where nothing was measured."""
    flat, ground, bits = traits["flat_share"], traits["ground_share"], traits["colour_bits"]
    with np.errstate(invalid="ignore"):
        if strict:
            return (flat >= 0.82) & (ground >= 0.85) & (bits <= 1.6) & (traits["graphic_share"] >= 0.4)
        return (flat >= 0.75) & (ground >= 0.75) & (bits <= 2.0)


def _differ(shelf: Shelf, products: Sequence[int]) -> bool:
    """Whether these products have nothing in common that would explain a shared picture."""
    categories = {shelf.categories[product].casefold() for product in products} - {""}
    titles = {shelf.titles[product].casefold() for product in products} - {""}
    return len(categories) > 1 or (not categories and len(titles) > len(products) // 2)


def _fits(shelf: Shelf, image: int, neighbours: Neighbours | None) -> bool:
    """Whether things of its own category look like this very image: then it is how such things are photographed."""
    own = shelf.categories[int(shelf.product_of[image])]
    if neighbours is None or not own:
        return False
    place = np.searchsorted(neighbours.rows, image)
    if place == len(neighbours.rows) or neighbours.rows[place] != image:
        return False
    nearest = [shelf.categories[int(other)] for other in neighbours.products[place, :_VOTERS] if other >= 0]
    return bool(nearest) and sum(name == own for name in nearest) >= _OWN_VOTES * len(nearest)


def _evidence(traits: Traits, row: int) -> dict[str, object]:
    names = ("flat_share", "ground_share", "colour_bits")
    return {name: round(float(traits[name][row]), 3) for name in names if np.isfinite(traits[name][row])}
