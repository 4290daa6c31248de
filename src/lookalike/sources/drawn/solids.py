"""Solids that the designs are made of: turned, swept, lofted and padded, each a closed `Mesh` of one slot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from lookalike.sources.drawn.material import Length
from lookalike.sources.drawn.mesh import Mesh, join

__all__ = ["curve", "lathe", "loft", "padded_box", "ring", "tube"]

Radial = Callable[[Float[np.ndarray, " n"], Float[np.ndarray, " m"]], Float[np.ndarray, "m n"]]
"""Radius factor for each angle (radians) and height (0 at the bottom, 1 at the top)."""


def curve(points: Sequence[Sequence[Length]], n_points: int = 24) -> Float[np.ndarray, "n k"]:
    """A smooth line through all points (Catmull-Rom, clamped at the ends), evenly spread over the spans."""
    known = np.asarray(points, dtype=np.float64)
    if len(known) == 2:
        return known[0] + np.linspace(0, 1, n_points)[:, None] * (known[1] - known[0])
    padded = np.concatenate([[2 * known[0] - known[1]], known, [2 * known[-1] - known[-2]]])
    where = np.linspace(0, len(known) - 1, n_points)
    span = np.minimum(where.astype(int), len(known) - 2)
    t = (where - span)[:, None]
    a, b, c, d = (padded[span + shift] for shift in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def _surface(points: Float[np.ndarray, "r c 3"], uv: Float[np.ndarray, "r c 2"], slot: str) -> Mesh:
    """A grid whose columns close (first equals last column); normals by differences."""
    n_rows, n_columns = points.shape[:2]
    along = np.gradient(points, axis=0)
    inner = points[:, :-1]
    around = np.roll(inner, -1, axis=1) - np.roll(inner, 1, axis=1)
    around = np.concatenate([around, around[:, :1]], axis=1)
    normals = np.cross(around, along)
    lengths = np.linalg.norm(normals, axis=2, keepdims=True)
    flat = lengths[..., 0].max(axis=1) < 1e-9
    normals = normals / np.maximum(lengths, 1e-12)
    for row in np.flatnonzero(flat):
        normals[row] = normals[row + 1 if row == 0 else row - 1].mean(axis=0)
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
    corner = (np.arange(n_rows - 1)[:, None] * n_columns + np.arange(n_columns - 1)).ravel()
    right, above, over = corner + 1, corner + n_columns, corner + n_columns + 1
    triangles = np.concatenate([np.stack([corner, right, over], axis=1), np.stack([corner, over, above], axis=1)])
    return Mesh(
        points.reshape(-1, 3),
        normals.reshape(-1, 3),
        uv.reshape(-1, 2),
        triangles,
        np.zeros(len(triangles), dtype=np.int64),
        (slot,),
    )


def _outwards(mesh: Mesh) -> Mesh:
    """The mesh with its inside in: triangles and normals are turned over if its volume is negative."""
    a, b, c = (mesh.points[mesh.triangles[:, corner]] - mesh.points.mean(axis=0) for corner in range(3))
    if np.einsum("ij,ij->", a, np.cross(b, c)) >= 0:
        return mesh
    return Mesh(mesh.points, -mesh.normals, mesh.uv, mesh.triangles[:, ::-1], mesh.slots, mesh.slot_names)


def lathe(
    runs: Sequence[Float[np.ndarray, "_ 2"]],
    slot: str | Sequence[str],
    *,
    n_segments: int = 40,
    radial: Radial | None = None,
) -> Mesh:
    """A body turned about the z axis.

    Args:
        runs: smooth pieces of the outline as (radius, z), together closed from axis to axis or back to the start;
            a crease runs where two pieces meet.
        slot: one name, or one for each run.
        n_segments: corners of the circle.
        radial: makes it less than round: factor on the radius by angle and relative height.
    """
    names = [slot] * len(runs) if isinstance(slot, str) else list(slot)
    # The seam lies at the back, where no view looks.
    angles = np.linspace(0, 2 * np.pi, n_segments + 1) + np.pi / 2
    heights = np.concatenate(runs)[:, 1]
    low, high = heights.min(), heights.max()
    widest = max(float(run[:, 0].max()) for run in runs)
    meshes = []
    for run, name in zip(runs, names, strict=True):
        factor = np.ones((len(run), len(angles)))
        if radial is not None:
            factor = radial(angles, (run[:, 1] - low) / max(high - low, 1e-9))
        radius = run[:, :1] * factor
        points = np.stack(
            [radius * np.cos(angles), radius * np.sin(angles), np.broadcast_to(run[:, 1:], radius.shape)], axis=2
        )
        travelled = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(run, axis=0), axis=1))])
        u = np.broadcast_to((angles - np.pi / 2) * widest, radius.shape)
        v = run[:, 1] if np.ptp(run[:, 1]) > 0.4 * travelled[-1] else travelled
        meshes.append(_surface(points, np.stack([u, np.broadcast_to(v[:, None], u.shape)], axis=2), name))
    return _outwards(join(meshes))


def loft(
    centres: Float[np.ndarray, "n 3"],
    sides: Float[np.ndarray, "n 3"],
    ups: Float[np.ndarray, "n 3"],
    slot: str,
    *,
    exponent: Length = 2.0,
    n_segments: int = 20,
    closed: bool = True,
) -> Mesh:
    """A body of cross-sections: the superellipse of each with the half axes `sides` and `ups` around its centre.

    Args:
        centres: middle of each section.
        sides: first half axis of each section, in centimetres.
        ups: second half axis.
        slot: its slot.
        exponent: 2 is an ellipse, more is boxier.
        n_segments: corners of each section.
        closed: whether flat lids close both ends.
    """
    angles = np.linspace(0, 2 * np.pi, n_segments + 1)
    cosine = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** (2 / exponent)
    sine = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** (2 / exponent)
    cosine[-1], sine[-1] = cosine[0], sine[0]
    points = centres[:, None] + sides[:, None] * cosine[None, :, None] + ups[:, None] * sine[None, :, None]
    travelled = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(centres, axis=0), axis=1))])
    around = np.linalg.norm(sides, axis=1)[:, None] * cosine[None]
    uv = np.stack([around, np.broadcast_to(travelled[:, None], around.shape)], axis=2)
    meshes = [_surface(points, uv, slot)]
    if closed:
        for end in (0, -1):
            lid = np.stack([points[end], np.broadcast_to(centres[end], points[end].shape)])
            if end == 0:
                lid = lid[::-1]
            flat_uv = np.stack([uv[end], np.stack([np.zeros(len(angles)), uv[end][:, 1]], axis=1)])
            meshes.append(_surface(lid, flat_uv, slot))
    return _outwards(join(meshes))


def tube(
    path: Float[np.ndarray, "n 3"],
    radius: Length | Float[np.ndarray, " n"],
    slot: str,
    *,
    flatness: Length = 1.0,
    n_segments: int = 10,
    up: tuple[Length, Length, Length] = (0.0, 0.0, 1.0),
) -> Mesh:
    """A round (or, with flatness below 1, oval) rod along a path, with rounded ends.

    Args:
        path: points of its middle line.
        radius: half its thickness, in all or at each point.
        slot: its slot.
        flatness: thickness across divided by thickness along `up`-wards sideways.
        n_segments: corners of its section.
        up: direction that the flat side avoids; not parallel to the path.
    """
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(path),)).copy()
    tangents = np.gradient(path, axis=0)
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1, keepdims=True), 1e-12)
    normal = np.cross(np.asarray(up, dtype=np.float64), tangents[0])
    if np.linalg.norm(normal) < 1e-3:
        normal = np.cross(np.array([0.0, 1.0, 0.0] if abs(tangents[0][1]) < 0.9 else [1.0, 0.0, 0.0]), tangents[0])
    sides = np.empty_like(path)
    for place, tangent in enumerate(tangents):
        # Carrying the side along keeps the section from twisting where the path turns.
        normal = normal - tangent * (normal @ tangent)
        normal /= np.linalg.norm(normal)
        sides[place] = normal
    ups = np.cross(tangents, sides)
    ends = [np.concatenate([path[:1] - tangents[:1] * radii[0] * s, np.zeros((0, 3))]) for s in (0.5, 0.35)]
    tails = [path[-1:] + tangents[-1:] * radii[-1] * s for s in (0.35, 0.5)]
    centres = np.concatenate([*ends, path, *tails])
    grown = np.concatenate([[0.02 * radii[0], 0.7 * radii[0]], radii, [0.7 * radii[-1], 0.02 * radii[-1]]])
    sides = np.concatenate([sides[:1], sides[:1], sides, sides[-1:], sides[-1:]])
    ups = np.concatenate([ups[:1], ups[:1], ups, ups[-1:], ups[-1:]])
    return loft(
        centres, sides * grown[:, None], ups * grown[:, None] * flatness, slot, n_segments=n_segments, closed=False
    )


def ring(radius: Length, thickness: Length, slot: str, *, flatness: Length = 1.0, n_segments: int = 40) -> Mesh:
    """A torus about the z axis: `radius` to the middle of a rod of half-thickness `thickness`."""
    angles = np.linspace(0, 2 * np.pi, 13)
    run = np.stack([radius + thickness * np.cos(angles), thickness * flatness * np.sin(angles)], axis=1)
    run[-1] = run[0]
    return lathe([run], slot, n_segments=n_segments)


def padded_box(
    width: Length,
    depth: Length,
    height: Length,
    slot: str,
    *,
    rounding: Length = 1.0,
    bulge: Length = 0.0,
    n_cells: int = 8,
) -> Mesh:
    """A box standing on z = 0 with rounded edges, its sides blown up like a cushion.

    Args:
        width: along x, in centimetres.
        depth: along y.
        height: along z.
        slot: its slot.
        rounding: radius of the edges.
        bulge: how far the middle of each side stands out.
        n_cells: cells along each side.
    """
    half = np.array([width, depth, height]) / 2
    rounding = float(min(rounding, half.min() * 0.98))
    even = np.linspace(-1, 1, n_cells + 1)
    meshes = []
    for axis in range(3):
        first, second = [other for other in range(3) if other != axis]
        for sign in (-1.0, 1.0):
            steps = []
            for other in (first, second):
                # Half of the rows go to the rounded edges, where the surface turns.
                corner = rounding / half[other]
                bend = 1 - corner + corner * np.sin(np.linspace(0, 1, 4) * np.pi / 4) / np.sin(np.pi / 4)
                steps.append(np.concatenate([-bend[::-1], even[1:-1] * (1 - corner), bend]))
            a, b = np.meshgrid(steps[0], steps[1], indexing="ij")
            cube = np.empty((*a.shape, 3))
            cube[..., axis], cube[..., first], cube[..., second] = sign, a, b
            outer = cube * half
            inner = np.clip(outer, -(half - rounding), half - rounding)
            away = outer - inner
            normals = away / np.linalg.norm(away, axis=2, keepdims=True)
            swell = bulge * (1 - a**2) * (1 - b**2)
            points = inner + rounding * normals
            points[..., axis] += sign * swell
            normals[..., first] += bulge * 2 * a * (1 - b**2) / half[first]
            normals[..., second] += bulge * 2 * b * (1 - a**2) / half[second]
            normals /= np.linalg.norm(normals, axis=2, keepdims=True)
            uv = np.stack([outer[..., first], outer[..., second]], axis=2)
            n_a, n_b = a.shape
            corner_ids = (np.arange(n_a - 1)[:, None] * n_b + np.arange(n_b - 1)).ravel()
            quads = np.stack([corner_ids, corner_ids + n_b, corner_ids + n_b + 1, corner_ids + 1], axis=1)
            if (sign > 0) == (axis == 1):
                quads = quads[:, ::-1]
            triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
            meshes.append(
                Mesh(
                    points.reshape(-1, 3),
                    normals.reshape(-1, 3),
                    uv.reshape(-1, 2),
                    triangles,
                    np.zeros(len(triangles), dtype=np.int64),
                    (slot,),
                )
            )
    return join(meshes).moved(z=height / 2)
