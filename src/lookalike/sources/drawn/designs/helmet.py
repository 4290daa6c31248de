"""Cycling helmets."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.dyes import BRIGHT
from lookalike.sources.drawn.material import FinishName, Length, PatternName
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import companion
from lookalike.sources.drawn.solids import Radial, curve, lathe, padded_box, ring, tube

__all__ = ["helmet"]


def _ridged(n_ridges: int) -> Radial:
    return lambda angle, height: 1 + 0.05 * np.cos(n_ridges * angle)[None] * np.sin(height * np.pi)[:, None]


def helmet(sketch: Sketch) -> Design:
    """A cycling helmet: bowl, vented, visor, commuter or child's."""
    family = sketch.family(("bowl", "vented", "visor", "ridge", "child", "aero"))
    r, tall, long = sketch.uniform(10.5, 12), sketch.uniform(12, 14.5), sketch.uniform(1.16, 1.34)
    if family == "aero":
        long *= 1.12
    parts: list[Mesh] = []
    line = curve(
        [
            (r * 0.98, 0),
            (r * 1.02, tall * 0.22),
            (r * 0.95, tall * 0.52),
            (r * 0.62, tall * 0.88),
            (r * 0.25, tall * 0.985),
            (0.02, tall),
        ],
        26,
    )
    ridges = int(sketch.rng.integers(3, 6)) * 2
    radial: Radial | None = None
    if family == "ridge":
        radial = _ridged(ridges)
    inner = np.array([[r * 0.98, 0.0], [r * 0.9, 0.1], [r * 0.82, tall * 0.3], [0.02, tall * 0.7]])
    parts.append(lathe([line, inner[::1]], ["body", "inside"], n_segments=64, radial=radial))
    parts.append(ring(r * 1.0, 0.55, "rim", flatness=1.3, n_segments=52).moved(z=0.5))

    def on_top(angle: Length, height: Length, lift: Length = 0.1) -> Float[np.ndarray, " 3"]:
        radius = float(np.interp(height * tall, line[:, 1], line[:, 0]))
        return np.array([np.cos(angle) * (radius + lift), np.sin(angle) * (radius + lift), height * tall])

    n_vents = {"vented": 7, "visor": 5, "aero": 4, "ridge": 0, "bowl": 3, "child": 3}[family]
    for place in range(n_vents):
        for sign in (-1, 1) if family in ("vented", "visor", "aero") else (1,):
            around = np.pi * (0.5 + sign * (0.12 + 0.86 * (place + 0.5) / n_vents)) + np.pi
            if family in ("bowl", "child"):
                around = np.pi * (1.5 + (place - (n_vents - 1) / 2) * 0.22)
            low, high = (0.3, 0.72) if place % 2 == 0 else (0.42, 0.85)
            if family in ("bowl", "child"):
                low, high = 0.45, 0.66
            path = np.stack([on_top(around, float(z), 0.0) for z in np.linspace(low, high, 7)])
            widths = np.array([0.3, 0.8, 1.05, 1.1, 1.0, 0.75, 0.3]) * (1.2 if family == "vented" else 0.9)
            outward = path[3] / np.linalg.norm(path[3])
            parts.append(
                tube(path, widths, "dark", flatness=0.35, up=(float(outward[0]), float(outward[1]), float(outward[2])))
            )
    shell = join(parts).scaled(1.0, long, 1.0)
    parts = [shell]
    if family in ("visor", "ridge", "child"):
        brim = lathe(
            [
                np.array([[r * 0.9, 0.2], [r * 1.42, -0.9]]),
                np.array([[r * 1.42, -0.9], [r * 1.42, -0.5]]),
                np.array([[r * 1.42, -0.5], [r * 0.9, 0.8]]),
                np.array([[r * 0.9, 0.8], [r * 0.9, 0.2]]),
            ],
            "rim",
            n_segments=60,
            radial=lambda a, z: (
                0.62 + 0.38 * np.clip(1.6 * np.cos(a + np.pi / 2), 0, 1)[None] ** 0.5 * np.ones_like(z)[:, None]
            ),
        )
        parts.append(brim.scaled(1.0, long, 1.0).moved(z=tall * 0.2))
    if family == "aero":
        fin = curve([(0, -r * long * 0.7, tall * 0.86), (0, 0, tall * 1.02), (0, r * long * 0.85, tall * 0.66)], 14)
        parts.append(tube(fin, 1.2, "stripe", up=(1, 0, 0)))
    elif sketch.chance(0.5):
        for dx in (0.0,) if sketch.chance(0.5) else (-1.6, 1.6):
            angles = np.linspace(0.06 * np.pi, 0.94 * np.pi, 22)
            stripe = np.column_stack(
                [
                    np.full(22, dx),
                    -np.cos(angles) * r * 0.995 * long,
                    np.interp(np.abs(np.cos(angles)), line[::-1, 0] / r, line[::-1, 1]) + 0.05,
                ]
            )
            parts.append(tube(stripe, 0.95, "stripe", flatness=0.3, up=(0, 0, 1)))
    for s in (-1, 1):
        strap = curve(
            [(s * r * 0.86, -2.5, 0.5), (s * r * 0.72, -1.5, -5), (s * r * 0.25, -0.5, -9.4), (0, 0, -10)], 16
        )
        parts.append(tube(strap, 0.75, "strap", flatness=0.3, up=(0, 1, 0)))
        parts.append(
            tube(
                curve([(s * r * 0.84, 5, 0.5), (s * r * 0.76, 1.5, -3.4), (s * r * 0.70, -1.2, -5)], 10),
                0.6,
                "strap",
                flatness=0.3,
                up=(0, 1, 0),
            )
        )
    parts.append(padded_box(3.0, 1.2, 1.8, "dark", rounding=0.4, n_cells=2).moved(0, 0, -10.9))
    finish: FinishName = ("lacquer", "satin", "plastic", "glaze")[int(sketch.rng.integers(4))]
    options: tuple[PatternName, ...] = (
        "plain",
        "block",
        "plain",
        "dots",
        "waves",
        "plain",
        "petals",
        "triangles",
        "zigzag",
    )
    pattern = sketch.motif(options, 6)
    bold = sketch.chance(0.5)
    pitch = sketch.uniform(3.5, 6)
    looks = []
    for shade in sketch.shades(BRIGHT):
        body = sketch.patterned(finish, shade, pattern, pitch_cm=pitch, level_cm=tall * 0.95 + 8, phase=0.4, bold=bold)
        accent = body.colors[1] if len(body.colors) > 1 else companion(sketch.rng, shade, bold=bold).rgb
        looks.append(
            Look(
                shade.word,
                shade.name,
                "polycarbonate",
                {
                    "body": body,
                    "inside": sketch.simple("rubber", (0.18, 0.18, 0.19)),
                    "rim": sketch.simple("rubber", (0.16, 0.16, 0.17) if bold else accent),
                    "dark": sketch.simple("rubber", (0.10, 0.10, 0.11)),
                    "stripe": sketch.simple(finish, accent),
                    "strap": sketch.simple("cloth", (0.17, 0.17, 0.18)),
                },
            )
        )
    words = {
        "vented": "vented",
        "visor": "visor",
        "ridge": "ridged",
        "child": "children's",
        "aero": "aero",
        "bowl": "urban",
    }
    return Design(
        join(parts).turned(35).grounded(),
        tuple(looks),
        styled(STYLE_OF[pattern], words[family]),
        "helmet",
        "standing",
        round(sketch.uniform(35, 150)),
    )
