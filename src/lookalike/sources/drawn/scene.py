"""Scenes: two to six products together on a table, in a hall or in a living room, with a box and mask for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from lookalike.sources.drawn.camera import framed
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.photograph import drawn_flaws, encoded, flawed
from lookalike.sources.drawn.product import DrawnProduct
from lookalike.sources.drawn.query import box_of, drawn_room, room_lighting
from lookalike.sources.drawn.room import Furnished, taken
from lookalike.sources.drawn.trace import Placed
from lookalike.types import Box, Pixels, ProductId, VariantId

__all__ = ["SCENE_KINDS", "DrawnScene", "SceneObject", "draw_scene"]

SCENE_KINDS: dict[str, tuple[str, ...]] = {
    "table": ("mugs", "vases", "bowls", "teapots", "watering cans", "table lamps", "headphones", "clocks"),
    "living room": ("chairs", "armchairs", "stools", "rugs", "clocks", "backpacks"),
    "hall": ("sneakers", "backpacks", "helmets", "watering cans", "cushions", "clocks"),
}
"""Which categories are found together, at about one scale."""
_SIZE = (640, 480)
_SMALLEST_SHARE = 0.004


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One product in a scene: which variant, the box around its visible part, and its visible pixels."""

    product_id: ProductId
    variant_id: VariantId
    box: Box
    mask: Bool[np.ndarray, "h w"]


@dataclass(frozen=True, slots=True)
class DrawnScene:
    """A photograph of several products; `jpeg` is the file, `pixels` the photograph before JPEG."""

    pixels: Pixels
    jpeg: bytes
    kind: str
    objects: tuple[SceneObject, ...]


def draw_scene(products: Sequence[DrawnProduct], rng: np.random.Generator, *, kind: str = "table") -> DrawnScene:
    """The products together in one photograph.

    Args:
        products: two to six, in categories of `SCENE_KINDS[kind]`.
        rng: decides variants, arrangement, room, light and camera.
        kind: one of `SCENE_KINDS`.

    Returns:
        The scene; a product that others hide all but completely is not among its objects.
    """
    width, height = _SIZE
    meshes = _arranged([product.design.mesh for product in products], products, rng)
    variants = [product.variants[int(rng.integers(len(product.variants)))] for product in products]
    things = [
        Furnished(Placed(mesh, product.design.mesh.points), product.design.looks[variant.look].materials)
        for mesh, product, variant in zip(meshes, products, variants, strict=True)
    ]
    together = join(meshes)
    yaw = float(rng.uniform(-16, 16))
    supersampled = 1.2
    camera = framed(
        together.points,
        yaw_degrees=yaw,
        pitch_degrees=float(rng.uniform(12, 26)),
        width=round(width * supersampled),
        height=round(height * supersampled),
        roll_degrees=float(rng.normal(0, 1.2)),
        fill=float(rng.uniform(0.78, 0.9)),
        focal=float(rng.uniform(1.2, 1.8)),
    )
    size = float(np.median([mesh.size.max() for mesh in meshes]))
    room = drawn_room(
        rng, size, tabletop=kind == "table", wall_cm=float(together.high[1]) + (0.6 if _hung(products) else size * 0.6)
    )
    pixels, masks = taken(room, things, camera, room_lighting(rng, yaw, 0.25), width=width, height=height)
    flaws = drawn_flaws(rng, 0.2)
    pixels = flawed(pixels, flaws, rng)
    objects = tuple(
        SceneObject(product.product_id, variant.variant_id, box_of(mask), mask)
        for product, variant, mask in zip(products, variants, masks, strict=True)
        if mask.mean() > _SMALLEST_SHARE
    )
    return DrawnScene(pixels, encoded(pixels, flaws.quality), kind, objects)


def _hung(products: Sequence[DrawnProduct]) -> bool:
    return any(product.design.stance == "wall" for product in products)


def _arranged(meshes: Sequence[Mesh], products: Sequence[DrawnProduct], rng: np.random.Generator) -> list[Mesh]:
    """The meshes in place: tall things behind, low ones in front, rugs below, clocks on the wall."""
    placed: list[Mesh | None] = [None] * len(meshes)
    standing = [place for place, product in enumerate(products) if product.design.stance == "standing"]
    standing.sort(key=lambda place: -float(meshes[place].size[2]))
    turned = {place: meshes[place].turned(float(rng.uniform(-32, 32))).grounded() for place in standing}
    n_behind = len(standing) if len(standing) <= 3 else (len(standing) + 1) // 2
    depth = 0.0
    for row in (standing[:n_behind], standing[n_behind:]):
        if not row:
            continue
        order = [row[int(index)] for index in rng.permutation(len(row))]
        gaps = [float(rng.uniform(0.08, 0.3)) * float(turned[place].size[0]) for place in order]
        total = sum(float(turned[place].size[0]) for place in order) + sum(gaps[1:])
        at = -total / 2 + float(rng.normal(0, 0.06)) * total
        deepest = max(float(turned[place].size[1]) for place in order)
        for place, gap in zip(order, [0.0, *gaps[1:]], strict=True):
            across = float(turned[place].size[0])
            at += gap
            nudge = float(rng.uniform(-0.12, 0.12)) * deepest
            placed[place] = turned[place].moved(at + across / 2, depth + nudge)
            at += across
        depth -= deepest * 1.25
    back = max((float(mesh.high[1]) for mesh in placed if mesh is not None), default=0.0)
    top = max((float(mesh.high[2]) for mesh in placed if mesh is not None), default=30.0)
    span = max((float(abs(mesh.points[:, 0]).max()) for mesh in placed if mesh is not None), default=40.0)
    hung = 0
    for place, product in enumerate(products):
        if product.design.stance == "flat":
            rug = meshes[place].turned(float(rng.normal(0, 5))).grounded()
            middle = float(np.mean([mesh.points[:, 1].mean() for mesh in placed if mesh is not None] or [0.0]))
            placed[place] = rug.moved(float(rng.normal(0, 0.08)) * span, middle - float(rug.size[1]) * 0.15)
        elif product.design.stance == "wall":
            clock = meshes[place].turned(90, "x")
            side = (-1 if hung % 2 else 1) * span * float(rng.uniform(0.15, 0.55))
            lift = max(top * float(rng.uniform(0.95, 1.15)), top + 2) + float(clock.size[2]) / 2
            gap = float(clock.high[1])
            placed[place] = clock.moved(side, back + span * 0.15 - gap, lift)
            hung += 1
    return [mesh for mesh in placed if mesh is not None]
