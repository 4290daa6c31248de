"""What a camera and a phone do to a picture: colour cast, exposure, vignette, blur, noise, JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from lookalike.types import Pixels

__all__ = ["Flaws", "drawn_flaws", "encoded", "flawed"]


@dataclass(frozen=True, slots=True)
class Flaws:
    """How far a photograph is from a studio's.

    Attributes:
        warmth: colour cast; 0.1 is a lamp, -0.1 is shade.
        exposure: factor on brightness.
        contrast: factor around the middle.
        vignette: how much darker the corners are.
        blur_pixels: radius of what is out of focus.
        motion_pixels: length of the shake, to the side.
        noise: standard deviation in grey levels.
        quality: of the JPEG.
    """

    warmth: float
    exposure: float
    contrast: float
    vignette: float
    blur_pixels: float
    motion_pixels: int
    noise: float
    quality: int


def drawn_flaws(rng: np.random.Generator, hardness: float) -> Flaws:
    """Flaws of a photograph; hardness 0 is a good camera, 1 a bad one in bad light."""
    return Flaws(
        warmth=float(rng.normal(0.02, 0.03 + 0.06 * hardness)),
        exposure=float(np.exp(rng.normal(-0.12 * hardness, 0.06 + 0.18 * hardness))),
        contrast=float(rng.uniform(1 - 0.25 * hardness, 1.08)),
        vignette=float(rng.uniform(0.04, 0.14 + 0.25 * hardness)),
        blur_pixels=float(rng.uniform(0, 0.3 + 1.5 * hardness)),
        motion_pixels=int(rng.integers(1, 2 + round(7 * hardness))) if rng.random() < 0.5 * hardness else 0,
        noise=float(rng.uniform(1.0, 3.0 + 9.0 * hardness)),
        quality=int(rng.integers(round(84 - 40 * hardness), 93 - round(20 * hardness))),
    )


def flawed(pixels: Pixels, flaws: Flaws, rng: np.random.Generator) -> Pixels:
    """The picture as such a camera would have taken it; its geometry stays."""
    height, width = pixels.shape[:2]
    picture = Image.fromarray(pixels)
    if flaws.blur_pixels > 0.25:
        picture = picture.filter(ImageFilter.GaussianBlur(flaws.blur_pixels))
    value = np.asarray(picture, dtype=np.float32)
    if flaws.motion_pixels > 1:
        shifts = np.arange(flaws.motion_pixels) - flaws.motion_pixels // 2
        columns = np.clip(np.arange(width)[None] + shifts[:, None], 0, width - 1)
        value = sum((value[:, column] for column in columns), np.zeros_like(value)) / len(shifts)
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    fall = 1 - flaws.vignette * (across**2 + down**2) / 2
    cast = np.array([1 + flaws.warmth, 1.0, 1 - flaws.warmth * 1.4], dtype=np.float32)
    value = value * (fall[..., None] * cast * np.float32(flaws.exposure))
    value = (value - 118) * np.float32(flaws.contrast) + 118
    grain = rng.standard_normal((height, width, 1), dtype=np.float32) * 0.8
    grain = grain + rng.standard_normal((height, width, 3), dtype=np.float32) * 0.6
    value = value + grain * np.float32(flaws.noise)
    return np.clip(value + 0.5, 0, 255).astype(np.uint8)


def encoded(pixels: Pixels, quality: int = 90) -> bytes:
    """The picture as a JPEG without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
