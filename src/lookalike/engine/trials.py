"""Two ways of answering share the lists of searches, and what people do with these says which is better."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.trials import StoredTrial
from lookalike.engine.personal import PersonalDesk
from lookalike.engine.trial_failures import FailureRecord
from lookalike.engine.trial_report import TrialReport, trial_reports
from lookalike.errors import ImageRejected, InvalidQuery, LookalikeError, NotFound, UsageError
from lookalike.search.answer import Answer
from lookalike.search.current import Current
from lookalike.search.live import LiveRelease
from lookalike.search.people.interleaving import draft
from lookalike.search.people.trial import MOST_DRAFTED, RUNNING, Trial
from lookalike.search.people.way import Way, parse_way
from lookalike.search.query import MOST_HITS, Query
from lookalike.search.rank.methods import METHODS
from lookalike.search.rank.ranking import AUTO
from lookalike.search.rank.setting import OFF_METHOD, RankSetting
from lookalike.search.searcher import Searcher
from lookalike.types import FoldBy, Hit, Hits

__all__ = ["TrialDesk"]

_OF_THE_QUESTION = (UsageError, NotFound)
"""Errors of whoever asks: no way of answering is at fault."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two ways of answering, and the store's trial that they come from."""

    a: Way
    b: Way
    number: int | None


