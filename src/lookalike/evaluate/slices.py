"""Parts of the queries: by category, price band, views, the query's picture, or any attribute of the right product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64

from lookalike.catalog.product import Product
from lookalike.errors import ImageRejected, NotFound
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.questions import Question
from lookalike.images.decode import decode

__all__ = [
    "DEFAULT_SLICES",
    "ProductShelf",
    "Slice",
    "WorstGap",
    "bound_as_text",
    "slices_of",
    "traits_of",
    "worst_gaps",
]

DEFAULT_SLICES = ("category", "price", "views", "brightness", "size")
"""What is sliced by where nothing is asked for; ``views``, ``brightness`` and ``size`` are not columns."""

_LEAST_QUERIES = 10
_MOST_VALUES = 30
_BANDS = 3


@runtime_checkable
class ProductShelf(Protocol):
    """Knows products."""

    def product(self, product_id: str) -> Product: ...


@dataclass(frozen=True, slots=True)
class Slice:
    """The queries with one value of a trait.

    Attributes:
        n: how many.
        metrics: theirs, by name, with 95% intervals.
    """

    n: int
    metrics: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class WorstGap:
    """The value of a trait on which a metric is lowest.

    Attributes:
        column: which trait.
        value: its value.
        metric: which metric.
        gap: the metric of all other queries that have a value minus that of the slice, with its interval (products
            independent).
        n: queries in the slice.
    """

    column: str
    value: str
    metric: str
    gap: Interval
    n: int


def traits_of(
    questions: Sequence[Question], shelf: ProductShelf, columns: Sequence[str] = DEFAULT_SLICES
) -> dict[str, list[str | None]]:
    """For each column the value of every query, None where it has none.

    Args:
        questions: whose right answers are products; of several the first by name counts.
        shelf: has the products.
        columns: attributes of the right product, and ``views`` (how many images it has), ``brightness`` (mean of the
            query's picture) and ``size`` (its shorter side). Columns of numbers become thirds of these queries, named
            by their bounds; a column that no right product has gives None only.
    """
    products = [_product(question, shelf) for question in questions]
    found: dict[str, list[str | None]] = {}
    pictures = (
        [_picture(question) for question in questions]
        if {"brightness", "size"} & set(columns)
        else [(None, None)] * len(questions)
    )
    for column in dict.fromkeys(columns):
        values: Sequence[object]
        match column:
            case "views":
                values = [None if one is None else _views(one) for one in products]
            case "brightness":
                values = [brightness for brightness, _ in pictures]
            case "size":
                values = [side for _, side in pictures]
            case _:
                values = [None if one is None else _attribute(one, column) for one in products]
        found[column] = _banded(values)
    return found


def slices_of(
    values: Mapping[str, Float64[np.ndarray, " n"]],
    clusters: Sequence[object],
    traits: Mapping[str, Sequence[str | None]],
    most: Mapping[str, float] | None = None,
) -> dict[str, dict[str, Slice]]:
    """Every metric on the queries of each value that at least ten queries have; of a column the 30 commonest values.

    Args:
        values: by metric, one number in [0, 1] a query.
        clusters: product of each query.
        traits: by column, the value of each query.
        most: by metric, what it can be at most; None for 1.
    """
    highest = most or {}
    found: dict[str, dict[str, Slice]] = {}
    for column, of_query in traits.items():
        names, counts = np.unique([name for name in of_query if name is not None], return_counts=True)
        often = [
            str(names[i]) for i in np.argsort(-counts, kind="stable")[:_MOST_VALUES] if counts[i] >= _LEAST_QUERIES
        ]
        part: dict[str, Slice] = {}
        for name in often:
            inside = np.array([one == name for one in of_query])
            own = [cluster for cluster, here in zip(clusters, inside, strict=True) if here]
            metrics = {
                metric: jackknife_mean(numbers[inside], own, most=highest.get(metric, 1.0))
                for metric, numbers in values.items()
            }
            part[name] = Slice(int(inside.sum()), metrics)
        if part:
            found[column] = part
    return found


def worst_gaps(
    values: Mapping[str, Float64[np.ndarray, " n"]],
    clusters: Sequence[object],
    traits: Mapping[str, Sequence[str | None]],
    slices: Mapping[str, Mapping[str, Slice]],
    *,
    metric: str = "recall@1",
) -> dict[str, WorstGap]:
    """By column, the slice with the lowest `metric` against the rest; columns with a single slice have none."""
    found: dict[str, WorstGap] = {}
    for column, part in slices.items():
        if len(part) < 2:
            continue
        name = min(part, key=lambda one: (part[one].metrics[metric].value, one))
        inside = np.array([one == name for one in traits[column]])
        others = np.array([one is not None and one != name for one in traits[column]])
        own = part[name].metrics[metric]
        rest = jackknife_mean(values[metric][others], [c for c, here in zip(clusters, others, strict=True) if here])
        gap = rest.value - own.value
        # Distances to the bounds add like standard errors (MOVER, Zou & Donner 2008).
        low = gap - float(np.hypot(rest.value - rest.low, own.high - own.value))
        high = gap + float(np.hypot(rest.high - rest.value, own.value - own.low))
        found[column] = WorstGap(column, name, metric, Interval(gap, low, high), int(inside.sum()))
    return found


def _product(question: Question, shelf: ProductShelf) -> Product | None:
    try:
        return shelf.product(min(question.answers))
    except NotFound:
        return None


def _views(product: Product) -> str:
    n = sum(len(variant.images) for variant in product.variants)
    return "1" if n == 1 else "2-3" if n <= 3 else "4-7" if n <= 7 else "8 or more"


def _attribute(product: Product, column: str) -> object:
    return next((one.attributes[column] for one in product.variants if column in one.attributes), None)


def _picture(question: Question) -> tuple[float | None, int | None]:
    """Mean brightness (0 to 255) and shorter side in pixels of the query's picture."""
    if question.image is None:
        return None, None
    try:
        picture = decode(question.image.read_bytes(), shorter_side_pixels=64)
    except (ImageRejected, OSError):
        return None, None
    return float(picture.pixels.mean()), min(picture.width, picture.height)


def bound_as_text(number: float) -> str:
    """Six digits, and no power of ten where a currency has prices of millions."""
    return f"{number:.0f}" if abs(number) >= 99_999.5 else f"{number:g}"


def _banded(values: Sequence[object]) -> list[str | None]:
    numbers = [float(one) for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if not numbers or any(isinstance(one, str | bool) for one in values):
        return [None if one is None else str(one) for one in values]
    bounds = sorted(set(np.quantile(numbers, [place / _BANDS for place in range(1, _BANDS)]).tolist()))
    names = [
        f"up to {bound_as_text(bounds[0])}",
        *(f"{bound_as_text(low)} to {bound_as_text(high)}" for low, high in pairwise(bounds)),
        f"above {bound_as_text(bounds[-1])}",
    ]
    return [
        None if not isinstance(one, int | float) else names[int(np.searchsorted(bounds, float(one), side="left"))]
        for one in values
    ]
