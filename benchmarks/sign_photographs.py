"""Photographs of road signs, made of their pictograms by code that training does not share.

Pillow and numpy alone: a pictogram with its own transparency is seen in perspective by a camera, in a street of
gradients, walls, leaves and other signs, under a lamp or the sun, and kept at as few pixels as a real one has. What
`lookalike train --recipe signs` learns from is made elsewhere (`lookalike.train.augmentation`), in other ways.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

__all__ = ["CONDITIONS", "Photographer", "mirrored", "mirrors_another"]

_CANVAS = 320


@dataclass(frozen=True, slots=True)
class Condition:
    """What a photograph suffers from; everything else is mild.

    Attributes:
        sides: of the sign in pixels of the photograph, from and to.
        margin: street around it, as a share of its side, up to this on each side.
        blur: length of motion blur as a share of the sign's side, from and to.
        noise: grey levels, from and to.
        tilt: by how much a corner may be moved, as a share of the side.
        light: share of the daylight, from and to.
    """

    sides: tuple[int, int] = (64, 128)
    margin: float = 0.15
    blur: tuple[float, float] = (0.0, 0.02)
    noise: tuple[float, float] = (0.0, 4.0)
    tilt: float = 0.06
    light: tuple[float, float] = (0.7, 1.1)


CONDITIONS = {
    "daylight": Condition(),
    "motion": Condition(blur=(0.06, 0.2)),
    "noise": Condition(noise=(12.0, 35.0)),
    "perspective": Condition(tilt=0.22),
    "night": Condition(light=(0.06, 0.25), noise=(2.0, 8.0)),
    "16 to 32 px": Condition(sides=(16, 32)),
    "32 to 64 px": Condition(sides=(32, 64)),
    "margin": Condition(margin=0.6),
    "all at once": Condition((20, 64), 0.4, (0.0, 0.1), (0.0, 14.0), 0.12, (0.15, 1.1)),
}


class Photographer:
    """Takes photographs of signs.

    Args:
        pictograms: files of the signs that stand about.
        scenery: photographs of which parts are used as background now and then; may be empty.
    """

    def __init__(self, pictograms: Sequence[Path], scenery: Sequence[Path] = ()) -> None:
        self._pictograms = pictograms
        self._scenery = scenery

    def photograph(self, path: Path, condition: Condition, rng: np.random.Generator) -> Image.Image:
        """One photograph of one sign, RGB."""
        sign = _plate(path)
        street = self._street(rng)
        margin = rng.uniform(0, condition.margin, 4)  # left, upper, right, lower
        inner = _CANVAS / (1 + margin[[0, 2]].sum()), _CANVAS / (1 + margin[[1, 3]].sum())
        side = min(inner)
        box_width, box_height = side * (1 + margin[[0, 2]].sum()), side * (1 + margin[[1, 3]].sum())
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)
        turn = np.radians(rng.normal(0, 4))
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        corners = (corners - 0.5) @ spin.T + 0.5 + rng.uniform(-condition.tilt, condition.tilt, (4, 2))
        corners = corners * side + np.array([margin[0], margin[1]]) * side
        post = ImageDraw.Draw(street)
        x = corners[:, 0].mean()
        grey = int(rng.uniform(60, 190))
        post.rectangle([x - side * 0.03, corners[:, 1].mean(), x + side * 0.03, _CANVAS], fill=(grey, grey, grey))
        _paste(street, _weathered(sign, rng), corners)
        if rng.random() < 0.15:
            _branch(street, side, rng)
        photo = street.crop((0, 0, round(box_width), round(box_height)))
        photo = _exposed(photo, condition, rng)
        photo = _moved(photo, rng.uniform(*condition.blur) * side, rng.uniform(0, 180))
        scale = rng.uniform(*condition.sides) / side
        size = max(8, round(photo.width * scale)), max(8, round(photo.height * scale))
        photo = photo.resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BILINEAR)
        grains = np.asarray(photo, np.float32) + rng.normal(0, rng.uniform(*condition.noise), (*size[::-1], 3))
        photo = Image.fromarray(np.clip(grains, 0, 255).astype(np.uint8))
        held = io.BytesIO()
        photo.save(held, "JPEG", quality=int(rng.integers(55, 96)))
        return Image.open(held).convert("RGB")

    def _street(self, rng: np.random.Generator) -> Image.Image:
        """Sky over ground, walls with windows, leaves, a part of a photograph, another sign."""
        if self._scenery and rng.random() < 0.4:
            with Image.open(self._scenery[int(rng.integers(len(self._scenery)))]) as found:
                picture = found.convert("RGB").resize((_CANVAS, _CANVAS))
            return ImageEnhance.Color(picture).enhance(rng.uniform(0.3, 1.0))
        sky, ground = rng.uniform((110, 130, 150), (210, 225, 255)), rng.uniform(40, 140, 3)
        horizon = rng.uniform(0.2, 1.0)
        share = 1 / (1 + np.exp(-(np.linspace(0, 1, _CANVAS) - horizon) * rng.uniform(5, 60)))
        rows = sky + share[:, None] * (ground - sky)
        street = Image.fromarray(np.repeat(rows[:, None].astype(np.uint8), _CANVAS, 1))
        draw = ImageDraw.Draw(street)
        for _ in range(int(rng.integers(0, 4))):
            left, upper = rng.uniform(-0.2, 0.9, 2) * _CANVAS
            wall = tuple(int(v) for v in np.clip(rng.uniform(50, 210) + rng.normal(0, 18, 3), 0, 255))
            right, step = left + rng.uniform(60, 220), rng.uniform(16, 46)
            draw.rectangle([left, upper, right, _CANVAS], fill=wall)
            for wx in np.arange(left + step / 3, right - step / 2, step):
                for wy in np.arange(upper + step / 3, _CANVAS, step * 1.4):
                    draw.rectangle([wx, wy, wx + step / 2, wy + step * 0.7], fill=tuple(v // 2 for v in wall))
        if rng.random() < 0.6:
            for _ in range(int(rng.integers(100, 900))):
                cx, cy = rng.uniform(0, _CANVAS), rng.normal(rng.uniform(0.2, 0.9), 0.25) * _CANVAS
                r = rng.uniform(2, 12)
                green = rng.uniform(0.3, 1.1)
                leaf = (int(70 * green), int(105 * green), int(45 * green))
                draw.ellipse([cx - r, cy - r * rng.uniform(0.3, 1), cx + r, cy + r * 0.6], fill=leaf)
        if rng.random() < 0.25:
            other = _plate(self._pictograms[int(rng.integers(len(self._pictograms)))])
            other = other.resize((200, 200))
            place = (int(rng.uniform(-60, 60)), int(rng.choice([-170, 270])))
            street.paste(other, place, other)
        return street.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 5)))


def mirrored(path: Path) -> Image.Image:
    """The pictogram's mirror image, with its transparency."""
    with Image.open(path) as picture:
        return picture.convert("RGBA").transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def mirrors_another(paths: Sequence[Path], *, alike: float = 12.0) -> list[bool]:
    """For each pictogram whether its mirror image is itself or some other pictogram, to a mean grey difference."""
    small = []
    for path in paths:
        with Image.open(path) as picture:
            whole = Image.new("RGB", picture.size, (128, 128, 128))
            layer = picture.convert("RGBA")
            whole.paste(layer, mask=layer)
        small.append(np.asarray(whole.resize((32, 32), Image.Resampling.BOX), np.float32))
    stack = np.stack(small)
    return [bool((np.abs(stack - one[:, ::-1]).mean(axis=(1, 2, 3)) < alike).any()) for one in stack]