class TrialDesk:
    """The trials of one open store. Safe for several threads.

    Args:
        catalog: keeps them, and the events.
        live: gives the live release.
        searcher: answers questions.
        personal: answers those of a shopper.
        searcher_of: answers questions by another release.
    """

    def __init__(
        self,
        catalog: Catalog,
        live: Callable[[], LiveRelease],
        searcher: Callable[[], Searcher],
        personal: Callable[[], PersonalDesk],
        searcher_of: Callable[[str], Searcher],
    ) -> None:
        self._catalog = catalog
        self._live = live
        self._searcher = searcher
        self._personal = personal
        self._searcher_of = searcher_of
        self._running = Current[None, StoredTrial | None](catalog, lambda _: self._now_running())
        self._failures = FailureRecord(catalog)

    def close(self) -> None:
        """Write down what is still to be written; the catalogue must be open."""
        self._failures.write(patient=True)

    def start(self, b: str, a: str) -> StoredTrial:
        """See `lookalike.engine.trying.Trying.start_trial`."""
        first, second = parse_way(a), parse_way(b)
        if first == second:
            raise InvalidQuery(f"a trial compares two ways of answering, received {first.name!r} twice")
        if first.release is not None:
            raise InvalidQuery("only the second way may name a release: pages and links go on with the live one")
        if second.release is not None:
            self._catalog.release(second.release)
        now = self._now()
        if first.within(now) == second.within(now):
            raise InvalidQuery(
                f"a trial compares two ways of answering, and {second.name!r} answers as {first.name!r} does: "
                f"what is live has {now.name}, so name something else than that"
            )
        self._catalog.start_trial(first.name, second.name, self._standing())
        return self._catalog.trials()[-1]

    def running(self) -> StoredTrial | None:
        """The trial that runs; None where none does, live means another thing by now, or the tried release is gone."""
        found = self._running.of(None)
        if found is None or found.live != self._standing():
            return None
        release = parse_way(found.b).release
        there = release is None or any(one.release_id == release for one in self._catalog.releases())
        return found if there else None

    def search(
        self, query: Query, shopper: str | None, against: str, plain: Callable[[Query, str | None], Answer]
    ) -> Answer:
        """The answer to a question whose places two ways of answering share; as it is where there is no trial of it.

        A shopper has no part in what is tried: where one way of a trial that runs fails, the other answers alone, and
        the failure is on record.

        Args:
            query: the question.
            shopper: who asks.
            against: `RUNNING`, or the way that shares places with the question as it is asked.
            plain: answers without a trial.

        Raises:
            InvalidQuery: `against` names no way of answering, or an order by price shall be shared.
            LookalikeError: what either way does; where a trial runs, only if no way answers.
        """
        pair = self._pair(against)
        until = query.offset + query.k
        if pair is None or until > MOST_HITS or not _takes_part(query, pair):
            return plain(query, shopper)
        deep = pair.a.of(replace(query, k=until, offset=0))
        try:
            first = plain(deep, None if pair.a.personal is False else shopper)
        except LookalikeError as error:
            if pair.number is None or isinstance(error, ImageRejected):
                raise
            return self._instead(query, shopper, pair, pair.number, error, plain)
        if first.parts is None:
            shared = self._shared(query, shopper, pair, first)
            if shared is not None:
                return shared
        return first if query.offset == 0 else plain(pair.a.of(query), None if pair.a.personal is False else shopper)

    def _pair(self, against: str) -> _Pair | None:
        if against == RUNNING:
            running = self.running()
            return None if running is None else _Pair(parse_way(running.a), parse_way(running.b), running.number)
        return _Pair(Way(), parse_way(against), None)

    def _instead(
        self,
        query: Query,
        shopper: str | None,
        pair: _Pair,
        number: int,
        error: LookalikeError,
        plain: Callable[[Query, str | None], Answer],
    ) -> Answer:
        """The answer where the first way of a trial failed: the second's, else that of a shop without a trial.

        Raises:
            LookalikeError: nobody answers: it is the question that is wrong, not a way.
        """
        try:
            answer = self._second(query, shopper, pair.b, None)
        except ImageRejected:
            raise
        except LookalikeError as second:
            if pair.a == Way():  # which is how a shop without a trial answers
                if not isinstance(error, _OF_THE_QUESTION):  # both ways are at fault, and nobody is left
                    self._failures.add(number, "a", error)
                    self._failures.add(number, "b", second)
                raise error from None
            answer = plain(query, shopper)
            self._failures.add(number, "b", second)
        else:
            if pair.b.release is not None:
                # Links and pages go on with the live release, to which another one's vector says nothing.
                answer = replace(answer, vector=None, colouring=None)
        self._failures.add(number, "a", error)
        return answer

    def _shared(self, query: Query, shopper: str | None, pair: _Pair, first: Answer) -> Answer | None:
        """The page of the shared list; None where both ways give the same, or the trial's second cannot answer."""
        until = query.offset + query.k
        depth = min(until, MOST_DRAFTED)
        try:
            second = self._second(replace(query, k=depth, offset=0), shopper, pair.b, first)
        except LookalikeError as error:
            if pair.number is None:
                raise
            self._failures.add(pair.number, "b", error)
            return None
        a, b = _named(first.hits, query.by), _named(second.hits, query.by)
        own = shopper or ""
        seed = self._catalog.behaviour.seed(own, f"{pair.a.name} {pair.b.name} {pair.number} {_digest(query)}")
        shown = draft(list(a)[:depth], list(b), depth, np.random.default_rng(seed))
        if not any(shown.teams):
            return None
        taken = frozenset(shown.items)
        names = [*shown.items, *(name for name in a if name not in taken)]
        hits = {**b, **a}
        page = names[query.offset : until]
        trial = Trial(
            pair.a.name if pair.number is not None else _asked_as(query),
            pair.b.name,
            (*shown.teams, *(None for _ in names[len(shown.teams) : until])),
            f"{seed % 2**64:016x}",
            pair.number,
            query.offset,
        )
        more = len({*a, *b}) > until or first.next_offset is not None
        moved = first.verdict == "same" and names[0] != next(iter(a))
        verdict = replace(first.verdict_details, label="similar") if moved else first.verdict_details
        spent = second.timings_ms["total"]
        return replace(
            first,
            hits=Hits(tuple(hits[name] for name in page), query.by, arranged=True),
            exact=first.exact and second.exact,
            verdict=verdict.label,
            verdict_details=verdict,
            lanes=tuple(dict.fromkeys((*first.lanes, *second.lanes))),
            offset=query.offset,
            next_offset=until if more else None,
            timings_ms={**first.timings_ms, "trial": spent, "total": first.timings_ms["total"] + spent},
            warnings=tuple(dict.fromkeys((*first.warnings, *second.warnings))),
            ranking=replace(first.ranking, by=RUNNING),
            trial=trial,
        )

    def _second(self, query: Query, shopper: str | None, way: Way, first: Answer | None) -> Answer:
        """The second way's own answer; what `first` knows of the photograph is not found out again."""
        asked = way.of(query)
        searcher = self._searcher() if way.release is None else self._searcher_of(way.release)
        method = self._method() if asked.ranking.rerank == AUTO else asked.ranking.rerank
        looks_again = method in METHODS and METHODS[method].needs.photograph
        # The first answer's vector is turned away from `unlike` already: it cannot be asked with that again.
        looks_again = looks_again or bool(query.unlike)
        seen = None if looks_again or query.image is None or way.release is not None else first
        release, _ = self._live().current()
        if seen is not None and seen.code is None and seen.vector is not None and seen.release == release.release_id:
            by_vector = replace(asked, image=None, crop=None, vector=seen.vector, fingerprint=release.fingerprint)
            asked = replace(by_vector, colouring=seen.colouring)
        if shopper is None or way.personal is False:
            return searcher.search(asked)
        return self._personal().search(asked, shopper, searcher.search)

    def reports(self) -> tuple[TrialReport, ...]:
        """See `lookalike.engine.trying.Trying.credits`."""
        return trial_reports(self._catalog.trials(), self._catalog.behaviour.all(), self._failures.all())

    def _now_running(self) -> StoredTrial | None:
        return next((one for one in self._catalog.trials() if one.ended_at is None), None)

    def _now(self) -> Way:
        """How the live release answers where nobody says how."""
        release, _ = self._live().current()
        return Way(self._method(), 0.0, personal=True, rules=True, release=str(release.release_id))

    def _standing(self) -> str:
        """The live release and how it is re-ranked: what ``live`` means now."""
        release, _ = self._live().current()
        return f"{release.release_id} {self._method()}"

    def _method(self) -> str:
        """How the live release is re-ranked where nobody says how."""
        release, _ = self._live().current()
        document = self._catalog.rank_setting(release.release_id)
        setting = None if document is None else RankSetting.from_dict(document)
        return OFF_METHOD if setting is None else setting.method


