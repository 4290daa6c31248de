"""How an answer shall be ordered, as HTTP says it: fields of a form, or members of a JSON document."""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.errors import InvalidQuery
from lookalike.search.rank.ranking import Ranking

__all__ = ["RANKING_FIELDS", "ranking_from"]

RANKING_FIELDS = ("rerank", "diverse", "sort", "floor", "rules", "instead")


def ranking_from(values: Mapping[str, object]) -> Ranking:
    """The ranking that these fields ask for; an absent one, or null, is its default.

    Raises:
        InvalidQuery: naming what cannot be used.
    """
    plain = Ranking()
    rules, instead = (_flag(name, values.get(name)) for name in ("rules", "instead"))
    diverse, floor = (_number(name, values.get(name)) for name in ("diverse", "floor"))
    return Ranking(
        rerank=_text("rerank", values.get("rerank")) or plain.rerank,
        diverse=plain.diverse if diverse is None else diverse,
        sort=_text("sort", values.get("sort")),
        floor=floor,
        rules=plain.rules if rules is None else rules,
        instead=plain.instead if instead is None else instead,
    )


def _text(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise InvalidQuery(f"{name} must be text, received {type(value).__name__}")


def _number(name: str, value: object) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise InvalidQuery(f"{name} must be a number, received {value!r}")


def _flag(name: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    known = {"": None, "true": True, "1": True, "false": False, "0": False}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise InvalidQuery(f"{name} must be true or false, received {value!r}")
