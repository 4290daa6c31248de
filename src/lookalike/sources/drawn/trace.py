"""What the camera sees of placed meshes: for every covered pixel its surface, place, and the light that reaches it.

Tracing is the costly half of a picture and knows no colours, so the variants of a product share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

from lookalike.sources.drawn.camera import Camera
from lookalike.sources.drawn.light import Lighting, ShadowMap
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.raster import rasterise

__all__ = ["Placed", "Trace", "trace"]

_BLOCK = 8192
"""Pixels worked on at once; all about them fits in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A mesh in the world, and its points before it was placed there, to which its patterns stick."""

    mesh: Mesh
    own: Float[np.ndarray, "n 3"]

    @staticmethod
    def at_rest(mesh: Mesh) -> Placed:
        """The mesh where its designer put it."""
        return Placed(mesh, mesh.points)


@dataclass(frozen=True, slots=True)
class Trace:
    """What is seen at each covered pixel.

    Attributes:
        camera: what it was seen with.
        pixels: flat indices of the covered pixels, those of one item and slot together.
        item: index of the placed mesh.
        slot: index into that mesh's slot names.
        normal: unit length.
        own: centimetres in the mesh's own frame.
        uv: centimetres along the surface.
        world: centimetres in the world.
        key_light: share of the key light that arrives.
        sky_light: share of the sky that is seen.
        shadow: map of the key light, for the ground.
        sky: map from above, for the ground.
        reach_cm: size of what is seen.
    """

    camera: Camera
    pixels: Int[np.ndarray, " p"]
    item: Int[np.ndarray, " p"]
    slot: Int[np.ndarray, " p"]
    normal: Float32[np.ndarray, "3 p"]
    own: Float32[np.ndarray, "3 p"]
    uv: Float32[np.ndarray, "2 p"]
    world: Float32[np.ndarray, "3 p"]
    key_light: Float32[np.ndarray, " p"]
    sky_light: Float32[np.ndarray, " p"]
    shadow: ShadowMap
    sky: ShadowMap
    reach_cm: float


def trace(items: Sequence[Placed], camera: Camera, lighting: Lighting, *, shadow_side: int = 224) -> Trace:
    """Everything that colouring needs to know about the covered pixels."""
    mesh = join([item.mesh for item in items])
    screen = camera.project(mesh.points)
    seen, _ = rasterise(screen[mesh.triangles], camera.width, camera.height)
    pixels = np.flatnonzero(seen >= 0)
    counts = [len(item.mesh.triangles) for item in items]
    owners = np.repeat(np.arange(len(items)), counts)
    own_slots = np.concatenate([item.mesh.slots for item in items])
    stride = max(len(item.mesh.slot_names) for item in items)
    codes = (owners * stride + own_slots)[seen[pixels]].astype(np.int16)
    # Pixels of one surface lie together, so that they can be worked on without gathering them.
    pixels = pixels[np.argsort(codes, kind="stable")]
    triangle = seen[pixels]
    columns = [mesh.normals, mesh.points, mesh.uv]
    if any(item.own is not item.mesh.points for item in items):
        columns.append(np.concatenate([item.own for item in items]))
    values = np.concatenate(columns, axis=1).astype(np.float32)
    found = _interpolated(screen, values, mesh.triangles, triangle, pixels, camera.width)
    normal, world, own = found[:3], found[3:6], found[-3:] if len(columns) == 4 else found[3:6]
    normal /= np.maximum(np.sqrt((normal * normal).sum(axis=0)), 1e-6)

    low, high = mesh.low, mesh.high
    reach = float(np.linalg.norm(high - low))
    biggest = max(float(np.linalg.norm(item.mesh.size)) for item in items)
    shadow = ShadowMap.of(mesh, lighting.key, shadow_side)
    sky = ShadowMap.of(mesh, np.array([0.02, -0.03, 1.0]), shadow_side // 2)
    # Lifting the point off its surface keeps a surface from shading itself.
    lifted = world + normal * np.float32(2.5 * shadow.texel_cm)
    key_light = shadow.reached(lifted, radius_cm=biggest * lighting.softness * 0.16, bias_cm=shadow.texel_cm * 1.2)
    lifted = world + normal * np.float32(biggest * 0.045)
    sky_light = sky.reached(lifted, radius_cm=biggest * 0.07, bias_cm=sky.texel_cm)
    return Trace(
        camera,
        pixels,
        owners[triangle],
        own_slots[triangle],
        normal,
        own,
        found[6:8],
        world,
        key_light,
        sky_light,
        shadow,
        sky,
        reach,
    )


def _interpolated(
    screen: Float[np.ndarray, "n 3"],
    values: Float32[np.ndarray, "n k"],
    triangles: Int[np.ndarray, "m 3"],
    triangle: Int[np.ndarray, " p"],
    pixels: Int[np.ndarray, " p"],
    width: int,
) -> Float32[np.ndarray, "k p"]:
    """The values at pixel centres, correct in perspective."""
    a, b, c = (screen[triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    area = np.where(np.abs(area) < 1e-12, 1e-12, area)
    # Barycentric weights of the second and third corner are linear in column and row.
    plan = np.stack(
        [
            (c[:, 1] - a[:, 1]) / area,
            -(c[:, 0] - a[:, 0]) / area,
            -(b[:, 1] - a[:, 1]) / area,
            (b[:, 0] - a[:, 0]) / area,
            a[:, 0] - 0.5,
            a[:, 1] - 0.5,
            b[:, 2] / a[:, 2],
            c[:, 2] / a[:, 2],
        ],
        axis=1,
    ).astype(np.float32)
    base = values[triangles[:, 0]]
    to_second, to_third = values[triangles[:, 1]] - base, values[triangles[:, 2]] - base
    result = np.empty((values.shape[1], len(pixels)), dtype=np.float32)
    for start in range(0, len(pixels), _BLOCK):
        block = slice(start, start + _BLOCK)
        chosen = triangle[block]
        own = plan[chosen].T
        row, column = np.divmod(pixels[block], width)
        x, y = column.astype(np.float32) - own[4], row.astype(np.float32) - own[5]
        second = np.clip(own[0] * x + own[1] * y, 0, 1)
        third = np.clip(own[2] * x + own[3] * y, 0, 1)
        first = np.clip(1 - second - third, 0, 1)
        second, third = second * own[6], third * own[7]
        total = first + second + third
        found = base[chosen]
        found += to_second[chosen] * (second / total)[:, None]
        found += to_third[chosen] * (third / total)[:, None]
        result[:, block] = found.T
    return result
