"""A list that two rankers share, told by an id that says all of it, so that nothing needs to be kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from lookalike.search.people.interleaving import Team

__all__ = ["MOST_DRAFTED", "RUNNING", "Trial", "whole_lists"]

MOST_DRAFTED = 100
"""Longest list that two rankers may share: its id must fit into an event."""

RUNNING = "trial"
"""Says of a search: let the store's trial take part, if one runs."""

_NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Trial:
    """A list in which two rankers share the places.

    Attributes:
        a: the first ranker.
        b: the second.
        teams: which of them brought each place, from the first place of the first page on; None where both did, and
            beyond `MOST_DRAFTED`, which the id leaves out.
        nonce: makes the id the list's own; pages of one list have the same.
        number: of the store's trial that it belongs to; None for a list that was asked for by itself.
        offset: how many places lie on earlier pages.
    """

    a: str
    b: str
    teams: tuple[Team | None, ...]
    nonce: str
    number: int | None = None
    offset: int = 0

    @property
    def query(self) -> str:
        """What events of clicks name as their query, together with the position."""
        teams = "".join(team or _NOBODY for team in self.teams[:MOST_DRAFTED])
        parts = ["trial", _quoted(self.a), _quoted(self.b), teams, self.nonce]
        return ".".join(parts if self.number is None else [*parts, str(self.number)])

    @classmethod
    def read(cls, query: str) -> Trial | None:
        """The trial that an id tells of; None where it tells of none."""
        kind, *parts = query.split(".")
        if kind != "trial" or len(parts) not in (4, 5) or not parts[2] or set(parts[2]) - {"a", "b", _NOBODY}:
            return None
        if len(parts) == 5 and not (parts[4].isascii() and parts[4].isdigit()):
            return None
        teams: dict[str, Team | None] = {"a": "a", "b": "b", _NOBODY: None}
        number = int(parts[4]) if len(parts) == 5 else None
        return cls(unquote(parts[0]), unquote(parts[1]), tuple(teams[one] for one in parts[2]), parts[3], number)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; `teams` are those of the hits beside it."""
        return {"query": self.query, "a": self.a, "b": self.b, "teams": list(self.teams[self.offset :])}


def whole_lists(lists: Iterable[Trial]) -> dict[str, Trial]:
    """The longest list that each begins, by the id of each: a page of it, or all of it.

    Lists of the same two rankers and the same nonce answer the same question. Where the teams of one do not go on with
    those of the other, something had changed in between, and each is told by itself.
    """
    found: dict[str, Trial] = {}
    longest: dict[tuple[str, str, int | None, str], list[Trial]] = {}
    distinct = {one.query: one for one in lists}
    for query, one in sorted(distinct.items(), key=lambda each: (-len(each[1].teams), each[0])):
        known = longest.setdefault((one.a, one.b, one.number, one.nonce), [])
        whole = next((each for each in known if each.teams[: len(one.teams)] == one.teams), None)
        if whole is None:
            known.append(whole := one)
        found[query] = whole
    return found


def _quoted(name: str) -> str:
    return quote(name, safe="=,:").replace(".", "%2E")
