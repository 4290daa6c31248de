"""Figures made of pictures, frames, curves and words, as PNG or SVG from one description.

A figure is measured in points; a PNG has `scale` pixels for each. Later shapes lie over earlier ones.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lookalike.images.regions import encode_jpeg
from lookalike.types import Pixels

__all__ = ["Colour", "Curve", "Disc", "Figure", "Frame", "Photo", "Shape", "Words", "as_png", "as_svg"]

Colour: TypeAlias = tuple[int, int, int]
Length: TypeAlias = int | float
Point: TypeAlias = tuple[Length, Length]
Anchor: TypeAlias = Literal["left", "middle", "right"]

_SMOOTH = 2
"""Shapes are drawn finer by this factor and reduced, for smooth edges."""
_ANCHORS: dict[Anchor, tuple[str, str]] = {"left": ("ls", "start"), "middle": ("ms", "middle"), "right": ("rs", "end")}


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A picture in a place of its own size or another; it is scaled to fill it."""

    pixels: Pixels
    x: Length
    y: Length
    width: Length
    height: Length


@dataclass(frozen=True, slots=True)
class Frame:
    """A rounded rectangle, its outline inside; filled where `fill` is given."""

    x: Length
    y: Length
    width: Length
    height: Length
    colour: Colour
    thickness: Length = 2.0
    radius: Length = 6.0
    fill: Colour | None = None


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle with its centre at `x`, `y`."""

    x: Length
    y: Length
    radius: Length
    colour: Colour


@dataclass(frozen=True, slots=True)
class Curve:
    """A cubic Bezier curve from the first to the last of four points."""

    points: tuple[Point, Point, Point, Point]
    colour: Colour
    thickness: Length = 2.0
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text on the baseline `y`."""

    x: Length
    y: Length
    text: str
    size: Length = 14.0
    colour: Colour = (26, 25, 23)
    anchor: Anchor = "left"
    bold: bool = False


Shape: TypeAlias = Photo | Frame | Disc | Curve | Words


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """What is drawn on `background`, in points; `about` is what somebody is told who cannot see it."""

    width: Length
    height: Length
    shapes: Sequence[Shape]
    about: str
    background: Colour = (255, 255, 255)


def as_png(figure: Figure, *, scale: float = 2.0) -> bytes:
    """The figure as a PNG of ``round(width * scale)`` by ``round(height * scale)`` pixels.

    The letters are those of Pillow's own font: Latin alone. Others are left out rather than drawn as boxes.

    Args:
        figure: what to draw.
        scale: pixels a point.
    """
    fine = scale * _SMOOTH
    canvas = Image.new("RGB", (round(figure.width * fine), round(figure.height * fine)), figure.background)
    pen = ImageDraw.Draw(canvas)
    for shape in figure.shapes:
        _paint(canvas, pen, shape, fine)
    size = (round(figure.width * scale), round(figure.height * scale))
    buffer = io.BytesIO()
    canvas.resize(size, Image.Resampling.BOX).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _paint(canvas: Image.Image, pen: ImageDraw.ImageDraw, shape: Shape, scale: float) -> None:
    match shape:
        case Photo(pixels, x, y, width, height):
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            picture = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
            canvas.paste(picture, (round(x * scale), round(y * scale)))
        case Frame(x, y, width, height, colour, thickness, radius, fill):
            left, upper = x * scale, y * scale
            edges = (left, upper, left + max(0.0, width * scale - 1), upper + max(0.0, height * scale - 1))
            pen.rounded_rectangle(edges, radius * scale, fill=fill, outline=colour, width=round(thickness * scale))
        case Disc(x, y, radius, colour):
            edges = ((x - radius) * scale, (y - radius) * scale, (x + radius) * scale, (y + radius) * scale)
            pen.ellipse(edges, fill=colour)
        case Curve(points, colour, thickness, dashed):
            steps = _bezier(points, 96)
            pieces = [steps[start : start + 4] for start in range(0, len(steps), 6)] if dashed else [steps]
            for piece in pieces:
                pen.line([(x * scale, y * scale) for x, y in piece], colour, round(thickness * scale), joint="curve")
        case Words(x, y, text, size, colour, anchor, bold):
            shown = "".join(letter for letter in text if letter in "–—…·→−" or ord(letter) < 0x180)
            pen.text(
                (x * scale, y * scale),
                shown,
                fill=colour,
                font=ImageFont.load_default(size * scale),
                anchor=_ANCHORS[anchor][0],
                stroke_width=round(0.028 * size * scale) if bold else 0,
                stroke_fill=colour,
            )


def _bezier(points: tuple[Point, Point, Point, Point], n_steps: int) -> list[Point]:
    t = np.linspace(0.0, 1.0, n_steps)[:, None]
    corners = np.asarray(points)
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return [(float(x), float(y)) for x, y in weights @ corners]


def as_svg(figure: Figure) -> str:
    """The figure as an SVG document that needs nothing beside it: pictures are inside, fonts are the viewer's.

    Args:
        figure: what to draw.
    """
    size = f'width="{figure.width:g}" height="{figure.height:g}" viewBox="0 0 {figure.width:g} {figure.height:g}"'
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
            'font-family="system-ui, -apple-system, Segoe UI, Roboto, Noto Sans CJK SC, sans-serif">'
        ),
        f"<title>{escape(figure.about)}</title>",
        f'<rect width="100%" height="100%" fill="{_hex(figure.background)}"/>',
        *(_element(shape) for shape in figure.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _element(shape: Shape) -> str:
    match shape:
        case Photo(pixels, x, y, width, height):
            data = base64.b64encode(encode_jpeg(pixels, quality=90)).decode()
            place = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
            return f'<image {place} preserveAspectRatio="none" href="data:image/jpeg;base64,{data}"/>'
        case Frame(x, y, width, height, colour, thickness, radius, fill):
            half = thickness / 2
            place = (
                f'x="{x + half:.2f}" y="{y + half:.2f}" width="{max(0.0, width - thickness):.2f}" '
                f'height="{max(0.0, height - thickness):.2f}" rx="{radius:g}"'
            )
            inside = "none" if fill is None else _hex(fill)
            return f'<rect {place} fill="{inside}" stroke="{_hex(colour)}" stroke-width="{thickness:g}"/>'
        case Disc(x, y, radius, colour):
            return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{_hex(colour)}"/>'
        case Curve(points, colour, thickness, dashed):
            start, *rest = (f"{x:.2f} {y:.2f}" for x, y in points)
            dashes = ' stroke-dasharray="6 5"' if dashed else ""
            return (
                f'<path d="M {start} C {", ".join(rest)}" fill="none" stroke="{_hex(colour)}" '
                f'stroke-width="{thickness:.2f}" stroke-linecap="round"{dashes}/>'
            )
        case Words(x, y, text, size, colour, anchor, bold):
            weight = ' font-weight="600"' if bold else ""
            return (
                f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" fill="{_hex(colour)}" '
                f'text-anchor="{_ANCHORS[anchor][1]}"{weight}>{escape(text)}</text>'
            )


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
