"""Questions that a model answers before and after it was made smaller: is the right product still first?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from lookalike.compress.pictures import Pictures
from lookalike.compress.views import at_side
from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import embed_with_gaps
from lookalike.errors import TooFewProducts
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.golden.leakage import find_leaks
from lookalike.evaluate.golden.making import MOST_OWNERS
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.ranking import rank
from lookalike.types import Vectors

__all__ = ["LEAST_PRODUCTS", "Exam", "ExamKind", "Loss", "embedded", "make_exam"]

ExamKind = Literal["photographs", "views", "phone"]

LEAST_PRODUCTS = 10
"""Different products asked for below which no interval is worth the name."""
_AT_ONCE = 32
_SEED = 20_261_125


@dataclass(frozen=True, slots=True)
class Loss:
    """What a model loses against another on the same questions.

    Attributes:
        before: recall@1 of the first model, 95% interval that leaves out one product at a time.
        after: likewise, of the second.
        loss: first minus second, paired by question; above 0 the second is worse.
        p_value: that neither is better, two-sided.
    """

    before: Interval
    after: Interval
    loss: Interval
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """Questions and the pictures among which the answers are.

    Attributes:
        kind: ``photographs`` that were brought, other ``views`` of the same product, or ``phone``-like distortions.
        gallery: squares of the catalogue.
        groups: number of the product that each shows.
        queries: squares of the questions; None where they are the gallery's rows `rows`.
        rows: gallery rows that are asked; empty where `queries` are given.
        answers: the right products of each question, by number.
        clusters: what each question belongs to.
        left_out: gallery rows that a question may not be answered by.
        n_unanswerable: photographs that were brought and are not asked, as none of their products is in the catalogue.
        n_own: likewise, as they are the catalogue's only pictures of their product, and would find themselves.
    """

    kind: ExamKind
    gallery: UInt8[np.ndarray, "n size size 3"]
    groups: Int64[np.ndarray, " n"]
    queries: UInt8[np.ndarray, "n_queries size size 3"] | None
    rows: Int64[np.ndarray, " n_rows"]
    answers: tuple[frozenset[int], ...]
    clusters: tuple[str, ...]
    left_out: tuple[Int64[np.ndarray, " _"], ...]
    n_unanswerable: int = 0
    n_own: int = 0

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def n_products(self) -> int:
        """Different products that are asked for."""
        return len(set(self.clusters))

    def recall(self, embedder: Embedder) -> Float64[np.ndarray, " n_questions"]:
        """1.0 for each question whose first answer is right, else 0.0."""
        gallery = embedded(embedder, self.gallery)
        return self.scored(gallery, gallery[self.rows] if self.queries is None else embedded(embedder, self.queries))

    def scored(
        self, gallery: Vectors, queries: Float32[np.ndarray, "n_questions dimension"]
    ) -> Float64[np.ndarray, " n_questions"]:
        """As `recall`, of vectors; a question without one, a row of zeros, finds nothing."""
        found = rank(queries, gallery, self.groups, k=1, left_out=self.left_out).groups[:, 0]
        right = np.array([int(first) in right for first, right in zip(found, self.answers, strict=True)], np.float64)
        return right * queries.any(axis=1)

    def loss(self, before: Float64[np.ndarray, " n"], after: Float64[np.ndarray, " _n"]) -> Loss:
        """What the second model loses, from what `recall` gave of both."""
        told = compare(before, after, self.clusters, generator=np.random.default_rng(_SEED))
        return Loss(
            jackknife_mean(before, self.clusters), jackknife_mean(after, self.clusters), told.difference, told.p_value
        )


def embedded(embedder: Embedder, squares: UInt8[np.ndarray, "n size size 3"]) -> Vectors:
    """Unit vectors of squares, a batch at a time, made as large as the model takes them; zeros where it gives none.

    Raises:
        NoVector: the model gives none for a whole batch, nor for any packaged picture: it is at fault.
    """
    taken = embedder.description.preprocessing
    starts = range(0, max(1, len(squares)), _AT_ONCE)
    return np.concatenate(
        [embed_with_gaps(embedder, at_side(squares[start : start + _AT_ONCE], taken)) for start in starts]
    )


def make_exam(
    pictures: Pictures,
    vectors: Vectors,
    *,
    photographs: Pictures | None,
    most: int,
    generator: np.random.Generator,
) -> Exam:
    """The questions that say most: photographs where some were brought, else views, else distorted copies.

    Photographs: none finds itself where it lies in the catalogue too, byte for byte. Views: each picture of a product
    with several is asked, without itself and its near-duplicates; at least ten products must have another picture left.
    Otherwise distorted copies of one picture of each product, which stays in the gallery: easier, and so less apt to
    notice a loss.

    Args:
        pictures: of the catalogue.
        vectors: of those, by the model as it was; near-duplicates are found with them.
        photographs: with the products that they show.
        most: questions, at most; drawn where there are more.
        generator: source of randomness.

    Raises:
        TooFewProducts: fewer than ten products can be asked for.
    """
    names = {name: number for number, name in enumerate(dict.fromkeys(pictures.products))}
    groups = np.array([names[name] for name in pictures.products], np.int64)
    if photographs is not None:
        rights = [frozenset(names[one] for one in cell.split("|") if one in names) for cell in photographs.products]
        own = _rows_of(pictures.contents, photographs.contents)
        n_pictures = np.bincount(groups, minlength=len(names))
        others = [
            sum(int(n_pictures[one]) for one in right) > sum(one in right for one in groups[rows].tolist())
            for right, rows in zip(rights, own, strict=True)
        ]
        asked = _drawn([i for i, there in enumerate(others) if there], most, generator)
        return _checked(
            Exam(
                "photographs",
                pictures.squares,
                groups,
                photographs.squares[asked],
                np.empty(0, np.int64),
                tuple(rights[i] for i in asked),
                tuple(photographs.products[i] for i in asked),
                tuple(own[i] for i in asked),
                sum(not right for right in rights),
                sum(bool(right) and not there for right, there in zip(rights, others, strict=True)),
            )
        )
    contents = np.unique(pictures.contents, return_inverse=True)[1].astype(np.int64)
    leaks = find_leaks(contents, pictures.hashes, vectors, contents, pictures.hashes, vectors).pictures
    showing = _showing(groups, contents)
    telling = [row for row, products in enumerate(showing) if len(products) <= MOST_OWNERS]
    several = [row for row in telling if bool(np.any(np.delete(groups, np.union1d(leaks[row], [row])) == groups[row]))]
    if len({pictures.products[row] for row in several}) >= LEAST_PRODUCTS:
        asked = _drawn(several, most, generator)
        return Exam(
            "views",
            pictures.squares,
            groups,
            None,
            np.array(asked, np.int64),
            tuple(showing[row] for row in asked),
            tuple(pictures.products[row] for row in asked),
            tuple(np.union1d(leaks[row], [row]).astype(np.int64) for row in asked),
        )
    first = list({pictures.products[row]: row for row in reversed(telling)}.values())
    asked = _drawn(sorted(first), most, generator)
    if pictures.distorted is None:
        raise TooFewProducts(
            f"only {len({pictures.products[row] for row in several})} products have several pictures, expected at "
            f"least {LEAST_PRODUCTS}: bring photographs with --queries QUERIES.csv"
        )
    return _checked(
        Exam(
            "phone",
            pictures.squares,
            groups,
            pictures.distorted[asked],
            np.empty(0, np.int64),
            tuple(showing[row] for row in asked),
            tuple(pictures.products[row] for row in asked),
            tuple(np.empty(0, np.int64) for _ in asked),
        )
    )


def _rows_of(contents: Sequence[str], asked: Sequence[str]) -> list[Int64[np.ndarray, " _"]]:
    """For each of `asked` the rows of `contents` that are the same."""
    rows: dict[str, list[int]] = {}
    for row, content in enumerate(contents):
        rows.setdefault(content, []).append(row)
    return [np.array(rows.get(content, []), np.int64) for content in asked]


def _showing(groups: Int64[np.ndarray, " n"], contents: Int64[np.ndarray, " n"]) -> list[frozenset[int]]:
    """The products of each picture: it may be that of several, and all of them are right."""
    owners: dict[int, set[int]] = {}
    for group, content in zip(groups.tolist(), contents.tolist(), strict=True):
        owners.setdefault(content, set()).add(group)
    whole = {content: frozenset(products) for content, products in owners.items()}
    return [whole[content] for content in contents.tolist()]


def _drawn(rows: list[int], most: int, generator: np.random.Generator) -> list[int]:
    return rows if len(rows) <= most else sorted(rows[i] for i in generator.permutation(len(rows))[:most])


def _checked(exam: Exam) -> Exam:
    if exam.n_products < LEAST_PRODUCTS:
        n = exam.n_unanswerable
        missing = f" ({n} photographs show products that are not in the catalogue)" if n else ""
        if exam.n_own:
            missing += f" ({exam.n_own} photographs are the catalogue's only pictures of their product)"
        otherwise = ", or leave --queries out, to be examined by distorted copies" if exam.n_own else ""
        raise TooFewProducts(
            f"{exam.n_products} different products can be asked for{missing}, expected at least {LEAST_PRODUCTS}: "
            f"bring photographs of more products, or a larger catalogue{otherwise}"
        )
    return exam
