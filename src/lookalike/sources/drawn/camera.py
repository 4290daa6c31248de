"""Where a picture is taken from: points of the world to pixels, pixels to rays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

__all__ = ["Camera", "framed", "looking"]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera.

    Attributes:
        eye: its place in centimetres.
        axes: rows are its unit vectors right, down and forward.
        focal_pixels: distance of the picture plane.
        centre_x: pixel column on its axis.
        centre_y: pixel row on its axis.
        width: picture width in pixels.
        height: picture height in pixels.
    """

    eye: Float[np.ndarray, " 3"]
    axes: Float[np.ndarray, "3 3"]
    focal_pixels: float
    centre_x: float
    centre_y: float
    width: int
    height: int

    def project(self, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """Columns, rows and nearness (one over the distance along the axis) of the points."""
        seen = (points - self.eye) @ self.axes.T
        nearness = 1 / np.maximum(seen[:, 2], 1e-3)
        return np.stack(
            [
                seen[:, 0] * nearness * self.focal_pixels + self.centre_x,
                seen[:, 1] * nearness * self.focal_pixels + self.centre_y,
                nearness,
            ],
            axis=1,
        )

    def rays(self, columns: Float[np.ndarray, " n"], rows: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n 3"]:
        """Directions through pixel centres; a direction times distance along the axis reaches the point."""
        across = ((columns + 0.5 - self.centre_x) / self.focal_pixels)[:, None].astype(np.float32)
        down = ((rows + 0.5 - self.centre_y) / self.focal_pixels)[:, None].astype(np.float32)
        right, below, ahead = self.axes.astype(np.float32)
        return across * right + down * below + ahead


def looking(
    eye: Float[np.ndarray, " 3"],
    target: Float[np.ndarray, " 3"],
    *,
    roll_degrees: float,
    width: int,
    height: int,
    focal: float,
) -> Camera:
    """A camera at `eye` looking at `target`, its picture `focal` times as far away as it is wide."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, np.array([0.0, 0.0, 1.0]))
    if np.linalg.norm(right) < 1e-6:
        right = np.array([1.0, 0.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    angle = np.radians(roll_degrees)
    turned_right = np.cos(angle) * right + np.sin(angle) * down
    turned_down = -np.sin(angle) * right + np.cos(angle) * down
    return Camera(
        eye, np.stack([turned_right, turned_down, forward]), focal * width, width / 2, height / 2, width, height
    )


def framed(
    points: Float[np.ndarray, "n 3"],
    *,
    yaw_degrees: float,
    pitch_degrees: float,
    width: int,
    height: int,
    roll_degrees: float = 0.0,
    fill: float = 0.78,
    focal: float = 2.4,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Camera:
    """A camera turned around the points so that they fill the picture.

    Args:
        points: what is to be seen.
        yaw_degrees: 0 looks along +y; positive walks to the right.
        pitch_degrees: height of the viewpoint over the horizon.
        width: picture width in pixels.
        height: picture height in pixels.
        roll_degrees: turn of the picture.
        fill: share of the picture that what is seen takes along its tighter side; above 1 crops.
        focal: length of the lens in picture widths; smaller shows more perspective.
        shift: how far from the middle, in picture widths to the right and heights down.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    reach = float(np.linalg.norm(high - low)) / 2
    yaw, pitch = np.radians(yaw_degrees), np.radians(pitch_degrees)
    back = np.array([np.sin(yaw) * np.cos(pitch), -np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    eye = middle + back * reach * (1 + 2.0 * focal)
    camera = looking(eye, middle, roll_degrees=roll_degrees, width=width, height=height, focal=focal)
    seen = camera.project(points)[:, :2]
    left_top, right_bottom = seen.min(axis=0), seen.max(axis=0)
    extent = right_bottom - left_top
    zoom = fill * min(width / float(extent[0]), height / float(extent[1]))
    offset = ((left_top + right_bottom) / 2 - np.array([width, height]) / 2) * zoom
    return replace(
        camera,
        focal_pixels=camera.focal_pixels * zoom,
        centre_x=width * (0.5 + shift[0]) - float(offset[0]),
        centre_y=height * (0.5 + shift[1]) - float(offset[1]),
    )
