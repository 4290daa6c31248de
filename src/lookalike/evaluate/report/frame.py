"""The paper of a plot: axes, grid, and the one way in which values become places.

A plot is as wide as its column and never scaled, so that its words keep their size on a phone: x is a percentage of
the width, y is in pixels. Lines live in a drawing of their own that is stretched, with strokes that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lookalike.evaluate.report.markup import Markup, coordinate, element
from lookalike.evaluate.report.scale import Scale

__all__ = ["Frame", "percent", "picture_of"]

_WIDE = 1000
_LEFT, _RIGHT = 11.0, 97.5
_TOP, _BOTTOM = 14, 40


def percent(share: float) -> str:
    """`share` of the width, for an attribute: ``12.5%``."""
    return f"{coordinate(share * 100)}%"


@dataclass(frozen=True, slots=True)
class Frame:
    """Two scales on a paper of so many pixels height.

    Attributes:
        x: values from left to right.
        y: values from bottom to top.
        height: in pixels, axis and labels included.
        x_label: below the axis.
        y_label: above the axis.
    """

    x: Scale
    y: Scale
    height: int = 260
    x_label: str = ""
    y_label: str = ""

    def across(self, value: float) -> str:
        """Place of an x value, as a percentage of the width."""
        return percent((_LEFT + (_RIGHT - _LEFT) * self.x.share(value)) / 100)

    def down(self, value: float) -> float:
        """Place of a y value, in pixels from the top."""
        return self.top + self.depth * (1 - self.y.share(value))

    @property
    def top(self) -> int:
        """Pixels above the plot."""
        return _TOP + (18 if self.y_label else 0)

    @property
    def depth(self) -> int:
        """Pixels from the highest to the lowest value."""
        return self.height - self.top - _BOTTOM

    def stretched(self, *children: Markup) -> Markup:
        """Shapes whose coordinates `path` made."""
        return element(
            "svg",
            {
                "x": f"{coordinate(_LEFT)}%",
                "y": self.top,
                "width": f"{coordinate(_RIGHT - _LEFT)}%",
                "height": self.depth,
                "viewBox": f"0 0 {_WIDE} {self.depth}",
                "preserveAspectRatio": "none",
                "class": "stretched",
            },
            children,
        )

    def path(self, points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
        """Path data through the points."""
        places = [
            f"{coordinate(self.x.share(x) * _WIDE)} {coordinate((1 - self.y.share(y)) * self.depth)}" for x, y in points
        ]
        return f"M{'L'.join(places)}{'Z' if closed else ''}"

    def axes(
        self,
        x_text: Callable[[float], str],
        y_text: Callable[[float], str],
        *,
        x_marks: Sequence[float] | None = None,
        y_marks: Sequence[float] | None = None,
    ) -> Markup:
        """Grid lines for y, marks for both, and their words."""
        bottom = self.top + self.depth
        parts: list[Markup] = []
        for value in self.y.marks() if y_marks is None else y_marks:
            y = self.down(value)
            parts += [
                element("line", {"x1": f"{coordinate(_LEFT)}%", "x2": f"{coordinate(_RIGHT)}%", "y1": y, "y2": y}),
                element("text", {"x": f"{coordinate(_LEFT - 1.6)}%", "y": y + 4, "class": "end"}, y_text(value)),
            ]
        for value in self.x.marks() if x_marks is None else x_marks:
            place = self.across(value)
            parts += [
                element("line", {"class": "mark", "x1": place, "x2": place, "y1": bottom, "y2": bottom + 4}),
                element("text", {"x": place, "y": bottom + 18, "class": "middle"}, x_text(value)),
            ]
        if self.x_label:
            middle = percent((_LEFT + _RIGHT) / 200)
            parts.append(element("text", {"x": middle, "y": self.height - 4, "class": "middle"}, self.x_label))
        if self.y_label:
            parts.append(element("text", {"x": "0", "y": 12}, self.y_label))
        return element("g", {"class": "axes"}, parts)


def picture_of(name: str, title: str, description: str, height: int, *children: Markup) -> Markup:
    """A plot that can be read aloud.

    Args:
        name: unique within the document.
        title: what it is.
        description: what it shows, with its main numbers.
        height: pixels.
        *children: what is drawn.
    """
    return element(
        "svg",
        {
            "class": "plot",
            "width": "100%",
            "height": height,
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-text",
        },
        element("title", {"id": f"{name}-title"}, title),
        element("desc", {"id": f"{name}-text"}, description),
        children,
    )
