"""Colour of what the camera sees: materials under a studio's or a room's light, in linear values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float32, UInt8

from lookalike.sources.drawn.light import Lighting, cross
from lookalike.sources.drawn.material import FINISHES, Finish, Material
from lookalike.sources.drawn.texture import albedo
from lookalike.sources.drawn.trace import Trace

__all__ = ["BLOCK", "developed", "lit", "shaded"]

BLOCK = 8192
"""Pixels worked on at once: few enough that everything about them stays in the processor's cache."""


def shaded(
    seen: Trace, slot_names: Sequence[Sequence[str]], materials: Sequence[Mapping[str, Material]], lighting: Lighting
) -> Float32[np.ndarray, "3 p"]:
    """Linear light that each covered pixel sends to the camera.

    Args:
        seen: the traced meshes.
        slot_names: names of each mesh's slots.
        materials: what each mesh's slots are made of.
        lighting: the same that was traced.
    """
    result = np.empty((3, len(seen.pixels)), dtype=np.float32)
    eye = seen.camera.eye.astype(np.float32)[:, None]
    changes = np.flatnonzero((np.diff(seen.item) != 0) | (np.diff(seen.slot) != 0)) + 1
    borders = [0, *(int(change) for change in changes), len(seen.pixels)]
    for first, last in pairwise(borders):
        if first == last:
            continue
        item = int(seen.item[first])
        material = materials[item][slot_names[item][int(seen.slot[first])]]
        for start in range(first, last, BLOCK):
            block = slice(start, min(start + BLOCK, last))
            result[:, block] = lit(
                albedo(material, seen.uv[:, block], seen.own[:, block]),
                FINISHES[material.finish],
                normal=seen.normal[:, block],
                view=eye - seen.world[:, block],
                key_light=seen.key_light[block],
                sky_light=seen.sky_light[block],
                lighting=lighting,
                glow=material.glow,
            )
    return result


def lit(
    color: Float32[np.ndarray, "3 n"],
    finish: Finish,
    *,
    normal: Float32[np.ndarray, "3 n"],
    view: Float32[np.ndarray, "3 n"],
    key_light: Float32[np.ndarray, " n"],
    sky_light: Float32[np.ndarray, " n"],
    lighting: Lighting,
    glow: float = 0.0,
) -> Float32[np.ndarray, "3 n"]:
    """Linear light sent back: wrapped diffuse light, the mirrored studio, sheen at the edges, own glow.

    Args:
        color: linear colour of the surface.
        finish: how it takes the light.
        normal: unit length.
        view: towards the camera, of any length.
        key_light: share of the key light that arrives.
        sky_light: share of the sky that is seen.
        lighting: the lights.
        glow: own light as a factor on the colour.
    """
    view = view / np.sqrt((view * view).sum(axis=0))
    facing = np.clip((normal * view).sum(axis=0), 0, 1)
    key = lighting.key.astype(np.float32)
    towards_key = key @ normal
    # Cloth scatters light around its edges: the terminator lies a little behind the horizon.
    wrap = np.float32(0.28 if finish.sheen else 0.12)
    direct = np.clip((towards_key + wrap) / (1 + wrap), 0, 1) * key_light
    above = 0.5 + 0.5 * normal[2]
    open_sky = 0.35 + 0.65 * sky_light
    key_color = _column(lighting.key_color)
    ambient = (_column(lighting.sky_color) * above + _column(lighting.bounce_color) * (1 - above)) * open_sky
    behind = np.clip(np.asarray(lighting.rim, dtype=np.float32) @ normal, 0, 1)
    light = key_color * direct + ambient + _column(lighting.rim_color) * behind * open_sky
    grazing = (1 - facing) ** 5
    if finish.metallic:
        mirror = _mirrored(normal, view, facing, finish.roughness, lighting, key_light) * open_sky
        tint = color + (1 - color) * (grazing * 0.6)
        result = tint * mirror * np.float32(1.05) + color * light * np.float32(0.22)
    else:
        result = color * light
        if finish.reflectance:
            mirror = _mirrored(normal, view, facing, finish.roughness, lighting, key_light) * (0.3 + 0.7 * sky_light)
            strength = finish.reflectance + (1 - finish.reflectance) * grazing * (1 - 0.75 * finish.roughness)
            result = result * (1 - strength) + mirror * strength
        if finish.sheen:
            edge = (1 - facing) ** 3 * np.float32(finish.sheen) * (0.35 + 0.65 * key_light)
            result = result + (0.25 + 0.75 * color) * edge * open_sky
    if glow:
        # A shade is brightest where one looks straight at it.
        result = result + color * _column((1.0, 0.86, 0.66)) * np.float32(glow) * (0.55 + 0.45 * facing)
    return result * np.float32(lighting.exposure)


