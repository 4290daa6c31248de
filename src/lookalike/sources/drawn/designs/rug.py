"""Rugs and runners, tufted or woven."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.dyes import DYES
from lookalike.sources.drawn.material import FinishName
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.solids import curve, lathe, padded_box, tube

__all__ = ["rug"]


def rug(sketch: Sketch) -> Design:
    """A rug: oblong, runner, round, arch or pebble, tufted or woven."""
    family = sketch.family(("oblong", "round", "oblong", "runner", "pebble", "oblong", "arch"))
    pattern = sketch.motif(
        (
            "diamonds",
            "border",
            "arches",
            "stripes",
            "zigzag",
            "terrazzo",
            "check",
            "triangles",
            "leaves",
            "waves",
            "tartan",
            "swirl",
        ),
        7,
    )
    if pattern == "border" and family not in ("oblong", "runner"):
        pattern = "dots"
    parts: list[Mesh] = []
    w, h = sketch.uniform(150, 190), sketch.uniform(100, 130)
    thick = sketch.uniform(1.2, 3.0)
    match family:
        case "oblong" | "runner":
            if family == "runner":
                w, h = sketch.uniform(200, 240), sketch.uniform(62, 78)
            parts.append(padded_box(w, h, thick, "body", rounding=min(1.0, thick / 2.2), n_cells=10))
            if sketch.chance(0.6):
                n = int(sketch.rng.integers(18, 34)) if family == "oblong" else 14
                long = sketch.uniform(4, 9)
                for sx in (-1, 1):
                    for y in np.linspace(-h * 0.48, h * 0.48, n):
                        wobble = float(sketch.rng.normal(0, 0.5))
                        parts.append(
                            tube(
                                np.array(
                                    [[sx * (w / 2 - 0.5), y, thick * 0.5], [sx * (w / 2 + long), y + wobble, 0.5]]
                                ),
                                0.65,
                                "fringe",
                                n_segments=6,
                            )
                        )
        case _:
            r = h * 0.62
            waves, wobble = int(sketch.rng.integers(3, 6)), sketch.uniform(0.05, 0.11)
            turn = sketch.uniform(0, 6)
            run = [
                np.array([[1e-3, 0], [r - 0.3, 0]]),
                curve([(r - 0.3, 0), (r, thick * 0.5), (r - 0.6, thick)], 7),
                np.column_stack([np.linspace(r - 0.6, 1e-3, 16), np.full(16, thick)]),
            ]
            if family == "round":
                mesh = lathe(run, "body", n_segments=72)
            elif family == "pebble":
                mesh = lathe(
                    run,
                    "body",
                    n_segments=90,
                    radial=lambda a, z: (
                        1
                        + (wobble * np.cos(waves * a + turn) + wobble * 0.6 * np.cos((waves - 1) * a + 2 * turn))[None]
                        * np.ones_like(z)[:, None]
                    ),
                ).scaled(1.2, 0.92, 1)
            else:
                mesh = lathe(
                    run,
                    "body",
                    n_segments=72,
                    radial=lambda a, z: (
                        np.where(
                            np.cos(a - np.pi / 2) > 0,
                            1.0,
                            np.minimum(
                                1 / np.maximum(np.abs(np.cos(a)), 1e-3), 0.75 / np.maximum(np.abs(np.sin(a)), 1e-3)
                            ),
                        )[None]
                        * np.ones_like(z)[:, None]
                    ),
                )
            # Patterns run straight across, not around.
            mesh = Mesh(
                mesh.points, mesh.normals, mesh.points[:, :2].copy(), mesh.triangles, mesh.slots, mesh.slot_names
            )
            if family == "round" and sketch.chance(0.5) and pattern in ("stripes", "waves", "zigzag", "arches"):
                radius = np.hypot(mesh.points[:, 0], mesh.points[:, 1])
                angle = np.arctan2(mesh.points[:, 1], mesh.points[:, 0])
                mesh = Mesh(
                    mesh.points,
                    mesh.normals,
                    np.column_stack([radius, angle * r * 0.5]),
                    mesh.triangles,
                    mesh.slots,
                    mesh.slot_names,
                )
            parts.append(mesh)
            w, h = float(mesh.size[0]), float(mesh.size[1])
    pile: FinishName = "pile" if sketch.chance(0.65) else "cloth"
    stuff = {"pile": "wool", "cloth": "cotton"}[pile]
    pitch, turn, bold = sketch.uniform(16, 38), sketch.chance(0.2) and pattern != "border", sketch.chance(0.45)
    level = w / 2
    if pattern == "border":
        pitch = h / 2
    looks = []
    for shade in sketch.shades(DYES):
        body = sketch.patterned(
            pile, shade, pattern, pitch_cm=pitch, level_cm=level, phase=sketch.uniform(0, 1), turn=turn, bold=bold
        )
        looks.append(
            Look(shade.word, shade.name, stuff, {"body": body, "fringe": sketch.simple("cloth", (0.90, 0.86, 0.77))})
        )
    noun = "runner" if family == "runner" else "rug"
    return Design(
        join(parts).grounded(),
        tuple(looks),
        styled(STYLE_OF[pattern], {"round": "round", "pebble": "pebble", "arch": "arched"}.get(family, "")),
        noun,
        "flat",
        round(sketch.uniform(79, 420)),
    )
