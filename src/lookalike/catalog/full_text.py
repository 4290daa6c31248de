"""Words: which variants a question may mean, by BM25 over their tokens, and what those variants say.

`lookalike.search.words` decides what a question asks for and what an answer is worth; this finds and reads.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sqlalchemy import select

from lookalike.catalog import sqlite, tables
from lookalike.catalog.analysis import tokens
from lookalike.catalog.database import Database
from lookalike.types import ProductId, VariantId

__all__ = ["FullText", "Said", "TextFound"]

_READ_AT_ONCE = 256
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class TextFound:
    """A variant that has every word of the query; a higher score is better."""

    product_id: ProductId
    variant_id: VariantId | None
    variant_key: int
    score: float


@dataclass(frozen=True, slots=True)
class Said:
    """The tokens of one variant, by where they stand; `BETWEEN_TITLES` parts its titles in several languages."""

    title: tuple[str, ...]
    description: tuple[str, ...]
    attributes: tuple[str, ...]
    codes: tuple[str, ...]

    def has_any(self, words: set[str]) -> bool:
        """Whether one of these stands anywhere in it."""
        return not all(map(words.isdisjoint, (self.title, self.description, self.attributes, self.codes)))


class FullText:
    """Reads the full text of one catalogue, on the calling thread's bare connection. Safe for any number of threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._words: list[str] = []
        self._last_word = 0
        self._new_words = database.compiled(
            select(tables.words.c.word_key, tables.words.c.word)
            .where(tables.words.c.word_key > 0)
            .order_by(tables.words.c.word_key)
        )
        self._frequencies: dict[str, int] = {}
        self._frequencies_at = -1

    def words(self, sequence: int) -> Sequence[str]:
        """Every word searchable since this was opened, oldest first; grows, and keeps the places of what it had.

        Args:
            sequence: the store's; words are read again where it has grown.
        """
        with self._lock:
            if sequence != self._frequencies_at:
                rows = self._database.rows(self._new_words, (self._last_word,))
                if rows:
                    # A new list: who iterates over the old one is not disturbed. One may have been forgotten meanwhile
                    # and be said again.
                    self._words = list(dict.fromkeys([*self._words, *(str(row[1]) for row in rows)]))
                    self._last_word = int(str(rows[-1][0]))
                self._frequencies = {}
                self._frequencies_at = sequence
            return self._words

    def frequency(self, token: str) -> int:
        """How many variants have that token."""
        known = self._frequencies.get(token)
        if known is None:
            rows = self._database.rows(sqlite.FREQUENCY, (token,))
            known = int(str(rows[0][0])) if rows else 0
            if len(self._frequencies) < _MOST_REMEMBERED:
                self._frequencies[token] = known
        return known

    def beginning(self, start: str, most: int) -> list[str]:
        """The tokens that begin so, those of ids and codes too, the most frequent first, at most so many."""
        rows = self._database.rows(sqlite.BEGINNING, (start, start + "\U0010ffff", most))
        for token, count in rows:
            if len(self._frequencies) < _MOST_REMEMBERED:
                self._frequencies[str(token)] = int(str(count))
        return [str(token) for token, _ in rows]

    def find(self, groups: Sequence[Collection[str]], limit: int, *, every: bool = True) -> list[tuple[int, float]]:
        """(variant key, BM25 score) of the variants that satisfy every group (or any), best first, ties by key.

        Args:
            groups: tokens; a group is satisfied by any of its own.
            limit: most of them.
            every: whether all groups must be satisfied.
        """
        asked = [sqlite.matching(group) for group in groups if group]
        if not asked:
            return []
        rows = self._database.rows(sqlite.FIND_TEXT, ((" AND " if every else " OR ").join(asked), limit))
        return [(int(str(key)), float(str(score))) for key, score in rows]

    def titled(self, groups: Sequence[Collection[str]], words: Sequence[str], limit: int, *, most: int) -> list[int]:
        """Keys of variants that satisfy every group and have one of `words` in their title, by falling BM25 score.

        Args:
            groups: tokens; a group is satisfied by any of its own.
            words: tokens.
            limit: most of them.
            most: so many variants are ranked. Of words that more have, which say little, those that came first are;
                they stand behind those of rarer words.
        """
        by_rarity = sorted(words, key=self.frequency)
        together = list(accumulate(map(self.frequency, by_rarity)))
        n_rare = sum(count <= most for count in together)
        found: dict[int, None] = {}
        for some in (by_rarity[:n_rare], by_rarity[n_rare:]):
            if some and len(found) < limit:
                asked = " AND ".join([*map(sqlite.matching, groups), sqlite.matching(some, "title")])
                rows = self._database.rows(sqlite.FIND_SOME_TEXT, (asked, max(limit, most), limit))
                found.update(dict.fromkeys(int(str(key)) for key, _ in rows))
        return list(found)[:limit]

    def has(self, groups: Sequence[Collection[str]]) -> bool:
        """Whether any variant satisfies every group of tokens, of which there is at least one."""
        asked = " AND ".join(sqlite.matching(group) for group in groups)
        return bool(self._database.rows(sqlite.HAS_TEXT, (asked,)))

    def coded(self, codes: Iterable[str], limit: int = 100) -> list[tuple[int, str]]:
        """(variant key, code) of variants that have one of these codes, squeezed, as an id, SKU, barcode or model."""
        found: list[tuple[int, str]] = []
        for code in codes:
            rows = self._database.rows(sqlite.FIND_TEXT, (f'codes : "{code}"', limit))
            found += [(int(str(row[0])), code) for row in rows]
        return found

    def read(self, variant_keys: Sequence[int]) -> Mapping[int, Said]:
        """What these variants say; those that are gone are left out."""
        said: dict[int, Said] = {}
        for start in range(0, len(variant_keys), _READ_AT_ONCE):
            chunk = list(variant_keys[start : start + _READ_AT_ONCE])
            places = "(" + ",".join("?" * len(chunk)) + ")"
            for key, *fields in self._database.rows(sqlite.READ_TEXT + places, chunk):
                said[int(str(key))] = Said(*(tuple(str(field).split()) for field in fields))
        return said

    def matches(self, query: str, limit: int) -> tuple[TextFound, ...]:
        """The `limit` best variants that have every token of `query`, ties by rising key; none for no token."""
        scores = dict(self.find([[token] for token in tokens(query)], limit))
        v, p = tables.variants.c, tables.products.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(v.variant_key, p.product_id, v.variant_id)
                .join_from(tables.variants, tables.products)
                .where(v.variant_key.in_(list(scores)))
            )
            names = {key: (product_id, variant_id) for key, product_id, variant_id in rows}
        return tuple(TextFound(*names[key], key, score) for key, score in scores.items() if key in names)
