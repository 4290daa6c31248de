"""Whether a release may take over: its golden queries against the live one's, overall and on every slice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.catalog.inventory import Inventory
from lookalike.errors import GoldenSetUnusable
from lookalike.evaluate.comparison import Comparison, compare, holm
from lookalike.evaluate.golden.golden_set import GoldenQuery, GoldenSet
from lookalike.evaluate.golden.scoring import Standing, standing_of
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.variant_names import names_of

__all__ = ["LEAST_ANSWERS", "METRIC", "Gate", "GateSlice", "judge", "traits_of"]

METRIC = "mrr@10"
LEAST_ANSWERS = 10
"""Different products asked for below which no interval is worth the name."""
_LEAST_QUERIES_IN_SLICE = 10
_LEAST_ANSWERS_IN_SLICE = 5
_LEVEL = 0.05
_SEED = 20_260_102

Traits = Mapping[str, Mapping[str, str]]
"""By product (or variant): what slices it belongs to, for example ``{"category": "Mugs", "views": "2-3"}``."""


@dataclass(frozen=True, slots=True)
class GateSlice:
    """The comparison on some of the queries.

    Attributes:
        name: what they have in common, for example ``category``.
        value: and which one, for example ``Mugs``.
        n_queries: how many they are.
        difference: candidate minus live, 95% interval.
        p_value: that neither is better, corrected for all slices by Holm's method.
        worse: whether the candidate is, at 5% over all slices together.
    """

    name: str
    value: str
    n_queries: int
    difference: Interval
    p_value: float
    worse: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """A candidate beside the live release, on the same queries.

    Attributes:
        golden: name of the golden set.
        data_sha256: of the golden set.
        live: id of the live release.
        candidate: id of the candidate.
        metric: what is compared.
        n_queries: queries that both could be asked.
        n_answers: different products (or variants) among their answers.
        n_left: queries of the set that could not be asked any more.
        live_value: the live release's, 95% interval.
        candidate_value: the candidate's, 95% interval.
        live_recall_at_1: likewise, of recall@1.
        candidate_recall_at_1: likewise, of recall@1.
        difference: candidate minus live, paired by query, 95% interval that leaves out one product at a time.
        p_value: that neither is better, two-sided.
        slices: by name and value; those that are too small to say anything are left out.
        live_no_vector: queries of the set whose picture the live release's model has no vector of: they count as
            finding nothing.
        candidate_no_vector: likewise, of the candidate's.
    """

    golden: str
    data_sha256: str
    live: str
    candidate: str
    metric: str
    n_queries: int
    n_answers: int
    n_left: int
    live_value: Interval
    candidate_value: Interval
    live_recall_at_1: Interval
    candidate_recall_at_1: Interval
    difference: Interval
    p_value: float
    slices: tuple[GateSlice, ...]
    live_no_vector: int = 0
    candidate_no_vector: int = 0

    @property
    def worse_overall(self) -> bool:
        """Whether the whole interval of the difference lies below zero."""
        return self.difference.high < 0

    @property
    def refused(self) -> bool:
        """Whether the candidate is worse overall or on any slice."""
        return self.worse_overall or any(one.worse for one in self.slices)

    def sentence(self) -> str:
        """What came out, for people."""
        told = (
            f"{self.metric} {self.candidate_value.value:.3f} against {self.live_value.value:.3f} of the live release "
            f"{self.live}, a difference of {_signed(self.difference)} over {self.n_queries} queries of golden set "
            f"{self.golden!r}"
        )
        if self.candidate_no_vector:
            told += f" (its model has no vector of {self.candidate_no_vector} of them)"
        worst = sorted((one for one in self.slices if one.worse), key=lambda one: one.difference.value)
        if not worst:
            return told
        slices = ", ".join(f"{one.name} {one.value} {_signed(one.difference)}" for one in worst[:5])
        more = f" and {len(worst) - 5} more" if len(worst) > 5 else ""
        return f"{told}; worse on {slices}{more}"

    def as_dict(self) -> dict[str, object]:
        """Everything, JSON-ready, with the verdict."""
        return {**asdict(self), "worse_overall": self.worse_overall, "refused": self.refused}


def _signed(interval: Interval) -> str:
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def judge(golden: GoldenSet, live: tuple[str, Standing], candidate: tuple[str, Standing], traits: Traits) -> Gate:
    """Compare two releases on the queries that both could be asked.

    The candidate is worse overall where the whole 95% interval of the paired difference in reciprocal rank lies below
    zero, and worse on a slice where the difference there is negative and its p-value, corrected for the number of
    slices, is below 0.05. Equal releases are therefore refused in at most some 7% of comparisons, and never where
    they answer alike.

    Args:
        golden: the questions.
        live: id of the live release, and how it did.
        candidate: likewise.
        traits: of each answer, see `traits_of`.

    Raises:
        GoldenSetUnusable: fewer than ten different products are asked for.
    """
    others = set(candidate[1].queries)
    common = [query for query in live[1].queries if query in others]
    clusters = [query.cluster for query in common]
    if len(set(clusters)) < LEAST_ANSWERS:
        raise GoldenSetUnusable(
            f"golden set {golden.name!r} asks for {len(set(clusters))} different products that both releases have, "
            f"expected at least {LEAST_ANSWERS}: bring photographs (`lookalike golden make QUERIES.csv --name NAME`)"
        )
    before, after = standing_of(live[1], common), standing_of(candidate[1], common)
    old, new = before.reciprocal_ranks(), after.reciprocal_ranks()
    whole = compare(new, old, clusters, generator=_generator())

    def mean(values: Float64[np.ndarray, " n"]) -> Interval:
        return jackknife_mean(values, clusters)

    return Gate(
        golden=golden.name,
        data_sha256=golden.data_sha256,
        live=live[0],
        candidate=candidate[0],
        metric=METRIC,
        n_queries=len(common),
        n_answers=len({query.answers for query in common}),
        n_left=len(golden.queries) - len(common),
        live_value=mean(old),
        candidate_value=mean(new),
        live_recall_at_1=mean(before.recall_at(1)),
        candidate_recall_at_1=mean(after.recall_at(1)),
        difference=whole.difference,
        p_value=whole.p_value,
        slices=_slices(common, new, old, traits),
        live_no_vector=live[1].n_no_vector,
        candidate_no_vector=candidate[1].n_no_vector,
    )


def _slices(
    queries: list[GoldenQuery], new: Float64[np.ndarray, " n"], old: Float64[np.ndarray, " n"], traits: Traits
) -> tuple[GateSlice, ...]:
    members: dict[tuple[str, str], list[int]] = {}
    for position, query in enumerate(queries):
        for trait in {"query": query.kind, **traits.get(min(query.answers), {})}.items():
            members.setdefault(trait, []).append(position)
    found: list[tuple[str, str, int, Comparison]] = []
    for (name, value), positions in sorted(members.items()):
        clusters = [queries[position].cluster for position in positions]
        whole = len(positions) == len(queries)
        if whole or len(positions) < _LEAST_QUERIES_IN_SLICE or len(set(clusters)) < _LEAST_ANSWERS_IN_SLICE:
            continue
        rows = np.asarray(positions, dtype=np.int64)
        found.append((name, value, len(positions), compare(new[rows], old[rows], clusters, generator=_generator())))
    corrected = holm([comparison.p_value for *_, comparison in found])
    return tuple(
        GateSlice(name, value, n, comparison.difference, p, p < _LEVEL and comparison.difference.value < 0)
        for (name, value, n, comparison), p in zip(found, corrected, strict=True)
    )


def _generator() -> np.random.Generator:
    return np.random.default_rng(_SEED)


def traits_of(inventory: Inventory, golden: GoldenSet) -> Traits:
    """What each answer of the set is like: its category, its price band (a third of the answers each), its views."""
    ids = names_of(inventory, golden.by)
    # Where several answers are right, the first by name stands for them, as in the slices of an evaluation.
    wanted = {min(query.answers) for query in golden.queries}
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(ids):
        if name in wanted:
            rows.setdefault(name or "", []).append(row)
    prices = {name: inventory.prices[own[0]] for name, own in rows.items()}
    band = _bands([price for price in prices.values() if price is not None])
    traits: dict[str, dict[str, str]] = {}
    for name, own in rows.items():
        n_views = len({inventory.sha256s[row] for row in own})
        traits[name] = {"views": "1" if n_views == 1 else "2-3" if n_views < 4 else "4+"}
        category, price = inventory.categories[own[0]], prices[name]
        if category:
            traits[name]["category"] = category
        if price is not None:
            traits[name]["price"] = band(price)
    return traits


def _bands(prices: list[float]) -> Callable[[float], str]:
    low, high = np.quantile(prices, [1 / 3, 2 / 3]) if prices else (0.0, 0.0)
    return lambda price: "low" if price <= low else "middle" if price <= high else "high"
