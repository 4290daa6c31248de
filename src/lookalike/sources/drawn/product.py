"""Products of the drawn catalogue: each follows from the seed and its number alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool

from lookalike.sources.drawn.categories import CATEGORIES, Category
from lookalike.sources.drawn.design import Design, Sketch
from lookalike.sources.drawn.studio import Posed, Viewpoint, photographed, posed, silhouette
from lookalike.sources.drawn.wording import BRANDS, described, model_name, titled
from lookalike.types import Attributes, AttributeValue, Pixels, ProductId, VariantId

__all__ = ["DrawnProduct", "DrawnVariant", "draw_product", "draw_titles", "product_spec"]


@dataclass(frozen=True, slots=True)
class DrawnVariant:
    """One colour of a product: its id, its columns and its number in the design."""

    variant_id: VariantId
    attributes: Attributes
    look: int


@dataclass(frozen=True, slots=True)
class DrawnProduct:
    """Everything about a product before it is drawn.

    Attributes:
        product_id: for example ``D0042``.
        category: what kind of thing it is.
        variants: its colours, one to four.
        views: the viewpoints its first variant is shown from; the others are shown from the first two.
        design: its shape and materials.
    """

    product_id: ProductId
    category: Category
    variants: tuple[DrawnVariant, ...]
    views: tuple[Viewpoint, ...]
    design: Design


@lru_cache(maxsize=8)
def product_spec(number: int, *, seed: int = 7) -> DrawnProduct:
    """The product of that number: the same for every size of catalogue.

    Args:
        number: zero-based; categories take turns.
        seed: of the whole catalogue.
    """
    category = CATEGORIES[number % len(CATEGORIES)]
    turn = number // len(CATEGORIES)
    design = category.designer(Sketch(_generator(seed, number, 1), turn + seed % 5))
    product_id = ProductId(f"D{number:04d}")
    rng = _generator(seed, number, 2)
    brand = _brand(rng, number)
    model = model_name(turn + 997 * (number % len(CATEGORIES)), seed)
    width, depth, height = (float(round(side, 1)) for side in design.mesh.size)
    if design.stance != "standing":
        depth, height = height, depth
    variants = []
    for place, look in enumerate(design.looks):
        price = design.price + (0 if place == 0 else int(rng.integers(0, 3)) * max(1, round(design.price * 0.05)))
        size = f"{width:g} cm wide, {height:g} cm high."
        attributes: dict[str, AttributeValue] = {
            "title": titled(brand, model, design.style, design.noun, look.shade),
            "description": described(
                rng,
                style=design.style,
                noun=design.noun,
                model=model,
                material=look.material,
                shade=look.shade,
                group=category.group,
                size=size,
            ),
            "category": category.name,
            "price": float(price) - 0.05,
            "color": look.color,
            "material": look.material,
            "brand": brand,
            "in_stock": bool(rng.random() > 0.12),
            "width_cm": width,
            "depth_cm": depth,
            "height_cm": height,
        }
        variants.append(DrawnVariant(VariantId(f"{product_id}-{place + 1}"), attributes, place))
    return DrawnProduct(product_id, category, tuple(variants), _views(rng, design), design)


def draw_product(
    product: DrawnProduct, view: Viewpoint, *, look: int = 0, side_pixels: int = 400
) -> tuple[Pixels, Bool[np.ndarray, "h w"]]:
    """A catalogue picture of one variant from one viewpoint, and where in it the product is."""
    pose = pose_product(product, view, side_pixels=side_pixels)
    return photographed(pose, product.design.looks[look].materials), silhouette(pose)


def pose_product(product: DrawnProduct, view: Viewpoint, *, side_pixels: int) -> Posed:
    """The product traced from a viewpoint, to be photographed in each of its looks."""
    return posed(product.design.mesh, view, side_pixels=side_pixels)


def draw_titles(n: int, seed: int = 7) -> Iterator[dict[str, AttributeValue]]:
    """Text columns of `n` products without pictures, made by rule from the same words.

    Args:
        n: how many; up to about 250,000 their titles all differ.
        seed: of all of them.

    Yields:
        product_id, title, description, category, price, color, material, brand, in_stock.
    """
    for number in range(n):
        category = CATEGORIES[number % len(CATEGORIES)]
        rng = _generator(seed, number, 5)
        style, noun, material, shade, color = category.worded(rng)
        brand, model = (
            _brand(rng, number),
            model_name(number // len(CATEGORIES) + 997 * (number % len(CATEGORIES)), seed),
        )
        width = round(float(rng.uniform(8, 90)), 1)
        yield {
            "product_id": f"T{number:06d}",
            "title": titled(brand, model, style, noun, shade),
            "description": described(
                rng,
                style=style,
                noun=noun,
                model=model,
                material=material,
                shade=shade,
                group=category.group,
                size=f"{width:g} cm wide.",
            ),
            "category": category.name,
            "price": round(float(np.exp(rng.uniform(np.log(8), np.log(400))))) - 0.05,
            "color": color,
            "material": material,
            "brand": brand,
            "in_stock": bool(rng.random() > 0.12),
        }


def _generator(seed: int, number: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, number, purpose])


def _brand(rng: np.random.Generator, number: int) -> str:
    # A brand makes a few kinds of things, not everything.
    start = (number % len(CATEGORIES)) * 5
    return BRANDS[(start + int(rng.integers(5))) % len(BRANDS)]


def _views(rng: np.random.Generator, design: Design) -> tuple[Viewpoint, ...]:
    """Two to four viewpoints: the three-quarter view first."""
    n_views = int(rng.choice([2, 3, 4], p=[0.35, 0.40, 0.25]))
    width, depth, height = design.mesh.size
    if design.stance == "standing":
        # Low things are shown from higher up, or one would only see their rim.
        flatness = float(np.clip(max(width, depth) / max(height, 1e-6) - 1.2, 0, 2.2))
        pitch = float(rng.uniform(13, 20)) + 10 * flatness
        side = float(rng.choice([-1, 1]))
        first = Viewpoint(side * float(rng.uniform(20, 34)), pitch)
        second = Viewpoint(-side * float(rng.uniform(26, 48)), pitch - 4, light_yaw_degrees=40.0)
        close = Viewpoint(
            side * float(rng.uniform(6, 18)),
            pitch + 8,
            fill=float(rng.uniform(1.25, 1.5)),
            shift=(float(rng.uniform(-0.1, 0.1)), float(rng.uniform(0.02, 0.16))),
        )
        evening = Viewpoint(
            side * float(rng.uniform(38, 60)), pitch + 9, light_yaw_degrees=-64.0, light_pitch_degrees=30.0, warmth=1.0
        )
    else:
        first = Viewpoint(0.0, 84.0, fill=0.8, shift=(0.0, 0.0))
        second = Viewpoint(float(rng.uniform(-24, 24)), float(rng.uniform(48, 60)), light_yaw_degrees=44.0)
        close = Viewpoint(
            float(rng.uniform(-8, 8)),
            70.0,
            fill=float(rng.uniform(1.3, 1.6)),
            shift=(float(rng.uniform(-0.12, 0.12)), float(rng.uniform(0.02, 0.18))),
        )
        evening = Viewpoint(
            float(rng.uniform(-30, 30)), 66.0, light_yaw_degrees=-64.0, light_pitch_degrees=28.0, warmth=1.0
        )
    rest = [close, evening] if rng.random() < 0.5 else [evening, close]
    return (first, second, *rest)[:n_views]
