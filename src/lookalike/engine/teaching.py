"""A recommender as new as the shop's events: taught when they grow, aside where that takes long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from lookalike.catalog.behaviour import Stamp, StoredEvent
from lookalike.catalog.catalog import Catalog
from lookalike.engine.mix_file import MixFile
from lookalike.errors import LookalikeError
from lookalike.search.people.history import History, history_of
from lookalike.search.people.log import WEIGHTS, Log, log_of
from lookalike.search.people.recommender import Recommender
from lookalike.search.people.taste import Looks
from lookalike.types import Vectors

__all__ = ["Taught", "Teacher", "log_of_events", "looks_of"]

_SEED = 7

logger = logging.getLogger(__name__)

_MUCH = 5_000
"""Events, or products, from which teaching takes so long that it goes on aside."""

_GROWTH = 1.1
"""Growth of the events from which a recommender is taught anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A recommender and what it was taught with.

    Attributes:
        recommender: knows products by number.
        numbers: of its products, by their ids.
        stamp: of the events.
        n_events: how many there were.
        pictured: what of the catalogue it was taught with, see `OpenStore.pictured`.
        product_keys: of the catalogue's products, by their ids.
        keys: of the recommender's products in the catalogue; -1 for one that is not there.
    """

    recommender: Recommender
    numbers: dict[str, int]
    stamp: Stamp
    n_events: int
    pictured: tuple[int | None, ...]
    product_keys: dict[str, int]
    keys: Int64[np.ndarray, " n"]

    def history(self, events: Sequence[StoredEvent]) -> History:
        """What one shopper did, in the numbers of the recommender; products that it does not know are left out."""
        log = log_of_events([event for event in events if event.product_id in self.numbers])
        if not len(log):
            return history_of(log, 0, 0)
        own = np.asarray([self.numbers[product_id] for product_id in log.product_ids], dtype=np.int64)
        ids, products = self.recommender.product_ids, own[log.product]
        mine = Log(ids, log.n_shoppers, log.shopper, products, log.kind, log.at, log.visit)
        return history_of(mine, 0, len(mine))


class Teacher:
    """Teaches recommenders from the events of one open store. Safe for several threads.

    Args:
        catalog: has the events.
        folder: of the store.
    """

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._taught: Taught | None = None
        self._unlearned: Taught | None = None
        self._has_taught = False
        self._n_products = 0
        self._mixes = MixFile(folder / "people")

    def vectors(self) -> tuple[tuple[str, ...], Vectors]:
        """Every product of the live release and the unit mean of its pictures' vectors; nothing before the first."""
        release = self._catalog.live_release()
        if release is None:
            return (), np.empty((0, 1), dtype=np.float32)
        inventory, stored = self._catalog.inventory(), self._catalog.load_vectors(release.release_id)
        held = np.flatnonzero(np.isin(inventory.picture_keys, stored.keys))
        ids = tuple(dict.fromkeys(inventory.product_ids[row] for row in held.tolist()))
        place = {product_id: number for number, product_id in enumerate(ids)}
        owners = np.asarray([place[inventory.product_ids[row]] for row in held.tolist()], dtype=np.int64)
        rows = stored.vectors[np.searchsorted(stored.keys, inventory.picture_keys[held])]
        sums = np.zeros((len(ids), release.dimension), dtype=np.float32)
        np.add.at(sums, owners, rows)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return ids, (sums / np.maximum(lengths, 1e-12)).astype(np.float32)

    def forgetting(self, take_away: Callable[[], int]) -> int:
        """Take events away, and everything that was learned from them; how many it took."""
        self._mixes.forget()
        gone = take_away()
        with self._lock:  # whoever is learning from them ends first
            self._mixes.forget()
            self._taught = self._unlearned = None
        return gone

    def latest(self) -> Taught:
        """The recommender of all that may be used; where there is much, the last one while a new one learns."""
        stamp, pictured = self._catalog.behaviour.stamp(), self._catalog.pictured()
        known = self._taught
        if known is not None and known.stamp.withdrawals == stamp.withdrawals:
            n_events = self._catalog.behaviour.counts()[1] if known.stamp != stamp else known.n_events
            if n_events < _GROWTH * known.n_events and known.pictured == pictured:
                return known
            if max(n_events, self._n_products) > _MUCH:
                if self._lock.acquire(blocking=False):
                    threading.Thread(target=self._learn_aside, args=(stamp, pictured), daemon=True).start()
                return known
        with self._lock:
            known = self._taught
            if known is None or known.stamp != stamp or known.pictured != pictured:
                known = self._taught = self._learned(stamp, pictured)
            return known

    def at_hand(self) -> Taught | None:
        """As `latest`, but None where what was known may not be used any more and learning anew takes long.

        That goes on aside then. Who has learned nothing yet in this process waits for it all the same.
        """
        stamp, known = self._catalog.behaviour.stamp(), self._taught
        withdrawn = known is None or known.stamp.withdrawals != stamp.withdrawals
        if not (self._has_taught and withdrawn):
            return self.latest()
        if max(self._catalog.behaviour.counts()[1], self._n_products) <= _MUCH:
            return self.latest()
        if self._lock.acquire(blocking=False):
            now = self._taught
            if now is not known:  # somebody has learned meanwhile
                self._lock.release()
                return now
            pictured = self._catalog.pictured()
            threading.Thread(target=self._learn_aside, args=(stamp, pictured), daemon=True).start()
        return None

    def unlearned(self) -> Taught:
        """What can be told at once where `at_hand` has nothing: how often each product was met, and no taste."""
        stamp, pictured = self._catalog.behaviour.stamp(), self._catalog.pictured()
        known = self._unlearned
        if known is None or known.stamp.withdrawals != stamp.withdrawals or known.pictured != pictured:
            popular: dict[str, float] = {}
            for product_id, kind, n_events in self._catalog.behaviour.met():
                popular[product_id] = popular.get(product_id, 0.0) + WEIGHTS[kind] * n_events
            keys = self._product_keys()
            ids = tuple(dict.fromkeys([*popular, *keys]))
            told = Recommender.of_popularity(ids, np.asarray([popular.get(one, 0.0) for one in ids], dtype=np.float64))
            known = self._unlearned = _taught(told, stamp, 0, pictured, keys)
        return known

    def _product_keys(self) -> dict[str, int]:
        inventory = self._catalog.inventory()
        return dict(zip(inventory.product_ids, inventory.product_keys.tolist(), strict=True))

    def _learn_aside(self, stamp: Stamp, pictured: tuple[int | None, ...]) -> None:
        """Teach anew while the last recommender answers; begun with the lock held, which it lets go of."""
        try:
            self._taught = self._learned(stamp, pictured)
        except LookalikeError as error:
            # The store was closed or taken away meanwhile; whoever asks next is told.
            logger.info("teaching ended early error=%s", error)
        finally:
            self._lock.release()

    def _learned(self, stamp: Stamp, pictured: tuple[int | None, ...]) -> Taught:
        events = self._catalog.behaviour.all()
        ids, vectors = self.vectors()
        log = log_of_events(events).with_products(ids)
        looks = looks_of(log.product_ids, ids, vectors)
        release = self._catalog.live_release()
        made_of = f"{stamp.withdrawals} {None if release is None else release.release_id}"
        kept = self._mixes.read(made_of, len(events))
        recommender = Recommender.fit(log, looks, np.random.default_rng(_SEED), kept)
        if kept is None and recommender.mix.n_targets:
            self._mixes.write(recommender.mix, made_of, len(events))
        keys = self._product_keys()
        self._has_taught, self._n_products = True, len(recommender.product_ids)
        return _taught(recommender, stamp, len(events), pictured, keys)


def _taught(
    recommender: Recommender,
    stamp: Stamp,
    n_events: int,
    pictured: tuple[int | None, ...],
    product_keys: dict[str, int],
) -> Taught:
    ids = recommender.product_ids
    numbers = {product_id: number for number, product_id in enumerate(ids)}
    keys = np.asarray([product_keys.get(one, -1) for one in ids], dtype=np.int64)
    return Taught(recommender, numbers, stamp, n_events, pictured, product_keys, keys)


def looks_of(every: Sequence[str], ids: Sequence[str], vectors: Vectors) -> Looks | None:
    """Where each product of `every` lies, by vectors of the products `ids`; None where there are none."""
    if not len(ids):
        return None
    place = {product_id: row for row, product_id in enumerate(ids)}
    rows = np.asarray([place.get(one, -1) for one in every], dtype=np.int64)
    return Looks.of(np.where(rows[:, None] >= 0, vectors[rows], 0.0).astype(np.float32))


def log_of_events(events: Sequence[StoredEvent]) -> Log:
    """The events as a log; shoppers are numbered in the order in which they come."""
    return log_of((event.shopper, event.product_id, event.kind, event.at, event.session) for event in events)
