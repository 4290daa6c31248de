"""The permissively licensed pictures that the default model's projection is fitted on and measured with.

Withheld on purpose: the photographs of every third product of the grocery catalogue (rows 1, 4, 7, ...), so that
later work can ask about products that nothing was fitted on, and all of ``val.csv``, which only measures.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

SEED = 20261123


@dataclass(frozen=True)
class Sample:
    """One picture: which set, which product (what it should be found by), its variant or category, where."""

    origin: str
    product: str
    group: str
    path: Path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def withheld_products(data: Path) -> frozenset[str]:
    """Rows 1, 4, 7, ... of the grocery catalogue, counting from 1: 27 of 81 products."""
    return frozenset(row["product_id"] for row in rows(data / "grocery/catalog.csv")[::3])


def grocery_catalogue(data: Path) -> list[Sample]:
    return [
        Sample("catalogue", row["product_id"], row["category"], data / "grocery" / row["image"])
        for row in rows(data / "grocery/catalog.csv")
    ]


def grocery_photographs(data: Path, name: str) -> list[Sample]:
    return [
        Sample("grocery", row["product_id"], "", data / "grocery" / row["image"])
        for row in rows(data / "grocery" / name)
    ]


def fitting_samples(data: Path) -> list[Sample]:
    """Clothing, grocery photographs without the withheld products, appliances, signs; in file order."""
    withheld = withheld_products(data)
    return [
        *(
            Sample("clothing", row["product_id"], row["category"], data / "clothing" / row["image"])
            for row in rows(data / "clothing/items.csv")
        ),
        *(sample for sample in grocery_photographs(data, "train.csv") if sample.product not in withheld),
        *(
            Sample(name, row["product_id"], row["variant_id"], data / name / row["image"])
            for name in ("appliances", "signs")
            for row in rows(data / name / "catalog.csv")
        ),
    ]


def load(path: Path) -> np.ndarray:
    """Upright sRGB pixels, transparency on white."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, "white")
            white.alpha_composite(image)
            image = white
        return np.asarray(image.convert("RGB"))


def another_view(pixels: np.ndarray, generator: np.random.Generator, *, mirror: bool) -> np.ndarray:
    """The same thing photographed otherwise: a crop of half to all of the area, light, contrast, tint, blur.

    Mirrored half of the time where `mirror` says that this keeps the meaning.
    """
    height, width = pixels.shape[:2]
    side = np.sqrt(generator.uniform(0.5, 1.0))
    crop_height, crop_width = max(1, round(height * side)), max(1, round(width * side))
    upper = int(generator.integers(height - crop_height + 1))
    left = int(generator.integers(width - crop_width + 1))
    gain = generator.uniform(0.75, 1.25) * generator.uniform(0.92, 1.08, 3)
    contrast = generator.uniform(0.75, 1.25)
    radius = generator.uniform(0.0, 1.0) * min(crop_height, crop_width) / 224
    mirrored = mirror and generator.random() < 0.5
    view = pixels[upper : upper + crop_height, left : left + crop_width].astype(np.float32)
    view = (view - 127.5) * contrast + 127.5 * gain
    image = Image.fromarray(np.clip(view, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(ImageOps.mirror(image) if mirrored else image)


def loaded(samples: Iterable[Sample]) -> Iterator[tuple[Sample, np.ndarray]]:
    """Every sample with its pixels, in order, decoded on two threads a little ahead."""
    remaining = iter(samples)
    with ThreadPoolExecutor(2) as pool:
        while chunk := list(islice(remaining, 64)):
            yield from zip(chunk, pool.map(load, (sample.path for sample in chunk)), strict=True)
