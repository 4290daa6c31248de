"""What an engine does for shoppers: keeps a recommender as new as their events, asks it, and forgets it with them."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Float64

from lookalike.catalog.catalog import Catalog
from lookalike.engine.moments import iso
from lookalike.engine.shopper_profile import ShopperProfile
from lookalike.engine.teaching import Taught, Teacher, log_of_events, looks_of
from lookalike.errors import InvalidQuery
from lookalike.search.answer import Answer
from lookalike.search.live import LiveRelease
from lookalike.search.people.blurring import Privacy
from lookalike.search.people.history import NOBODY, History, history_of
from lookalike.search.people.interleaving import draft
from lookalike.search.people.log import Log
from lookalike.search.people.note import PersonalNote
from lookalike.search.people.pairs import Act, Pair, PairOptions, pairs_of
from lookalike.search.people.recommendations import Recommendations, RecommendedHit, Rival
from lookalike.search.people.recommender import Recommended
from lookalike.search.people.taste import Taste, taste_of
from lookalike.search.people.trial import MOST_DRAFTED, Trial
from lookalike.search.query import MOST_HITS, Query
from lookalike.search.searcher import Searcher
from lookalike.search.words.fusion import CODE
from lookalike.sources.event import KINDS
from lookalike.types import Hit, Hits, ProductId, Vectors

__all__ = ["PersonalDesk"]

_POOL = 100
"""Hits of a question whose order taste may change; further ones stay as they are."""


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
        self._live = live
        self._searcher = searcher
        self._teacher = Teacher(catalog, folder)

    def product_ids(self) -> tuple[str, ...]:
        """Every product of the catalogue that has a picture."""
        return tuple(dict.fromkeys(self._catalog.inventory().product_ids))

    def warm_up(self) -> None:
        """Learn from all events, so that the first who asks does not wait for it."""
        self._teacher.latest()

    def vectors(self) -> tuple[tuple[str, ...], Vectors]:
        """See `Teacher.vectors`."""
        return self._teacher.vectors()

    def search(self, query: Query, shopper: str, ask: Callable[[Query], Answer]) -> Answer:
        """The answer to a question, in the order that suits the shopper; as it is where nothing is known of them.

        So it is, too, while what was learned before somebody's events were taken away is learned anew. An order that
        was asked for stays, and so does that of a photograph which is answered in parts.

        Args:
            query: the question.
            shopper: who asks.
            ask: answers it for anybody.
        """
        history, n_events, on = self._history(shopper)
        known = self._teacher.at_hand() if len(history) else None
        if known is None:
            return replace(ask(query), personal=PersonalNote(on, 0.0, n_events, (), "off"))
        pool = max(_POOL, query.offset + query.k)
        if not query.parts and query.offset < _POOL:
            answer = _as_deep_as(pool + 1, query, ask)
            if answer.parts is None and answer.ranking.by != "sort" and not answer.ranking.diverse:
                return self._bent(answer, query, known, known.history(self._catalog.behaviour.of(shopper)), n_events)
        return replace(ask(query), personal=PersonalNote(on, 0.0, n_events, (), "off"))

    def _bent(self, answer: Answer, query: Query, known: Taught, history: History, n_events: int) -> Answer:
        affinity = known.recommender.affinity(history)
        numbers = known.numbers
        bent: list[Hit] = []
        for hit in answer.hits[:_POOL]:
            extra = float(affinity[numbers[hit.product_id]]) if hit.product_id in numbers else 0.0
            lanes = dict(hit.lanes) if hit.lanes else {"picture": hit.similarity}
            lanes["personal"] = round(extra, 6)
            score = None if hit.score is None else round(hit.score + extra, 6)
            bent.append(replace(hit, similarity=round(sum(lanes.values()), 6), lanes=lanes, score=score))
        order = _order(bent)
        # Beyond the first hundred hits stay as they were: a later page finds them where this one left them.
        whole = [*(bent[place] for place in order), *answer.hits[_POOL:]]
        page = whole[query.offset : query.offset + query.k]
        more = len(whole) > query.offset + query.k
        arranged = answer.hits.arranged or any(a.similarity < b.similarity for a, b in pairwise(page))
        moved = answer.verdict == "same" and order[:1] != [0]
        verdict = replace(answer.verdict_details, label="similar") if moved else answer.verdict_details
        spoke: dict[int, int] = {}
        for hit in page:
            number = numbers.get(hit.product_id)
            for product in () if number is None else known.recommender.because(history, number):
                spoke[product] = spoke.get(product, 0) + 1
        because = sorted(spoke, key=lambda product: -spoke[product])[:3]
        weight = known.recommender.mix.query
        return replace(
            answer,
            hits=Hits(tuple(page), query.by, arranged),
            verdict=verdict.label,
            verdict_details=verdict,
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
        self,
        shopper: str | None,
        *,
        where: str | None,
        k: int,
        repeats: bool,
        epsilon: float | None,
        against: Rival | None,
    ) -> Recommendations:
        """See `lookalike.engine.people.People.recommend`."""
        if not 1 <= k <= MOST_HITS or (against is not None and k > MOST_DRAFTED):
            raise InvalidQuery(f"k must be 1 to {MOST_HITS}, interleaved 1 to {MOST_DRAFTED}, received {k}")
        if epsilon is not None and not (epsilon > 0 and math.isfinite(epsilon)):
            raise InvalidQuery(f"epsilon must be above 0 and finite, received {epsilon}")
        if epsilon is not None and against in ("off", "cooccurrence"):
            raise InvalidQuery(
                f"with epsilon only the blurred taste is looked at, and {against!r} goes by what the shopper met: "
                "leave one of the two out, or let 'popularity' share the list"
            )
        # Two rankers are only told apart where both are there: a shared list waits for it.
        known = self._teacher.at_hand() if against is None else self._teacher.latest()
        learned = known is not None
        if known is None:
            known = self._teacher.unlearned()
        history, n_events, on = (NOBODY, 0, True) if shopper is None else self._history(shopper)
        history = known.history(self._catalog.behaviour.of(shopper)) if shopper is not None and len(history) else NOBODY
        recommender = known.recommender
        allowed = self._allowed(known, where)
        by = None if learned else recommender.popularity()
        if learned and epsilon is not None and shopper is not None and len(history):
            # The same noise for the same events: asking again tells nothing new.
            generator = np.random.default_rng(self._catalog.behaviour.seed(shopper, f"{epsilon} {n_events}"))
            by = recommender.blurred(history, Privacy(epsilon), generator)
            if by is None:
                by = recommender.popularity()
        # Leaving out what was met, or giving it as a reason, would tell without noise what that was.
        seen = history if epsilon is None else NOBODY
        found = recommender.recommend(seen, k, allowed=allowed, repeats=repeats, by=by)
        trial: Trial | None = None
        if against is not None:
            scores = {"popularity": recommender.popularity, "off": lambda: recommender.off(history)}.get(
                against, lambda: recommender.together(history)
            )()
            rival = recommender.recommend(seen, k, allowed=allowed, repeats=repeats, by=scores)
            found, trial = _drafted(found, rival, against, k)
        release = self._catalog.live_release()
        because = tuple(dict.fromkeys(recommender.product_ids[one] for each in found for one in each.because))
        by_taste = learned and len(history) > 0
        return Recommendations(
            self._described(known, found, where, ranked=trial is None),
            PersonalNote(
                on,
                1.0 if by_taste else 0.0,
                n_events,
                because[:5],
                "taste" if by_taste else "popularity",
                epsilon if by_taste else None,
            ),
            None if release is None else release.release_id,
            trial,
        )

    def _allowed(self, known: Taught, where: str | None) -> Bool[np.ndarray, " n"]:
        """Which products may be shown: those of the catalogue that the filter lets through; all without a catalogue."""
        keys = known.keys
        if not known.product_keys:
            return np.ones(len(keys), dtype=bool)
        view, mask = self._searcher().allowed(where)
        return keys >= 0 if mask is None else np.isin(keys, view.product_keys[mask])

    def pairs(self, options: PairOptions) -> tuple[Pair, ...]:
        """See `lookalike.engine.people.People.pairs`."""
        events = self._catalog.behaviour.all()
        log = log_of_events(events)
        visits: dict[tuple[int, int, float, int], int] = {}
        numbers = {product_id: number for number, product_id in enumerate(log.product_ids)}
        shoppers: dict[int, int] = {}
        for event in events:
            shoppers.setdefault(event.shopper, len(shoppers))
        for row in range(len(log)):
            key = (int(log.shopper[row]), int(log.product[row]), float(log.at[row]), int(log.kind[row]))
            visits[key] = int(log.visit[row])
        acts = [
            Act(
                visits[(shoppers[event.shopper], numbers[event.product_id], event.at, KINDS.index(event.kind))],
                event.product_id,
                event.kind,
                event.position,
            )
            for event in events
        ]
        return pairs_of(acts, options)

    def _described(
        self, known: Taught, found: Sequence[Recommended], where: str | None, *, ranked: bool
    ) -> tuple[RecommendedHit, ...]:
        recommender = known.recommender
        scores = _shares(np.asarray([one.score if ranked else -float(place) for place, one in enumerate(found)]))
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
        log = log_of_events(events)
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
        ids, vectors = self._teacher.vectors()
        if not len(ids) or not len(history):
            return None, ids
        whole = log.with_products(ids)
        looks = looks_of(whole.product_ids, ids, vectors)
        assert looks is not None
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
        return self._teacher.forgetting(lambda: self._catalog.behaviour.erase(shopper))

    def expire(self, before: float) -> int:
        """Take away every event older than `before`, seconds since 1970."""
        return self._teacher.forgetting(lambda: self._catalog.behaviour.expire(before))

    def _history(self, shopper: str) -> tuple[History, int, bool]:
        """What a shopper did, with numbers of its own; nothing where they switched off."""
        if not self._catalog.behaviour.is_on(shopper):
            return NOBODY, 0, False
        events = self._catalog.behaviour.of(shopper)
        log = log_of_events(events)
        return history_of(log, 0, len(log)), len(events), True


def _as_deep_as(n: int, query: Query, ask: Callable[[Query], Answer]) -> Answer:
    """The first `n` hits of a question, in two pages where one has no room for them.

    Args:
        n: at most twice `MOST_HITS`.
        query: the question.
        ask: answers it.
    """
    answer = ask(replace(query, k=min(MOST_HITS, n), offset=0))
    if n <= MOST_HITS or answer.next_offset is None:
        return answer
    behind = ask(replace(query, k=n - MOST_HITS, offset=MOST_HITS)).hits
    known = {hit.group(query.by) for hit in answer.hits}  # the catalogue may have changed between the two
    whole = (*answer.hits, *(hit for hit in behind if hit.group(query.by) not in known))
    arranged = answer.hits.arranged or any(a.similarity < b.similarity for a, b in pairwise(whole))
    return replace(answer, hits=Hits(whole, query.by, arranged))


def _drafted(
    found: Sequence[Recommended], rival: Sequence[Recommended], against: Rival, k: int
) -> tuple[tuple[Recommended, ...], Trial]:
    every = {str(one.product): one for one in (*rival, *found)}
    shown = draft(
        [str(one.product) for one in found],
        [str(one.product) for one in rival],
        k,
        np.random.default_rng(secrets.randbits(64)),
    )
    return tuple(every[item] for item in shown.items), Trial("personal", against, shown.teams, secrets.token_hex(4))


def _shares(scores: Float64[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """Falling scores as shares of the first, from 1 down to 0 for the last."""
    if not len(scores):
        return scores.astype(np.float32)
    spread = float(scores[0] - scores[-1])
    return ((scores - scores[-1]) / spread if spread > 0 else np.ones(len(scores))).astype(np.float32)


def _order(hits: Sequence[Hit]) -> list[int]:
    """Positions by falling score, or similarity where there is none.

    What a rule of the shop placed, or a code that was read, stays there.
    """
    worth = [hit.similarity if hit.score is None else hit.score for hit in hits]
    placed = [bool(hit.rules) or CODE in hit.lanes for hit in hits]
    best = iter(sorted((place for place, stays in enumerate(placed) if not stays), key=lambda place: -worth[place]))
    return [place if stays else next(best) for place, stays in enumerate(placed)]
