"""Pictures and what they show, decoded once: squares in memory or in a mapped file, labels as numbers.

Bad pictures become rejections with a reason; a picture that is said to show two different things teaches neither and
is left out.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64, UInt8, UInt64

from lookalike.embed.cores import usable_cores
from lookalike.errors import ImageRejected, TooFewProducts
from lookalike.images import Preprocessing, content_sha256, decode, perceptual_hash
from lookalike.sources import PictureBytes
from lookalike.train.catalogue import ITSELF, UNTOLD, Catalogue, Sighting, sightings
from lookalike.train.mapped import mapped_array
from lookalike.types import Pixels, Rejection

__all__ = ["Examples", "read_examples", "require_enough", "room", "working_preprocessing"]

logger = logging.getLogger(__name__)

Squares: TypeAlias = UInt8[np.ndarray, "n side side 3"]
Told: TypeAlias = Callable[[int, int | None, float], None]
_AT_ONCE = 256
_FEWEST_LABELS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What a run learns from; row i of everything is picture i.

    Attributes:
        squares: uint8; the central ``size_pixels`` of each are what the model sees of the picture, the margin is for
            augmentation. May be mapped from a file.
        labels: number of what the picture shows; -1 where nobody said, which is so of the last pictures if of any.
        names: of the labels, by number; unique over catalogues.
        catalogues: number of the picture's catalogue.
        kinds: number of the picture's source.
        categories: number of its category within all; -1 where the source gives none.
        images: location of each, as its source names it.
        contents: SHA-256 of the bytes of each.
        hashes: perceptual hash of each.
        rejected: pictures and rows that could not be used.
        n_contradictions: pictures left out because they are said to show different things.
        data_sha256: over contents, labels, catalogues and kinds of all pictures: equal data gives an equal one, in
            whatever order.
        category_names: by number.
        n_second_looks: how many of the last pictures are varied copies of earlier ones.
    """

    squares: Squares
    labels: Int64[np.ndarray, " n"]
    names: tuple[str, ...]
    catalogues: Int64[np.ndarray, " n"]
    kinds: Int64[np.ndarray, " n"]
    categories: Int64[np.ndarray, " n"]
    images: tuple[str, ...]
    contents: tuple[str, ...]
    hashes: UInt64[np.ndarray, " n"]
    rejected: tuple[Rejection, ...]
    n_contradictions: int
    data_sha256: str
    category_names: tuple[str, ...] = ()
    n_second_looks: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_told(self) -> int:
        """Of how many pictures somebody said what they show; they are the first ones."""
        return int((self.labels >= 0).sum())

    def category_of(self) -> list[str | None]:
        """Name of the category of each label; empty where no picture has one."""
        if not self.category_names:
            return []
        return [self.category_names[number] if number >= 0 else None for number in self.label_categories.tolist()]

    def names_of(self, rows: Int64[np.ndarray, " _n"]) -> tuple[str, ...]:
        """Of the labels that these pictures show, by rising number."""
        return tuple(self.names[label] for label in np.unique(self.labels[rows]).tolist())

    @property
    def in_order_sha256(self) -> str:
        """Over contents, labels, catalogues, kinds and categories, row by row: what is kept by row belongs to these."""
        numbers = zip(self.labels, self.catalogues, self.kinds, self.categories, strict=True)
        facts = (
            f"{content} {self.names[label] if label >= 0 else UNTOLD} {catalogue} {kind} {category}"
            for content, (label, catalogue, kind, category) in zip(self.contents, numbers, strict=True)
        )
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()

    @property
    def label_categories(self) -> Int64[np.ndarray, " _n_labels"]:
        """Number of the category of each label: that of its first picture that has one, -1 where none has."""
        found = np.full(len(self.names), -1, np.int64)
        known = np.flatnonzero((self.categories >= 0) & (self.labels >= 0))[::-1]
        found[self.labels[known]] = self.categories[known]
        return found

    @property
    def sizes(self) -> Int64[np.ndarray, " _n_labels"]:
        """How many pictures show each label."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.names)).astype(np.int64)


def working_preprocessing(preprocessing: Preprocessing) -> Preprocessing:
    """What makes the kept squares: where the model crops, all of the shorter side, so that nothing is lost yet.

    The central ``size_pixels`` of such a square are then what `preprocessing` itself gives, to a grey level.
    """
    if preprocessing.fit != "crop":
        return preprocessing
    side = preprocessing.shorter_side_pixels
    side += (side - preprocessing.size_pixels) % 2
    return replace(preprocessing, size_pixels=side, crop_fraction=1.0)


def read_examples(
    catalogues: Sequence[Catalogue],
    preprocessing: Preprocessing,
    *,
    mapped: Path | None = None,
    memory_megabytes: int = 4096,
    told: Told | None = None,
    several: bool = True,
) -> Examples:
    """Read and decode every picture of the catalogues.

    Args:
        catalogues: where from.
        preprocessing: of the model.
        mapped: file for squares that need more than `memory_megabytes`; None always keeps them in memory.
        memory_megabytes: see `mapped`.
        told: called with pictures read, how many there are, and the seconds so far.
        several: whether something must have two pictures; where not, variations of one are all there is.

    Raises:
        SourceError: a source cannot be read at all.
        TooFewProducts: fewer than four things with a usable picture, or not one thing with two pictures.
    """
    started = time.perf_counter()
    found = list(sightings(catalogues))
    rejected = [item for item in found if isinstance(item, Rejection)]
    seen = [item for item in found if isinstance(item, Sighting)]
    working = working_preprocessing(preprocessing)
    side = working.size_pixels
    file = mapped if len(seen) * side * side * 3 > memory_megabytes * 1_000_000 else None
    squares = room(file, (len(seen), side, side, 3))
    kept: list[tuple[Sighting, str, int]] = []
    done = 0
    with ThreadPoolExecutor(usable_cores(), thread_name_prefix="decode") as workers:
        for chunk in _chunks(seen, _AT_ONCE):
            for sighting, outcome in zip(chunk, workers.map(lambda item: _read(item, working), chunk), strict=True):
                if isinstance(outcome, Rejection):
                    rejected.append(outcome)
                    continue
                squares[len(kept)] = outcome.square
                kept.append((sighting, outcome.sha256, outcome.hash))
            done += len(chunk)
            if told is not None:
                told(done, len(seen), time.perf_counter() - started)
    itself = [number for number, catalogue in enumerate(catalogues) if catalogue.label == ITSELF]
    chosen, n_contradicting = _without_contradictions(kept, itself)
    if len(chosen) < len(kept):
        for to, row in enumerate(chosen):
            squares[to] = squares[row]
    examples = _assembled(squares[: len(chosen)], [kept[row] for row in chosen], rejected, n_contradicting)
    _require_enough(examples, catalogues, several)
    return examples


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    square: Pixels
    sha256: str
    hash: int


def room(file: Path | None, shape: tuple[int, ...]) -> UInt8[np.ndarray, "*shape"]:
    """Room for bytes of that shape, mapped from a new `file` where there is one."""
    if file is None:
        return np.empty(shape, np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    return mapped_array(file, shape, np.uint8)


def _read(sighting: Sighting, working: Preprocessing) -> _Decoded | Rejection:
    try:
        found = sighting.reader.read(sighting.image, None)
        # Without a validator there is nothing that could be unchanged.
        data = found.data if isinstance(found, PictureBytes) else b""
        picture = decode(data, shorter_side_pixels=working.decode_side_pixels)
    except ImageRejected as error:
        return Rejection(
            sighting.image, error.reason, error.detail, sighting.product_id, sighting.variant_id, sighting.line
        )
    return _Decoded(working.apply(picture.pixels), content_sha256(data), perceptual_hash(picture.pixels))


def _without_contradictions(
    kept: Sequence[tuple[Sighting, str, int]], itself: Collection[int]
) -> tuple[list[int], int]:
    """Rows of pictures that show one thing, each picture of a thing once; and how many pictures show several.

    A picture of the catalogues `itself`, which is its own thing, contradicts nothing where it lies there twice.
    """
    shown: dict[tuple[int, str], set[str]] = {}
    for sighting, sha256, _ in kept:
        shown.setdefault((sighting.catalogue, sha256), set()).add(sighting.label)
    contradicting = {key for key, labels in shown.items() if len(labels) > 1 and key[0] not in itself}
    chosen: dict[tuple[int, str], int] = {}
    n_contradicting = 0
    for row, (sighting, sha256, _) in enumerate(kept):
        key = (sighting.catalogue, sha256)
        if key in contradicting:
            n_contradicting += 1
        else:
            chosen.setdefault(key, row)
    return sorted(chosen.values()), n_contradicting


def _assembled(
    squares: Squares, kept: Sequence[tuple[Sighting, str, int]], rejected: Sequence[Rejection], n_contradictions: int
) -> Examples:
    names = tuple(dict.fromkeys(sighting.label for sighting, _, _ in kept if sighting.label != UNTOLD))
    numbers = {UNTOLD: -1, **{name: number for number, name in enumerate(names)}}
    categories = {
        key: number
        for number, key in enumerate(
            dict.fromkeys((sighting.catalogue, sighting.category) for sighting, _, _ in kept if sighting.category)
        )
    }
    facts = sorted(f"{sha256} {item.label} {item.catalogue} {item.kind}" for item, sha256, _ in kept)
    return Examples(
        squares=squares,
        labels=np.array([numbers[item.label] for item, _, _ in kept], np.int64),
        names=names,
        catalogues=np.array([item.catalogue for item, _, _ in kept], np.int64),
        kinds=np.array([item.kind for item, _, _ in kept], np.int64),
        categories=np.array([categories.get((item.catalogue, item.category), -1) for item, _, _ in kept], np.int64),
        images=tuple(item.image for item, _, _ in kept),
        contents=tuple(sha256 for _, sha256, _ in kept),
        hashes=np.array([hash_ for _, _, hash_ in kept], np.uint64),
        rejected=tuple(rejected),
        n_contradictions=n_contradictions,
        data_sha256=hashlib.sha256("\n".join(facts).encode()).hexdigest(),
        category_names=tuple(name for _, name in categories if name),
    )


def _require_enough(examples: Examples, catalogues: Sequence[Catalogue], several: bool) -> None:
    reasons = Counter(str(item.reason) for item in examples.rejected)
    notes = [f"{n} {reason}" for reason, n in reasons.items()]
    if n := examples.n_contradictions:
        notes.append(f"{n} left out as one picture is said to show different things")
    told = f" ({', '.join(notes)})" if notes else ""
    require_enough(examples.sizes.tolist(), catalogues, several=several, told=told)


def require_enough(
    sizes: Collection[int], catalogues: Sequence[Catalogue], *, several: bool = True, told: str = ""
) -> None:
    """Refuse what nothing can be learned from, or asked of.

    Args:
        sizes: how many pictures show each label.
        catalogues: that they come from.
        several: whether something must have two pictures.
        told: what is said beside the numbers.

    Raises:
        TooFewProducts: fewer than four labels, or not one with two pictures.
    """
    columns = ", ".join(dict.fromkeys(catalogue.label for catalogue in catalogues if catalogue.label != UNTOLD))
    if len(sizes) < _FEWEST_LABELS:
        raise TooFewProducts(
            f"received {len(sizes)} different {columns} with usable pictures{told}, expected at least "
            f"{_FEWEST_LABELS} to tell apart: give a larger catalogue, or another --label"
        )
    if several and max(sizes) < 2 and all(catalogue.label != ITSELF for catalogue in catalogues):
        raise TooFewProducts(
            f"each of {len(sizes)} different {columns} has one picture only{told}, so that nothing says what "
            "looks alike: add a source with more pictures of the same products, choose a --label that several "
            "pictures share (such as category), or learn without labels (--unlabelled)"
        )


def _chunks(items: Iterable[Sighting], n: int) -> Iterator[list[Sighting]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, n)):
        yield chunk
