"""Every solid is closed, faces outwards and has normals to match."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.solids import curve, lathe, loft, padded_box, ring, tube


def _volume(mesh: Mesh) -> float:
    a, b, c = (mesh.points[mesh.triangles[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def _ball(radius: float) -> Mesh:
    angles = np.linspace(-np.pi / 2, np.pi / 2, 40)
    return lathe([np.column_stack([radius * np.cos(angles) + 1e-6, radius * np.sin(angles)])], "body", n_segments=60)


SOLIDS = {
    "ball": (_ball(2.0), 4 / 3 * np.pi * 8),
    "box": (padded_box(3, 4, 5, "body", rounding=0.01), 60.0),
    "ring": (ring(5, 1, "body", n_segments=80), 2 * np.pi**2 * 5),
    "tube": (tube(curve([(0, 0, 0), (0, 0, 10)], 12), 1.0, "body", up=(0, 1, 0), n_segments=40), np.pi * 10.6),
    "loft": (
        loft(
            np.array([[0.0, 0, 0], [0, 0, 4]]),
            np.array([[2.0, 0, 0]] * 2),
            np.array([[0.0, 1, 0]] * 2),
            "body",
            n_segments=60,
        ),
        np.pi * 2 * 4,
    ),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_solids_have_the_volume_of_their_formula(name: str) -> None:
    mesh, expected = SOLIDS[name]
    # Circles are polygons of few corners, which lie inside them.
    assert _volume(mesh) == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("name", SOLIDS)
def test_normals_are_unit_and_point_as_their_triangles_do(name: str) -> None:
    mesh, _ = SOLIDS[name]
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1.0, abs=1e-6)
    a, b, c = (mesh.points[mesh.triangles[:, corner]] for corner in range(3))
    flat = np.cross(b - a, c - a)
    area = np.linalg.norm(flat, axis=1)
    big = area > 1e-6
    agreement = np.einsum("ij,ij->i", flat[big], mesh.normals[mesh.triangles[big]].sum(axis=1))
    assert (agreement > 0).mean() > 0.98


def test_a_mirrored_or_turned_solid_stays_closed_outwards() -> None:
    box = padded_box(3, 4, 5, "body", rounding=0.5)
    for other in (box.mirrored(), box.turned(40, "x"), box.scaled(1, 2, 0.5)):
        assert _volume(other) == pytest.approx(_volume(box), rel=1e-6)


def test_joining_keeps_slots_by_name() -> None:
    both = join([padded_box(1, 1, 1, "leg"), padded_box(1, 1, 1, "seat"), padded_box(1, 1, 1, "leg")])
    assert both.slot_names == ("leg", "seat")
    assert (both.slots == 0).sum() == 2 * (both.slots == 1).sum()


def test_a_curve_passes_through_its_points() -> None:
    points = [(0.0, 1.0), (2.0, 3.0), (5.0, 2.0)]
    line = curve(points, 21)
    for point in points:
        assert np.linalg.norm(line - point, axis=1).min() < 1e-9
