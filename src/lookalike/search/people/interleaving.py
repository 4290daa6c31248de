"""Two rankings in one list, so that what people click says which of them is better: team draft, and its statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import exp, lgamma, log
from typing import Literal, TypeAlias

import numpy as np

__all__ = ["Credit", "Draft", "Team", "credit", "draft"]

Team: TypeAlias = Literal["a", "b"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One list made of two.

    Attributes:
        items: what is shown, best first, each once.
        teams: which ranking brought each; None where both have it at that place, which says nothing of either.
    """

    items: tuple[str, ...]
    teams: tuple[Team | None, ...]

    def __post_init__(self) -> None:
        if len(self.items) != len(self.teams) or len(set(self.items)) != len(self.items):
            raise ValueError("a draft shows each item once, with its team")


@dataclass(frozen=True, slots=True)
class Credit:
    """Which of two rankings people preferred.

    Attributes:
        a: questions whose clicks went more to the first ranking.
        b: … to the second.
        ties: … to both alike, or to none.
        preference: (a + ties / 2) / all: 0.5 where neither is better.
        low: of its 95% interval.
        high: of its 95% interval.
        p_value: of the hypothesis that neither is better, two-sided, by the sign test on questions that are no tie; for
            whoever looks once, at a number of questions that was fixed before.
        p_any_time: likewise, for whoever looks as often as they like and stops when they like.
    """

    a: int
    b: int
    ties: int
    preference: float
    low: float
    high: float
    p_value: float
    p_any_time: float

    @classmethod
    def of(cls, a: int, b: int, ties: int) -> Credit:
        """What so many questions say; the interval is Wilson's over those that are no tie, shrunk towards 0.5."""
        n, total = a + b, a + b + ties
        if not n:
            return cls(0, 0, ties, 0.5, 0.0, 1.0, 1.0, 1.0)
        low, high = _wilson(a, n)
        share, preference = n / total, (a + ties / 2.0) / total
        return cls(
            a,
            b,
            ties,
            preference,
            min(preference, 0.5 + (low - 0.5) * share),
            max(preference, 0.5 + (high - 0.5) * share),
            _sign_test(a, n),
            _any_time(a, n),
        )


def draft(a: Sequence[str], b: Sequence[str], k: int, generator: np.random.Generator) -> Draft:
    """The first `k` of two rankings, picked in turns: each round a coin says who picks first.

    What both have in the same order at their heads is shown first and belongs to neither. Then each side picks its best
    that is not taken. Where one has none left, the other goes on alone. Both rankings stand to gain the same from
    clicks that do not look at what is shown. The same coins give the same list whatever `k`, as far as it goes.

    Reference:
        Radlinski, Kurup & Joachims 2008, "How does clickthrough data reflect retrieval quality?", section 4.2. There
        the common head is drafted too; clicks on it are the coin's, so they would only hide what there is to tell.
    """
    rest: dict[Team, list[str]] = {"a": list(dict.fromkeys(a)), "b": list(dict.fromkeys(b))}
    items = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(rest["a"], rest["b"], strict=False))][:k]
    teams: list[Team | None] = [None] * len(items)
    taken = set(items)
    while len(items) < k:
        order: tuple[Team, Team] = ("a", "b") if generator.random() < 0.5 else ("b", "a")
        before = len(items)
        for team in order:
            while rest[team] and rest[team][0] in taken:
                rest[team].pop(0)
            if rest[team] and len(items) < k:
                item = rest[team].pop(0)
                taken.add(item)
                items.append(item)
                teams.append(team)
        if len(items) == before:
            break
    return Draft(tuple(items), tuple(teams))


def credit(drafts: Mapping[str, Draft], clicks: Mapping[str, Sequence[str]]) -> Credit:
    """What clicks say about two rankings, question by question.

    Args:
        drafts: what was shown, by the question's id.
        clicks: items that were clicked, by the question's id; items that were not shown, and questions that are not
            known, count for nothing. The same item twice counts once.
    """
    wins: dict[Team, int] = {"a": 0, "b": 0}
    ties = 0
    for question, shown in drafts.items():
        team_of = dict(zip(shown.items, shown.teams, strict=True))
        got = [team_of[item] for item in dict.fromkeys(clicks.get(question, ())) if item in team_of]
        n_a, n_b = got.count("a"), got.count("b")
        if n_a == n_b:
            ties += 1
        else:
            wins["a" if n_a > n_b else "b"] += 1
    return Credit.of(wins["a"], wins["b"], ties)


def _wilson(successes: int, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    rate = successes / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    width = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return float(max(0.0, centre - width)), float(min(1.0, centre + width))


def _sign_test(successes: int, n: int) -> float:
    """Twice the binomial tail, at most 1; in logarithms, so that large n do not overflow."""
    extreme = max(successes, n - successes)
    logs = [lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) - n * log(2.0) for i in range(extreme, n + 1)]
    top = max(logs)
    return min(1.0, 2.0 * exp(top) * sum(exp(each - top) for each in logs))


def _any_time(successes: int, n: int) -> float:
    """1 over how much better some unknown coin explains what was seen than a fair one, at most 1.

    Formula: ``1 / (2^n B(w + 1, n - w + 1))``: the mixture over all coins alike is a martingale under the fair one, so
    it passes 20 at any time with a chance of at most 0.05.

    Reference:
        Robbins 1970, "Statistical methods related to the law of the iterated logarithm"; Johari et al. 2017, "Peeking
        at A/B tests".
    """
    mixture = n * log(2.0) + lgamma(successes + 1) + lgamma(n - successes + 1) - lgamma(n + 2)
    return min(1.0, exp(-mixture)) if mixture > 0 else 1.0
