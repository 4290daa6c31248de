"""Where the light comes from, and how much of it reaches each point: shadow maps, hard near and soft far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

from lookalike.sources.drawn.mesh import Mesh
from lookalike.sources.drawn.raster import rasterise

__all__ = ["Lighting", "ShadowMap", "cross", "direction"]

_BLOCK = 8192
_TAPS = np.array(
    [
        [np.sqrt((i + 0.5) / 16) * np.cos(i * 2.399963), np.sqrt((i + 0.5) / 16) * np.sin(i * 2.399963)]
        for i in range(16)
    ]
)


def direction(yaw_degrees: float, pitch_degrees: float) -> Float[np.ndarray, " 3"]:
    """Unit vector towards a light: yaw 0 is behind the viewer (-y), positive to the right; pitch over the horizon."""
    yaw, pitch = np.radians(yaw_degrees), np.radians(pitch_degrees)
    return np.array([np.sin(yaw) * np.cos(pitch), -np.cos(yaw) * np.cos(pitch), np.sin(pitch)])


def cross(a: Float[np.ndarray, " 3"], b: Float[np.ndarray, " 3"]) -> Float[np.ndarray, " 3"]:
    """Cross product of two single vectors, for which NumPy's own takes ten times as long."""
    ax, ay, az = (float(value) for value in a)
    bx, by, bz = (float(value) for value in b)
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


@dataclass(frozen=True, slots=True)
class Lighting:
    """A key light with a soft edge, the sky, and what the ground throws back.

    Attributes:
        key: unit vector towards the key light.
        key_color: its linear colour, strength included.
        sky_color: light from above.
        bounce_color: light from below.
        rim: unit vector towards a weak light from behind.
        rim_color: its linear colour.
        softness: width of the key light; larger softens shadows.
        exposure: factor on everything.
    """

    key: Float[np.ndarray, " 3"]
    key_color: tuple[float, float, float] = (2.05, 2.0, 1.92)
    sky_color: tuple[float, float, float] = (0.62, 0.64, 0.68)
    bounce_color: tuple[float, float, float] = (0.40, 0.38, 0.36)
    rim: tuple[float, float, float] = (0.75, 0.6, 0.3)
    rim_color: tuple[float, float, float] = (0.45, 0.45, 0.48)
    softness: float = 0.10
    exposure: float = 0.46


@dataclass(frozen=True, slots=True)
class ShadowMap:
    """Distance of the first surface from a far light, on a square grid.

    Attributes:
        axes: rows are unit vectors right, down and away from the light.
        origin: left upper corner of the grid on the first two axes, centimetres.
        texel_cm: side of a cell.
        depth: (side, side) distance along the third axis; infinite where nothing is.
    """

    axes: Float[np.ndarray, "3 3"]
    origin: Float[np.ndarray, " 2"]
    texel_cm: float
    depth: Float32[np.ndarray, "side side"]

    @staticmethod
    def of(mesh: Mesh, towards: Float[np.ndarray, " 3"], side: int) -> ShadowMap:
        """The map of a mesh for a light in direction `towards`."""
        away = -towards / np.linalg.norm(towards)
        helper = np.array([0.0, 0.0, 1.0]) if abs(away[2]) < 0.95 else np.array([0.0, 1.0, 0.0])
        right = np.cross(away, helper)
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(away, right), away])
        seen = mesh.points @ axes.T
        low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
        border = 20
        texel = float((high - low).max()) / (side - 2 * border)
        origin = (low + high) / 2 - texel * side / 2
        screen = np.concatenate([(seen[:, :2] - origin) / texel, -seen[:, 2:]], axis=1)
        _, near = rasterise(screen[mesh.triangles], side, side)
        return ShadowMap(axes, origin, texel, -near.reshape(side, side))

    def _cells(
        self, world: Float32[np.ndarray, "3 n"]
    ) -> tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
        column, row, depth = self.axes.astype(np.float32) @ world
        return (
            (column - np.float32(self.origin[0])) / np.float32(self.texel_cm),
            (row - np.float32(self.origin[1])) / np.float32(self.texel_cm),
            depth,
        )

    def reached(
        self, world: Float32[np.ndarray, "3 n"], *, radius_cm: float, bias_cm: float
    ) -> Float32[np.ndarray, " n"]:
        """Share of the light in [0, 1] that reaches each point, over a disc of fixed radius."""
        side = self.depth.shape[0]
        reach = max(1, int(np.ceil(radius_cm / self.texel_cm)) + 1)
        wide = side + 2 * reach
        flat = np.pad(self.depth, reach, constant_values=np.inf).ravel()
        offsets: Int[np.ndarray, "taps 2"] = np.rint(_TAPS * radius_cm / self.texel_cm).astype(np.int64)
        lit = np.zeros(world.shape[1], dtype=np.float32)
        for start in range(0, len(lit), _BLOCK):
            block = slice(start, start + _BLOCK)
            column, row, depth = self._cells(world[:, block])
            x = np.clip(column, 0, side - 1).astype(np.int32)
            base = np.clip(row, 0, side - 1).astype(np.int32) * np.int32(wide) + x + np.int32(reach * wide + reach)
            limit = depth - np.float32(bias_cm)
            count = np.zeros(len(depth), dtype=np.uint8)
            for dx, dy in offsets:
                count += flat.take(base + np.int32(dy * wide + dx)) > limit
            lit[block] = count * np.float32(1 / len(offsets))
        return lit

    def spread(
        self, world: Float32[np.ndarray, "3 n"], *, softness: float, widest_cm: float
    ) -> Float32[np.ndarray, " n"]:
        """Share of the light in [0, 1], its shadow softer the farther away what casts it is."""
        column, row, depth = self._cells(world)
        side = self.depth.shape[0]
        flat = self.depth.ravel()

        def tap(dx: Float[np.ndarray, " n"], dy: Float[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
            x, y = np.rint(column + dx - 0.5).astype(np.int32), np.rint(row + dy - 0.5).astype(np.int32)
            inside = (x >= 0) & (x < side) & (y >= 0) & (y < side)
            found = flat.take(np.where(inside, y * np.int32(side) + x, 0))
            return np.where(inside, found, np.float32(np.inf))

        bias = np.float32(self.texel_cm)
        widest = widest_cm / self.texel_cm
        distance = np.zeros(len(depth), dtype=np.float32)
        count = np.full(len(depth), 1e-6, dtype=np.float32)
        zeros = np.zeros(len(depth), dtype=np.float32)
        for dx, dy in _TAPS[::2]:
            gap = depth - tap(zeros + np.float32(dx * widest), zeros + np.float32(dy * widest))
            blocked = gap > bias
            distance += np.where(blocked, gap, 0)
            count += blocked
        radius = np.clip(distance / count * np.float32(softness / self.texel_cm), 1.0, widest)
        lit = np.zeros(len(depth), dtype=np.float32)
        for dx, dy in _TAPS:
            lit += tap(radius * np.float32(dx), radius * np.float32(dy)) > depth - bias
        return lit / len(_TAPS)
