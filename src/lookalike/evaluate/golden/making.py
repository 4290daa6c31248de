"""Makes a golden set of the catalogue itself: held-out views, and phone-like distortions where there is one view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.inventory import Inventory
from lookalike.catalog.vectors import StoredVectors
from lookalike.errors import ImageRejected
from lookalike.evaluate.golden.golden_set import Answers, GoldenQuery, Leakage
from lookalike.evaluate.golden.leakage import PERCEPTUAL_BITS, find_leaks
from lookalike.evaluate.variant_names import names_of
from lookalike.images.corruptions.phone import phone_photograph
from lookalike.images.decode import decode
from lookalike.images.fingerprint import content_sha256, hamming_distance, perceptual_hash
from lookalike.images.limits import ImageLimits
from lookalike.images.regions import encode_jpeg

__all__ = ["MOST_OWNERS", "Made", "make_from_catalogue"]

_LIMITS = ImageLimits(min_side_pixels=1)
_LEAST_SIDE = 32
_TRIES = 4
_QUALITY = 92
MOST_OWNERS = 20
"""Products beyond which none can be told by a picture that all of them show: a table of sizes, a mark."""


@dataclass(frozen=True, slots=True)
class Made:
    """Queries, the pictures that the catalogue does not have, and what leaked."""

    queries: tuple[GoldenQuery, ...]
    pictures: dict[str, bytes]
    leakage: Leakage


def make_from_catalogue(
    inventory: Inventory,
    stored: StoredVectors,
    kept: Callable[[str], bytes | None],
    *,
    by: Answers,
    n_queries: int,
    generator: np.random.Generator,
    watcher: Callable[[int, int], None] | None = None,
) -> Made:
    """At most one query a product (or variant), at most `n_queries` in all.

    Of a product with several pictures one is drawn and held out: it, and every picture of the catalogue that is its
    near-duplicate, may not match it. Where no right picture would be left, and of a product with one picture, a
    phone-like distortion of a kept copy is the query, drawn anew while it is a near-duplicate of the copy. All that
    show the picture are right, such as the sizes of a garment; of a view those that still have another picture.

    Args:
        inventory: of the store.
        stored: vectors of the live release, with which near-duplicates are found.
        kept: the kept copy of a content, None where there is none.
        by: what answers are.
        n_queries: at most; drawn among the products where there are more.
        generator: source of randomness.
        watcher: told how many of how many products have been looked at.

    Returns:
        queries by the order in which their products came into the store.
    """
    rows_of = _rows_by_answer(inventory, by)
    chosen = sorted(generator.permutation(len(rows_of))[:n_queries].tolist())
    names = list(rows_of)
    held: dict[str, int] = {}
    owners = _owners(inventory, by)
    for position in chosen:
        rows = rows_of[names[position]]
        pictures = {inventory.sha256s[row]: row for row in rows}
        telling = [row for sha256, row in pictures.items() if len(owners[sha256]) <= MOST_OWNERS]
        drawn = int(generator.integers(max(1, len(telling))))
        if len(pictures) > 1 and telling:
            held[names[position]] = telling[drawn]
    left_out, leakage = _near_duplicates(inventory, stored, list(held.values()))
    queries: list[GoldenQuery] = []
    photographs: dict[str, bytes] = {}
    for done, position in enumerate(chosen):
        if watcher is not None:
            watcher(done, len(chosen))
        name = names[position]
        rows = rows_of[name]
        row = held.get(name)
        if row is not None:
            own = inventory.sha256s[row]
            taken = {own, *left_out[row]}
            right = sorted(
                one for one in owners[own] if any(inventory.sha256s[other] not in taken for other in rows_of[one])
            )
            if name in right:
                queries.append(GoldenQuery("view", own, tuple(right), "|".join(right), tuple(sorted(taken))))
                continue
            leakage = replace(leakage, removed=leakage.removed + 1)
        query = _photographed(inventory, rows, kept, owners, photographs, generator)
        if query is not None:
            queries.append(query)
    return Made(tuple(queries), photographs, leakage)


def _rows_by_answer(inventory: Inventory, by: Answers) -> dict[str, list[int]]:
    """Rows of each product (or named variant) by its id, in the order in which it came into the store."""
    ids = names_of(inventory, by)
    keys = inventory.product_keys if by == "product" else inventory.variant_keys
    rows: dict[str, list[int]] = {}
    for row in np.argsort(keys, kind="stable").tolist():
        name = ids[row]
        if name is not None:
            rows.setdefault(name, []).append(row)
    return rows


def _owners(inventory: Inventory, by: Answers) -> dict[str, set[str]]:
    """The products (or variants) that show each content: all of them are right for a picture of it."""
    ids = names_of(inventory, by)
    owners: dict[str, set[str]] = {}
    for sha256, name in zip(inventory.sha256s, ids, strict=True):
        if name is not None:
            owners.setdefault(sha256, set()).add(name)
    return owners


def _near_duplicates(
    inventory: Inventory, stored: StoredVectors, rows: list[int]
) -> tuple[dict[int, set[str]], Leakage]:
    """For each of these rows the contents that are near-duplicates of what it shows, and how many there are."""
    if not rows:
        return {}, Leakage()
    _, first, content = np.unique(inventory.picture_keys, return_index=True, return_inverse=True)
    dimension = stored.vectors.shape[1]
    vectors = np.zeros((len(first), dimension), dtype=np.float32)
    places = np.searchsorted(stored.keys, inventory.picture_keys[first])
    inside = np.minimum(places, max(len(stored.keys) - 1, 0))
    has = stored.keys[inside] == inventory.picture_keys[first] if len(stored.keys) else np.zeros(len(first), np.bool_)
    vectors[has] = stored.vectors[places[has]]
    hashes = inventory.perceptual_hashes[first]
    own: Int64[np.ndarray, " n"] = content[np.asarray(rows)].astype(np.int64)
    leaks = find_leaks(own, hashes[own], vectors[own], np.arange(len(first), dtype=np.int64), hashes, vectors)
    shown = np.bincount(content, minlength=len(first))
    left_out = {
        row: {inventory.sha256s[int(first[picture])] for picture in pictures.tolist()}
        for row, pictures in zip(rows, leaks.pictures, strict=True)
    }
    exact = int((shown[own] - 1).sum())
    return left_out, Leakage(exact=exact, perceptual=leaks.perceptual, embedding=leaks.embedding)


def _photographed(
    inventory: Inventory,
    rows: list[int],
    kept: Callable[[str], bytes | None],
    owners: dict[str, set[str]],
    photographs: dict[str, bytes],
    generator: np.random.Generator,
) -> GoldenQuery | None:
    """A phone-like photograph of the first of these rows that has a usable kept copy; None where none has."""
    for row in rows:
        sha256 = inventory.sha256s[row]
        data = kept(sha256) if len(owners[sha256]) <= MOST_OWNERS else None
        if data is None:
            continue
        try:
            pixels = decode(data, limits=_LIMITS).pixels
        except ImageRejected:
            continue
        if min(pixels.shape[:2]) < _LEAST_SIDE:
            continue
        own = perceptual_hash(pixels)
        for _ in range(_TRIES):
            photograph = phone_photograph(pixels, generator)
            if hamming_distance(perceptual_hash(photograph), own) > PERCEPTUAL_BITS:
                jpeg = encode_jpeg(photograph, _QUALITY)
                name = content_sha256(jpeg)
                photographs[name] = jpeg
                right = tuple(sorted(owners[sha256]))
                return GoldenQuery("phone", name, right, "|".join(right), made_of=sha256)
    return None
