"""Options that say how an answer is ordered, and the line that says how it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

import click

from lookalike.search.rank.arranging import Told
from lookalike.search.rank.ranking import AUTO, RERANK_CHOICES, Ranking
from lookalike.search.rank.setting import OFF_METHOD

__all__ = ["RankingOptions", "order_line", "ranking_line", "ranking_options"]

F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """What was written on the command line; `checked` makes it a `Ranking`, or says what is wrong."""

    rerank: str
    diverse: float
    sort: str | None
    floor: float | None
    rules: bool
    instead: bool

    @property
    def orders(self) -> bool:
        """Whether another order than that by similarity was asked for."""
        asked = self.rerank not in (AUTO, OFF_METHOD) or self.sort is not None or self.floor is not None
        return asked or self.diverse != 0

    def checked(self) -> Ranking:
        """The same, checked.

        Raises:
            InvalidQuery: naming all that cannot be used.
        """
        return Ranking(self.rerank, self.diverse, self.sort, self.floor, self.rules, self.instead)


def ranking_options(command: F) -> F:
    """Options whose values the command receives together, as `ranking`."""

    @wraps(command)
    def gathered(
        *arguments: object,
        rerank: str,
        diverse: float,
        sort: str | None,
        floor: float | None,
        rules: bool,
        instead: bool,
        **others: object,
    ) -> object:
        options = RankingOptions(rerank, diverse, sort, floor, rules, instead)
        return command(*arguments, ranking=options, **others)

    wrapped = gathered
    for option in (
        click.option(
            "--rerank",
            type=click.Choice(RERANK_CHOICES),
            default=AUTO,
            show_default=True,
            help="Re-rank by this method; auto: by what `lookalike rerank` measured to help, if anything did.",
        ),
        click.option(
            "--diverse",
            default=0.0,
            show_default=True,
            metavar="SHARE",
            help="0 to 1: how much hits should differ from each other.",
        ),
        click.option(
            "--sort", default=None, metavar="COLUMN", help="Sort what is similar enough: price, or -price for falling."
        ),
        click.option(
            "--floor",
            type=float,
            default=None,
            help="Least similarity of what --sort sorts.  [default: 0.75 of the first hit's]",
        ),
        click.option("--rules/--no-rules", default=True, help="Apply the shop's rules.  [default: rules]"),
        click.option(
            "--instead/--no-instead",
            default=True,
            help="Show what is available beside a hit that is sold out.  [default: instead]",
        ),
    )[::-1]:
        wrapped = option(wrapped)
    return wrapped  # pyright: ignore[reportReturnType]  # click keeps the function it decorates


def ranking_line(ranking: Mapping[str, object]) -> str:
    """A release's setting, as `RankSetting.summary` gives it, for people."""
    method, effect = ranking["method"], ranking["effect"]
    measured = f"on {ranking['golden']}, {ranking['queries']} questions"
    if method == OFF_METHOD or not isinstance(effect, Mapping):
        return f"by similarity; nothing helped {measured}"
    gain = f"{effect['value']:+.3f} [{effect['low']:+.3f}, {effect['high']:+.3f}] {ranking['metric']}"
    return f"{method}, {gain}, {ranking['milliseconds']:.1f} ms, {measured}"


def order_line(told: Told) -> str | None:
    """What was done to the order, for people; None where hits come by similarity."""
    if told.by == "similarity":
        return None
    if told.by == "trial":
        return "two ways of answering share this list; --json says which brought what"
    if told.by == "sort" and told.sort is not None:
        column, falling = told.sort.removeprefix("-"), told.sort.startswith("-")
        way = "highest first" if falling else "lowest first"
        return f"sorted by {column}, {way}, among {told.n_sorted} with a similarity of {told.floor:.3f} or more"
    parts = []
    if told.rerank is not None:
        parts.append(f"re-ranked by {told.rerank}" + (", which was measured to help" if told.measured else ""))
    if told.diverse:
        parts.append(f"diverse {told.diverse:g}")
    if told.rules:
        parts.append("rules: " + ", ".join(told.rules))
    return "; ".join(parts)
