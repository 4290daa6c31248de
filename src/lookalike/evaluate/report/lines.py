"""Line plots with bands: recall over k, error over coverage, loss over severity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lookalike.evaluate.report.frame import Frame, picture_of
from lookalike.evaluate.report.markup import Markup, element

__all__ = ["Line", "line_plot"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot.

    Attributes:
        label: written at the line's end; empty for none.
        points: x and y, in order of x.
        band: low and high at each point; empty for none.
        style: ``a`` (the main one), ``b`` (what it is compared with) or ``quiet`` (a reference).
        dots: whether each point is marked, with its text shown when pointed at.
        texts: of the points, empty for none.
        label_below: whether the label stands below the line's end rather than above.
    """

    label: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float]] = ()
    style: str = "a"
    dots: bool = False
    texts: Sequence[str] = ()
    label_below: bool = False

    def __post_init__(self) -> None:
        if self.style not in ("a", "b", "quiet"):
            raise ValueError(f"style must be a, b or quiet, received {self.style!r}")
        for name, given in (("band", self.band), ("texts", self.texts)):
            if given and len(given) != len(self.points):
                raise ValueError(f"{name} needs one entry a point: {len(self.points)}, received {len(given)}")


def line_plot(
    name: str,
    title: str,
    description: str,
    frame: Frame,
    lines: Sequence[Line],
    *,
    x_text: Callable[[float], str],
    y_text: Callable[[float], str],
    x_marks: Sequence[float] | None = None,
    y_marks: Sequence[float] | None = None,
) -> Markup:
    """Lines over a common pair of axes; a line without points is left out.

    Args:
        name: unique within the document.
        title: what the plot is.
        description: what it shows, for those who do not see it.
        frame: the axes.
        lines: drawn in this order, the last on top.
        x_text: words of a mark on the x axis.
        y_text: words of a mark on the y axis.
        x_marks: where to mark; None for round values.
        y_marks: likewise.
    """
    drawn = [line for line in lines if line.points]
    shapes: list[Markup] = []
    for line in drawn:
        if line.band:
            xs = [x for x, _ in line.points]
            upper = [(x, high) for x, (_, high) in zip(xs, line.band, strict=True)]
            lower = [(x, low) for x, (low, _) in zip(xs, line.band, strict=True)]
            around = frame.path([*upper, *reversed(lower)], closed=True)
            shapes.append(element("path", {"class": f"band {line.style}", "d": around}))
    shapes += [element("path", {"class": f"line {line.style}", "d": frame.path(line.points)}) for line in drawn]
    return picture_of(
        name,
        title,
        description,
        frame.height,
        frame.axes(x_text, y_text, x_marks=x_marks, y_marks=y_marks),
        frame.stretched(*shapes),
        *(dot for line in drawn if line.dots for dot in _dots(frame, line)),
        *(_label(frame, line) for line in drawn if line.label),
    )


def _dots(frame: Frame, line: Line) -> list[Markup]:
    texts = line.texts or [""] * len(line.points)
    return [
        element(
            "circle",
            {"class": f"dot {line.style}", "cx": frame.across(x), "cy": frame.down(y), "r": 3.5},
            element("title", None, text) if text else None,
        )
        for (x, y), text in zip(line.points, texts, strict=True)
    ]


def _label(frame: Frame, line: Line) -> Markup:
    x, y = line.points[-1]
    down = frame.down(y) + (20 if line.label_below else -12)
    return element("text", {"class": f"label end {line.style}", "x": frame.across(x), "y": down}, line.label)
