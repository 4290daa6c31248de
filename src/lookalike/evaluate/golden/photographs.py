"""Makes a golden set of a file of photographs with their right answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.catalog.inventory import Inventory
from lookalike.catalog.vectors import StoredVectors
from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import NO_DIRECTION, embed_all
from lookalike.errors import ImageRejected
from lookalike.evaluate.golden.golden_set import Answers, GoldenQuery, Leakage
from lookalike.evaluate.golden.leakage import find_leaks
from lookalike.evaluate.golden.making import Made
from lookalike.evaluate.questions import Question, read_questions
from lookalike.evaluate.variant_names import VariantNames, names_of
from lookalike.images.decode import decode
from lookalike.images.fingerprint import content_sha256, perceptual_hash
from lookalike.images.kept import normalised_copy
from lookalike.images.limits import ImageLimits
from lookalike.search.query import picture_bytes
from lookalike.types import Pixels, Reason, Rejection, Vectors

__all__ = ["make_from_photographs"]


@dataclass(frozen=True, slots=True)
class _Seen:
    question: Question
    original_sha256: str
    copy: bytes
    square: Pixels
    looks: int


def make_from_photographs(
    path: Path,
    inventory: Inventory,
    stored: StoredVectors,
    embedder: Embedder,
    *,
    by: Answers,
    limits: ImageLimits,
    n_queries: int | None = None,
    generator: np.random.Generator,
    watcher: Callable[[int, int], None] | None = None,
) -> tuple[Made, tuple[Rejection, ...]]:
    """One query for each photograph of the file that can be used; rows with `like` have no picture and cannot.

    Catalogue pictures that are near-duplicates of a photograph may not match it; a photograph that has no right
    picture left is removed. The set keeps normalised copies, without metadata, not the files.

    Args:
        path: CSV file, see `lookalike.evaluate.questions.read_questions`.
        inventory: of the store.
        stored: vectors of the live release.
        embedder: of the live release.
        by: what the file's answers are.
        limits: of pictures.
        n_queries: at most, drawn at random; None for all.
        generator: source of randomness.
        watcher: told how many of how many photographs have been looked at.

    Returns:
        queries in the file's order, and what could not be used.

    Raises:
        SourceError: the file cannot be read as queries.
    """
    questions = read_questions(
        path, answer_column=f"{by}_id", variants=VariantNames.of(inventory) if by == "variant" else None
    )
    items = list(questions.items)
    if n_queries is not None and len(items) > n_queries:
        items = [items[i] for i in sorted(generator.permutation(len(items))[:n_queries].tolist())]
    rejected = list(questions.rejected)
    seen: list[_Seen] = []
    for done, question in enumerate(items, start=1):
        try:
            seen.append(_look(question, embedder, limits))
        except ImageRejected as error:
            rejected.append(Rejection(question.named, error.reason, error.detail, line=question.line))
        if watcher is not None:
            watcher(done, len(items))
    vectors, places = embed_all(embedder, (one.square for one in seen))
    known = frozenset(places.tolist())
    rejected += [
        Rejection(
            one.question.named,
            Reason.NO_VECTOR,
            NO_DIRECTION.format(embedder.description.name),
            line=one.question.line,
        )
        for place, one in enumerate(seen)
        if place not in known
    ]
    return _made([seen[place] for place in places.tolist()], vectors, inventory, stored, by), tuple(rejected)


def _look(question: Question, embedder: Embedder, limits: ImageLimits) -> _Seen:
    if question.image is None or not question.is_photograph_alone:
        told = "a golden set is made of photographs alone, this row has something else instead of one or beside it"
        raise ImageRejected(Reason.BAD_ROW, told)
    data = picture_bytes(question.image, limits)
    preprocessing = embedder.description.preprocessing
    picture = decode(data, limits=limits, shorter_side_pixels=preprocessing.decode_side_pixels)
    copy = normalised_copy(picture, data)
    return _Seen(
        question, content_sha256(data), copy, preprocessing.apply(picture.pixels), perceptual_hash(picture.pixels)
    )


def _made(seen: list[_Seen], vectors: Vectors, inventory: Inventory, stored: StoredVectors, by: Answers) -> Made:
    if not seen:
        return Made((), {}, Leakage())
    position = {key: place for place, key in enumerate(stored.keys.tolist())}
    keys, first = np.unique(inventory.picture_keys, return_index=True)
    contents = [inventory.sha256s[row] for row in first.tolist()]
    number = {sha256: place for place, sha256 in enumerate(contents)}
    table = np.zeros((len(keys), stored.vectors.shape[1]), dtype=np.float32)
    for place, key in enumerate(keys.tolist()):
        if key in position:
            table[place] = stored.vectors[position[key]]
    leaks = find_leaks(
        np.asarray([number.get(one.original_sha256, -1) for one in seen], dtype=np.int64),
        np.asarray([one.looks for one in seen], dtype=np.uint64),
        vectors,
        np.arange(len(keys), dtype=np.int64),
        inventory.perceptual_hashes[first],
        table,
    )
    ids = names_of(inventory, by)
    shown: dict[str, set[str]] = {}
    for name, sha256 in zip(ids, inventory.sha256s, strict=True):
        shown.setdefault(name or "", set()).add(sha256)
    queries: list[GoldenQuery] = []
    pictures: dict[str, bytes] = {}
    removed = 0
    for one, places in zip(seen, leaks.pictures, strict=True):
        left_out = {contents[place] for place in places.tolist()}
        right = {sha256 for answer in one.question.answers for sha256 in shown.get(answer, ())}
        if right and not right - left_out:
            removed += 1
            continue
        name = content_sha256(one.copy)
        pictures[name] = one.copy
        answers = tuple(sorted(one.question.answers))
        queries.append(GoldenQuery("photograph", name, answers, "|".join(answers), left_out=tuple(sorted(left_out))))
    return Made(tuple(queries), pictures, Leakage(leaks.exact, leaks.perceptual, leaks.embedding, removed))
