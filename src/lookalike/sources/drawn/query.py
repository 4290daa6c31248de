"""Query photographs: one product among props in a room, taken by hand, with the truth about what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool

from lookalike.sources.drawn.camera import framed
from lookalike.sources.drawn.light import Lighting, direction
from lookalike.sources.drawn.material import FinishName, Material, PatternName
from lookalike.sources.drawn.mesh import Mesh
from lookalike.sources.drawn.palette import SHADES, WOODS
from lookalike.sources.drawn.photograph import drawn_flaws, encoded, flawed
from lookalike.sources.drawn.product import DrawnProduct
from lookalike.sources.drawn.props import prop
from lookalike.sources.drawn.room import Furnished, Room, taken
from lookalike.sources.drawn.trace import Placed
from lookalike.types import Box, Pixels, VariantId

__all__ = ["LEVELS", "DrawnQuery", "Level", "box_of", "draw_query", "drawn_room", "room_lighting"]

Level: TypeAlias = Literal["easy", "medium", "hard"]
LEVELS: tuple[Level, ...] = ("easy", "medium", "hard")
_HARDNESS: dict[Level, float] = {"easy": 0.1, "medium": 0.5, "hard": 1.0}
_SIZES = ((448, 448), (384, 512), (512, 384))


@dataclass(frozen=True, slots=True)
class DrawnQuery:
    """A photograph of one variant.

    Attributes:
        pixels: the photograph as taken, before JPEG.
        jpeg: the photograph as a file.
        variant_id: the variant it shows.
        box: around the visible part of the product.
        mask: the pixels that show the product.
        level: how hard it was made.
    """

    pixels: Pixels
    jpeg: bytes
    variant_id: VariantId
    box: Box
    mask: Bool[np.ndarray, "h w"]
    level: Level


def draw_query(product: DrawnProduct, rng: np.random.Generator, *, level: Level = "medium") -> DrawnQuery:
    """A photograph of one of the product's variants, from a viewpoint that the catalogue does not have.

    Args:
        product: what is photographed.
        rng: decides everything else.
        level: ``easy`` is a tidy table in daylight; ``hard`` has clutter, dim light, blur and noise.
    """
    hardness = _HARDNESS[level]
    variant = product.variants[int(rng.integers(len(product.variants)))]
    look = product.design.looks[variant.look]
    width, height = _SIZES[int(rng.integers(len(_SIZES)))]
    mesh = product.design.mesh
    if product.design.stance == "standing":
        mesh = mesh.turned(float(rng.uniform(-40 - 15 * hardness, 40 + 15 * hardness))).grounded()
        pitch = float(rng.uniform(14, 34 + 10 * hardness))
    else:
        mesh = mesh.turned(float(rng.uniform(-20 - 25 * hardness, 20 + 25 * hardness))).grounded()
        pitch = float(rng.uniform(55, 82))
    things = [Furnished(Placed(mesh, product.design.mesh.points), look.materials)]
    things += _clutter(mesh, rng, int(rng.integers(0, 2) + round(hardness * 3)), hardness)
    yaw = float(rng.uniform(-18, 18))
    fill = float(rng.uniform(0.68 - 0.22 * hardness, 0.82 - 0.12 * hardness))
    room_between = 0.5 - fill / 2
    supersampled = 1.12
    camera = framed(
        mesh.points,
        yaw_degrees=yaw,
        pitch_degrees=pitch,
        width=round(width * supersampled),
        height=round(height * supersampled),
        roll_degrees=float(rng.normal(0, 1.5 + 5 * hardness)),
        fill=fill,
        focal=float(rng.uniform(1.1, 2.0)),
        shift=(float(rng.uniform(-1, 1) * room_between * 0.6), float(rng.uniform(-0.3, 0.8) * room_between * 0.6)),
    )
    room = drawn_room(rng, float(mesh.size.max()), tabletop=product.category.place == "table")
    pixels, masks = taken(room, things, camera, room_lighting(rng, yaw, hardness), width=width, height=height)
    pixels = flawed(pixels, flaws := drawn_flaws(rng, hardness), rng)
    return DrawnQuery(pixels, encoded(pixels, flaws.quality), variant.variant_id, box_of(masks[0]), masks[0], level)


def box_of(mask: Bool[np.ndarray, "h w"]) -> Box:
    """The smallest box around the mask's pixels.

    Raises:
        ValueError: the mask is empty.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise ValueError("a box needs at least one pixel of the mask")
    return Box(float(columns[0]), float(rows[0]), float(columns[-1] - columns[0] + 1), float(rows[-1] - rows[0] + 1))


