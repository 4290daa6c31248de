"""Every word of the reports, in English; another language is another module with these names."""

from __future__ import annotations

from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.report.tile import Tile

__all__ = ["LANGUAGE", "percent"]

LANGUAGE = "en"

EVALUATION = "Evaluation"
CONTENTS = "Contents"
FOOT = "Made by Lookalike. This file loads nothing and runs nothing; the same numbers are in evaluation.json beside it."
NUMBERS = "The numbers"
NO_PICTURE = "no picture"

METRICS = "Metrics"
DEPTH = "How deep to look"
SLICES = "Where it is weak"
CERTAINTY = "Can its similarity be believed?"
SPEED = "How long a query takes"
CONFUSIONS = "What it takes for what"
FAILURES = "Worst failures"
REJECTED = "Not asked"
REPEAT = "To repeat it"

ASKED = "Asked"
RIGHT_ANSWER = "Right"

MEANINGS = {
    "recall": "a right answer is among the first {k}",
    "precision": "share of the first {k} that are right",
    "coverage": "share of the right answers among the first {k}",
    "map": "whether all right answers come early, to rank {k}",
    "ndcg": "the same, later ranks counting less, to rank {k}",
    "mrr": "1 / rank of the first right answer, to rank {k}",
}

STAGES = {
    "decode": "Reading the picture",
    "embed": "Model",
    "filter": "Filter",
    "search": "Neighbours",
    "details": "Titles and prices",
    "total": "All of it",
}


def percent(share: float, digits: int = 0) -> str:
    """A share of one as a percentage."""
    return f"{100 * share:.{digits}f}%"


def count(n: int, one: str, many: str | None = None) -> str:
    """A number and what it counts."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def between(interval: Interval) -> str:
    """An interval as percentages."""
    return f"{100 * interval.low:.0f}–{percent(interval.high)}"


def sentence(right: int, queries: int) -> str:
    """The headline in words."""
    return f"The right product came first for {right:,} of {queries:,} queries."


def expectation(interval: Interval, n_clusters: int) -> str:
    """What the interval means."""
    return (
        f"On other photographs of products like these, expect between {interval.low * 100:.0f} and "
        f"{interval.high * 100:.0f} of 100 (95% interval, resampling {count(n_clusters, 'product')})."
    )


def meaning(metric: str) -> str:
    """What a metric measures, in a few words."""
    name, _, k = metric.partition("@")
    return MEANINGS.get(name, "").format(k=k)


def rank_labels(depth: int) -> tuple[str, str, str, str]:
    """Names of the groups of ranks."""
    return "first", "2nd to 5th", f"6th to {depth}th", f"not in the first {depth}"


def rank(found: int | None, depth: int) -> str:
    """Where the right answer was."""
    return f"rank {found:,}" if found is not None else f"not in the first {depth:,}"


def wrong_rank(found: int | None) -> str:
    """The caption of a wrong answer."""
    return ordinal(found) if found is not None else "Wrong"


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, …."""
    if 10 <= n % 100 <= 20:
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"


def picture_of(tile: Tile) -> str:
    """What is on a picture, for those who do not see it."""
    return f"{tile.title or tile.name}"


def milliseconds(value: float) -> str:
    """A time with three significant digits."""
    return f"{value:.3g} ms" if value < 1000 else f"{value:,.0f} ms"
