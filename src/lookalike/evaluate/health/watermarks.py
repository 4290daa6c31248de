"""A mark that many pictures carry at the same place: a watermark, a badge, a banner.

What pictures show differs from one to the next and averages out; what was laid over them does not. The average of
the fine texture of many pictures is therefore the mark, faintly; the pictures that agree with it more than with
the same pattern shifted elsewhere carry it; and the average of those alone is the mark again, clearer.

Reference:
    Dekel, Rubinstein, Liu, Freeman, "On the effectiveness of visible watermarks", CVPR 2017, section 3.1: the mark is
    estimated from gradients that agree over the collection. Here from the mean of clipped fine texture instead of
    the median of gradients, so that a mark on a small part of a catalogue is found too, and only to say which pictures
    carry it, not to take it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int64

from lookalike.catalog.kept import KeptPictures
from lookalike.errors import ImageRejected
from lookalike.evaluate.health.finding import Finding, FindingKind
from lookalike.evaluate.health.shelf import Shelf
from lookalike.images.decode import decode
from lookalike.images.texture import TEXTURE_SIDE, fine_texture

__all__ = ["LEAST_PICTURES", "Mark", "find_mark", "judge_watermarks"]

LEAST_PICTURES = 100
"""Of different products and nearly the same proportions; among fewer, shapes that recur are taken for a mark."""
_SAMPLE = 1_200
_LEAST_CARRIERS = 8
_LEAST_SHARE = 0.02
_CLEAR = 5.0
_AGREED = 0.88
_ONE_CATEGORY = 0.5
_STRONGEST = 0.02
_ROUNDS = 6
_SHIFTS = 24
_SEED = 20_171

Textures = Int8[np.ndarray, "n pixels"]


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A pattern that several pictures carry.

    Attributes:
        pattern: mean fine texture of its carriers.
        clarity: of each picture: standard deviations above agreement with shifted patterns.
        agreement: share of signs at the pattern's strongest pixels that the carriers share.
    """

    pattern: Float32[np.ndarray, " pixels"]
    clarity: Float64[np.ndarray, " n"]
    agreement: float

    @property
    def carriers(self) -> Bool[np.ndarray, " n"]:
        """Which pictures carry it."""
        return self.clarity >= _CLEAR


def find_mark(textures: Textures) -> Mark | None:
    """The pattern that some of these pictures have in common at the same place, if there is one.

    Args:
        textures: one picture of each of several products, as `fine_texture` gives them, flattened.
    """
    n = len(textures)
    if n < LEAST_PICTURES:
        return None
    table = textures.astype(np.float32)
    carriers = np.ones(n, dtype=np.bool_)
    clarity = np.zeros(n)
    for _ in range(_ROUNDS):
        clarity = _clarity(table, carriers)
        before, carriers = carriers, clarity >= _CLEAR
        if int(carriers.sum()) < max(_LEAST_CARRIERS, _LEAST_SHARE * n):
            return None
        if np.array_equal(before, carriers):
            break
    pattern = table[carriers].mean(axis=0)
    strongest = np.argsort(-np.abs(pattern))[: int(_STRONGEST * len(pattern))]
    agreement = float((np.sign(table[carriers][:, strongest]) == np.sign(pattern[strongest])).mean())
    return Mark(pattern, clarity, agreement) if agreement >= _AGREED else None


