"""What it means that one picture is shown several times: the product listed twice, or a picture in the wrong place."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.evaluate.health.copies import CopyGroup
from lookalike.evaluate.health.finding import Finding, FindingKind
from lookalike.evaluate.health.shelf import Shelf
from lookalike.evaluate.health.words import words_of

__all__ = ["are_one_product", "judge_repeats"]

_SHARED_WORDS = 0.8
_SHOWN = 24


def judge_repeats(shelf: Shelf, groups: Sequence[CopyGroup]) -> tuple[Finding, ...]:
    """One finding a group: within a product, of one product listed twice, or of different products.

    Args:
        shelf: the images.
        groups: of pictures that are one picture; placeholders are left out before.
    """
    return tuple(_judged(shelf, group) for group in groups)


def _judged(shelf: Shelf, group: CopyGroup) -> Finding:
    images = shelf.images_showing(group.pictures).tolist()
    products = list(dict.fromkeys(int(shelf.product_of[image]) for image in images))
    about, *others = (shelf.reference(image) for image in images[:_SHOWN])
    how = "the same file" if len(group.pictures) == 1 else "the same picture"
    evidence: dict[str, object] = {
        "products": len(products),
        "images": len(images),
        "exact": len(group.pictures) == 1,
        "overlap": round(group.overlap, 4),
    }
    if len(products) == 1:
        kind, severity = FindingKind.REPEATED_PICTURE, "low"
        detail = f"the product shows {how} {len(images)} times"
    elif are_one_product(shelf, products):
        kind, severity = FindingKind.DUPLICATE_PRODUCT, "medium"
        name = shelf.titles[products[0]]
        called = f" called {name!r}" if name else ""
        detail = f"{len(products)} products{called} show {how}: they may be one product"
    else:
        kind, severity = FindingKind.SHARED_PICTURE, "high"
        detail = f"{len(products)} different products show {how}: at most one of them can be right"
    return Finding(kind, severity, about, detail, tuple(others), score=max(0.0, group.overlap), evidence=evidence)


def are_one_product(shelf: Shelf, products: Sequence[int]) -> bool:
    """Whether titles (without any, categories) leave it possible that these are one product listed several times."""
    titles = [words_of(shelf.titles[product]) for product in products]
    categories = {shelf.categories[product].casefold() for product in products} - {""}
    if len(categories) > 1:
        return False
    if not all(titles):
        return not any(titles)
    common, all_ = set.intersection(*titles), set.union(*titles)
    return len(common) >= _SHARED_WORDS * len(all_)
