"""What a picture may be called: titles and attributes of what looks like it in the catalogue, and what kind it is.

Suggestions, not facts: each comes with the share of the nearest variants that agree, weighted by how near they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.embed.concepts import Concepts
from lookalike.types import Hit, ReleaseId, Vector

__all__ = ["Described", "Suggested", "agreed", "described"]

NEAREST = 20
"""How many variants are asked."""

_NEARNESS = 0.05
"""How much less similar a variant is that counts for a factor of e less."""
_LEAST_SHARE = 0.1
_TOLD = 5
_NOT_TOLD = frozenset({"description", "url", "in_stock", "price"})


@dataclass(frozen=True, slots=True)
class Suggested:
    """One suggestion and how sure it is.

    Attributes:
        text: what it may be called, or a value of a column.
        share: 0 to 1: of the weighted nearest variants that say it; of a kind of thing, its probability.
    """

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Described:
    """Suggestions for one picture, each list by falling share.

    Attributes:
        titles: of the nearest variants.
        attributes: by column, values of them.
        concepts: kinds of things that the packaged model was once taught; empty for another model.
        release: whose vectors were compared.
    """

    titles: tuple[Suggested, ...]
    attributes: Mapping[str, tuple[Suggested, ...]]
    concepts: tuple[Suggested, ...]
    release: ReleaseId

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""

        def listed(found: Sequence[Suggested], name: str) -> list[dict[str, object]]:
            return [{name: one.text, "share": round(one.share, 4)} for one in found]

        return {
            "titles": listed(self.titles, "title"),
            "attributes": {column: listed(found, "value") for column, found in self.attributes.items()},
            "concepts": listed(self.concepts, "name"),
            "release": self.release,
        }


def described(hits: Sequence[Hit], vector: Vector, concepts: Concepts | None, release: ReleaseId) -> Described:
    """Suggestions of the nearest variants, and of the model's own classes.

    Args:
        hits: of a search by the picture, by variant, nearest first.
        vector: the picture's.
        concepts: of the release's model; None where it has none.
        release: whose vectors were compared.
    """
    columns = sorted({name for hit in hits for name, value in hit.attributes.items() if isinstance(value, str)})
    attributes = {
        name: found
        for name in columns
        if name not in _NOT_TOLD
        and (found := agreed(hits, lambda hit, name=name: _text(hit.attributes.get(name)))) != ()
    }
    known: tuple[Suggested, ...] = ()
    if concepts is not None:
        (probabilities,) = concepts.probabilities(vector[np.newaxis])
        order = np.argsort(-probabilities, kind="stable")[:_TOLD]
        known = tuple(Suggested(concepts.names[place], float(probabilities[place])) for place in order.tolist())
    return Described(agreed(hits, lambda hit: hit.title), attributes, known, release)


def agreed(hits: Sequence[Hit], said: Callable[[Hit], str | None]) -> tuple[Suggested, ...]:
    """What hits say, with the share that says it among those that say anything; at most five, none below a tenth.

    Formula: hit i counts ``exp((s_i - s_1) / 0.05)``, with s its similarity.
    """
    shares: dict[str, float] = {}
    for hit in hits:
        value = said(hit)
        if value:
            shares[value] = shares.get(value, 0.0) + float(np.exp((hit.similarity - hits[0].similarity) / _NEARNESS))
    total = sum(shares.values())
    found = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))[:_TOLD]
    return tuple(Suggested(value, share / total) for value, share in found if share / total >= _LEAST_SHARE)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
