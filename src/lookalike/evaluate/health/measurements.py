"""Traits of every kept picture, measured in parallel and remembered by content, so that a second look is quick.

What is remembered lies in one file of the store's folder, some 70 bytes a picture; it may be deleted at any time.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Shaped

from lookalike.catalog.kept import KeptPictures
from lookalike.errors import ImageRejected
from lookalike.images.decode import decode
from lookalike.images.traits import MEASURED_SIDE_PIXELS, PictureTraits, measure_traits

__all__ = ["Traits", "measure_kept"]

logger = logging.getLogger(__name__)

_VERSION = 1
_AT_ONCE = 512
_KIND = np.dtype([("sha256", "S32"), *((name, "<f4") for name in PictureTraits.names())])

Done = Callable[[int, int], None]
"""Called with how many pictures are measured and how many there are."""


class Traits:
    """Traits by picture, as one column a trait.

    Args:
        table: float32, one row a picture and one column a trait, NaN throughout where a picture was not measured.
    """

    def __init__(self, table: Float32[np.ndarray, "n traits"]) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, name: str) -> Float32[np.ndarray, " _n"]:
        return self._table[:, PictureTraits.names().index(name)]

    @property
    def measured(self) -> Bool[np.ndarray, " _n"]:
        """Which pictures were measured, bool, shape (n,)."""
        return ~np.isnan(self["luma_mean"])


def measure_kept(
    sha256s: Sequence[str], kept: KeptPictures, remembered: Path, *, n_workers: int, done: Done | None = None
) -> Traits:
    """The traits of these pictures, from their kept copies.

    Args:
        sha256s: of the pictures' contents.
        kept: where their copies are; a picture without one is not measured.
        remembered: file that holds what was measured before; brought up to date where it can be written.
        n_workers: threads.
        done: told now and then.

    Returns:
        One row for each of `sha256s`.
    """
    known = _load(remembered)
    names = np.array([bytes.fromhex(sha256) for sha256 in sha256s], dtype="S32")
    table = np.full((len(sha256s), len(PictureTraits.names())), np.nan, dtype=np.float32)
    places = np.searchsorted(known["sha256"], names)
    found = np.zeros(len(names), dtype=np.bool_)
    inside = places < len(known)
    found[inside] = known["sha256"][places[inside]] == names[inside]
    for column, name in enumerate(PictureTraits.names()):
        table[found, column] = known[name][places[found]]
    absent = np.flatnonzero(~found)
    with ThreadPoolExecutor(n_workers, thread_name_prefix="measure") as workers:
        for start in range(0, len(absent), _AT_ONCE):
            chunk: list[int] = absent[start : start + _AT_ONCE].tolist()
            measured = workers.map(partial(_measured, kept), [sha256s[row] for row in chunk])
            for row, traits in zip(chunk, measured, strict=True):
                if traits is not None:
                    table[row] = astuple(traits)
            if done is not None:
                done(len(sha256s) - len(absent) + start + len(chunk), len(sha256s))
    if not np.isnan(table[absent]).all():
        _save(remembered, names, table)
    return Traits(table)


def _measured(kept: KeptPictures, sha256: str) -> PictureTraits | None:
    data = kept.get(sha256)
    if data is None:
        return None
    try:
        return measure_traits(decode(data, shorter_side_pixels=MEASURED_SIDE_PIXELS).pixels)
    except ImageRejected as error:
        logger.warning("a kept copy cannot be read sha256=%s reason=%s", sha256, error.reason)
        return None


def _load(path: Path) -> Shaped[np.ndarray, " n"]:
    """What was remembered, sorted by content; nothing where the file is absent, damaged or of another version."""
    nothing = np.zeros(0, dtype=_KIND)
    try:
        table = np.load(_named(path), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return nothing
    return table if isinstance(table, np.ndarray) and table.dtype == _KIND else nothing


def _save(path: Path, names: Shaped[np.ndarray, " n"], table: Float32[np.ndarray, "n traits"]) -> None:
    rows = ~np.isnan(table).all(axis=1)
    remembered = np.zeros(int(rows.sum()), dtype=_KIND)
    remembered["sha256"] = names[rows]
    for column, name in enumerate(PictureTraits.names()):
        remembered[name] = table[rows, column]
    target = _named(path)
    started = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with started.open("wb") as file:
            np.save(file, remembered[np.argsort(remembered["sha256"])])
        started.replace(target)
    except OSError as error:
        # A store on a read-only disk can be looked at all the same, only not faster the second time.
        logger.info("measurements are not remembered path=%s error=%s", target, error)


def _named(path: Path) -> Path:
    return path.with_name(f"{path.name}-v{_VERSION}.npy")
