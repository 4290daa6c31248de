"""Photographs that a shopper might bring of a catalogue's picture: made by rule, knowing nothing of the search.

Each is the picture under another light (strength, warmth, contrast, a shadow across it), framed anew (cut, turned a
little, sometimes mirrored), often before another background, and kept as a JPEG of middling quality. Recoloured twins
give a catalogue without variants some: the same garment in other hues, which is what a variant is.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

__all__ = ["drawn_subset", "photographed", "recoloured", "subject"]

_SIDE = 96


def subject(picture: np.ndarray) -> np.ndarray:
    """How surely each pixel is part of the subject, 0 to 1: what smooth ground does not reach from the border."""
    height, width = picture.shape[:2]
    small = Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.6))
    colours = np.asarray(small).astype(np.float32)
    ground = np.zeros((_SIDE, _SIDE), bool)
    ground[[0, -1]] = ground[:, [0, -1]] = True
    for _ in range(3 * _SIDE):
        before = ground.sum()
        for axis, by in ((0, 1), (0, -1), (1, 1), (1, -1)):
            reached = np.roll(ground, by, axis)
            alike = np.abs(colours - np.roll(colours, by, axis)).max(-1) < 3.5
            ground |= reached & alike
        if ground.sum() == before:
            break
    mask = Image.fromarray(((~ground) * 255).astype(np.uint8)).filter(ImageFilter.MedianFilter(5))
    mask = mask.filter(ImageFilter.MaxFilter(3)).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(mask.filter(ImageFilter.GaussianBlur(max(width, height) / 200))).astype(np.float32) / 255


def photographed(picture: np.ndarray, rng: np.random.Generator, *, mirrored: bool = False) -> bytes:
    """A JPEG of the picture as somebody else might have taken it.

    Args:
        picture: upright sRGB pixels.
        rng: decides everything.
        mirrored: whether half of them are mirrored, as another side of a garment would be.
    """
    made = picture
    if rng.random() < 0.6:
        mask = subject(made)[..., None]
        if 0.1 < float(mask.mean()) < 0.8:
            made = (made * mask + _backdrop(rng, made.shape[:2]) * (1 - mask)).astype(np.uint8)
    if mirrored and rng.random() < 0.5:
        made = made[:, ::-1]
    image = Image.fromarray(np.ascontiguousarray(made))
    width, height = image.size
    image = image.rotate(float(rng.normal(0, 5)), Image.Resampling.BICUBIC, fillcolor=tuple(int(v) for v in made[2, 2]))
    share = float(rng.uniform(0.68, 0.98))
    left, upper = (float(rng.uniform(0, side * (1 - share))) for side in (width, height))
    image = image.crop((round(left), round(upper), round(left + width * share), round(upper + height * share)))
    image.thumbnail((480, 480))
    light = np.asarray(image).astype(np.float32) / 255
    warm = float(rng.normal(0, 0.08))
    light = np.power(light, float(np.exp(rng.normal(0, 0.18)))) * float(np.exp(rng.normal(-0.08, 0.16)))
    light = light * np.array([1 + warm, 1 + float(rng.normal(0, 0.02)), 1 - warm], np.float32)
    rows, columns = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    slope = (
        np.cos(angle := float(rng.uniform(0, 2 * np.pi))) * rows / light.shape[0]
        + np.sin(angle) * columns / light.shape[1]
    )
    light = light * (1 + float(rng.uniform(0, 0.35)) * (slope - slope.mean()))[..., None]
    light = light + rng.normal(0, float(rng.uniform(0, 0.02)), light.shape)
    done = Image.fromarray((np.clip(light, 0, 1) * 255).round().astype(np.uint8))
    buffer = io.BytesIO()
    done.save(buffer, "JPEG", quality=int(rng.integers(45, 90)))
    return buffer.getvalue()


def recoloured(picture: np.ndarray, turn: float, lighter: float) -> np.ndarray:
    """The same thing in another colour: its subject's hue turned, its lightness moved, its shading kept.

    Args:
        picture: upright sRGB pixels.
        turn: of the hue, as a share of the circle.
        lighter: added to the lightness, -1 to 1; a grey thing becomes a tinted one.
    """
    mask = subject(picture)[..., None]
    hsv = np.asarray(Image.fromarray(picture).convert("HSV")).astype(np.float32) / 255
    hue = (hsv[..., 0] + turn) % 1.0
    value = np.clip(hsv[..., 2] * (1 + lighter) + max(0.0, lighter) * 0.15, 0, 1)
    saturation = np.clip(np.maximum(hsv[..., 1], 0.18 + 0.25 * abs(lighter)), 0, 1)
    made = np.stack([hue, saturation, value], -1)
    other = np.asarray(Image.fromarray((made * 255).astype(np.uint8), "HSV").convert("RGB")).astype(np.float32)
    return (other * mask + picture * (1 - mask)).astype(np.uint8)


def drawn_subset(folder: Path, n_products: int, out: Path) -> tuple[Path, dict[str, list[Path]]]:
    """A catalogue of the first products of a drawn one, and the photographs of each of their variants.

    Args:
        folder: written by `lookalike.sources.drawn`.
        n_products: how many.
        out: where its ``catalog.csv`` goes.
    """
    out.mkdir(parents=True)

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if int(row["product_id"][1:]) < n_products]

    variants = rows("catalog.csv")
    with (out / "catalog.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(variants[0]))
        writer.writeheader()
        for row in variants:
            images = [str((folder / image).resolve()) for image in row["image"].split("|")]
            writer.writerow({**row, "image": "|".join(images)})
    taken: dict[str, list[Path]] = {}
    for row in rows("queries.csv"):
        taken.setdefault(row["variant_id"], []).append(folder / row["image"])
    return out / "catalog.csv", taken


def _backdrop(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A wall, a floor or a blurred room: a colour, a slope and soft blotches."""
    height, width = size
    base = rng.uniform(60, 225) + rng.normal(0, 14, 3)
    blotches = Image.fromarray(
        rng.integers(0, 255, (int(rng.integers(2, 12)), int(rng.integers(2, 12)), 3), dtype=np.uint8)
    )
    soft = np.asarray(blotches.resize((width, height), Image.Resampling.BICUBIC)).astype(np.float32) - 127
    slope = np.linspace(-1, 1, height)[:, None, None] * float(rng.uniform(-30, 30))
    return np.clip(base + soft * float(rng.uniform(0.03, 0.22)) + slope, 0, 255)
