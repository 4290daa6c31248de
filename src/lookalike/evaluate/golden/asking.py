"""Asks a golden set of whatever answers searches: the live index with all that it may miss."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from lookalike.catalog.inventory import Inventory
from lookalike.errors import InvalidQuery
from lookalike.evaluate.golden.golden_set import GoldenSet, require_answerable
from lookalike.evaluate.golden.renaming import as_called
from lookalike.evaluate.golden.shelf import GoldenShelf
from lookalike.evaluate.questions import Question, Questions
from lookalike.evaluate.variant_names import names_of
from lookalike.search.answer import Answer
from lookalike.types import FoldBy, Hit, Hits, Pixels, Reason, Rejection

__all__ = ["LeavingOut", "PagedSearches", "questions_of"]

_PAGE = 200


def questions_of(
    golden: GoldenSet, shelf: GoldenShelf, inventory: Inventory, *, strangers: bool = False
) -> tuple[Questions, Mapping[Path, frozenset[int]]]:
    """The set as questions, and for each picture the keys of the images that it may not match.

    Args:
        golden: the set.
        shelf: knows where its pictures are.
        inventory: of the store.
        strangers: whether queries are asked of which no right picture is in the catalogue; otherwise they are rejected.

    Raises:
        GoldenSetUnusable: a picture of the set was changed, or less than half of its queries still have an answer.
    """
    golden = as_called(golden, inventory)
    showing: dict[str, list[int]] = {}
    shown: dict[str, set[str]] = {}
    ids = names_of(inventory, golden.by)
    for sha256, key, name in zip(inventory.sha256s, inventory.image_keys.tolist(), ids, strict=True):
        showing.setdefault(sha256, []).append(key)
        shown.setdefault(name or "", set()).add(sha256)
    items: list[Question] = []
    rejected: list[Rejection] = []
    left_out: dict[Path, frozenset[int]] = {}
    for number, query in enumerate(golden.queries, start=1):
        shelf.picture(golden, query)
        path = shelf.path(golden, query)
        left_out[path] = frozenset(key for one in query.left_out for key in showing.get(one, ()))
        if strangers or any(shown.get(answer, set()) - set(query.left_out) for answer in query.answers):
            items.append(Question(path, None, frozenset(query.answers), query.cluster, number))
        else:
            told = f"no picture of {' or '.join(query.answers)} is in the catalogue that it could find"
            rejected.append(Rejection(str(path), Reason.NOT_FOUND, told, line=number))
    require_answerable(len(items), golden)
    return Questions(tuple(items), tuple(rejected)), left_out


@runtime_checkable
class PagedSearches(Protocol):
    """Answers searches page by page."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
    ) -> Answer:
        """Hits of a picture after the first `offset`."""
        ...


class LeavingOut:
    """Searches of something else, without the images that each query may not match.

    Images are asked for instead of products, page after page, and folded here once those are gone: a product whose
    best image is left out is then found by its next one.

    Args:
        searches: answers.
        left_out: keys of images by the path of the query's picture.
    """

    def __init__(self, searches: PagedSearches, left_out: Mapping[Path, Collection[int]]) -> None:
        self._searches = searches
        self._left_out = left_out

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
    ) -> Answer:
        """The `k` best hits, of a picture that was given by its path.

        Raises:
            InvalidQuery: something else than a path, or an offset.
        """
        if not isinstance(image, Path) or any(one is not None for one in (like, text, audio)) or offset:
            raise InvalidQuery("a golden query is a picture's path, from its first hit on")
        without = self._left_out.get(image, ())
        hits: dict[object, Hit] = {}
        exact, at = True, 0
        while True:
            answer = self._searches.search(image, k=_PAGE, offset=at, by="image")
            exact = exact and answer.exact
            for hit in answer.hits:
                if int(hit.image_key) not in without:
                    hits.setdefault(hit.group(by), hit)
            if len(hits) >= k or answer.next_offset is None:
                return replace(
                    answer, hits=Hits(tuple(hits.values())[:k], by, answer.hits.arranged), exact=exact, next_offset=None
                )
            at = answer.next_offset
