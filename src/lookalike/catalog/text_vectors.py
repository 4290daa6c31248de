"""Vectors of what variants say, by the name of the sentence: written with the batch that brings it, read in bulk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64
from sqlalchemy import Connection, delete, exists, insert, select

from lookalike.catalog import tables
from lookalike.catalog.attributes import COLUMNS
from lookalike.catalog.database import Row, Statement, in_chunks
from lookalike.catalog.schema import now
from lookalike.catalog.sentence import sentence
from lookalike.errors import DimensionMismatch, StoreDamaged
from lookalike.types import Keys, Vector, Vectors

__all__ = [
    "SentenceVectors",
    "TextChanges",
    "TextModel",
    "forget",
    "held",
    "lacking",
    "missing",
    "model",
    "since",
    "unused",
    "write",
]

_vectors, _variants = tables.text_vectors.c, tables.variants.c


@dataclass(frozen=True, slots=True)
class TextModel:
    """A sentence model as the store knows it."""

    key: int
    fingerprint: str
    name: str
    dimension: int


@dataclass(frozen=True, slots=True, eq=False)
class SentenceVectors:
    """What a batch brings: unit vectors of sentences by their names, and the model that made them."""

    model: TextModel
    vectors: Mapping[str, Vector]


@dataclass(frozen=True, slots=True, eq=False)
class TextChanges:
    """What a reader that stood at an earlier sequence number has to take over.

    Attributes:
        keys: of vectors that came, rising.
        vectors: row i of ``keys[i]``.
        variant_keys: variants that have a vector and came or changed since.
        vector_keys: the vector of each of them.
        silent_keys: variants that went since, or changed and say nothing now that there is a vector of.
        whole: whether this is all there is: nothing that the reader had before stays.
        sequence: where the reader stands afterwards.
    """

    keys: Keys
    vectors: Vectors
    variant_keys: Int64[np.ndarray, " m"]
    vector_keys: Int64[np.ndarray, " m"]
    silent_keys: frozenset[int]
    whole: bool
    sequence: int


def model(connection: Connection, *, fingerprint: str, name: str, dimension: int, make: bool) -> TextModel | None:
    """The sentence model of that fingerprint; made where it is not there and `make`, else None."""
    own = tables.text_models.c
    row = connection.execute(select(tables.text_models).where(own.fingerprint == fingerprint)).mappings().one_or_none()
    if row is not None:
        if int(row["dimension"]) != dimension:
            raise DimensionMismatch(f"{name} has vectors of {dimension}, the store has {row['dimension']} of it")
        return TextModel(int(row["text_model_key"]), fingerprint, str(row["name"]), dimension)
    if not make:
        return None
    values = {"fingerprint": fingerprint, "name": name, "dimension": dimension, "created_at": now()}
    made = connection.execute(insert(tables.text_models).values(values))
    assert made.inserted_primary_key is not None
    return TextModel(int(made.inserted_primary_key[0]), fingerprint, name, dimension)


def missing(connection: Connection, of: TextModel, names: Collection[str]) -> set[str]:
    """Those of these sentences that the model has no vector of."""
    there: set[str] = set()
    for chunk in in_chunks(sorted(names)):
        there.update(
            connection.execute(
                select(_vectors.sentence).where(_vectors.text_model_key == of.key, _vectors.sentence.in_(chunk))
            ).scalars()
        )
    return set(names) - there


def lacking(connection: Connection, of: TextModel, most: int) -> dict[str, str]:
    """Sentences of variants that the model has no vector of, by their names."""
    has = exists().where(_vectors.text_model_key == of.key, _vectors.sentence == _variants.sentence)
    rows = connection.execute(
        select(_variants.sentence, *(_variants[name] for name in COLUMNS))
        .where(_variants.sentence.is_not(None), ~has)
        .limit(most)
    )
    return {str(row[0]): sentence(dict(zip(COLUMNS, row[1:], strict=True))) for row in rows}


def write(connection: Connection, brought: SentenceVectors, sequence: int) -> int:
    """Store what is new; returns how many."""
    wrong = [len(vector) for vector in brought.vectors.values() if len(vector) != brought.model.dimension]
    if wrong:
        raise DimensionMismatch(f"{brought.model.name} has vectors of {brought.model.dimension}, received {wrong[0]}")
    new = missing(connection, brought.model, brought.vectors.keys())
    if new:
        connection.execute(
            insert(tables.text_vectors),
            [
                {
                    "text_model_key": brought.model.key,
                    "sentence": name,
                    "vector": brought.vectors[name].astype("<f4").tobytes(),
                    "sequence": sequence,
                }
                for name in sorted(new)
            ],
        )
    return len(new)


_SAID = exists().where(_variants.sentence == _vectors.sentence)


def unused(connection: Connection) -> list[int]:
    """Keys of vectors of sentences that no variant says any more."""
    return list(connection.execute(select(_vectors.vector_key).where(~_SAID)).scalars())


def forget(connection: Connection, keys: Collection[int]) -> None:
    """Remove these vectors, but for those of sentences that a variant says again since."""
    connection.execute(delete(tables.text_vectors).where(_vectors.vector_key.in_(keys), ~_SAID))


def since(connection: Connection, of: TextModel, sequence: int, vectors_since: int | None = None) -> TextChanges:
    """What came after `sequence`, and what went; everything for -1, and where what went is no longer known.

    Args:
        connection: of one transaction.
        of: whose vectors.
        sequence: where the reader stands.
        vectors_since: the vectors that came after this are brought, and no others; None for those after `sequence`.
    """
    now_at, oldest = connection.execute(select(tables.state.c.sequence, tables.state.c.oldest_tombstone)).one()
    if sequence < int(oldest):
        sequence = -1
    after = sequence if vectors_since is None else vectors_since
    newer = select(_vectors.vector_key, _vectors.vector)
    newer = newer.where(_vectors.text_model_key == of.key, _vectors.sequence > after).order_by(_vectors.vector_key)
    pairs, silent = _pairs(connection, of, sequence)
    return TextChanges(
        *_arrays(_rows(connection, newer), of),
        np.fromiter((row[0] for row in pairs), dtype=np.int64, count=len(pairs)),  # pyright: ignore[reportArgumentType]
        np.fromiter((row[1] for row in pairs), dtype=np.int64, count=len(pairs)),  # pyright: ignore[reportArgumentType]
        silent,
        sequence < 0,
        int(now_at),
    )


def held(connection: Connection, of: TextModel, keys: Collection[int], until: int) -> tuple[Keys, Vectors]:
    """The vectors of those of these keys that came until that sequence number, by rising key."""
    rows: list[Row] = []
    for chunk in in_chunks(sorted(keys)):
        own = select(_vectors.vector_key, _vectors.vector).where(_vectors.vector_key.in_(chunk))
        rows += _rows(connection, own.where(_vectors.text_model_key == of.key, _vectors.sequence <= until))
    return _arrays(sorted(rows), of)


def _arrays(rows: Sequence[Row], of: TextModel) -> tuple[Keys, Vectors]:
    joined = b"".join([row[1] for row in rows])
    if len(joined) != 4 * of.dimension * len(rows):
        raise StoreDamaged(f"vectors of {of.name} have another length than {of.dimension}: index again elsewhere")
    keys = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    return keys, np.frombuffer(joined, dtype="<f4").reshape(len(rows), of.dimension)


def _pairs(connection: Connection, of: TextModel, sequence: int) -> tuple[list[Row], frozenset[int]]:
    """Variants with their vectors, of those of whom either came or changed after `sequence`; and the silent ones.

    Two questions, since an ``or`` between variants and vectors makes SQLite read every vector that there is.
    """
    pairs = select(_variants.variant_key, _vectors.vector_key).join_from(
        tables.variants, tables.text_vectors, _vectors.sentence == _variants.sentence
    )
    pairs = pairs.where(_vectors.text_model_key == of.key)
    if sequence < 0:
        return _rows(connection, pairs), frozenset()
    came = _rows(connection, pairs.where(_vectors.sequence > sequence))
    # As a value and not as a join, which would begin with the vectors.
    own = select(_vectors.vector_key).where(_vectors.text_model_key == of.key, _vectors.sentence == _variants.sentence)
    changed = _rows(
        connection,
        select(_variants.variant_key, own.scalar_subquery()).where(_variants.sequence > sequence),
    )
    went = select(tables.tombstones.c.key).where(
        tables.tombstones.c.sequence > sequence, tables.tombstones.c.kind == tables.VARIANT
    )
    silent = {int(row[0]) for row in changed if row[1] is None}
    silent.update(map(int, connection.execute(went).scalars()))
    return list(dict.fromkeys([*came, *(row for row in changed if row[1] is not None)])), frozenset(silent)


def _rows(connection: Connection, statement: Statement) -> list[Row]:
    cursor = connection.execute(statement).cursor
    return [] if cursor is None else list(cursor.fetchall())