def _plate(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGBA").resize((256, 256), Image.Resampling.BICUBIC)


def _weathered(sign: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Paint that has seen some summers: paler, of another batch, dirty."""
    alpha = sign.getchannel("A")
    paint = ImageEnhance.Color(sign.convert("RGB")).enhance(rng.uniform(0.5, 1.1))
    values = np.asarray(paint, np.float32)
    values = values * rng.uniform(0.75, 1.0) + rng.uniform(0, 45)
    values = values * (1 + rng.normal(0, 0.05, 3))
    spots = Image.fromarray((rng.random((9, 9)) * 255).astype(np.uint8)).resize(sign.size, Image.Resampling.BICUBIC)
    values *= 1 - rng.uniform(0, 0.25) * np.asarray(spots, np.float32)[..., None] / 255
    done = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    done.putalpha(alpha)
    return done


def _paste(street: Image.Image, sign: Image.Image, corners: np.ndarray) -> None:
    """The sign on four corners of the street: upper left, upper right, lower right, lower left."""
    w, h = sign.size
    source = np.array([(0, 0), (w, 0), (w, h), (0, h)], float)
    rows, right = [], []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    way = np.linalg.solve(np.array(rows), np.array(right))
    seen = sign.transform(street.size, Image.Transform.PERSPECTIVE, tuple(way), Image.Resampling.BICUBIC)
    street.paste(seen, mask=seen.getchannel("A"))


def _branch(street: Image.Image, side: float, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(street)
    start, end = rng.uniform(0, side, 2), rng.uniform(0, side, 2)
    start[int(rng.integers(2))] = 0
    draw.line([*start, *end], fill=(50, 45, 35), width=int(rng.uniform(2, side * 0.06)))
    for share in rng.random(int(rng.integers(3, 12))):
        x, y = start + share * (end - start) + rng.normal(0, side * 0.05, 2)
        r = rng.uniform(0.02, 0.07) * side
        draw.ellipse([x - r, y - r, x + r, y + r / 2], fill=(60, int(rng.uniform(70, 120)), 45))


def _exposed(photo: Image.Image, condition: Condition, rng: np.random.Generator) -> Image.Image:
    """Light, its colour, a shadow's edge or a lamp's pool, and the camera's curve."""
    values = np.asarray(photo, np.float32) / 255
    y, x = np.mgrid[: photo.height, : photo.width] / _CANVAS
    if rng.random() < 0.3:
        edge = (x - rng.random()) * rng.normal() + (y - rng.random()) * rng.normal() > 0
        values = values * np.where(edge, 1.0, rng.uniform(0.35, 0.8))[..., None]
    light = rng.uniform(*condition.light)
    if light < 0.4:
        pool = np.exp(-((x - rng.random()) ** 2 + (y - rng.random()) ** 2) * rng.uniform(0.5, 4))
        values = values * (0.5 + pool)[..., None] * np.array([1.2, 1.0, 0.7]) ** rng.uniform(-0.5, 1.0)
    else:
        values = values * (1 + rng.normal(0, 0.06, 3))
    values = np.clip(values * light, 0, 1) ** rng.uniform(0.85, 1.2)
    return Image.fromarray((values * 255).astype(np.uint8))


def _moved(photo: Image.Image, length: float, degrees: float) -> Image.Image:
    """Averaged along a line of that many pixels."""
    n = max(1, round(length))
    if n == 1:
        return photo
    steps = (np.arange(n) - (n - 1) / 2)[:, None] * [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]
    values = np.zeros((photo.height, photo.width, 3), np.float32)
    padded = np.pad(np.asarray(photo, np.float32), ((n, n), (n, n), (0, 0)), "edge")
    for dx, dy in np.round(steps).astype(int):
        values += padded[n + dy : n + dy + photo.height, n + dx : n + dx + photo.width]
    return Image.fromarray((values / n).astype(np.uint8))
