"""One way of answering a search, written as what it does otherwise: ``rerank=k-reciprocal``, ``personal=off``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lookalike.errors import InvalidQuery
from lookalike.search.query import Query
from lookalike.search.rank.ranking import AUTO, RERANK_CHOICES

__all__ = ["LIVE", "LONGEST_NAME", "Way", "parse_way"]

LIVE = "live"
"""How the shop answers without a trial."""

LONGEST_NAME = 56
"""Characters of what a way is written as: two of them and a list's teams must fit into the id of an event."""

_SWITCHES = {"on": True, "off": False}
_FORM = "rerank=METHOD, diverse=SHARE, personal=on or off, rules=on or off, release=ID"


@dataclass(frozen=True, slots=True)
class Way:
    """What is done otherwise than the question says; None leaves a thing as it is.

    Attributes:
        rerank: method of re-ranking, ``off`` or ``auto``.
        diverse: how much hits should differ from each other, 0 to 1.
        personal: whether the shopper's taste bends the order.
        rules: whether the shop's rules apply.
        release: id of the release whose vectors answer.
    """

    rerank: str | None = None
    diverse: float | None = None
    personal: bool | None = None
    rules: bool | None = None
    release: str | None = None

    @property
    def name(self) -> str:
        """How it is written."""
        told = {
            "rerank": self.rerank,
            "diverse": None if self.diverse is None else f"{self.diverse:g}",
            "personal": None if self.personal is None else ("on" if self.personal else "off"),
            "rules": None if self.rules is None else ("on" if self.rules else "off"),
            "release": self.release,
        }
        return ",".join(f"{key}={value}" for key, value in told.items() if value is not None) or LIVE

    def of(self, query: Query) -> Query:
        """The question, to be answered this way.

        Raises:
            InvalidQuery: the two do not go together, such as an order by price that shall be diverse.
        """
        given = query.ranking
        ranking = replace(
            given,
            rerank=given.rerank if self.rerank is None else self.rerank,
            diverse=given.diverse if self.diverse is None else self.diverse,
            rules=given.rules if self.rules is None else self.rules,
        )
        return replace(query, ranking=ranking)

    def within(self, live: Way) -> Way:
        """All that is done: what is left open, or left to the release, is done as in `live`."""
        return Way(
            rerank=live.rerank if self.rerank in (None, AUTO) else self.rerank,
            diverse=live.diverse if self.diverse is None else self.diverse,
            personal=live.personal if self.personal is None else self.personal,
            rules=live.rules if self.rules is None else self.rules,
            release=live.release if self.release is None else self.release,
        )


def parse_way(text: str) -> Way:
    """The way that a text such as ``rerank=dba,personal=off`` names; ``live`` for the shop's own.

    Raises:
        InvalidQuery: naming what cannot be used.
    """
    if text.strip() == LIVE:
        return Way()
    values: dict[str, str] = {}
    for part in text.split(","):
        name, separator, value = (each.strip() for each in part.partition("="))
        if not separator or not value or name in values or name not in Way.__dataclass_fields__:
            raise InvalidQuery(f"a way of answering is {LIVE!r} or some of {_FORM}, each once, received {text!r}")
        values[name] = value
    way = Way(
        rerank=_one_of("rerank", values.get("rerank"), RERANK_CHOICES),
        diverse=_share(values.get("diverse")),
        personal=_switch("personal", values.get("personal")),
        rules=_switch("rules", values.get("rules")),
        release=values.get("release"),
    )
    if len(way.name) > LONGEST_NAME:
        raise InvalidQuery(f"a way of answering is written in at most {LONGEST_NAME} characters, received {text!r}")
    return way


def _one_of(name: str, value: str | None, choices: tuple[str, ...]) -> str | None:
    if value is not None and value not in choices:
        raise InvalidQuery(f"{name} must be one of {', '.join(choices)}, received {value!r}")
    return value


def _switch(name: str, value: str | None) -> bool | None:
    found = _one_of(name, value, tuple(_SWITCHES))
    return None if found is None else _SWITCHES[found]


def _share(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise InvalidQuery(f"diverse must be 0 to 1, received {value!r}")
    return share
