"""The verbs about shoppers: their events, what is kept of them, what is shown to them, and how well that works."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from lookalike.catalog.behaviour import Recorded
from lookalike.catalog.catalog import Catalog
from lookalike.engine.asking import Asking
from lookalike.engine.moments import iso
from lookalike.engine.shopper_profile import EventsReport, ShopperProfile
from lookalike.engine.teaching import looks_of
from lookalike.errors import UsageError
from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.replay import Replay, ReplayOptions, replay
from lookalike.search.people.lanes import FEATURES
from lookalike.search.people.log import LogWriter
from lookalike.search.people.pairs import Pair, PairOptions, mutual_pairs
from lookalike.search.people.recommendations import Recommendations, Rival
from lookalike.search.people.taste import Looks
from lookalike.sources.event import Event
from lookalike.sources.event_log import read_events
from lookalike.types import Rejection

__all__ = ["People", "ReplayReport"]

T = TypeVar("T")

_AT_ONCE = 5_000
"""Events that one transaction writes."""

_MOST_REJECTIONS = 1_000
"""Rejections that a report lists; the rest are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class ReplayReport:
    """A replay, and what there was to replay.

    Attributes:
        replay: what each way of recommending would have found.
        log: how many events, shoppers and products the log has, and how many of these the catalogue lacks.
        rejected: the first rows that could not be used.
        n_rejected: how many there were.
    """

    replay: Replay
    log: Mapping[str, int]
    rejected: tuple[Rejection, ...]
    n_rejected: int

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        found = self.replay
        return {
            "log": dict(self.log),
            "rejected": [{"line": one.line, "reason": str(one.reason), "detail": one.detail} for one in self.rejected],
            "n_rejected": self.n_rejected,
            "cut": iso(found.moment),
            "taught": found.n_taught,
            "shoppers": found.n_targets,
            "unknown_targets": found.n_unknown,
            "newcomers": found.n_newcomers,
            "candidates": found.n_candidates,
            "metrics": {policy: _intervals(metrics) for policy, metrics in found.metrics.items()},
            "lift": {
                policy: {
                    name: {**one.difference.as_dict(digits=6), "p_value": round(one.p_value, 6)}
                    for name, one in metrics.items()
                }
                for policy, metrics in found.lift.items()
            },
            "without_history": {policy: _intervals(metrics) for policy, metrics in found.newcomers.items()},
            "by_products_met": {
                name: {"shoppers": n, "ndcg@10": _intervals(metrics)} for name, (n, metrics) in found.groups.items()
            },
            "mix": {
                "learned_on": found.mix.n_targets,
                "chosen": found.mix.chosen,
                "query_weight": found.mix.query,
                "ridge": found.mix.ridge,
                "weights": {
                    name: {"plain": round(plain, 5), "experienced": round(experienced, 5)}
                    for name, plain, experienced in zip(FEATURES, found.mix.plain, found.mix.experienced, strict=True)
                },
            },
            "seconds": {"teach": round(found.seconds[0], 3), "ask": round(found.seconds[1], 3)},
        }


