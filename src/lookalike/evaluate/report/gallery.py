"""Failures as pictures: what was asked, what would have been right, what came before it."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from lookalike.evaluate.report import words
from lookalike.evaluate.report.comparison_report import Change
from lookalike.evaluate.report.markup import Markup, element
from lookalike.evaluate.report.tables import folded
from lookalike.evaluate.report.tile import Failure, MatchMap, Tile

__all__ = ["changes", "failures", "picture"]


def picture(tile: Tile, *, described: bool = True) -> Markup:
    """The tile's picture, in the file; a quiet field where there is none."""
    text = words.picture_of(tile) if described else ""
    if not tile.picture:
        return element("span", {"class": "no-picture"}, words.NO_PICTURE)
    return _embedded(tile.picture, text)


def _embedded(jpeg: bytes, text: str) -> Markup:
    source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return element("img", {"src": source, "alt": text, "loading": "lazy", "decoding": "async"})


def failures(shown: Sequence[Failure]) -> Markup:
    """The failures, one below the other, each with up to five pictures in a row."""
    return element("ol", {"class": "failures"}, [_failure(failure) for failure in shown])


def _failure(failure: Failure) -> Markup:
    tiles = [_tile(failure.query, "asked", words.ASKED, failure.query.name)]
    if failure.right is not None:
        rank = words.rank(failure.right.rank, failure.depth)
        tiles.append(_tile(failure.right, "right", words.RIGHT_ANSWER, rank))
    tiles += [_tile(tile, "wrong", words.wrong_rank(tile.rank), None) for tile in failure.wrong]
    return element("li", {"class": "failure"}, tiles, _maps(failure.maps) if failure.maps else None)


def _maps(maps: Sequence[MatchMap]) -> Markup:
    """Where the query matched, folded away: who wants to know opens it."""
    rows = [
        element(
            "figure",
            {"class": "map"},
            _embedded(one.query, words.map_of_query(one)),
            _embedded(one.image, words.map_of_image(one)),
            element("figcaption", None, element("bdi", None, one.title), f" {one.similarity:.2f}"),
        )
        for one in maps
    ]
    return folded(words.WHERE_IT_MATCHED, element("div", {"class": "maps"}, rows))


def changes(shown: Sequence[Change]) -> Markup:
    """Queries that changed, each with up to three pictures in a row."""
    return element("ol", {"class": "failures changes"}, [_change(change) for change in shown])


def _change(change: Change) -> Markup:
    tiles = [
        _tile(change.query, "asked", words.ASKED, change.query.name),
        _tile(change.right, "right", words.RIGHT_ANSWER, words.rank(change.right_rank, 10)),
    ]
    if change.wrong is not None:
        tiles.append(_tile(change.wrong, "wrong", words.ordinal(1), None))
    return element("li", {"class": "failure"}, tiles)


def _tile(tile: Tile, style: str, role: str, note: str | None) -> Markup:
    title = None if style == "asked" else element("bdi", {"class": "title"}, tile.title or tile.name)
    similarity = None if tile.similarity is None else element("span", {"class": "similarity"}, f"{tile.similarity:.2f}")
    return element(
        "figure",
        {"class": f"tile {style}"},
        element("div", {"class": "frame"}, picture(tile)),
        element(
            "figcaption",
            None,
            element("span", {"class": "role"}, role, similarity),
            title,
            element("bdi", {"class": "note"}, note) if note else None,
        ),
    )
