"""An explanation as one figure: both pictures with their maps, lines between the parts that match, their shares."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.explain.explainer import ExplainedHit
from lookalike.explain.explanation import Explanation, MatchedPair
from lookalike.explain.overlay import overlay_map
from lookalike.images.drawing import Colour, Curve, Figure, Frame, Photo, Shape, Words
from lookalike.images.tinting import AGAINST, FOR
from lookalike.types import Box, Pixels

__all__ = ["draw_explanation", "place_name", "strongest"]

_MARGIN, _PANEL, _GAP, _HEAD, _FOOT = 32.0, 400.0, 104.0, 92.0, 76.0
_DETAIL = 2
_SHOWN = 5
_LEAST_SHARE = 0.03
_LEAST_FRAME = 6.0
_INK, _SOFT, _WHITE = (26, 25, 23), (91, 88, 81), (255, 255, 255)
_COLOURS = ((36, 70, 216), (12, 106, 92), (118, 40, 176), (122, 78, 0), (60, 60, 66))


@dataclass(frozen=True, slots=True)
class _Panel:
    """Where a picture lies in the figure."""

    x: float
    y: float
    width: float
    height: float
    scale: float

    def framed(self, box: Box) -> Box:
        return Box(
            self.x + box.x * self.scale, self.y + box.y * self.scale, box.width * self.scale, box.height * self.scale
        )


def strongest(explanation: Explanation, *, most: int = _SHOWN) -> tuple[MatchedPair, ...]:
    """The pairs worth a line: the largest `most` of those with at least 3% of the similarity, of whatever sign."""
    least = _LEAST_SHARE * abs(explanation.similarity)
    return tuple(pair for pair in explanation.pairs if abs(pair.contribution) >= least)[:most]


def place_name(box: Box, size: tuple[int, int]) -> str:
    """Where in a picture a box lies, in words: ``upper left``, ``centre``, ``lower edge``, …

    Args:
        box: in pixels of the picture.
        size: its width and height.
    """
    across = (box.x + box.width / 2) / size[0]
    down = (box.y + box.height / 2) / size[1]
    column = "left" if across < 0.4 else "right" if across > 0.6 else ""
    row = "upper" if down < 0.4 else "lower" if down > 0.6 else ""
    if row and column:
        return f"{row} {column}"
    return f"{row} middle" if row else column or "centre"


def draw_explanation(explained: ExplainedHit) -> Figure:
    """The two pictures side by side, matched parts joined by lines; with `against`, what speaks for and against.

    Args:
        explained: what `Explainer.explain` gave.
    """
    explanation, hit = explained.explanation, explained.hit
    pairs = strongest(explanation)
    side = round(_PANEL * _DETAIL)
    query = overlay_map(explained.query.pixels, explanation.query_map, size=explanation.query_size, side_pixels=side)
    picture = overlay_map(
        explained.picture.pixels, explanation.image_map, size=explanation.image_size, side_pixels=side
    )
    left = _panel(explanation.query_size, _MARGIN)
    right = _panel(explanation.image_size, _MARGIN + _PANEL + _GAP)
    width = 2 * _MARGIN + 2 * _PANEL + _GAP
    shapes: list[Shape] = [
        Words(_MARGIN, 48, f"{explanation.similarity:.2f}", 34, _INK, bold=True),
        Words(_MARGIN + 84, 34, "similarity of your photograph and", 14, _SOFT),
        Words(_MARGIN + 84, 54, _shortened(hit.title or hit.product_id, 70), 16, _INK, bold=True),
        _photo(query, left),
        _photo(picture, right),
    ]
    shapes += [Frame(panel.x, panel.y, panel.width, panel.height, (215, 211, 203), 1, 2) for panel in (left, right)]
    shapes += _joined(pairs, left, right, explanation)
    shapes += _legend(explanation, pairs, width)
    if explained.contrast is not None and explained.against is not None:
        shapes += _contrast(explained, width)
        width += _PANEL + _GAP / 2
    return Figure(width, _HEAD + _PANEL + _FOOT, shapes, _about(explained, pairs))


def _panel(size: tuple[int, int], x: float) -> _Panel:
    scale = _PANEL / max(size)
    width, height = size[0] * scale, size[1] * scale
    return _Panel(x + (_PANEL - width) / 2, _HEAD + (_PANEL - height) / 2, width, height, scale)


def _photo(pixels: Pixels, panel: _Panel) -> Photo:
    return Photo(pixels, panel.x, panel.y, panel.width, panel.height)


def _joined(pairs: tuple[MatchedPair, ...], left: _Panel, right: _Panel, explanation: Explanation) -> list[Shape]:
    """Frames around the parts of each pair, a curve between them, and its share where the curve crosses the gap."""
    framed = [(left.framed(pair.query_box), right.framed(pair.image_box)) for pair in pairs]
    x = _MARGIN + _PANEL + _GAP / 2
    heights = _apart([(a.y + a.height / 2 + b.y + b.height / 2) / 2 for a, b in framed])
    frames: list[Shape] = []
    curves: list[Shape] = []
    labels: list[Shape] = []
    # The strongest is drawn last, over the others.
    for rank in reversed(range(len(pairs))):
        (first, second), y = framed[rank], heights[rank]
        colour = _COLOURS[rank % len(_COLOURS)]
        share = pairs[rank].contribution / explanation.similarity if explanation.similarity else 0.0
        start, end = (first.x + first.width, first.y + first.height / 2), (second.x, second.y + second.height / 2)
        halves = (
            (start, ((start[0] + x) / 2, start[1]), ((start[0] + x) / 2, y), (x, y)),
            ((x, y), ((x + end[0]) / 2, y), ((x + end[0]) / 2, end[1]), end),
        )
        thickness = 1.5 + min(5.0, 10.0 * abs(share))
        dashed = pairs[rank].contribution < 0
        curves += [Curve(half, _WHITE, thickness + 2.5) for half in halves]
        curves += [Curve(half, colour, thickness, dashed) for half in halves]
        for box in (first, second):
            frames += _framed(box, colour)
        labels.append(Frame(x - 27, y - 14, 54, 28, colour, 1.5, 14, fill=_WHITE))
        labels.append(Words(x, y + 5.5, _percent(share), 15, colour, "middle", bold=True))
    return [*frames, *curves, *labels]


def _framed(box: Box, colour: Colour) -> list[Shape]:
    """The outline of a part on a white one; around its middle where the part itself is too small to be seen."""
    width, height = max(_LEAST_FRAME, box.width - 2), max(_LEAST_FRAME, box.height - 2)
    x, y = box.x + (box.width - width) / 2, box.y + (box.height - height) / 2
    return [Frame(x, y, width, height, _WHITE, 4.5, 6), Frame(x, y, width, height, colour, 2.5, 6)]


def _apart(heights: list[float], least: float = 34.0) -> list[float]:
    """The same heights, moved no further than needed so that neighbours are `least` apart and all stay beside."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed: list[float] = []
    for place in order:
        placed.append(max(heights[place], placed[-1] + least) if placed else heights[place])
    lowest = _HEAD + _PANEL - 16
    for position in reversed(range(len(placed))):
        placed[position] = min(placed[position], lowest)
        lowest = placed[position] - least
    result = list(heights)
    for place, y in zip(order, placed, strict=True):
        result[place] = y
    return result


