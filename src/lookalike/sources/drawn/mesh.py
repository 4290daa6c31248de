"""Triangle meshes in centimetres, z up: what the designs are built from and the renderer draws.

Meshes are closed and their triangles run counter-clockwise seen from outside, so that the renderer may leave out
back faces. A mesh holds no colour: each triangle belongs to a slot (``body``, ``handle``, …) that a variant fills
with a material.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from lookalike.sources.drawn.material import Length

__all__ = ["Mesh", "join"]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Points with normals and texture coordinates, and triangles over them.

    Attributes:
        points: (n, 3) centimetres; x to the right, y away from the viewer, z up.
        normals: (n, 3) unit length, outwards.
        uv: (n, 2) centimetres along the surface, for patterns.
        triangles: (m, 3) indices into points.
        slots: (m,) indices into slot_names.
        slot_names: what the slots are called.
    """

    points: Float[np.ndarray, "n 3"]
    normals: Float[np.ndarray, "n 3"]
    uv: Float[np.ndarray, "n 2"]
    triangles: Int[np.ndarray, "m 3"]
    slots: Int[np.ndarray, " m"]
    slot_names: tuple[str, ...]

    @property
    def low(self) -> Float[np.ndarray, " 3"]:
        """Lower corner of the bounding box."""
        return self.points.min(axis=0)

    @property
    def high(self) -> Float[np.ndarray, " 3"]:
        """Upper corner of the bounding box."""
        return self.points.max(axis=0)

    @property
    def size(self) -> Float[np.ndarray, " 3"]:
        """Width, depth and height in centimetres."""
        return self.high - self.low

    def moved(self, x: Length = 0.0, y: Length = 0.0, z: Length = 0.0) -> Mesh:
        """The same mesh shifted by centimetres."""
        return self._with(self.points + np.array([x, y, z]), self.normals)

    def turned(self, degrees: Length, axis: str = "z") -> Mesh:
        """The same mesh turned about an axis through the origin, counter-clockwise seen from its positive end."""
        angle = np.radians(degrees)
        cosine, sine = np.cos(angle), np.sin(angle)
        first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
        rotation = np.eye(3)
        rotation[first, first] = rotation[second, second] = cosine
        rotation[first, second], rotation[second, first] = -sine, sine
        return self._with(self.points @ rotation.T, self.normals @ rotation.T)

    def scaled(self, x: Length, y: Length, z: Length) -> Mesh:
        """The same mesh stretched along the axes; factors are positive."""
        factors = np.array([x, y, z])
        normals = self.normals / factors
        return self._with(self.points * factors, normals / np.linalg.norm(normals, axis=1, keepdims=True))

    def mirrored(self) -> Mesh:
        """The mirror image in x, turned inside out again so that it stays closed outwards."""
        flip = np.array([-1.0, 1.0, 1.0])
        return Mesh(
            self.points * flip, self.normals * flip, self.uv, self.triangles[:, ::-1], self.slots, self.slot_names
        )

    def grounded(self) -> Mesh:
        """The same mesh standing on z = 0 with the middle of its bounding box above the origin."""
        low, high = self.low, self.high
        return self.moved(-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])

    def _with(self, points: Float[np.ndarray, "n 3"], normals: Float[np.ndarray, "n 3"]) -> Mesh:
        return Mesh(points, normals, self.uv, self.triangles, self.slots, self.slot_names)


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of all of them; slots of the same name become one."""
    names = tuple(dict.fromkeys(name for mesh in meshes for name in mesh.slot_names))
    offsets = np.cumsum([0, *(len(mesh.points) for mesh in meshes)])
    slots = [np.array([names.index(name) for name in mesh.slot_names])[mesh.slots] for mesh in meshes]
    return Mesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, offsets, strict=False)]),
        np.concatenate(slots),
        names,
    )