def _takes_part(query: Query, pair: _Pair) -> bool:
    """Whether a question can be answered in both ways; who asks for an order gets it, without a trial of the store."""
    ranking = query.ranking
    if query.parts or (pair.b.release is not None and query.vector is not None):
        return False
    if pair.number is None:
        if ranking.sort is not None:
            raise InvalidQuery("an answer that is sorted has one order: leave out sort, or against")
        return True
    return ranking.sort is None and ranking.rerank == AUTO and not ranking.diverse


def _asked_as(query: Query) -> str:
    """How the question itself is answered, as a way."""
    ranking = query.ranking
    return Way(
        rerank=None if ranking.rerank == AUTO else ranking.rerank,
        diverse=ranking.diverse or None,
        rules=None if ranking.rules else False,
    ).name


def _named(hits: Sequence[Hit], by: FoldBy) -> dict[str, Hit]:
    """Hits in their order, by what makes them one."""
    match by:
        case "product":
            return {hit.product_id: hit for hit in hits}
        case "variant":
            return {f"{hit.product_id}\0{hit.variant_id}": hit for hit in hits}
        case "image":
            return {str(hit.image_key): hit for hit in hits}


def _digest(query: Query) -> str:
    """What makes a question the same again, whatever page of it is asked for."""
    found = hashlib.blake2b(digest_size=16)
    for part in (query.image, query.vector, query.like, query.unlike, query.text, query.crop, query.where, query.by):
        match part:
            case bytes():
                content = part
            case Path():
                content = part.read_bytes()
            case np.ndarray():
                content = part.tobytes()
            case _:
                content = repr(part).encode("utf-8", errors="surrogatepass")
        found.update(len(content).to_bytes(8, "big") + content)
    return found.hexdigest()
