"""What searches look at: the index of the live release and the catalogue's view, caught up before each search.

The database is the truth; this is a cache of it. Each search asks for the catalogue's sequence number (some
microseconds) and, if another thread or process has acknowledged anything since, takes over just that.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.view import View
from lookalike.errors import StoreNotFound
from lookalike.index.graph import GraphIndex, GraphPolicy
from lookalike.index.snapshot import Origin, load_snapshot, save_snapshot
from lookalike.search.same_past import is_of_same_past
from lookalike.types import Keys, Vectors

__all__ = ["LiveRelease", "snapshot_path"]

logger = logging.getLogger(__name__)


class LiveRelease:
    """The live release's vectors, always as new as the catalogue.

    Args:
        catalog: the truth.
        folder: where index snapshots are.
        exact_up_to: vectors up to which no graph is built.
        pinned: id of a release that is looked at whether it is live or not, to measure it; None for the live one.
    """

    def __init__(self, catalog: Catalog, folder: Path, *, exact_up_to: int, pinned: str | None = None) -> None:
        self._catalog = catalog
        self._folder = folder
        self._exact_up_to = exact_up_to
        self._pinned = pinned
        self._lock = threading.Lock()
        # One thing, so that nobody who reads it without the lock meets an index of another release.
        self._state: tuple[Release, GraphIndex, int] | None = None
        self._saved = -1

    def current(self) -> tuple[Release, GraphIndex]:
        """The live release and its index, caught up with everything acknowledged before this call.

        Raises:
            StoreNotFound: nothing has been indexed yet.
        """
        sequence = self._catalog.sequence()
        state = self._state
        if state is not None and sequence == state[2]:
            return state[:2]
        with self._lock:
            return self._catch_up()[:2]

    def view(self, columns: Iterable[str] = ()) -> View:
        """The catalogue's columns in memory, as new as the catalogue."""
        return self._catalog.view(tuple(columns))

    def save(self) -> None:
        """Build the graph where one is due, and write the snapshot that makes the next opening quick."""
        with self._lock:
            release, index, sequence = self._catch_up()
            covered = index.covered
            index.settle()
            if sequence == self._saved and index.covered == covered:
                return
            path = self._snapshot(release)
            path.parent.mkdir(exist_ok=True)
            save_snapshot(index, path, self._origin(release), sequence=sequence)
            self._saved = sequence

    def _catch_up(self) -> tuple[Release, GraphIndex, int]:
        sequence = self._catalog.sequence()
        state = self._state
        if state is not None and sequence == state[2]:
            return state
        release = self._wanted()
        while True:
            state = self._caught_up(release)
            # Where another release became live meanwhile, the number that this one stands at counts that already:
            # nobody would notice before the next change.
            wanted = self._wanted()
            if wanted.release_id == release.release_id:
                break
            release = wanted
        self._state = state
        return state

    def _wanted(self) -> Release:
        """The release that is to be looked at now."""
        found = self._catalog.live_release() if self._pinned is None else self._catalog.release(self._pinned)
        if found is None:
            raise StoreNotFound(
                f"the store {self._catalog.folder} holds no release yet: run `lookalike index SOURCE` first"
            )
        return found

    def _caught_up(self, release: Release) -> tuple[Release, GraphIndex, int]:
        """A release with its index, which has taken over everything up to the sequence number beside it."""
        state = self._state
        opened = state is None or release.release_id != state[0].release_id
        if state is None or opened:
            index, at = self._load(release)
        else:
            release, index, at = state
        changes = self._catalog.changes_since(at, release.release_id)
        if not changes.complete:
            return release, *self._fill(release)
        index.remove(changes.removed)
        index.add(changes.keys, changes.vectors)
        if opened and self._is_short(release, index, changes.sequence):
            self._saved = -1
            return release, *self._fill(release)
        return release, index, changes.sequence

    def _load(self, release: Release) -> tuple[GraphIndex, int]:
        policy = GraphPolicy(smallest=self._exact_up_to + 1)
        loaded = load_snapshot(self._snapshot(release), release.dimension, self._origin(release), policy=policy)
        if loaded is None:
            return self._fill(release)
        if not self._agrees(release, loaded[0]):
            logger.warning("index snapshot is of another past of the store, filled anew release=%s", release.release_id)
            return self._fill(release)
        self._saved = loaded[1]
        return loaded

    def _agrees(self, release: Release, index: GraphIndex) -> bool:
        """Whether a snapshot is of the store's own past."""

        def stored(keys: Int64[np.ndarray, " _asked"]) -> tuple[Keys, Vectors]:
            found = self._catalog.vectors_of(release.release_id, keys.tolist())
            return found.keys, found.vectors

        return is_of_same_past(index, stored)

    def _is_short(self, release: Release, index: GraphIndex, at: int) -> bool:
        """Whether the store has another number of vectors than an index that stands where it stands."""
        n_vectors, _ = self._catalog.vector_counts(release.release_id)
        return self._catalog.sequence() == at and n_vectors != len(index)

    def _fill(self, release: Release) -> tuple[GraphIndex, int]:
        stored = self._catalog.load_vectors(release.release_id)
        index = GraphIndex(release.dimension, GraphPolicy(smallest=self._exact_up_to + 1))
        index.add(stored.keys, stored.vectors)
        logger.info("loaded vectors release=%s n=%d", release.release_id, len(stored.keys))
        return index, stored.sequence

    def _snapshot(self, release: Release) -> Path:
        return snapshot_path(self._folder, release.release_id)

    def _origin(self, release: Release) -> Origin:
        return Origin(f"{self._catalog.store_id}/{release.release_id}", release.fingerprint)


def snapshot_path(folder: Path, release_id: str) -> Path:
    """The file among a store's index snapshots that holds a release's vectors."""
    return folder / f"{release_id}.index"