def _clarity(table: Float32[np.ndarray, "n pixels"], carriers: Bool[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """How much better each picture agrees with the carriers' mean, itself left out, than with shifts of it."""
    generator = np.random.default_rng(_SEED)
    n = int(carriers.sum())
    total = table[carriers].sum(axis=0)
    energy = np.einsum("ij,ij->i", table, table)
    agreement = (table @ total - np.where(carriers, energy, 0.0)) / np.where(carriers, max(1, n - 1), n)
    square = total.reshape(TEXTURE_SIDE, TEXTURE_SIDE)
    steps: Int64[np.ndarray, "shifts 2"] = generator.integers(8, TEXTURE_SIDE - 8, size=(_SHIFTS, 2))
    shifted = np.stack([np.roll(square, tuple(step), axis=(0, 1)).reshape(-1) for step in steps.tolist()])
    null = table @ shifted.T / n
    return (agreement - null.mean(axis=1)).astype(np.float64) / (null.std(axis=1).astype(np.float64) + 1e-6)


def judge_watermarks(
    shelf: Shelf, kept: KeptPictures, *, left_out: frozenset[int], n_workers: int
) -> tuple[tuple[Finding, ...], int]:
    """One finding for each mark, naming the pictures that carry it, and how many pictures were not looked at.

    A mark is looked for on pictures of nearly the same proportions, where at least 100 products have such.

    Args:
        shelf: the images.
        kept: copies to look at.
        left_out: picture rows that are not looked at: placeholders and copies.
        n_workers: threads.
    """
    rows = [row for row in range(shelf.n_pictures) if row not in left_out]
    findings: list[Finding] = []
    n_passed_over = 0
    for bucket in _by_proportions(shelf, rows):
        sample = _one_a_product(shelf, bucket)
        if len(sample) < LEAST_PICTURES:
            n_passed_over += len(bucket)
            continue
        mark = find_mark(_textures(shelf, kept, sample, n_workers))
        if mark is None or _is_one_kind_of_thing(shelf, sample, mark):
            continue
        carriers = _all_carriers(shelf, kept, bucket, sample, mark, n_workers)
        references = [shelf.reference(int(shelf.first_image[row])) for row in carriers]
        share = len(carriers) / len(bucket)
        findings.append(
            Finding(
                FindingKind.WATERMARK,
                "medium",
                references[0],
                f"{len(carriers)} pictures ({share:.0%} of those of these proportions) carry one mark",
                tuple(references[1:]),
                score=min(1.0, mark.agreement),
                evidence={"pictures": len(carriers), "share": round(share, 4), "agreement": round(mark.agreement, 3)},
            )
        )
    return tuple(findings), n_passed_over


def _is_one_kind_of_thing(shelf: Shelf, sample: Sequence[int], mark: Mark) -> bool:
    """Whether the carriers are mostly of one category, and that is rare otherwise: then it is how such things look."""
    names = np.array([shelf.categories[int(shelf.product_of[shelf.first_image[row]])] for row in sample])
    kinds, counts = np.unique(names[mark.carriers], return_counts=True)
    most = int(counts.argmax())
    share = float(counts[most] / counts.sum())
    usual = float((names == kinds[most]).mean())
    return bool(kinds[most]) and share > max(_ONE_CATEGORY, 1.5 * usual)


def _by_proportions(shelf: Shelf, rows: Sequence[int]) -> list[list[int]]:
    """Pictures of nearly the same proportions together: a mark is laid at the same place of those."""
    buckets: dict[int, list[int]] = {}
    for row in rows:
        image = shelf.picture(row)
        buckets.setdefault(round(8 * float(np.log2(image.width / image.height))), []).append(row)
    return [buckets[key] for key in sorted(buckets)]


def _one_a_product(shelf: Shelf, rows: Sequence[int]) -> list[int]:
    """The first of these pictures of each product, at most 1,200 of them, spread over the catalogue."""
    first: dict[int, int] = {}
    for row in rows:
        first.setdefault(int(shelf.product_of[shelf.first_image[row]]), row)
    chosen = list(first.values())
    return chosen if len(chosen) <= _SAMPLE else [chosen[i * len(chosen) // _SAMPLE] for i in range(_SAMPLE)]


def _textures(shelf: Shelf, kept: KeptPictures, rows: Sequence[int], n_workers: int) -> Textures:
    """Of these pictures; zeros where there is no copy to look at."""
    nothing = np.zeros((TEXTURE_SIDE, TEXTURE_SIDE), dtype=np.int8)

    def texture(row: int) -> Int8[np.ndarray, "side side"]:
        data = kept.get(shelf.picture(row).sha256)
        try:
            return nothing if data is None else fine_texture(decode(data, shorter_side_pixels=2 * TEXTURE_SIDE).pixels)
        except ImageRejected:
            return nothing

    with ThreadPoolExecutor(n_workers, thread_name_prefix="texture") as workers:
        return np.stack(list(workers.map(texture, rows))).reshape(len(rows), -1)


def _all_carriers(
    shelf: Shelf, kept: KeptPictures, bucket: Sequence[int], sample: Sequence[int], mark: Mark, n_workers: int
) -> list[int]:
    """Carriers in the sample, and among the pictures that were not in it, a few hundred at a time."""
    found = [row for row, carries in zip(sample, mark.carriers, strict=True) if carries]
    sampled = set(sample)
    rest = [row for row in bucket if row not in sampled]
    for start in range(0, len(rest), _SAMPLE):
        part = rest[start : start + _SAMPLE]
        table = _textures(shelf, kept, part, n_workers).astype(np.float32)
        both = np.concatenate([table, mark.pattern[None]])
        only_mark = np.zeros(len(both), dtype=np.bool_)
        only_mark[-1] = True
        clarity = _clarity(both, only_mark)[:-1]
        found += [row for row, value in zip(part, clarity, strict=True) if value >= _CLEAR]
    return sorted(found)
