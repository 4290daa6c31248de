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
from lookalike.evaluate.health.labels import LabelTable
from lookalike.evaluate.health.measurements import Traits
from lookalike.evaluate.health.repeats import are_one_product
from lookalike.evaluate.health.shelf import Shelf

__all__ = ["find_placeholders"]

_BLANK_GROUND = 0.995
_RARE = 0.03
_MANY_PRODUCTS = 5
_OWN_VOTES = 0.25
_SHOWN = 24


def find_placeholders(
    shelf: Shelf, groups: Sequence[CopyGroup], traits: Traits, categories: LabelTable | None
) -> tuple[tuple[Finding, ...], frozenset[int]]:
    """Findings, and the rows of the pictures that are placeholders.

    Args:
        shelf: the images.
        groups: of pictures that are one picture.
        traits: of the pictures; without them only repetition is asked.
        categories: what neighbours let expect, where there are vectors.
    """
    page = _pages(traits, strict=False)
    findings: list[Finding] = []
    found: set[int] = set()
    for group in groups:
        images = shelf.images_showing(group.pictures).tolist()
        products = list(dict.fromkeys(int(shelf.product_of[image]) for image in images))
        if len(products) < 2 or are_one_product(shelf, products):
            continue
        looks = bool(page[list(group.pictures)].any())
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
    lone = _pages(traits, strict=True)
    if lone.mean() <= max(_RARE, 2 / max(1, len(lone))):
        for row in np.flatnonzero(lone).tolist():
            image = int(shelf.first_image[row])
            if row in found or _fits(categories, int(shelf.product_of[image]), shelf):
                continue
            found.add(row)
            blank = traits["ground_share"][row] >= _BLANK_GROUND
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


def _fits(categories: LabelTable | None, product: int, shelf: Shelf) -> bool:
    """Whether things of its own category look like it: then it is how such things are photographed."""
    name = shelf.categories[product]
    if categories is None or name not in categories.names:
        return False
    return float(np.nan_to_num(categories.expected[product, categories.names.index(name)])) > _OWN_VOTES


def _evidence(traits: Traits, row: int) -> dict[str, object]:
    names = ("flat_share", "ground_share", "colour_bits")
    return {name: round(float(traits[name][row]), 3) for name in names if np.isfinite(traits[name][row])}
