"""Plots that fit a table's cell: an interval, a spread of times, a stack of shares.

The numbers stand in the cells beside them, so these are for the eye alone and hidden from readers of the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.report.findings import Quantiles
from lookalike.evaluate.report.frame import percent
from lookalike.evaluate.report.markup import Markup, coordinate, element
from lookalike.evaluate.report.scale import Scale

__all__ = ["scale_row", "spread", "stack", "whisker"]

_HEIGHT = 20
_MIDDLE = 10
_EDGE = 0.02


def whisker(interval: Interval, scale: Scale, *, reference: float | None = None, style: str = "a") -> Markup:
    """A dot with its interval, and a line at `reference`, on a strip as wide as the cell."""
    low, high = _across(scale, interval.low), _across(scale, interval.high)
    marks = [element("line", {"class": "track", "x1": "0", "x2": "100%", "y1": _MIDDLE, "y2": _MIDDLE})]
    if reference is not None:
        place = _across(scale, reference)
        marks.append(element("line", {"class": "reference", "x1": place, "x2": place, "y1": 0, "y2": _HEIGHT}))
    marks += [
        element("line", {"class": f"range {style}", "x1": low, "x2": high, "y1": _MIDDLE, "y2": _MIDDLE}),
        element("circle", {"class": f"dot {style}", "cx": _across(scale, interval.value), "cy": _MIDDLE, "r": 4.5}),
    ]
    return _strip(*marks)


def spread(quantiles: Quantiles, scale: Scale) -> Markup:
    """A line from the 5th to the 95th percentile, a bar from the 25th to the 75th, a dot at the median."""
    line = {"y1": _MIDDLE, "y2": _MIDDLE}
    outer = {"class": "range a", "x1": _across(scale, quantiles.p5), "x2": _across(scale, quantiles.p95), **line}
    inner = {"class": "bar a", "x1": _across(scale, quantiles.p25), "x2": _across(scale, quantiles.p75), **line}
    return _strip(
        element("line", {"class": "track", "x1": "0", "x2": "100%", **line}),
        element("line", outer),
        element("line", inner),
        element("circle", {"class": "dot hollow", "cx": _across(scale, quantiles.p50), "cy": _MIDDLE, "r": 4}),
    )


def scale_row(scale: Scale, texts: Sequence[tuple[float, str]]) -> Markup:
    """The words of a column of strips, at their places; those at the ends stay inside."""
    marks: list[Markup] = []
    for value, text in texts:
        share = scale.share(value)
        side = "start" if share < 0.02 else "end" if share > 0.98 else "middle"
        place = "0" if side == "start" else "100%" if side == "end" else _across(scale, value)
        marks.append(element("text", {"class": side, "x": place, "y": 14}, text))
    return element("svg", {"class": "strip scale", "width": "100%", "height": _HEIGHT, "aria-hidden": "true"}, marks)


def stack(parts: Sequence[tuple[int, str]]) -> Markup:
    """A bar of shares that add up to the whole; each with the class that colours it. Empty where all are 0."""
    total = sum(count for count, _ in parts)
    marks: list[Markup] = []
    begun = 0
    for count, style in parts:
        if count:
            place, width = percent(begun / total), percent(count / total)
            marks.append(element("rect", {"class": f"share {style}", "x": place, "width": width, "y": 0, "height": 40}))
        begun += count
    return element("svg", {"class": "stack", "width": "100%", "height": 40, "aria-hidden": "true"}, marks)


def _across(scale: Scale, value: float) -> str:
    return f"{coordinate(100 * (_EDGE + (1 - 2 * _EDGE) * scale.share(value)))}%"


def _strip(*marks: Markup) -> Markup:
    return element("svg", {"class": "strip", "width": "100%", "height": _HEIGHT, "aria-hidden": "true"}, marks)
