"""Puts what a search found into the order that was asked for, and says what was done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.catalog.analysis import tokens
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.columns import IDENTIFIERS
from lookalike.catalog.memory import MemoryColumn
from lookalike.catalog.release import Release
from lookalike.catalog.view import View
from lookalike.errors import SelectionError, UnknownColumn
from lookalike.search.current import Current
from lookalike.search.rank.concern import Concern, touched
from lookalike.search.rank.diversity import diversified
from lookalike.search.rank.methods import METHODS, POOL_PICTURES
from lookalike.search.rank.moving import boosted, moved
from lookalike.search.rank.pool import Needs, Pool, order_of
from lookalike.search.rank.ranking import AUTO, OFF, Ranking
from lookalike.search.rank.rules import RuleBook, ShopRule
from lookalike.search.rank.setting import RankSetting
from lookalike.search.rank.sight import Sight
from lookalike.search.rank.sorting import MOST_SORTED, floor_of, sort_values, sorted_within
from lookalike.types import FoldBy, Vector, Vectors

__all__ = ["POOL_HITS", "Arranged", "Arranger", "Plan", "Told", "rescored"]

POOL_HITS = 200
"""Nearest hits that rules and diversity reorder, whatever page was asked for; the others follow by similarity."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was done to the order; the contract's ``ranking``.

    Attributes:
        by: ``similarity``, ``score`` where anything below moved hits, ``sort``, ``trial`` where two orders share it.
        rerank: the method that was used; None for none.
        measured: whether it was used because it was measured to help; False where it was asked for.
        diverse: as asked.
        sort: the column sorted by, with a minus for falling; None for none.
        floor: least similarity of what was sorted, or varied.
        n_sorted: how many that were.
        rules: names of the rules that touched any hit.
        instead: whether sold-out hits bring what is available.
    """

    by: str = "similarity"
    rerank: str | None = None
    measured: bool = False
    diverse: float = 0.0
    sort: str | None = None
    floor: float | None = None
    n_sorted: int | None = None
    rules: tuple[str, ...] = ()
    instead: bool = False

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "by": self.by,
            "rerank": self.rerank,
            "measured": self.measured,
            "diverse": self.diverse,
            "sort": self.sort,
            "floor": None if self.floor is None else round(self.floor, 6),
            "sorted": self.n_sorted,
            "rules": list(self.rules),
            "instead": self.instead,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done to the order of one answer.

    Attributes:
        ranking: as asked.
        method: of re-ranking; None for none.
        rules: those that concern the question.
        depth: how many hits are needed for it; None where the order by similarity stays.
        columns: of the catalogue's view that are needed.
        warnings: what cannot be done as asked, in sentences.
    """

    ranking: Ranking
    method: str | None = None
    rules: tuple[Concern, ...] = ()
    depth: int | None = None
    columns: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """Hits in their order.

    Attributes:
        positions: of the hits given, in order; fewer of them where they were sorted within a floor.
        scores: what each position was ordered by; None where it was not by a score.
        rules: names of the rules that touched each position.
        cut: whether hits that were left out are not to follow on later pages.
        told: what was done.
    """

    positions: Int64[np.ndarray, " m"]
    scores: Float64[np.ndarray, " n"] | None
    rules: tuple[tuple[str, ...], ...]
    cut: bool
    told: Told = field(default_factory=Told)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A rule whose filter does not fit the catalogue."""

    rule: ShopRule
    why: str


class Arranger:
    """Knows the shop's rules and the live release's setting. Safe to call from several threads.

    Args:
        catalog: keeps both.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._book = Current[None, RuleBook](catalog, lambda _: self._read_book())
        self._concerns = Current[None, tuple[Concern | _Unreadable, ...]](catalog, lambda _: self._read_concerns())
        self._setting = Current[Release, RankSetting | None](catalog, self._read_setting)

    def plan(self, ranking: Ranking, release: Release, text: str | None, *, photograph: bool) -> Plan:
        """What has to be done for a question, before anything is looked for.

        Args:
            ranking: as asked.
            release: that answers.
            text: words of the question; questions with words are not re-ranked.
            photograph: whether there is one, to be looked at again by the methods that need that.

        Raises:
            UnknownColumn: there is no column to sort by of that name.
        """
        method = None if text is not None or ranking.sort is not None else self._method(ranking.rerank, release)
        warnings: list[str] = []
        if method is not None and METHODS[method].needs.photograph and not photograph:
            if ranking.rerank == method:
                warnings.append(f"{method} looks at the photograph again: without one, hits come by similarity")
            method = None
        rules: list[Concern] = []
        if ranking.rules and ranking.sort is None:
            asked = None if text is None else frozenset(tokens(text))
            for concern in self._concerns.of(None):
                if not concern.rule.concerns(asked):
                    continue
                if isinstance(concern, _Unreadable):
                    warnings.append(f"rule {concern.rule.name!r} is not applied: {concern.why}")
                else:
                    rules.append(concern)
        columns = frozenset[str]().union(*(concern.columns for concern in rules))
        depth = POOL_HITS if method or rules or ranking.diverse else None
        if ranking.sort is not None:
            depth = MOST_SORTED
            columns |= {self._sortable(ranking.sort.lstrip("-"))}
        return Plan(ranking, method, tuple(rules), depth, columns, tuple(warnings))

    def book(self) -> RuleBook:
        """The shop's rules as they are now."""
        return self._book.of(None)

    def setting(self, release: Release) -> RankSetting | None:
        """What was measured to help on this release; None where nothing was measured, or on another model."""
        return self._setting.of(release)

    def _read_book(self) -> RuleBook:
        document = self._catalog.shop_rules()
        return RuleBook() if document is None else RuleBook.from_dict(document)

    def _read_concerns(self) -> tuple[Concern | _Unreadable, ...]:
        """What each rule is about, in their order; of one that names a column which is gone, why it is not applied."""
        found: list[Concern | _Unreadable] = []
        for rule in self.book().rules:
            try:
                found.append(Concern.of(rule, self._catalog.parse))
            except SelectionError as error:
                found.append(_Unreadable(rule, str(error)))
        return tuple(found)

    def _read_setting(self, release: Release) -> RankSetting | None:
        document = self._catalog.rank_setting(release.release_id)
        found = None if document is None else RankSetting.from_dict(document)
        return found if found is not None and found.fingerprint == release.fingerprint else None

    def arrange(
        self,
        plan: Plan,
        view: View,
        rows: Int64[np.ndarray, " n"],
        similarities: Float32[np.ndarray, " n"],
        scores: Float64[np.ndarray, " n"],
        vectors_of: Callable[[Int64[np.ndarray, " m"]], Vectors],
        *,
        by: FoldBy,
        complete: bool,
    ) -> Arranged:
        """The order of hits by `plan`.

        Args:
            plan: made for this question.
            view: that has the plan's columns.
            rows: of the view, one a hit, by falling score.
            similarities: of these.
            scores: by which they stand in this order; the similarities where nothing was re-ranked.
            vectors_of: the vectors of rows.
            by: what counts as one hit.
            complete: whether there are no more hits than these.
        """
        ranking = plan.ranking
        if ranking.sort is not None:
            name = self._sortable(ranking.sort.lstrip("-"))
            falling = ranking.sort.startswith("-")
            values = _values(view, view.columns[name], rows, falling=falling, by=by)
            done = sorted_within(similarities, values, falling=falling, floor=ranking.floor, complete=complete)
            told = Told("sort", sort=("-" if falling else "") + name, floor=done.floor, n_sorted=len(done.order))
            return Arranged(done.order, None, ((),) * len(rows), cut=True, told=told)
        n = min(POOL_HITS, len(rows))
        hits = touched(plan.rules, self._catalog, view, rows[:n])
        targets = [(concern.rule, mask) for concern, mask in zip(plan.rules, hits, strict=True)]
        raised = boosted(scores[:n], similarities[:n], targets)
        order = order_of(raised)
        floor = None
        if ranking.diverse:
            floor = floor_of(similarities[:n])
            alike = order[np.round(similarities[order].astype(np.float64), 6) >= floor]
            varied = alike[diversified(raised[alike], vectors_of(rows[alike]), ranking.diverse)]
            order = np.concatenate([varied, order[~np.isin(order, alike)]])
        done = moved(order, similarities[:n], targets)
        names = tuple(dict.fromkeys(name for names in done.rules for name in names))
        told = Told(
            "score" if plan.method or ranking.diverse or names else "similarity",
            rerank=plan.method,
            measured=plan.method is not None and ranking.rerank == AUTO,
            diverse=ranking.diverse,
            floor=floor,
            rules=names,
        )
        return Arranged(
            np.concatenate([done.order, np.arange(n, len(rows))]),
            np.concatenate([raised, scores[n:]]),
            (*done.rules, *(((),) * (len(rows) - n))),
            cut=False,
            told=told,
        )

    def _method(self, rerank: str, release: Release) -> str | None:
        if rerank == OFF:
            return None
        if rerank != AUTO:
            return rerank
        setting = self.setting(release)
        return None if setting is None else setting.name

    def _sortable(self, name: str) -> str:
        known = {**IDENTIFIERS, **self._catalog.columns()}
        folded = [one for one in known if one.casefold() == name.casefold()]
        if name in known or len(folded) == 1:
            return name if name in known else folded[0]
        raise UnknownColumn(f"there is no column {name!r} to sort by; this catalogue has: {', '.join(sorted(known))}")


