"""What it means that one picture is shown several times: the product listed twice, or a picture in the wrong place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookalike.evaluate.health.copies import CopyGroup
from lookalike.evaluate.health.finding import Finding, FindingKind
from lookalike.evaluate.health.shelf import Shelf
from lookalike.evaluate.health.words import words_of

__all__ = ["are_one_product", "judge_repeats"]

_SHARED_WORDS = 0.8
_SHOWN = 24


def judge_repeats(shelf: Shelf, groups: Sequence[CopyGroup]) -> tuple[Finding, ...]:
    """One finding for all pictures that the same products share: of one product listed twice, or of different ones.

    Args:
        shelf: the images.
        groups: of pictures that are one picture; placeholders are left out before.
    """
    shared: dict[tuple[int, ...], list[CopyGroup]] = {}
    for group in groups:
        products = np.unique(shelf.product_of[shelf.images_showing(group.pictures)])
        shared.setdefault(tuple(products.tolist()), []).append(group)
    return tuple(_judged(shelf, products, same) for products, same in shared.items())


def _judged(shelf: Shelf, products: tuple[int, ...], groups: Sequence[CopyGroup]) -> Finding:
    images = shelf.images_showing([picture for group in groups for picture in group.pictures]).tolist()
    exact = all(len(group.pictures) == 1 for group in groups)
    overlap = min(group.overlap for group in groups)
    n_shared = len(groups)
    about, *others = (shelf.reference(image) for image in images[:_SHOWN])
    one = "the same file" if exact else "the same picture"
    how = one if n_shared == 1 else f"{n_shared} pictures that are the same"
    evidence: dict[str, object] = {
        "products": len(products),
        "images": len(images),
        "pictures": n_shared,
        "exact": exact,
        "overlap": round(overlap, 4),
    }
    if len(products) == 1:
        kind, severity = FindingKind.REPEATED_PICTURE, "low"
        detail = (
            f"the product shows {one} {len(images)} times"
            if n_shared == 1
            else f"the product shows {n_shared} pictures twice"
        )
    elif are_one_product(shelf, products):
        kind, severity = FindingKind.DUPLICATE_PRODUCT, "medium"
        name = shelf.titles[products[0]]
        called = f" called {name!r}" if name else ""
        detail = f"{len(products)} products{called} show {how}: they may be one product"
    else:
        kind, severity = FindingKind.SHARED_PICTURE, "high"
        detail = f"{len(products)} different products show {how}: at most one of them can be right"
    return Finding(kind, severity, about, detail, tuple(others), score=max(0.0, overlap), evidence=evidence)


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
