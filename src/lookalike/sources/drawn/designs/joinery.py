"""What joiners share: rods, bent boards, legs, and kinds of wood."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import Sketch
from lookalike.sources.drawn.material import Length, Material
from lookalike.sources.drawn.mesh import Mesh
from lookalike.sources.drawn.palette import WOODS, Wood
from lookalike.sources.drawn.solids import curve, loft, tube

__all__ = ["FABRICS", "board", "legs_of", "rod", "timber_of", "woods"]

FABRICS = (
    "cream",
    "grey",
    "green",
    "teal",
    "navy",
    "red",
    "orange",
    "yellow",
    "pink",
    "beige",
    "blue",
    "brown",
    "purple",
    "black",
)


def rod(
    start: tuple[Length, Length, Length],
    end: tuple[Length, Length, Length],
    thick: Length,
    slot: str,
    *,
    taper: Length = 1.0,
) -> Mesh:
    path = curve([start, end], 5)
    return tube(path, np.linspace(thick, thick * taper, 5), slot, up=(0.31, 1, 0.17))


def board(
    path: list[tuple[Length, Length]],
    width: Length | list[Length],
    thick: Length,
    slot: str,
    *,
    n: int = 18,
    bow: Length = 0.0,
) -> Mesh:
    """A bent board: its side view as (y, z) points, its width along x, its edges bowed forward."""
    line = curve(path, n)
    tangents = np.gradient(line, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    wide = curve([(one,) for one in width], n)[:, 0] if isinstance(width, list) else np.full(n, width)
    centres = np.column_stack([np.zeros(n), line])
    sides = np.column_stack([wide / 2, np.zeros(n), np.zeros(n)])
    ups = np.column_stack([np.zeros(n), -tangents[:, 1], tangents[:, 0]]) * thick / 2
    mesh = loft(centres, sides, ups, slot, exponent=5.0, n_segments=28)
    if not bow:
        return mesh
    # Bending forward by the square of x keeps the board's normals nearly right, so only x is corrected.
    half = wide.max() / 2
    points = mesh.points.copy()
    points[:, 1] -= (
        bow * (points[:, 0] / half) ** 2 * np.clip((points[:, 2] - line[:, 1].min()) / np.ptp(line[:, 1]), 0, 1)
    )
    normals = mesh.normals.copy()
    normals[:, 0] += normals[:, 1] * bow * 2 * points[:, 0] / half**2
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Mesh(points, normals, mesh.uv, mesh.triangles, mesh.slots, mesh.slot_names)


def woods(sketch: Sketch, n: int) -> list[Wood]:
    return [WOODS[int(place)] for place in sketch.rng.permutation(len(WOODS))[:n]]


def timber_of(sketch: Sketch, kind: Wood) -> Material:
    return sketch.simple("wood", kind.rgb)


def legs_of(width: Length, depth: Length, height: Length, slot: str, *, thick: Length, splay: Length) -> list[Mesh]:
    legs = []
    for sx in (-1, 1):
        for sy in (-1, 1):
            top = (sx * width / 2, sy * depth / 2, height)
            foot = (sx * (width / 2 + splay), sy * (depth / 2 + splay * 0.8), 0.0)
            legs.append(rod(top, foot, thick, slot, taper=0.62))
    return legs
