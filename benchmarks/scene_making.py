"""Photographs with several products in them and the truth about each, pasted together; knows nothing of the search.

A *layout* is a table top with clothes and appliances laid out on it. A *room* is a cluttered photograph of something
else, into which a few products are set, small, turned, lit and blurred as they would be there.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

__all__ = ["Composed", "Placed", "Sprite", "compose", "cut_from_paper", "photograph_print"]

_TRIES = 60


@dataclass(frozen=True)
class Sprite:
    """One product to be pasted: RGBA pixels, cut to what is opaque, and where that lay in the picture as scaled."""

    product_id: str
    image: Image.Image
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Placed:
    """One product in a photograph: left, upper, width, height of what shows of it."""

    product_id: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Composed:
    """A photograph as a JPEG file, with its truth."""

    jpeg: bytes
    objects: tuple[Placed, ...]


def photograph_print(product_id: str, picture: Image.Image) -> Sprite:
    """The whole picture as an opaque rectangle."""
    return Sprite(product_id, picture.convert("RGBA"))


def cut_from_paper(product_id: str, picture: Image.Image, *, side: int = 400) -> Sprite | None:
    """The product before its plain backdrop, which is modelled as a surface of second order; None where that fails."""
    small = picture.convert("RGB")
    small.thumbnail((side, side))
    pixels = np.asarray(small, np.float32)
    height, width = pixels.shape[:2]
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(down), down, across, down**2, across**2, down * across], axis=-1).reshape(-1, 6)
    edge = np.zeros((height, width), bool)
    rim = round(0.08 * side)
    edge[:rim] = edge[:, :rim] = edge[:, -rim:] = True
    known = edge.ravel()
    flat = pixels.reshape(-1, 3)
    for _ in range(3):
        surface = terms @ np.linalg.lstsq(terms[known], flat[known], rcond=None)[0]
        away = np.abs(flat - surface).max(axis=1)
        known = away < 12
    mask = Image.fromarray(((away > 26).reshape(height, width) * 255).astype(np.uint8))
    mask = mask.filter(ImageFilter.MedianFilter(7)).filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.MinFilter(9))
    share = float((np.asarray(mask) > 0).mean())
    if not 0.03 < share < 0.7:
        return None
    small.putalpha(mask.filter(ImageFilter.GaussianBlur(0.7)))
    box = mask.getbbox()
    return Sprite(product_id, small.crop(box), (0, 0) if box is None else box[:2])


def compose(
    sprites: Sequence[Sprite],
    background: Image.Image,
    rng: np.random.Generator,
    *,
    size: tuple[int, int] = (800, 600),
    sides: tuple[float, float] = (0.12, 0.32),
    flaws: float = 1.0,
    overlap: float = 0.05,
    beyond: float = 0.0,
) -> Composed:
    """The products pasted before the background, each before those that came earlier.

    Args:
        sprites: products, each pasted once where there is room for it.
        background: cut and scaled to `size`.
        rng: decides everything.
        size: width and height of the photograph.
        sides: least and largest of a product's longer side, as a share of the photograph's height.
        flaws: 0 is a studio, 1 a telephone indoors.
        overlap: share of the smaller of two boxes that the other may hide.
        beyond: share of a product's sides that may lie outside the photograph; its box is what lies inside.
    """
    canvas = _cover(background.convert("RGB"), size, rng)
    taken: list[tuple[int, int, int, int]] = []
    placed: list[Placed] = []
    for sprite in sprites:
        image = _turned(sprite.image, rng, round(size[1] * float(rng.uniform(*sides))), flaws)
        width, height = image.size
        out = round(beyond * width), round(beyond * height)
        if width >= size[0] + 2 * out[0] or height >= size[1] + 2 * out[1]:
            continue
        for _ in range(_TRIES):
            left = int(rng.integers(-out[0], size[0] - width + out[0]))
            upper = int(rng.integers(-out[1], size[1] - height + out[1]))
            right, lower = min(size[0], left + width), min(size[1], upper + height)
            box = (max(0, left), max(0, upper), right - max(0, left), lower - max(0, upper))
            if all(_shared(box, other) < overlap for other in taken):
                _paste(canvas, image, left, upper, rng)
                taken.append(box)
                placed.append(Placed(sprite.product_id, box))
                break
    return Composed(_developed(canvas, rng, flaws), tuple(placed))


def _cover(picture: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """A random part of the picture with the proportions of `size`."""
    scale = max(size[0] / picture.width, size[1] / picture.height) * float(rng.uniform(1.0, 1.4))
    large = picture.resize((max(size[0], round(picture.width * scale)), max(size[1], round(picture.height * scale))))
    left, upper = int(rng.integers(large.width - size[0] + 1)), int(rng.integers(large.height - size[1] + 1))
    return large.crop((left, upper, left + size[0], upper + size[1]))


def _turned(image: Image.Image, rng: np.random.Generator, longer: int, flaws: float) -> Image.Image:
    """The sprite at its size, seen a little from the side, its own light changed; cut to what is opaque."""
    scale = longer / max(image.size)
    small = image.resize(
        (max(8, round(image.width * scale)), max(8, round(image.height * scale))), Image.Resampling.LANCZOS
    )
    width, height = small.size
    pad = max(2, longer // 8)
    board = Image.new("RGBA", (width + 2 * pad, height + 2 * pad), (0, 0, 0, 0))
    board.paste(small, (pad, pad))
    jitter = rng.uniform(-0.07, 0.07, (4, 2)) * flaws * np.array([width, height])
    corners = np.array([[pad, pad], [pad + width, pad], [pad + width, pad + height], [pad, pad + height]], float)
    board = board.transform(
        board.size, Image.Transform.PERSPECTIVE, _homography(corners + jitter, corners), Image.Resampling.BICUBIC
    )
    board = board.rotate(float(rng.normal(0, 4 * flaws)), Image.Resampling.BICUBIC)
    alpha = board.getchannel("A")
    pixels = np.asarray(board.convert("RGB"), np.float32)
    gain = float(rng.uniform(1 - 0.35 * flaws, 1 + 0.1 * flaws))
    warm = float(rng.normal(0.02, 0.05)) * flaws
    pixels = np.clip(pixels * gain * np.array([1 + warm, 1, 1 - warm]), 0, 255).astype(np.uint8)
    lit = Image.fromarray(pixels)
    lit.putalpha(alpha)
    return lit.crop(alpha.point(lambda value: 255 * (value > 100)).getbbox())


def _homography(source: np.ndarray, target: np.ndarray) -> list[float]:
    """Coefficients that Pillow takes, mapping places of the result to places of the source."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows), np.array(values))]


