"""Every word of the reports, in English; another language is another module with these names."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.query_leakage import QueryLeakage
from lookalike.evaluate.questions import Question
from lookalike.evaluate.report.comparison_report import MetricPair
from lookalike.evaluate.report.tile import MatchMap, Tile

__all__ = ["LANGUAGE", "percent"]

LANGUAGE = "en"

EVALUATION = "Evaluation"
COMPARISON = "Comparison"
CONTENTS = "Contents"
NUMBERS = "The numbers"
WHERE_IT_MATCHED = "Where it matched"
NO_PICTURE = "no picture"

METRICS = "Metrics"
DEPTH = "How deep to look"
CATEGORIES = "By category"
LOST = "What was lost"
WON = "What was won"
SLICES = "Where it is weak"
CERTAINTY = "Can its similarity be believed?"
VERDICTS = "Same, similar, or not here"
ROBUSTNESS = "What bad photographs cost"
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

TRAITS = {"category": "Category", "pictures": "Pictures of the product", "price": "Price"}

STAGES = {
    "decode": "Reading the picture",
    "embed": "Model",
    "filter": "Filter",
    "search": "Neighbours",
    "details": "Titles and prices",
    "total": "All of it",
}


def family(name: str) -> str:
    """A family of corruptions as a heading."""
    return name.replace("_", " ").replace("-", " ").capitalize()


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
        f"{interval.high * 100:.0f} of 100 (95% interval, leaving out one of {count(n_clusters, 'product')} at a time)."
    )


def leakage(found: QueryLeakage, queries: int) -> str:
    """What it means that queries are pictures of the catalogue."""
    same, alike = found.exact, found.perceptual
    return (
        f"{same + alike:,} of {count(queries, 'query', 'queries')} are pictures of the catalogue itself ({same:,} by "
        f"their bytes, {alike:,} by their looks): such a query finds itself, which says nothing of photographs."
    )


def unanswerable(questions: Sequence[Question], by: str) -> str:
    """What it means that right answers are not in the catalogue."""
    n, first = len(questions), questions[0]
    return (
        f"{count(n, 'query asks', 'queries ask')} for a {by} that is not in the catalogue, line {first.line} for "
        f"{' or '.join(sorted(first.answers))}, and {'counts' if n == 1 else 'count'} as missed: compare the {by} ids "
        "with those that were indexed"
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


def foot(document: str) -> str:
    """The last line of a page."""
    return f"Made by Lookalike. This file loads nothing and runs nothing; the same numbers are in {document} beside it."


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    rounded = round(100 * share, 1)
    return "0.0" if rounded == 0 else f"{rounded:+.1f}".replace("-", "−")


def p_value(value: float) -> str:
    """A p-value, not smaller than it is worth."""
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def outcome(headline: MetricPair, first: str, second: str) -> str:
    """What a comparison came to."""
    if not headline.is_different:
        return f"These queries do not tell {second} and {first} apart."
    return f"{second} is {'better' if headline.difference.value > 0 else 'worse'} than {first}."


def evidence(headline: MetricPair, queries: int, n_clusters: int, first: str, second: str) -> str:
    """What that rests on."""
    return (
        f"The right product comes first for {percent(headline.second, 1)} of {queries:,} queries with {second}, for "
        f"{percent(headline.first, 1)} with {first}. The 95% interval of the difference leaves out one "
        f"of {count(n_clusters, 'product')} at a time; p {p_value(headline.p_value)}, corrected for the metrics below."
    )


def flip_labels(first: str, second: str) -> tuple[str, str, str, str]:
    """Names of the groups of queries."""
    return "right with both", f"lost: right with {first} only", f"won: right with {second} only", "wrong with both"


def lost(n: int, second: str) -> str:
    """What the gallery of losses shows."""
    return (
        f"{count(n, 'query', 'queries')} had the right answer first before and no longer do with {second}: the "
        "photograph, the right answer with its rank now, and what comes first instead."
    )


def won(n: int, second: str) -> str:
    """What the gallery of gains shows."""
    return (
        f"{count(n, 'query', 'queries')} have the right answer first only with {second}: the photograph, the right "
        "answer with its rank before, and what came first instead."
    )


def map_of_query(one: MatchMap) -> str:
    """What the query's map shows."""
    return f"The query: warm where it is like {one.title}, blue where it is unlike"


def map_of_image(one: MatchMap) -> str:
    """What the other picture's map shows."""
    return f"{one.title}: warm where it is like the query, blue where it is unlike"


def slices(weakest: str, gap: float, n: int) -> str:
    """What the slices say."""
    return (
        f"recall@1 by what the right product is like. The weakest is {weakest}, {100 * gap:.0f} points below all "
        f"queries together (over {count(n, 'query', 'queries')}): the line marks these. Small slices are mostly noise, "
        "which their intervals show."
    )
