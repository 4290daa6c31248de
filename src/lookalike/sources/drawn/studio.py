"""Catalogue pictures: one product before a soft white background, with its shadow on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from lookalike.sources.drawn.camera import Camera, framed
from lookalike.sources.drawn.light import Lighting, direction
from lookalike.sources.drawn.material import Material
from lookalike.sources.drawn.mesh import Mesh
from lookalike.sources.drawn.noise import soft_blur
from lookalike.sources.drawn.shade import developed, shaded
from lookalike.sources.drawn.trace import Placed, Trace, trace
from lookalike.types import Pixels

__all__ = ["SUPERSAMPLING", "Posed", "Viewpoint", "covered", "photographed", "posed", "reduced", "silhouette"]

SUPERSAMPLING = 1.35
"""Pixels are drawn finer by this factor and then reduced, for smooth edges."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """How a catalogue picture is taken.

    Attributes:
        yaw_degrees: 0 is from the front, positive from the right.
        pitch_degrees: height over the horizon.
        fill: share of the side that the product takes.
        shift: place in the picture, in sides right and down of the middle.
        light_yaw_degrees: direction of the key light relative to the camera.
        light_pitch_degrees: its height.
        warmth: 0 is daylight, 1 an evening lamp.
    """

    yaw_degrees: float
    pitch_degrees: float
    fill: float = 0.74
    shift: tuple[float, float] = (0.0, 0.02)
    light_yaw_degrees: float = -48.0
    light_pitch_degrees: float = 50.0
    warmth: float = 0.0


@dataclass(frozen=True, slots=True)
class Posed:
    """A product seen from a viewpoint, still without colours."""

    seen: Trace
    lighting: Lighting
    slot_names: tuple[str, ...]
    backdrop: UInt8[np.ndarray, "3 h w"]
    side_pixels: int


def lighting_of(view: Viewpoint) -> Lighting:
    """The studio's lights for a viewpoint; they stand around the camera."""
    key = direction(view.yaw_degrees + view.light_yaw_degrees, view.light_pitch_degrees)
    back = direction(view.yaw_degrees - view.light_yaw_degrees + 180.0, 25.0)
    w = view.warmth
    return Lighting(
        key=key,
        key_color=(2.05 + 0.25 * w, 2.0 - 0.22 * w, 1.92 - 0.72 * w),
        sky_color=(0.62 - 0.12 * w, 0.64 - 0.15 * w, 0.68 - 0.16 * w),
        rim=(float(back[0]), float(back[1]), float(back[2])),
        softness=0.16 - 0.06 * w,
    )


def posed(mesh: Mesh, view: Viewpoint, *, side_pixels: int) -> Posed:
    """The product traced and its backdrop with shadow painted; colours come from `photographed`."""
    side = round(side_pixels * SUPERSAMPLING)
    lighting = lighting_of(view)
    camera = framed(
        mesh.points,
        yaw_degrees=view.yaw_degrees,
        pitch_degrees=view.pitch_degrees,
        width=side,
        height=side,
        fill=view.fill,
        shift=view.shift,
    )
    seen = trace([Placed.at_rest(mesh)], camera, lighting)
    return Posed(seen, lighting, mesh.slot_names, _backdrop(seen, camera, lighting, view), side_pixels)


def photographed(pose: Posed, materials: Mapping[str, Material]) -> Pixels:
    """The catalogue picture in these materials."""
    height, width = pose.backdrop.shape[1:]
    picture = pose.backdrop.reshape(3, -1).copy()
    picture[:, pose.seen.pixels] = developed(shaded(pose.seen, [pose.slot_names], [materials], pose.lighting))
    return reduced(picture.reshape(3, height, width), pose.side_pixels, pose.side_pixels)


def silhouette(pose: Posed) -> Bool[np.ndarray, "h w"]:
    """Where in the picture the product is, in whatever materials."""
    height, width = pose.backdrop.shape[1:]
    mask = np.zeros(height * width, dtype=bool)
    mask[pose.seen.pixels] = True
    return covered(mask.reshape(height, width), pose.side_pixels, pose.side_pixels)


def reduced(picture: UInt8[np.ndarray, "3 h w"], width: int, height: int) -> Pixels:
    """A picture in sRGB at its final size."""
    fine = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
    return np.asarray(fine.resize((width, height), Image.Resampling.HAMMING))


def covered(mask: Bool[np.ndarray, "h w"], width: int, height: int) -> Bool[np.ndarray, "h2 w2"]:
    """The pixels of the final size of which half or more is in the mask."""
    fine = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(fine.resize((width, height), Image.Resampling.BOX)) >= 128


def _backdrop(seen: Trace, camera: Camera, lighting: Lighting, view: Viewpoint) -> UInt8[np.ndarray, "3 h w"]:
    """A seamless paper background with the product's shadow, in sRGB."""
    step = 5
    rows, columns = np.meshgrid(
        np.arange(0, camera.height, step) + step / 2 - 0.5,
        np.arange(0, camera.width, step) + step / 2 - 0.5,
        indexing="ij",
    )
    rays = camera.rays(columns.ravel(), rows.ravel())
    eye = camera.eye.astype(np.float32)
    falls = rays[:, 2] < -1e-3
    distance = np.where(falls, -eye[2] / np.where(falls, rays[:, 2], -1), 1e6).astype(np.float32)
    floor = (eye + rays * np.minimum(distance, 1e5)[:, None]).T.copy()
    reach = seen.reach_cm
    key = seen.shadow.spread(floor, softness=lighting.softness * 1.6, widest_cm=reach * 0.16)
    lifted = floor.copy()
    lifted[2] += np.float32(reach * 0.004)
    contact = seen.sky.spread(lifted, softness=0.75, widest_cm=reach * 0.10)
    shape = rows.shape
    key_shadow = soft_blur(np.where(falls, key, 1).reshape(shape).astype(np.float32), 1)
    contact_shadow = soft_blur(np.where(falls, contact, 1).reshape(shape).astype(np.float32), 2)
    light = (0.66 + 0.34 * key_shadow) * (0.55 + 0.45 * contact_shadow)
    across, down = columns / camera.width - 0.5, rows / camera.height - 0.5
    glow = 0.93 - 0.16 * (across**2 + (down * 0.9) ** 2) + 0.03 * (0.5 - down)
    paper = glow * light
    tint = np.array([1.0, 0.992, 0.978]) * np.array([1.0, 1 - 0.06 * view.warmth, 1 - 0.17 * view.warmth])
    # Shadows on white paper are a little blue, since the sky still reaches them.
    cool = np.stack([light**1.06, light**1.0, light**0.93]) / light
    small = np.ascontiguousarray(
        developed((paper[None] * tint[:, None, None] * cool).astype(np.float32)).transpose(1, 2, 0)
    )
    large = Image.fromarray(small).resize((camera.width, camera.height), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(large).transpose(2, 0, 1))