def _percent(share: float) -> str:
    return f"{share * 100:.0f}%".replace("-", "−")


def _legend(explanation: Explanation, pairs: tuple[MatchedPair, ...], width: float) -> list[Shape]:
    y = _HEAD + _PANEL + 26
    shapes: list[Shape] = [Words(_MARGIN, y + 10, "lowers it", 12, _SOFT)]
    ramp = (*reversed(AGAINST), (240, 238, 233), *FOR)
    shapes += [
        Frame(_MARGIN + 56 + 16 * place, y, 16, 12, colour, 0, 0, fill=colour) for place, colour in enumerate(ramp)
    ]
    shapes.append(Words(_MARGIN + 64 + 16 * len(ramp), y + 10, "raises the similarity", 12, _SOFT))
    whole = explanation.similarity or 1.0
    shown = sum(pair.contribution for pair in pairs) / whole
    others = explanation.beside(pairs) / whole
    said = f"the lines are {_percent(shown)} of it, all other pairs of parts together {_percent(others)}"
    if explanation.colour:
        said += f", colours {_percent(explanation.colour / whole)}"
    if explanation.method == "occlusion":
        said = "estimated by occlusion; " + said
    shapes.append(Words(width - _MARGIN, y + 10, said, 12, _SOFT, "right"))
    return shapes


def _contrast(explained: ExplainedHit, x: float) -> list[Shape]:
    """A third panel: the query, tinted by what speaks for the first (warm) and for the second product (blue)."""
    differing, other = explained.contrast, explained.against
    assert differing is not None
    assert other is not None
    size = explained.explanation.query_size
    x = x - _MARGIN + _GAP / 2
    panel = _panel(size, x)
    tinted = overlay_map(explained.query.pixels, differing.query_map, size=size, side_pixels=round(_PANEL * _DETAIL))
    shapes: list[Shape] = [
        Words(x, 34, f"{differing.difference:+.2f} against".replace("-", "−"), 14, _SOFT),
        Words(x, 54, _shortened(other.title or other.product_id, 44), 16, _INK, bold=True),
        Words(x, 76, f"similarity {other.similarity:.2f}", 13, _SOFT),
        _photo(tinted, panel),
        Frame(panel.x, panel.y, panel.width, panel.height, (215, 211, 203), 1, 2),
    ]
    for part in differing.parts[:3]:
        box = panel.framed(part.query_box)
        colour = _COLOURS[2] if part.contribution > 0 else _COLOURS[0]
        label = f"{part.contribution:+.2f}".replace("-", "−")
        shapes += [
            *_framed(box, colour),
            Frame(box.x + box.width / 2 - 28, box.y + box.height / 2 - 13, 56, 26, colour, 1.5, 13, fill=_WHITE),
            Words(box.x + box.width / 2, box.y + box.height / 2 + 5, label, 14, colour, "middle", bold=True),
        ]
    y = _HEAD + _PANEL + 36
    shapes.append(Words(x, y, "warm speaks for the product, blue for the other", 12, _SOFT))
    return shapes


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _about(explained: ExplainedHit, pairs: tuple[MatchedPair, ...]) -> str:
    explanation = explained.explanation
    said = [f"Similarity {explanation.similarity:.2f} to {explained.hit.title or explained.hit.product_id}."]
    for pair in pairs:
        share = pair.contribution / explanation.similarity if explanation.similarity else 0.0
        here = place_name(pair.query_box, explanation.query_size)
        there = place_name(pair.image_box, explanation.image_size)
        said.append(f"{_percent(share)} of it: {here} of the photograph, {there} of the product picture.")
    return " ".join(said)