def _paste(canvas: Image.Image, image: Image.Image, left: int, upper: int, rng: np.random.Generator) -> None:
    """The sprite with a soft shadow below it."""
    reach = max(2, image.height // 16)
    shadow = Image.new("L", canvas.size, 0)
    alpha = image.getchannel("A").point(lambda value: round(value * 0.45))
    shadow.paste(alpha, (left + int(rng.integers(-reach, reach + 1)), upper + reach // 2))
    canvas.paste((20, 18, 16), mask=shadow.filter(ImageFilter.GaussianBlur(reach)))
    canvas.paste(image.convert("RGB"), (left, upper), image.getchannel("A"))


def _developed(canvas: Image.Image, rng: np.random.Generator, flaws: float) -> bytes:
    """Blur, light, noise and JPEG of the whole photograph."""
    pixels = np.asarray(canvas.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 1.1)) * flaws)), np.float32)
    warm = float(rng.normal(0.01, 0.03)) * flaws
    pixels = pixels * float(rng.uniform(1 - 0.2 * flaws, 1.05)) * np.array([1 + warm, 1, 1 - warm])
    pixels = pixels + rng.standard_normal((*pixels.shape[:2], 1)) * 5 * flaws
    buffer = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=int(rng.integers(72, 93)))
    return buffer.getvalue()


def _shared(box: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """How much of the smaller box lies in the other."""
    across = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    down = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    return max(0, across) * max(0, down) / min(box[2] * box[3], other[2] * other[3])


Cutter = Callable[[str, Image.Image], Sprite | None]
