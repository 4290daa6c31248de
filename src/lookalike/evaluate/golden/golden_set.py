"""A golden set: its queries, how it was made, what leaked and was removed, and the hash that holds it together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from lookalike.errors import GoldenSetUnusable

__all__ = ["SCHEMA", "Answers", "GoldenQuery", "GoldenSet", "Leakage", "QueryKind", "require_answerable"]

SCHEMA = 1
QueryKind = Literal["view", "phone", "photograph"]
Answers = Literal["product", "variant"]


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """One query.

    Attributes:
        kind: ``view`` (a picture of the catalogue, left out of the gallery for this query), ``phone`` (a phone-like
            distortion of a catalogue picture that stays in the gallery) or ``photograph`` (brought by the user).
        picture: SHA-256 of the picture's bytes: of the original for a view, of the set's own file otherwise.
        made_of: SHA-256 of the catalogue picture that a phone-like one was made of.
        answers: ids of the right products (or variants).
        cluster: what it is a picture of; queries of one cluster are not independent.
        left_out: SHA-256 of catalogue pictures that it may not match: itself and its near-duplicates.
    """

    kind: QueryKind
    picture: str
    answers: tuple[str, ...]
    cluster: str
    left_out: tuple[str, ...] = ()
    made_of: str | None = None

    def __post_init__(self) -> None:
        if not self.answers:
            raise ValueError(f"a golden query needs a right answer, received none for picture {self.picture}")


@dataclass(frozen=True, slots=True)
class Leakage:
    """Pictures that were on both sides.

    Attributes:
        exact: catalogue pictures with the same bytes as a query, the query itself not counted.
        perceptual: those that look the same by their perceptual hash.
        embedding: those that the live release's model could not tell from the query.
        removed: queries that had no right picture left after these were taken out, or that stayed near-duplicates.
    """

    exact: int = 0
    perceptual: int = 0
    embedding: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Queries with their right answers, and how they came about.

    Attributes:
        name: of the set, and of its file in the store.
        by: what the answers are.
        source: ``catalogue``, or the path of the query file.
        seed: of what was drawn.
        store_id: of the store whose pictures it names.
        fingerprint: of the model that looked for near-duplicates.
        created_at: UTC, ISO 8601.
        leakage: what was found on both sides.
        queries: in a fixed order.
    """

    name: str
    by: Answers
    source: str
    seed: int
    store_id: str
    fingerprint: str
    created_at: str
    leakage: Leakage
    queries: tuple[GoldenQuery, ...]

    @property
    def data_sha256(self) -> str:
        """Over every query with the hashes of its pictures: another picture or another answer is another set."""
        facts = [self.by, [asdict(query) for query in self.queries]]
        canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def kinds(self) -> dict[str, int]:
        """How many queries of each kind there are; kinds without any are left out."""
        counts = {kind: sum(query.kind == kind for query in self.queries) for kind in get_args(QueryKind)}
        return {kind: count for kind, count in counts.items() if count}

    @property
    def n_clusters(self) -> int:
        """How many different products (or variants) are asked for."""
        return len({query.cluster for query in self.queries})

    def summary(self) -> dict[str, object]:
        """All but the queries, JSON-ready."""
        return {
            "name": self.name,
            "schema": SCHEMA,
            "by": self.by,
            "source": self.source,
            "seed": self.seed,
            "store_id": self.store_id,
            "fingerprint": self.fingerprint,
            "created_at": self.created_at,
            "n_queries": len(self.queries),
            "n_answers": self.n_clusters,
            "kinds": self.kinds,
            "leakage": asdict(self.leakage),
            "data_sha256": self.data_sha256,
        }

    def as_dict(self) -> dict[str, object]:
        """Everything, JSON-ready; `from_dict` reads it."""
        return {**self.summary(), "queries": [asdict(query) for query in self.queries]}

    @classmethod
    def from_dict(cls, document: object) -> GoldenSet:
        """What `as_dict` wrote.

        Raises:
            ValueError: another schema, another hash than the data has, or a field that is missing or wrong; the
                message is the rest of a sentence.
        """
        if not isinstance(document, dict):
            raise ValueError(f"is no object but {type(document).__name__}")  # noqa: TRY004 - one error for bad data
        document = _record(document)
        schema = document.get("schema")
        if schema != SCHEMA:
            raise ValueError(f"has schema version {schema}, this version of Lookalike reads {SCHEMA}")
        try:
            made = cls(
                name=_text(document["name"]),
                by="variant" if document["by"] == "variant" else "product",
                source=_text(document["source"]),
                seed=_number(document["seed"]),
                store_id=_text(document["store_id"]),
                fingerprint=_text(document["fingerprint"]),
                created_at=_text(document["created_at"]),
                leakage=Leakage(**{key: _number(value) for key, value in _record(document["leakage"]).items()}),
                queries=tuple(_query(_record(one)) for one in _list(document["queries"])),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"lacks a field, or has a wrong one: {error}") from error
        if made.data_sha256 != document.get("data_sha256"):
            raise ValueError(
                f"says that its data has the hash {document.get('data_sha256')}, it has {made.data_sha256}: "
                "it was changed after it was made"
            )
        return made


def _query(record: Mapping[str, object]) -> GoldenQuery:
    kind = _text(record["kind"])
    if kind not in get_args(QueryKind):
        raise ValueError(f"has a query of the unknown kind {kind!r}")
    made_of = record.get("made_of")
    return GoldenQuery(
        kind="view" if kind == "view" else "phone" if kind == "phone" else "photograph",
        picture=_text(record["picture"]),
        answers=tuple(_text(one) for one in _list(record["answers"])),
        cluster=_text(record["cluster"]),
        left_out=tuple(_text(one) for one in _list(record["left_out"])),
        made_of=None if made_of is None else _text(made_of),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"holds {value!r} where a text belongs")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"holds {value!r} where a whole number belongs")
    return value


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"holds {value!r} where a list belongs")
    return value


def _record(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"holds {value!r} where an object belongs")
    return {str(key): one for key, one in value.items()}


def require_answerable(n_posed: int, golden: GoldenSet) -> None:
    """Return if enough of a set's queries can still be asked.

    Args:
        n_posed: how many have a right picture in the catalogue.
        golden: the set.

    Raises:
        GoldenSetUnusable: none, or less than half.
    """
    n_queries = len(golden.queries)
    if n_posed < 1 or 2 * n_posed < n_queries:
        raise GoldenSetUnusable(
            f"only {n_posed} of {n_queries} queries of golden set {golden.name!r} still have a right answer in the "
            f"catalogue, expected at least half of them: make it anew with "
            f"`lookalike golden make --name {golden.name} --replace`"
        )
