"""Two histograms back to back: what was right upwards, what was wrong downwards, so that no colour need be told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookalike.evaluate.report.frame import Frame, picture_of
from lookalike.evaluate.report.markup import Markup, coordinate, element
from lookalike.evaluate.report.scale import Scale

__all__ = ["counts", "mirrored"]

_N_BINS = 24
_GAP = 0.12


def counts(
    first: Sequence[float], second: Sequence[float], *, n_bins: int = _N_BINS
) -> tuple[list[int], list[int], list[float]]:
    """How many values of each fall into equal bins over the range of both; the highest value is in the last.

    Returns:
        Counts of `first`, counts of `second`, and the `n_bins` + 1 edges. Where all values are equal, the bins lie
        around them.

    Raises:
        ValueError: there are no values at all.
    """
    both = np.asarray([*first, *second], dtype=np.float64)
    if not len(both):
        raise ValueError("a histogram needs at least one value, received none")
    low, high = float(both.min()), float(both.max())
    if high - low < 1e-6:
        low, high = low - 0.05, high + 0.05
    edges = np.linspace(low, high, n_bins + 1)
    up, _ = np.histogram(np.asarray(first, dtype=np.float64), edges)
    down, _ = np.histogram(np.asarray(second, dtype=np.float64), edges)
    return up.tolist(), down.tolist(), edges.tolist()


def mirrored(
    name: str, title: str, description: str, up: Sequence[float], down: Sequence[float], labels: tuple[str, str, str]
) -> Markup:
    """`up` above the line, `down` below it, on one scale.

    Args:
        name: unique within the document.
        title: what the plot is.
        description: what it shows, for those who do not see it.
        up: values of the first kind.
        down: values of the second kind.
        labels: words for the first, for the second, and for the x axis.
    """
    above, below, edges = counts(up, down)
    most = max(1, *above, *below)
    frame = Frame(Scale(edges[0], edges[-1]), Scale(-float(most), float(most)), height=280, x_label=labels[2])
    zero = frame.down(0.0)
    bars: list[Markup] = []
    for at, (n_up, n_down) in enumerate(zip(above, below, strict=True)):
        width = edges[at + 1] - edges[at]
        left = frame.across(edges[at] + _GAP / 2 * width)
        wide = float(frame.across(edges[at] + (1 - _GAP / 2) * width)[:-1]) - float(left[:-1])
        for count, style in ((n_up, "a"), (-n_down, "b")):
            if count:
                far = frame.down(float(count))
                text = f"{edges[at]:.2f} – {edges[at + 1]:.2f}: {abs(count)}"
                place = {"x": left, "width": f"{coordinate(wide)}%", "y": min(zero, far), "height": abs(far - zero)}
                bars.append(element("rect", {"class": f"bar {style}", **place}, element("title", None, text)))
    marks = [mark for mark in frame.y.marks(5) if float(mark).is_integer()]
    return picture_of(
        name,
        title,
        description,
        frame.height,
        frame.axes(lambda value: f"{value:.2f}", lambda value: f"{abs(value):.0f}", y_marks=marks),
        *bars,
        element("text", {"class": "label a", "x": frame.across(edges[0]), "y": frame.top + 4}, labels[0]),
        element(
            "text", {"class": "label b", "x": frame.across(edges[0]), "y": frame.down(-float(most)) - 4}, labels[1]
        ),
    )