class People(Asking):
    """What shoppers did and like."""

    def record_events(self, events: Iterable[Event]) -> Recorded:
        """Keep events; those that are kept already change nothing, those of shoppers who switched off are refused."""
        catalog = self._writable()
        total = Recorded()
        for chunk in _chunks(events, _AT_ONCE):
            total += catalog.behaviour.record(chunk)
        return total

    def import_events(self, log: str | Path) -> EventsReport:
        """Keep every event of a log (CSV, TSV, JSONL, Parquet); it is read as it goes, and twice is once.

        Raises:
            SourceError: the log cannot be read at all, or lacks a column that every event needs.
        """
        started = time.perf_counter()
        rejected: list[Rejection] = []
        n_rejected = 0
        products: set[str] = set()
        total = Recorded()
        n_ahead, tomorrow = 0, time.time() + 86_400.0
        catalog = self._writable()
        for chunk in _chunks(read_events(Path(log)), _AT_ONCE):
            events = [one for one in chunk if isinstance(one, Event)]
            bad = [one for one in chunk if isinstance(one, Rejection)]
            n_rejected += len(bad)
            rejected += bad[: max(0, _MOST_REJECTIONS - len(rejected))]
            products.update(event.product_id for event in events)
            n_ahead += sum(event.at > tomorrow for event in events)
            total += catalog.behaviour.record(events)
        known = products & set(self._personal().product_ids())
        n_shoppers, n_events = catalog.behaviour.counts()
        return EventsReport(
            recorded=total,
            rejected=tuple(rejected),
            n_rejected=n_rejected,
            n_products=len(products),
            n_unknown_products=len(products) - len(known),
            n_shoppers=n_shoppers,
            n_events=n_events,
            seconds=time.perf_counter() - started,
            n_ahead=n_ahead,
        )

    def shopper(self, shopper: str) -> ShopperProfile:
        """What is kept of a shopper, and what was made of it."""
        return self._personal().profile(shopper)

    def export_shopper(self, shopper: str) -> dict[str, object]:
        """Every event that is kept of a shopper, JSON-ready."""
        return self._personal().export(shopper)

    def erase_shopper(self, shopper: str | None) -> int:
        """Take away everything that is kept of a shopper, or (None) of everybody; returns how many events went.

        No byte of it stays in the store's files; what was computed from it is thrown away.

        Raises:
            StoreBusy: another process reads the journal that still holds it.
        """
        return self._personal().erase(shopper)

    def expire_events(self, days: float) -> int:
        """Take away every event older than this many days, without a trace; returns how many there were."""
        if not days >= 0:
            raise UsageError(f"days must be at least 0, received {days}")
        return self._personal().expire(max(0.0, time.time() - days * 86_400.0))

    def switch_personal(self, shopper: str, *, on: bool) -> None:
        """Let a shopper's events be recorded and used, or (off) neither; what is kept stays until it is erased."""
        self._writable().behaviour.switch(shopper, on=on)

    def recommend(
        self,
        shopper: str | None = None,
        *,
        where: str | None = None,
        k: int = 10,
        repeats: bool = False,
        epsilon: float | None = None,
        against: Rival | None = None,
    ) -> Recommendations:
        """What to show without a question: by the shopper's taste; popular products to whom nothing is known of.

        Args:
            shopper: as the shop names them; None for somebody unknown.
            where: filter expression.
            k: hits, 1 to 1,000.
            repeats: whether products that the shopper met already may be shown; with `epsilon` they may.
            epsilon: blur the long-term taste until it is differentially private to this degree, and look
                at nothing else of the shopper; None for no noise.
            against: let this ranker share the list, place by place (team draft): `credits` says which
                of them is better.

        Raises:
            InvalidQuery: `k` or `epsilon` out of range, or `epsilon` beside a ranker that goes by what was met.
            SelectionError: the filter cannot be used.
        """
        return self._personal().recommend(shopper, where=where, k=k, repeats=repeats, epsilon=epsilon, against=against)

    def pairs(self, options: PairOptions | None = None) -> tuple[Pair, ...]:
        """Products that people met in one visit, with weights from which the bias of positions is taken out."""
        return self._personal().pairs(options or PairOptions())

    def pair_table(self, pairs: Sequence[Pair]) -> list[dict[str, object]]:
        """Pictures of products that are each other's strongest pair, a row a picture: what ``lookalike train`` reads.

        Rows have ``image`` (as the source of the catalogue names it), ``product_id``, ``pair`` (the label to train
        on) and ``weight``. Products that the catalogue does not have are left out.
        """
        images: dict[str, list[str]] = {}
        for image in self._readable().images():
            images.setdefault(image.product_id, []).append(image.location)
        return [
            {"image": location, "product_id": product_id, "pair": name, "weight": round(pair.weight, 6)}
            for pair in mutual_pairs([one for one in pairs if one.product_id in images and one.other_id in images])
            for name in [f"{pair.product_id}+{pair.other_id}"]
            for product_id in (pair.product_id, pair.other_id)
            for location in images[product_id]
        ]

    def replay(self, log: str | Path, options: ReplayOptions | None = None) -> ReplayReport:
        """What each way of recommending would have shown just before what people did next, by a log of behaviour.

        The log is not kept. Products with pictures in the store (where there is one) are known by their looks too.

        Raises:
            SourceError: the log cannot be read.
            TooFewProducts: nothing is left on one side of the cut.
        """
        writer = LogWriter()
        rejected: list[Rejection] = []
        n_rejected = 0
        for one in read_events(Path(log)):
            if isinstance(one, Event):
                writer.add(one.shopper, one.product_id, one.kind, one.at, one.session)
            else:
                n_rejected += 1
                if len(rejected) < _MOST_REJECTIONS:
                    rejected.append(one)
        events = writer.finish()
        n_products = events.n_products
        looks: Looks | None = None
        if Catalog.exists(self._folder):
            ids, vectors = self._personal().vectors()
            events = events.with_products(ids)
            looks = looks_of(events.product_ids, ids, vectors)
            known = np.isin(np.asarray(events.product_ids), np.asarray(ids, dtype=str))
        else:
            known = np.zeros(events.n_products, dtype=bool)
        counts = {
            "events": len(events),
            "shoppers": events.n_shoppers,
            "products": n_products,
            "not_in_catalogue": int((~known[:n_products]).sum()),
            "without_picture": n_products if looks is None else int((~looks.held[:n_products]).sum()),
        }
        return ReplayReport(
            replay(events, looks, known, options or ReplayOptions()), counts, tuple(rejected), n_rejected
        )


def _intervals(metrics: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    return {name: one.as_dict(digits=6) for name, one in metrics.items()}


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
