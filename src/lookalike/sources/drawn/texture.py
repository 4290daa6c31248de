"""Colour of each point of a surface: patterns over texture coordinates, fine structure over the object's own."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from lookalike.sources.drawn.material import FINISHES, Material, linear
from lookalike.sources.drawn.noise import clouds, grain, looked_up

__all__ = ["albedo"]

_Values = Float32[np.ndarray, " n"]


def albedo(
    material: Material, uv: Float32[np.ndarray, "2 n"], place: Float32[np.ndarray, "3 n"]
) -> Float32[np.ndarray, "3 n"]:
    """Linear colour of the material.

    Args:
        material: what it is made of.
        uv: centimetres along the surface.
        place: centimetres in the object's own frame.
    """
    first, second = _weights(material, uv, place)
    ground = linear(material.colors[0])[:, None]
    color = np.repeat(ground, uv.shape[1], axis=1)
    if first is not None:
        color += (linear(material.colors[1 % len(material.colors)])[:, None] - color) * first
    if second is not None:
        color += (linear(material.colors[2 % len(material.colors)])[:, None] - color) * second
    relief = FINISHES[material.finish].relief
    if relief:
        color *= 1 + relief * _relief(material, uv, place)
    return color


def _wave(values: _Values) -> _Values:
    """A triangle wave of period 1 in [0, 1]."""
    return np.abs(2 * (values - np.floor(values)) - 1)


def _edge(values: _Values, width: float = 0.06) -> _Values:
    """0 below zero, 1 above, with a soft step."""
    return np.clip(values / width + 0.5, 0, 1)


def _hash(a: _Values, b: _Values, salt: float) -> _Values:
    """A number in [0, 1) for each pair of whole numbers."""
    mixed = np.sin(a * 12.9898 + b * 78.233 + salt * 37.719).astype(np.float32) * 43758.547
    return mixed - np.floor(mixed)


def _spots(u: _Values, v: _Values, density: float, salt: float) -> tuple[_Values, _Values]:
    """Irregular round spots: coverage and a random number for each."""
    cell_u, cell_v = np.floor(u), np.floor(v)
    chance = _hash(cell_u, cell_v, salt)
    size = 0.12 + 0.26 * _hash(cell_u, cell_v, salt + 1)
    x = u - cell_u - (0.3 + 0.4 * _hash(cell_u, cell_v, salt + 2))
    y = v - cell_v - (0.3 + 0.4 * _hash(cell_u, cell_v, salt + 3))
    skew = 0.6 + 0.8 * _hash(cell_u, cell_v, salt + 4)
    covered = _edge(size - np.sqrt(x * x * skew + y * y / skew), 0.05) * (chance < density)
    return covered.astype(np.float32), _hash(cell_u, cell_v, salt + 5)


def _weights(
    material: Material, uv: Float32[np.ndarray, "2 n"], place: Float32[np.ndarray, "3 n"]
) -> tuple[_Values | None, _Values | None]:
    """How much of the second and of the third colour there is."""
    u, v = uv
    pitch = np.float32(material.pitch_cm)
    if material.turn:
        u, v = (u + v) * np.float32(0.7071), (v - u) * np.float32(0.7071)
    a, b = u / pitch, v / pitch
    phase = np.float32(material.phase)
    match material.pattern:
        case "plain":
            return None, None
        case "bands":
            return _edge(_wave(b + phase) - 0.5), None
        case "stripes":
            return _edge(_wave(a) - 0.5), None
        case "breton":
            return _edge(_wave(b) - 0.68), None
        case "check":
            return 0.5 * _edge(_wave(a) - 0.5) + 0.5 * _edge(_wave(b) - 0.5), None
        case "tartan":
            thin = np.maximum(_edge(_wave(a + 0.25) - 0.93, 0.03), _edge(_wave(b + 0.25) - 0.93, 0.03))
            return 0.45 * _edge(_wave(a) - 0.6) + 0.45 * _edge(_wave(b) - 0.6), thin
        case "dots":
            row = np.floor(b)
            shifted = a + 0.5 * (row % 2)
            x, y = shifted - np.floor(shifted) - 0.5, b - row - 0.5
            return _edge(0.27 - np.sqrt(x * x + y * y), 0.05), None
        case "zigzag":
            return _edge(_wave(b + 0.5 * _wave(a)) - 0.5), None
        case "waves":
            return _edge(_wave(b + 0.16 * np.sin(a * 6.2832)) - 0.5), None
        case "dip":
            drip = 0.25 * np.sin(u * 0.9 + phase * 9) + 0.16 * np.sin(u * 2.3 + phase * 5)
            return _edge(np.float32(material.level_cm) - place[2] + drip, 0.15), None
        case "border":
            rim = np.maximum(np.abs(place[0]) / material.level_cm, np.abs(place[1]) / material.pitch_cm)
            return _edge(rim - 0.86, 0.01), _edge(rim - 0.74, 0.01) * _edge(0.80 - rim, 0.01)
        case "block":
            tilt = place[2] + place[0] * np.float32(0.6 * (phase - 0.5))
            return (
                _edge(tilt - np.float32(material.level_cm), 0.1),
                _edge(np.float32(material.level_cm * 0.55) - tilt, 0.1),
            )
        case "speckle":
            small, tone = _spots(a * 3.1 + phase * 50, b * 3.1, 0.55, material.phase)
            return small * (0.4 + 0.6 * tone), None
        case "terrazzo":
            big, tone = _spots(a + phase * 50, b, 0.85, material.phase)
            more, other = _spots(a * 1.7 + 7.3, b * 1.7 + phase * 31, 0.7, material.phase + 9)
            return np.maximum(big * (tone > 0.45), more * (other > 0.6)), np.maximum(
                big * (tone <= 0.45), more * (other <= 0.3)
            )
        case "swirl":
            warp = looked_up(clouds(1.9, 5), place[0] * 6 + phase * 400, place[2] * 6 + place[1] * 5)
            return _edge(_wave(b * 0.5 + warp * 2.6) - 0.55, 0.25), None
        case "veins":
            warp = looked_up(clouds(1.8, 6), u * 4 + phase * 400, v * 4)
            vein = 1 - np.abs(2 * (looked_up(clouds(1.5, 7), u * 3 + warp * 60, v * 3 + phase * 300) - 0.5)) * 9
            return np.clip(vein, 0, 1) * 0.6, None
        case "leaves":
            row = np.floor(b)
            shifted = a + 0.5 * (row % 2)
            x, y = shifted - np.floor(shifted) - 0.5, b - row - 0.5
            lean = np.where(row % 2 == 0, np.float32(0.55), np.float32(-0.55))
            along, across = y * 0.84 + x * lean, x * 0.84 - y * lean
            half = 0.2 * (1 - np.clip((along / 0.43) ** 2, 0, 1))
            leaf = _edge(half - np.abs(across), 0.04) * (half > 0)
            return leaf, leaf * _edge(0.02 - np.abs(across), 0.02)
        case "petals":
            x, y = a - np.floor(a) - 0.5, b - np.floor(b) - 0.5
            radius, angle = np.sqrt(x * x + y * y), np.arctan2(y, x)
            flower = _edge(0.25 + 0.14 * np.cos(angle * 5) - radius, 0.04)
            return flower, _edge(0.1 - radius, 0.04)
        case "arches":
            row = np.floor(b)
            shifted = a + 0.5 * (row % 2)
            x, y = shifted - np.floor(shifted) - 0.5, b - row
            radius = np.sqrt((x * 2) ** 2 + y * y)
            return _edge(_wave(radius * 2.5) - 0.5, 0.12) * (radius < 1), _edge(0.2 - radius, 0.06)
        case "diamonds":
            return _edge(_wave(a) + _wave(b) - 1.0, 0.06), _edge(_wave(a) + _wave(b) - 1.62, 0.06)
        case "triangles":
            x, y = a - np.floor(a), b - np.floor(b)
            row = np.floor(b) + np.floor(a)
            return _edge(1 - np.abs(2 * x - 1) - y, 0.05), (row % 3 == 0) * _edge(y - 1 + np.abs(2 * x - 1), 0.05)
        case "fair_isle":
            height = v - np.float32(material.level_cm)
            stripe = height / pitch
            cell_u, cell_v = np.floor(u / (pitch * 0.14)), np.floor(height / (pitch * 0.14))
            inside = (np.abs(stripe) < 1.3).astype(np.float32)
            motif = ((np.abs((cell_u % 8) - 4) + np.abs((cell_v % 8) - 4)) % 4 < 1.5).astype(np.float32)
            bars = (np.abs(np.abs(stripe) - 1.12) < 0.14).astype(np.float32)
            return inside * np.maximum(motif * (np.abs(stripe) < 0.9), bars), inside * bars * ((cell_u % 2) < 1)
        case "planks":
            plank = np.floor(b)
            joint = np.minimum(_wave(b) * -1 + 1, 1)
            length = a / 7 + _hash(plank, plank * 0, material.phase) * 5
            tone = _hash(plank, np.floor(length), material.phase + 3)
            dark = np.maximum(_edge(0.035 - joint, 0.03), _edge(0.006 - np.abs(length - np.round(length)), 0.004))
            return tone * 0.9, dark * 0.8
        case "tiles":
            x, y = a - np.floor(a), b - np.floor(b)
            gap = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))
            tone = _hash(np.floor(a), np.floor(b), material.phase)
            return tone * 0.5, _edge(0.03 - gap, 0.02)
        case "clockface":
            return None, None


def _relief(material: Material, uv: Float32[np.ndarray, "2 n"], place: Float32[np.ndarray, "3 n"]) -> _Values:
    """Fine structure of the finish, about -1 to 1."""
    u, v = uv
    x, y, z = place
    shift = np.float32(material.phase * 400)
    match material.finish:
        case "wood":
            fibres = looked_up(grain(1), (x + y * 0.3) * 30 + z * 9 + shift, z * 24 + y * 30 + x * 6)
            rings = _wave(looked_up(clouds(1.9, 2), x * 3 + shift, z * 1.5 + y * 6) * 7)
            return fibres * 1.1 - 0.55 + (rings - 0.5) * 0.45
        case "cloth":
            threads = np.sin(u * 34) * np.sin(v * 34)
            return 0.5 * threads + looked_up(clouds(0.6, 3), u * 22 + shift, v * 22) * 1.2 - 0.6
        case "knit":
            # Columns of V-shaped stitches.
            lean = _wave(u * 1.5) * 0.5
            stitch = _wave(v * 2.2 + lean)
            return stitch * 0.9 + _wave(u * 1.5 + 0.5) * 0.6 - 0.8
        case "boucle":
            loops = looked_up(clouds(0.9, 4), u * 26 + shift, v * 26)
            raised = looked_up(clouds(0.9, 4), u * 26 + shift + 5, v * 26 + 5)
            return (loops - 0.55) * 0.9 + (raised - loops) * 2.6
        case "pile":
            tufts = looked_up(clouds(0.5, 4), u * 16 + shift, v * 16)
            return (tufts - 0.5) * 1.7
        case "velvet":
            return looked_up(clouds(1.4, 5), u * 6 + shift, v * 6) * 2 - 1
        case "leather":
            skin = looked_up(clouds(0.8, 6), u * 30 + shift, v * 30)
            return (skin - looked_up(clouds(0.8, 6), u * 30 + shift + 4, v * 30 + 4)) * 2.2
        case "brushed":
            return looked_up(grain(2), u * 8 + shift, v * 60 + z * 30) * 2 - 1
        case "rattan":
            weave = np.where((np.floor(u * 0.9) + np.floor(v * 0.9)) % 2 == 0, np.sin(u * 2.83), np.sin(v * 2.83))
            return np.abs(weave.astype(np.float32)) * 1.2 - 0.9
        case _:
            return looked_up(clouds(0.9, 7), u * 18 + shift, v * 18) * 2 - 1
