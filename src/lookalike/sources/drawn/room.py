"""Rooms, tables and shelves: products and props before textured floors and walls, seen by a hand-held camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from PIL import Image

from lookalike.sources.drawn.camera import Camera
from lookalike.sources.drawn.light import Lighting
from lookalike.sources.drawn.material import FINISHES, Material
from lookalike.sources.drawn.noise import soft_blur
from lookalike.sources.drawn.shade import BLOCK, developed, lit, shaded
from lookalike.sources.drawn.studio import covered, reduced
from lookalike.sources.drawn.texture import albedo
from lookalike.sources.drawn.trace import Placed, Trace, trace
from lookalike.types import Pixels

__all__ = ["Furnished", "Room", "taken"]


@dataclass(frozen=True, slots=True)
class Room:
    """A floor at z = 0 and a wall behind it.

    Attributes:
        floor: what the floor (or table top) is made of.
        wall: what the wall is made of.
        wall_cm: y of the wall.
        edge_cm: y where the floor ends (the far edge of a table); what lies beyond is the wall, out of focus.
    """

    floor: Material
    wall: Material
    wall_cm: float
    edge_cm: float | None = None


@dataclass(frozen=True, slots=True)
class Furnished:
    """One thing in a room: its mesh in place, its own coordinates, and its materials."""

    placed: Placed
    materials: Mapping[str, Material]


def taken(
    room: Room, things: Sequence[Furnished], camera: Camera, lighting: Lighting, *, width: int, height: int
) -> tuple[Pixels, list[Bool[np.ndarray, "h w"]]]:
    """The picture, and for each thing which pixels show it (what hides it is left out)."""
    seen = trace([thing.placed for thing in things], camera, lighting, shadow_side=448)
    picture = _surroundings(room, seen, camera, lighting)
    names = [thing.placed.mesh.slot_names for thing in things]
    picture[:, seen.pixels] = shaded(seen, names, [thing.materials for thing in things], lighting)
    pixels = reduced(developed(picture).reshape(3, camera.height, camera.width), width, height)
    masks = []
    for item in range(len(things)):
        mask = np.zeros(camera.width * camera.height, dtype=bool)
        mask[seen.pixels[seen.item == item]] = True
        masks.append(covered(mask.reshape(camera.height, camera.width), width, height))
    return pixels, masks


def _surroundings(room: Room, seen: Trace, camera: Camera, lighting: Lighting) -> Float32[np.ndarray, "3 p"]:
    """Linear light of floor and wall at every pixel."""
    rows, columns = np.divmod(np.arange(camera.width * camera.height, dtype=np.int64), camera.width)
    rays = camera.rays(columns.astype(np.float32), rows.astype(np.float32)).T.copy()
    eye = camera.eye.astype(np.float32)
    to_floor = np.where(rays[2] < -1e-4, -eye[2] / np.minimum(rays[2], -1e-4), 1e7)
    to_wall = np.where(rays[1] > 1e-4, (np.float32(room.wall_cm) - eye[1]) / np.maximum(rays[1], 1e-4), 1e7)
    beyond = to_floor > to_wall
    if room.edge_cm is not None:
        beyond |= eye[1] + rays[1] * to_floor > np.float32(room.edge_cm)
    distance = np.minimum(np.where(beyond, to_wall, to_floor), 1e5).astype(np.float32)
    world = eye[:, None] + rays * distance
    key, contact = _shadows(seen, world, beyond, camera, lighting)
    result = np.zeros_like(world)
    open_pixels = np.ones(world.shape[1], dtype=bool)
    open_pixels[seen.pixels] = False
    if room.edge_cm is not None:
        # What is blurred later is needed behind things as well, or their outlines would darken it.
        open_pixels |= beyond
    for chosen, material, is_wall in ((~beyond, room.floor, False), (beyond, room.wall, True)):
        every = np.flatnonzero(chosen & open_pixels)
        for start in range(0, len(every), BLOCK):
            where = every[start : start + BLOCK]
            place = world[:, where]
            u, v = place[0], place[2] if is_wall else place[1]
            normal = np.zeros_like(place)
            normal[1 if is_wall else 2] = -1 if is_wall else 1
            color = albedo(material, np.stack([u, v]), np.stack([u, v, v * np.float32(0.3)]))
            result[:, where] = lit(
                color,
                FINISHES[material.finish],
                normal=normal,
                view=-rays[:, where],
                key_light=key[where],
                sky_light=contact[where],
                lighting=lighting,
            )
    if room.edge_cm is not None:
        result = _out_of_focus(result, beyond, camera)
    return result


def _shadows(
    seen: Trace, world: Float32[np.ndarray, "3 p"], beyond: Bool[np.ndarray, " p"], camera: Camera, lighting: Lighting
) -> tuple[Float32[np.ndarray, " p"], Float32[np.ndarray, " p"]]:
    """Key light and open sky on floor and wall, worked out on a coarse grid."""
    step = 3
    grid = np.arange(camera.width * camera.height).reshape(camera.height, camera.width)[1::step, 1::step]
    points = world[:, grid.ravel()]
    reach = seen.reach_cm
    key = seen.shadow.spread(points, softness=lighting.softness * 1.4, widest_cm=reach * 0.07)
    lifted = points.copy()
    lifted[2] += np.float32(reach * 0.003)
    contact = np.where(beyond[grid.ravel()], 1, seen.sky.spread(lifted, softness=0.6, widest_cm=reach * 0.05)).astype(
        np.float32
    )

    def spread(values: Float32[np.ndarray, " q"], radius: int) -> Float32[np.ndarray, " p"]:
        small = Image.fromarray(soft_blur(values.reshape(grid.shape), radius))
        return np.asarray(small.resize((camera.width, camera.height), Image.Resampling.BILINEAR)).ravel()

    return spread(key, 1), spread(contact, 1)


def _out_of_focus(
    picture: Float32[np.ndarray, "3 p"], beyond: Bool[np.ndarray, " p"], camera: Camera
) -> Float32[np.ndarray, "3 p"]:
    """The picture with what lies beyond the table's edge blurred; the table does not bleed into it."""
    shape = (camera.height, camera.width)
    radius = max(2, camera.width // 60)
    weight = beyond.astype(np.float32).reshape(shape)
    total = np.maximum(soft_blur(weight, radius), 1e-3)
    blurred = np.stack([soft_blur(channel.reshape(shape) * weight, radius) / total for channel in picture])
    return np.where(weight > 0, blurred, picture.reshape(3, *shape)).reshape(3, -1)