def _mirrored(
    normal: Float32[np.ndarray, "3 n"],
    view: Float32[np.ndarray, "3 n"],
    facing: Float32[np.ndarray, " n"],
    roughness: float,
    lighting: Lighting,
    key_light: Float32[np.ndarray, " n"],
) -> Float32[np.ndarray, "3 n"]:
    """The studio as the surface mirrors it: a square soft box, a strip on the other side, walls and floor."""
    ray = 2 * facing * normal - view
    key = lighting.key
    across = cross(np.array([0.0, 0.0, 1.0]), key)
    across /= max(float(np.linalg.norm(across)), 1e-6)
    upward = cross(key, across)
    blur = np.float32(0.05 + 0.9 * roughness)
    half = np.float32(0.36 + 0.25 * roughness)

    def panel(
        ahead: Float[np.ndarray, " 3"], side: Float[np.ndarray, " 3"], up: Float[np.ndarray, " 3"], narrow: float
    ) -> Float32[np.ndarray, " n"]:
        depth = ahead.astype(np.float32) @ ray
        scale = 1 / np.maximum(depth, 0.05)
        a = np.abs(side.astype(np.float32) @ ray) * scale
        b = np.abs(up.astype(np.float32) @ ray) * scale
        inside = np.clip((half * narrow - a) / blur + 0.5, 0, 1) * np.clip((half - b) / blur + 0.5, 0, 1)
        return inside * (depth > 0)

    box = panel(key, across, upward, 1.0) * (0.25 + 0.75 * key_light)
    strip_ahead = np.array([-key[0] * 1.2, key[1] * 0.5, max(key[2] * 0.4, 0.1)])
    strip_ahead /= np.linalg.norm(strip_ahead)
    strip_side = cross(np.array([0.0, 0.0, 1.0]), strip_ahead)
    strip_side /= max(float(np.linalg.norm(strip_side)), 1e-6)
    strip = panel(strip_ahead, strip_side, cross(strip_ahead, strip_side), 0.35)
    strength = np.float32(2.6 / (0.35 + 2.2 * roughness))
    horizon = np.clip(ray[2] / (0.12 + roughness) * 0.5 + 0.5, 0, 1)
    walls = _column(lighting.bounce_color) * (1 - horizon) * 1.1 + _column(lighting.sky_color) * horizon * (
        1.0 + 0.5 * ray[2]
    )
    return walls + _column(lighting.key_color) * box * strength + _column(lighting.rim_color) * strip * strength * 1.6


def developed(light: Float32[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """Linear light to sRGB bytes: highlights are rolled off rather than cut."""
    place = np.clip(light * np.float32(len(_DEVELOPED) / _BRIGHTEST), 0, len(_DEVELOPED) - 1)
    return _DEVELOPED.take(place.astype(np.uint16))


def _development(n_steps: int) -> UInt8[np.ndarray, " n"]:
    light = np.arange(n_steps) * (_BRIGHTEST / n_steps)
    rolled = np.where(light < 0.7, light, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)))
    value = np.where(rolled <= 0.0031308, rolled * 12.92, 1.055 * rolled ** (1 / 2.4) - 0.055)
    return (value * 255 + 0.5).astype(np.uint8)


_BRIGHTEST = 3.0
_DEVELOPED = _development(24_000)


def _column(color: tuple[float, float, float]) -> Float32[np.ndarray, "3 1"]:
    return np.asarray(color, dtype=np.float32)[:, None]