def room_lighting(rng: np.random.Generator, yaw_degrees: float, hardness: float) -> Lighting:
    """Light of a window or lamp from somewhere in front."""
    key = direction(yaw_degrees + float(rng.choice([-1, 1]) * rng.uniform(25, 75)), float(rng.uniform(30, 62)))
    dim = 1 - 0.25 * hardness * float(rng.random())
    warm = float(rng.normal(0.03, 0.04 + 0.07 * hardness))
    strength = 2.0 * float(rng.uniform(0.9, 1.15)) * dim
    sky = 0.62 * float(rng.uniform(0.8, 1.15)) * dim
    return Lighting(
        key=key,
        key_color=(strength * (1 + warm), strength, strength * (1 - warm * 1.5)),
        sky_color=(sky * 0.97, sky, sky * 1.06),
        bounce_color=(sky * 0.66, sky * 0.62, sky * 0.58),
        softness=float(rng.uniform(0.05, 0.22)),
        exposure=0.44,
    )


def drawn_room(rng: np.random.Generator, size_cm: float, *, tabletop: bool, wall_cm: float | None = None) -> Room:
    """A room or table whose textures suit things of that size.

    Args:
        rng: decides.
        size_cm: of what stands in it.
        tabletop: whether it is a table, whose far edge shows.
        wall_cm: where the wall is, if that is known.
    """
    timber = WOODS[int(rng.integers(len(WOODS)))].rgb
    darker = (timber[0] * 0.72, timber[1] * 0.70, timber[2] * 0.68)
    phase = float(rng.random())
    scale = size_cm / 14 if tabletop else size_cm / 60

    def tone(words: tuple[str, ...]) -> tuple[float, float, float]:
        shades = SHADES[words[int(rng.integers(len(words)))]]
        return shades[int(rng.integers(len(shades)))].rgb

    soft: tuple[str, ...] = ("white", "cream", "beige", "grey", "green", "blue", "pink", "teal", "yellow")
    kinds: tuple[tuple[FinishName, PatternName, float], ...] = (
        ("wood", "planks", 7.0 if tabletop else 12.0),
        ("wood", "planks", 12.0),
        ("satin", "veins", 10.0),
        ("cloth", "check", 2.5),
        ("cloth", "plain", 1.0),
        ("stoneware", "speckle", 2.0),
        ("glaze", "tiles", 9.0),
        ("cloth", "stripes", 3.0),
    )
    finish, pattern, pitch = kinds[int(rng.integers(len(kinds) if tabletop else 3))]
    if pattern == "planks":
        floor = Material(finish, (timber, darker, (0.12, 0.09, 0.07)), pattern, pitch * max(scale, 0.7), phase=phase)
    elif pattern == "veins":
        floor = Material(finish, ((0.90, 0.89, 0.87), (0.45, 0.46, 0.48)), pattern, pitch * scale, phase=phase)
    else:
        first = tone(soft)
        floor = Material(
            finish, (first, tone(("white", "cream", "grey")), (0.75, 0.74, 0.72)), pattern, pitch * scale, phase=phase
        )
    wall_pattern: PatternName = ("plain", "plain", "plain", "stripes", "tiles", "leaves")[int(rng.integers(6))]
    wall = Material(
        "stoneware",
        (tone(soft), tone(("white", "cream", "beige")), (0.8, 0.79, 0.77)),
        wall_pattern,
        9.0 * max(scale, 0.6),
        phase=phase,
    )
    edge = size_cm * float(rng.uniform(0.9, 2.2)) if tabletop else None
    if wall_cm is not None:
        return Room(floor, wall, wall_cm)
    wall_cm = size_cm * float(rng.uniform(2.5, 4.0)) if tabletop else size_cm * float(rng.uniform(0.75, 1.4))
    return Room(floor, wall, wall_cm, edge)


def _clutter(mesh: Mesh, rng: np.random.Generator, n_props: int, hardness: float) -> list[Furnished]:
    """Props around a mesh: beside and behind it, and at hard levels a little in front."""
    low, high = mesh.low, mesh.high
    reach = float(np.hypot(high[0] - low[0], high[1] - low[1])) / 2
    things = []
    for _ in range(n_props):
        size = float(np.clip(mesh.size.max() * rng.uniform(0.25, 0.55), 4, 60))
        shape, materials = prop(rng, size)
        turned = shape.turned(float(rng.uniform(0, 360))).grounded()
        angle = np.radians(float(rng.uniform(-25 - 35 * hardness, 205 + 35 * hardness)))
        away = reach * 1.02 + size * 0.62 + float(rng.uniform(0, 0.5)) * reach
        placed = turned.moved(float(np.cos(angle)) * away, float(np.sin(angle)) * away)
        things.append(Furnished(Placed(placed, shape.points), materials))
    return things
