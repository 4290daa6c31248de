"""Puts a golden set to a release: exactly, from its stored vectors, whether it is live or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int64

from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import embed_all
from lookalike.errors import GoldenSetUnusable, ImageRejected
from lookalike.evaluate.golden.gallery import Gallery, Posed
from lookalike.evaluate.golden.golden_set import GoldenQuery, GoldenSet
from lookalike.evaluate.golden.shelf import GoldenShelf
from lookalike.evaluate.ranking import rank
from lookalike.images.decode import decode
from lookalike.images.limits import ImageLimits
from lookalike.types import Pixels, Vectors

__all__ = ["DEPTH", "Standing", "embed_queries", "query_pixels", "ranks_of", "score", "standing_of"]

DEPTH = 10
_LIMITS = ImageLimits(min_side_pixels=1)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How a release does on a golden set.

    Attributes:
        queries: those that could be asked, in the set's order.
        ranks: int64, the rank of each query's first right answer, 1 for the best; 0 beyond the first ten.
        n_left: queries of the set that could not be asked, because no right picture or no copy is there any more.
        n_no_vector: of `queries`, those whose picture the model has no vector of: they find nothing.
    """

    queries: tuple[GoldenQuery, ...]
    ranks: Int64[np.ndarray, " n"]
    n_left: int
    n_no_vector: int = 0

    def recall_at(self, k: int) -> Float64[np.ndarray, " n"]:
        """1.0 where a right answer is among the first `k` (at most ten)."""
        return ((self.ranks > 0) & (self.ranks <= k)).astype(np.float64)

    def reciprocal_ranks(self) -> Float64[np.ndarray, " n"]:
        """1 / rank, 0 beyond ten."""
        return np.where(self.ranks > 0, 1.0 / np.maximum(self.ranks, 1), 0.0)


def query_pixels(shelf: GoldenShelf, golden: GoldenSet, query: GoldenQuery, side_pixels: int) -> Pixels | None:
    """The query's picture, its shorter side at least `side_pixels` where it is that large; None without a copy.

    Raises:
        GoldenSetUnusable: the picture is gone or was changed.
    """
    data = shelf.picture(golden, query)
    if data is None:
        return None
    try:
        return decode(data, limits=_LIMITS, shorter_side_pixels=side_pixels).pixels
    except ImageRejected as error:
        raise GoldenSetUnusable(f"a picture of golden set {golden.name!r} cannot be decoded: {error}") from error


def embed_queries(
    shelf: GoldenShelf,
    golden: GoldenSet,
    queries: Sequence[GoldenQuery],
    embedder: Embedder,
    watcher: Callable[[int, int], None] | None = None,
) -> tuple[Vectors, Int64[np.ndarray, " n"], Int64[np.ndarray, " n_there"]]:
    """Vectors of those queries whose pictures are there and have one.

    Args:
        shelf: has the pictures.
        golden: whose queries.
        queries: some of them.
        embedder: of the release that is asked.
        watcher: told how many of how many are done.

    Returns:
        the vectors; the places of theirs among the queries whose pictures are there, which are all but those that the
        model has no vector of; the positions of these among the queries.

    Raises:
        GoldenSetUnusable: a picture is gone or was changed.
    """
    preprocessing = embedder.description.preprocessing
    positions: list[int] = []

    def squares() -> Iterator[Pixels]:
        for position, query in enumerate(queries):
            pixels = query_pixels(shelf, golden, query, preprocessing.decode_side_pixels)
            if pixels is not None:
                positions.append(position)
                yield preprocessing.apply(pixels)
            if watcher is not None:
                watcher(position + 1, len(queries))

    vectors, places = embed_all(embedder, squares())
    return vectors, places, np.asarray(positions, dtype=np.int64)


def ranks_of(
    vectors: Vectors, places: Int64[np.ndarray, " n"], gallery: Gallery, posed: Sequence[Posed]
) -> Int64[np.ndarray, " n_queries"]:
    """The rank of each query's first right answer among the first ten, 0 where there is none.

    Args:
        vectors: of the queries that have one; the others find nothing.
        places: of these among all queries.
        gallery: what is searched.
        posed: every query.
    """
    ranks = np.zeros(len(posed), dtype=np.int64)
    ranks[places] = _ranks(vectors, gallery, [posed[place] for place in places.tolist()])
    return ranks


def _ranks(vectors: Vectors, gallery: Gallery, posed: Sequence[Posed]) -> Int64[np.ndarray, " n"]:
    ranking = rank(vectors, gallery.vectors, gallery.groups, k=DEPTH, left_out=[one.left_out for one in posed])
    right = (
        np.stack([np.isin(groups, one.answers) for groups, one in zip(ranking.groups, posed, strict=True)])
        if posed
        else np.zeros((0, DEPTH), dtype=np.bool_)
    )
    return np.where(right.any(axis=1), right.argmax(axis=1) + 1, 0).astype(np.int64)


def score(
    golden: GoldenSet,
    shelf: GoldenShelf,
    gallery: Gallery,
    embedder: Embedder,
    *,
    watcher: Callable[[int, int], None] | None = None,
) -> Standing:
    """Ask `gallery` every query of `golden` that it can answer; a picture without a vector finds nothing.

    Args:
        golden: the questions.
        shelf: has their pictures.
        gallery: a release's vectors.
        embedder: the model that made them.
        watcher: told how many of how many queries are embedded.

    Raises:
        GoldenSetUnusable: a picture of the set is gone or was changed.
    """
    posed = [gallery.pose(query) for query in golden.queries]
    asked = [query for query, one in zip(golden.queries, posed, strict=True) if one is not None]
    vectors, places, positions = embed_queries(shelf, golden, asked, embedder, watcher)
    put = [one for one in posed if one is not None]
    chosen = positions.tolist()
    ranks = ranks_of(vectors, places, gallery, [put[position] for position in chosen])
    return Standing(
        tuple(asked[position] for position in chosen),
        ranks,
        n_left=len(golden.queries) - len(chosen),
        n_no_vector=len(chosen) - len(places),
    )


def standing_of(standing: Standing, queries: Sequence[GoldenQuery]) -> Standing:
    """`standing` of these queries alone, which are among its own."""
    place = {query: position for position, query in enumerate(standing.queries)}
    positions = [place[query] for query in queries]
    return replace(standing, queries=tuple(queries), ranks=standing.ranks[np.asarray(positions, dtype=np.int64)])
