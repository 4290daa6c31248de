"""One pass over a source: which variants, images and rejections it met. Lives in memory, writes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from jaxtyping import Int64

from lookalike.types import Keys

__all__ = ["Run", "Seen"]


class Seen:
    """A set of keys, one byte each: keys are small and dense."""

    def __init__(self) -> None:
        self._marks = bytearray()

    def add(self, keys: Iterable[int]) -> None:
        """Mark these as met."""
        for key in keys:
            if key >= len(self._marks):
                self._marks.extend(bytes(max(key + 1 - len(self._marks), len(self._marks), 1024)))
            self._marks[key] = 1

    def __contains__(self, key: int) -> bool:
        return key < len(self._marks) and self._marks[key] == 1

    def missing_from(self, keys: Keys) -> Int64[np.ndarray, " missing"]:
        """Those of `keys` that were not met."""
        marks = np.zeros(max(len(self._marks), int(keys.max(initial=0)) + 1), dtype=np.uint8)
        marks[: len(self._marks)] = np.frombuffer(bytes(self._marks), dtype=np.uint8)
        return keys[marks[keys] == 0]


class Run:
    """What one pass over a source has met; get one from `Catalog.begin_run`, give it to every `Catalog.apply`.

    Attributes:
        source: stable name of the source; rejections belong to it.
        first_new_variant: variants from this key on are younger than the run.
        first_new_image: images from this key on are younger than the run.
        began_at: seconds since 1970; files written since are younger than the run.
        prune: whether it may end in a prune.
        variants: met, and written.
        images: met.
        spared_variants: not met, but perhaps behind something that could not be read: a prune leaves them.
        spared_images: the same.
        unnamed: pictures of rows that say of no product that they are about it: a prune leaves what shows them.
        rejections: met.
        text_columns: columns of text that are known to have values.
    """

    def __init__(self, source: str, *, first_new_variant: int, first_new_image: int, prune: bool = True) -> None:
        self.source = source
        self.first_new_variant = first_new_variant
        self.first_new_image = first_new_image
        self.began_at = time.time()
        self.prune = prune
        self.variants = Seen()
        self.images = Seen()
        self.spared_variants = Seen()
        self.spared_images = Seen()
        self.unnamed: set[str] = set()
        self.rejections = Seen()
        self.text_columns: set[str] = set()