def _values(
    view: View, column: MemoryColumn, rows: Int64[np.ndarray, " n"], *, falling: bool, by: FoldBy
) -> Float64[np.ndarray, " n"]:
    """The value of each hit's variant; of a product whose variant has none, the first that its other variants have."""
    values = sort_values(column, np.searchsorted(view.all_variant_keys, view.variant_keys[rows]).astype(np.int64))
    if by == "product":
        for place in np.flatnonzero(np.isnan(values)).tolist():
            others = np.flatnonzero(view.all_product_keys == view.product_keys[rows[place]])
            known = sort_values(column, others)
            known = known[~np.isnan(known)]
            if len(known):
                values[place] = known.max() if falling else known.min()
    return values


def rescored(
    method: str,
    query: Vector,
    vectors: Vectors,
    similarities: Float32[np.ndarray, " n"],
    *,
    extra: Float64[np.ndarray, " n"] | None = None,
    sight: Sight | None = None,
) -> tuple[Int64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """The order of pictures by a method, and their scores in that order.

    The first `POOL_PICTURES` are re-ranked; those behind them keep their order, with scores below theirs.

    Args:
        method: a name of `METHODS`.
        query: unit vector.
        vectors: of at least the pool's pictures.
        similarities: of all pictures, falling.
        extra: what else counts for each picture (its colours) and is added to its score; None for nothing.
        sight: for methods that need more than vectors; None where there is no more.
    """
    n = min(POOL_PICTURES, len(similarities))
    reranker = METHODS[method]
    scores = reranker.rescore(_seen_again(reranker.needs, Pool(query, vectors[:n], similarities[:n]), sight))
    added = np.zeros(len(similarities)) if extra is None else extra
    scores = scores + added[:n]
    order = order_of(scores)
    behind = similarities[n:].astype(np.float64) + added[n:]
    last = n + order_of(behind)
    if n and len(behind):
        behind = behind + min(0.0, float(scores.min()) - float(behind.max()) - 1e-5)
    return np.concatenate([order, last]), np.concatenate([scores[order], behind[last - n]])


def _seen_again(needs: Needs, pool: Pool, sight: Sight | None) -> Pool:
    """The pool with what a re-ranking needs beside vectors, as far as it can be had."""
    if sight is None or not len(pool) or not needs.photograph:
        return pool
    grid = sight.query_grid() if needs.grids else None
    grids = {} if grid is None else sight.grids(min(needs.grids, len(pool)))
    views = sight.query_views(needs.views) if needs.views else None
    return replace(pool, query_grid=grid, grids=grids, query_views=views)
