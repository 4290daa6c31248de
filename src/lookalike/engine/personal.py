"""What an engine does for shoppers: keeps a recommender as new as their events, asks it, and forgets it with them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64

from lookalike.catalog.behaviour import Recorded, Stamp, StoredEvent
from lookalike.catalog.catalog import Catalog
from lookalike.engine.moments import iso
from lookalike.errors import InvalidQuery
from lookalike.search.answer import Answer
from lookalike.search.live import LiveRelease
from lookalike.search.people.history import NOBODY, History, history_of
from lookalike.search.people.log import Log, log_of
from lookalike.search.people.note import PersonalNote
from lookalike.search.people.recommender import Recommended, Recommender
from lookalike.search.people.taste import Looks, Taste, taste_of
from lookalike.search.query import MOST_HITS, Query
from lookalike.search.searcher import Searcher
from lookalike.types import Hit, Hits, ProductId, Rejection, Vectors

__all__ = ["EventsReport", "PersonalDesk", "Recommendations", "RecommendedHit", "ShopperProfile"]

_SEED = 7
_POOL = 100
"""Hits of a question whose order taste may change; further ones stay as they are."""

_GROWTH = 1.1
"""How many times the events that a recommender was taught with there may be before it is taught anew."""


@dataclass(frozen=True, slots=True)
class EventsReport:
    """What an import did.

    Attributes:
        recorded: events that are new, were known, or refused.
        rejected: the first rows that could not be used, with their lines.
        n_rejected: how many rows could not be used.
        n_products: different products that the log has.
        n_unknown_products: those of them that the catalogue has not.
        n_shoppers: in the store now.
        n_events: in the store now.
        seconds: wall time.
    """

    recorded: Recorded
    rejected: tuple[Rejection, ...]
    n_rejected: int
    n_products: int
    n_unknown_products: int
    n_shoppers: int
    n_events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RecommendedHit:
    """One recommended product.

    Attributes:
        product_id: which.
        hit: how it is shown; None where the catalogue has no such product.
        score: 1 for the first, 0 for what is no better than the average product.
        because: the shopper's products that speak for it.
    """

    product_id: ProductId
    hit: Hit | None
    score: float
    because: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        hit = self.hit
        return {
            "product_id": self.product_id,
            "variant_id": None if hit is None else hit.variant_id,
            "image": None if hit is None else hit.image,
            "image_key": None if hit is None else int(hit.image_key),
            "title": None if hit is None else hit.title,
            "score": round(self.score, 6),
            "because": list(self.because),
            "attributes": {} if hit is None else dict(hit.attributes),
            "variants": []
            if hit is None
            else [
                {
                    "variant_id": variant.variant_id,
                    "title": variant.title,
                    "color": variant.color,
                    "price": variant.price,
                    "in_stock": variant.in_stock,
                    "image_key": variant.image_key,
                }
                for variant in hit.variants
            ],
        }


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Products without a question, and why.

    Attributes:
        hits: best first.
        personal: what the shopper's events did.
        release: whose vectors were used; None without a catalogue.
    """

    hits: tuple[RecommendedHit, ...]
    personal: PersonalNote
    release: str | None

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; products that the catalogue does not have are told by their ids alone."""
        return {
            "hits": [one.as_dict() for one in self.hits],
            "personal": self.personal.as_dict(),
            "release": self.release,
        }


@dataclass(frozen=True, slots=True)
class ShopperProfile:
    """What is kept of a shopper.

    Attributes:
        on: whether it may be used and added to.
        events: how many are kept.
        kinds: how many of each kind.
        products: different products, the latest first.
        first: time of the oldest event, seconds since 1970; None without events.
        last: time of the newest.
        now: products of the latest visit, the latest first.
        interests: for each of their interests its share and its products, the latest first; empty without pictures.
    """

    on: bool
    events: int
    kinds: dict[str, int]
    products: tuple[str, ...]
    first: float | None
    last: float | None
    now: tuple[str, ...]
    interests: tuple[tuple[float, tuple[str, ...]], ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "personal": self.on,
            "events": self.events,
            "kinds": dict(self.kinds),
            "products": list(self.products),
            "first": None if self.first is None else iso(self.first),
            "last": None if self.last is None else iso(self.last),
            "now": list(self.now),
            "interests": [{"share": round(share, 4), "products": list(products)} for share, products in self.interests],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Taught:
    """A recommender and what it was taught with."""

    recommender: Recommender
    stamp: Stamp
    n_events: int
    sequence: int
    product_keys: dict[str, int]


class PersonalDesk:
    """The shoppers of one open store. Safe for several threads.

    Args:
        catalog: has their events.
        folder: of the store.
        live: gives the live release.
        searcher: answers questions and describes hits.
    """

    def __init__(
        self, catalog: Catalog, folder: Path, live: Callable[[], LiveRelease], searcher: Callable[[], Searcher]
    ) -> None:
        self._catalog = catalog
        self._folder = folder
        self._live = live
        self._searcher = searcher
        self._lock = threading.Lock()
        self._taught: _Taught | None = None

    def product_ids(self) -> tuple[str, ...]:
        """Every product of the catalogue that has a picture."""
        return tuple(dict.fromkeys(self._catalog.inventory().product_ids))

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

    def search(self, query: Query, shopper: str) -> Answer:
        """The answer to a question, in the order that suits the shopper; as it is where nothing is known of them."""
        history, n_events, on = self._history(shopper)
        known = self._teach(fresh=False) if len(history) else None
        if known is None:
            answer = self._searcher().search(query)
            return replace(answer, personal=PersonalNote(on, 0.0, 0, (), "off"))
        history = self._numbered(known, shopper)
        pool = max(_POOL, query.offset + query.k)
        if query.offset >= _POOL or pool > MOST_HITS:
            answer = self._searcher().search(query)
            return replace(answer, personal=PersonalNote(on, 0.0, n_events, (), "off"))
        answer = self._searcher().search(replace(query, k=min(MOST_HITS, pool + 1), offset=0))
        return self._bent(answer, query, known, history, n_events)

    def _bent(self, answer: Answer, query: Query, known: _Taught, history: History, n_events: int) -> Answer:
        affinity = known.recommender.affinity(history)
        numbers = {product_id: number for number, product_id in enumerate(known.recommender.product_ids)}
        bent: list[Hit] = []
        for hit in answer.hits:
            extra = float(affinity[numbers[hit.product_id]]) if hit.product_id in numbers else 0.0
            lanes = dict(hit.lanes) if hit.lanes else {"picture": hit.similarity}
            lanes["personal"] = round(extra, 6)
            bent.append(replace(hit, similarity=round(sum(lanes.values()), 6), lanes=lanes))
        order = sorted(range(len(bent)), key=lambda place: -bent[place].similarity)
        page = [bent[place] for place in order][query.offset : query.offset + query.k]
        more = len(bent) > query.offset + query.k
        spoke: dict[int, int] = {}
        for hit in page:
            for product in known.recommender.because(history, numbers.get(hit.product_id, -1)):
                spoke[product] = spoke.get(product, 0) + 1
        because = sorted(spoke, key=lambda product: -spoke[product])[:3]
        weight = known.recommender.mix.query
        return replace(
            answer,
            hits=Hits(tuple(page), query.by),
            offset=query.offset,
            next_offset=query.offset + query.k if more else None,
            lanes=(*answer.lanes, "personal"),
            personal=PersonalNote(
                True,
                weight,
                n_events,
                tuple(known.recommender.product_ids[product] for product in because),
                "taste" if weight > 0 else "off",
            ),
        )

    def recommend(
        self, shopper: str | None, *, where: str | None, k: int, repeats: bool, epsilon: float | None
    ) -> Recommendations:
        """See `lookalike.engine.people.People.recommend`."""
        if not 1 <= k <= MOST_HITS:
            raise InvalidQuery(f"k must be 1 to {MOST_HITS}, received {k}")
        known = self._teach(fresh=False)
        history, n_events, on = (NOBODY, 0, True) if shopper is None else self._history(shopper)
        history = self._numbered(known, shopper) if shopper is not None and len(history) else NOBODY
        recommender = known.recommender
        n = len(recommender.product_ids)
        allowed = np.ones(n, dtype=bool)
        if known.product_keys:
            keys = np.asarray([known.product_keys.get(one, -1) for one in recommender.product_ids], dtype=np.int64)
            allowed = keys >= 0
            if where is not None:
                mask = self._searcher().allowed(where)
                assert mask is not None
                allowed &= np.isin(keys, self._live().view().product_keys[mask])
        found = recommender.recommend(history, k, allowed=allowed, repeats=repeats)
        basis = "taste" if len(history) else "popularity"
        release = self._catalog.live_release()
        because = tuple(dict.fromkeys(recommender.product_ids[one] for each in found for one in each.because))
        del epsilon
        return Recommendations(
            self._described(known, found, where),
            PersonalNote(on, 1.0 if len(history) else 0.0, n_events, because[:5], basis),
            None if release is None else release.release_id,
        )

    def _described(self, known: _Taught, found: Sequence[Recommended], where: str | None) -> tuple[RecommendedHit, ...]:
        recommender = known.recommender
        scores = _shares(np.asarray([one.score for one in found]))
        hits: dict[str, Hit] = {}
        if known.product_keys and found:
            keys = np.asarray([known.product_keys[recommender.product_ids[one.product]] for one in found])
            shown = self._searcher().shown(keys.astype(np.int64), scores, where)
            hits = {hit.product_id: hit for hit in shown}
        return tuple(
            RecommendedHit(
                ProductId(recommender.product_ids[one.product]),
                hits.get(recommender.product_ids[one.product]),
                float(score),
                tuple(recommender.product_ids[product] for product in one.because),
            )
            for one, score in zip(found, scores.tolist(), strict=True)
            if not known.product_keys or recommender.product_ids[one.product] in hits
        )

    def profile(self, shopper: str) -> ShopperProfile:
        """See `lookalike.engine.people.People.shopper`."""
        events = self._catalog.behaviour.of(shopper)
        on = self._catalog.behaviour.is_on(shopper)
        kinds: dict[str, int] = {}
        for event in events:
            kinds[event.kind] = kinds.get(event.kind, 0) + 1
        log = _log(events)
        history = history_of(log, 0, len(log))
        taste, ids = self._taste(log, history)
        latest = [log.product_ids[product] for product in history.latest(10_000)[0].tolist()]
        now = [log.product_ids[product] for product in history.products[history.now][::-1].tolist()]
        return ShopperProfile(
            on=on,
            events=len(events),
            kinds=kinds,
            products=tuple(latest),
            first=events[0].at if events else None,
            last=events[-1].at if events else None,
            now=tuple(dict.fromkeys(now)),
            interests=()
            if taste is None
            else tuple((one.weight, tuple(ids[product] for product in one.products)) for one in taste.interests),
        )

    def _taste(self, log: Log, history: History) -> tuple[Taste | None, Sequence[str]]:
        ids, vectors = self.vectors()
        if not len(ids) or not len(history):
            return None, ids
        place = {product_id: row for row, product_id in enumerate(ids)}
        whole = log.with_products(ids)
        rows = np.asarray([place.get(one, -1) for one in whole.product_ids])
        looks = Looks.of(np.where(rows[:, None] >= 0, vectors[rows], 0.0).astype(np.float32))
        return taste_of(history, looks), whole.product_ids

    def export(self, shopper: str) -> dict[str, object]:
        """See `lookalike.engine.people.People.export_shopper`."""
        return {
            "shopper": shopper,
            "personal": self._catalog.behaviour.is_on(shopper),
            "events": [
                {
                    "product_id": event.product_id,
                    "kind": event.kind,
                    "time": iso(event.at),
                    "session": event.session,
                    "query": event.query,
                    "position": event.position,
                }
                for event in self._catalog.behaviour.of(shopper)
            ],
        }

    def erase(self, shopper: str | None) -> int:
        """See `lookalike.engine.people.People.erase_shopper`."""
        with self._lock:
            self._taught = None
        return self._catalog.behaviour.erase(shopper)

    def expire(self, before: float) -> int:
        """Take away every event older than `before`, seconds since 1970."""
        with self._lock:
            self._taught = None
        return self._catalog.behaviour.expire(before)

    def _history(self, shopper: str) -> tuple[History, int, bool]:
        """What a shopper did, with numbers of its own; nothing where they switched off."""
        if not self._catalog.behaviour.is_on(shopper):
            return NOBODY, 0, False
        events = self._catalog.behaviour.of(shopper)
        log = _log(events)
        return history_of(log, 0, len(log)), len(events), True

    def _numbered(self, known: _Taught, shopper: str) -> History:
        """What a shopper did, in the numbers of a recommender; products that it does not know are left out."""
        numbers = {product_id: number for number, product_id in enumerate(known.recommender.product_ids)}
        events = [event for event in self._catalog.behaviour.of(shopper) if event.product_id in numbers]
        log = _log(events)
        own = np.asarray([numbers[product_id] for product_id in log.product_ids], dtype=np.int64)
        mine = (
            Log(
                known.recommender.product_ids,
                log.n_shoppers,
                log.shopper,
                own[log.product],
                log.kind,
                log.at,
                log.visit,
            )
            if len(log)
            else log
        )
        return history_of(mine, 0, len(mine))

    def _teach(self, *, fresh: bool) -> _Taught:
        """The recommender, taught with everything that may be used; the last one while little has come since."""
        stamp, sequence = self._catalog.behaviour.stamp(), self._catalog.sequence()
        with self._lock:
            known = self._taught
            if known is not None and not fresh and known.stamp.withdrawals == stamp.withdrawals:
                same = known.stamp == stamp or self._catalog.behaviour.counts()[1] < _GROWTH * known.n_events
                if same and known.sequence == sequence:
                    return known
            events = self._catalog.behaviour.all()
            ids, vectors = self.vectors()
            log = _log(events).with_products(ids)
            place = {product_id: row for row, product_id in enumerate(ids)}
            rows = np.asarray([place.get(one, -1) for one in log.product_ids], dtype=np.int64)
            looks = Looks.of(np.where(rows[:, None] >= 0, vectors[rows], 0.0).astype(np.float32)) if len(ids) else None
            recommender = Recommender.fit(log, looks, np.random.default_rng(_SEED))
            inventory = self._catalog.inventory() if len(ids) else None
            keys = (
                {}
                if inventory is None
                else dict(zip(inventory.product_ids, inventory.product_keys.tolist(), strict=True))
            )
            self._taught = _Taught(recommender, stamp, len(events), sequence, keys)
            return self._taught


def _log(events: Sequence[StoredEvent]) -> Log:
    return log_of((event.shopper, event.product_id, event.kind, event.at, event.session) for event in events)


def _shares(scores: Float64[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """Falling scores as shares of the first, from 1 down to 0 for the last."""
    if not len(scores):
        return scores.astype(np.float32)
    spread = float(scores[0] - scores[-1])
    return ((scores - scores[-1]) / spread if spread > 0 else np.ones(len(scores))).astype(np.float32)
