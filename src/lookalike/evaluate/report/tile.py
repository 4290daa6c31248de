"""One picture of a gallery with its words: a query, a right answer, a wrong one."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Confusion", "Failure", "MatchMap", "Tile"]


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture and what it is of.

    Attributes:
        name: id of the product or variant, or the query's file name.
        title: what the catalogue calls it, None where it has no title.
        picture: a small JPEG; empty where there is none.
        similarity: to the query, None for the query itself and where it is not known.
        rank: among the answers, one-based; None for the query and where it is beyond what was looked at.
    """

    name: str
    title: str | None
    picture: bytes
    similarity: float | None = None
    rank: int | None = None

    def as_dict(self) -> dict[str, object]:
        """Everything but the picture, JSON-ready."""
        return {"name": self.name, "title": self.title, "similarity": self.similarity, "rank": self.rank}


@dataclass(frozen=True, slots=True)
class MatchMap:
    """Two pictures with what each place of them brings to their similarity laid over.

    Attributes:
        query: a small JPEG.
        image: a small JPEG.
        title: what the second one is of.
        similarity: of the two, as the search shows it.
    """

    query: bytes
    image: bytes
    title: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A query whose right answer did not come first.

    Attributes:
        query: what was asked.
        right: the right answer, where it was found or is in the catalogue.
        wrong: what came before it, best first; the first few.
        depth: how many answers were looked at for the right one.
        line: of the query file.
        maps: where the query matches the right answer and what came first; empty where the model gives no maps.
    """

    query: Tile
    right: Tile | None
    wrong: tuple[Tile, ...]
    depth: int
    line: int
    maps: tuple[MatchMap, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Everything but the pictures, JSON-ready."""
        return {
            "query": self.query.name,
            "line": self.line,
            "right": None if self.right is None else self.right.as_dict(),
            "wrong": [tile.as_dict() for tile in self.wrong],
            "depth": self.depth,
        }


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two things that the search takes for each other.

    Attributes:
        right: what was asked for.
        taken_for: what came first instead.
        times: queries for which it did.
        of: queries for `right`.
    """

    right: Tile
    taken_for: Tile
    times: int
    of: int

    def as_dict(self) -> dict[str, object]:
        """Ids and counts, JSON-ready."""
        return {"right": self.right.name, "taken_for": self.taken_for.name, "times": self.times, "of": self.of}
