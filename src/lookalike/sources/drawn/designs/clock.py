"""Wall clocks."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.dyes import OFF_WHITE
from lookalike.sources.drawn.material import Rgb
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import WOODS
from lookalike.sources.drawn.solids import Radial, curve, lathe, padded_box, tube

__all__ = ["clock"]


def _outline(shape: str, n: int) -> Radial | None:
    match shape:
        case "square":
            return lambda a, z: (
                ((np.abs(np.cos(a)) ** 6 + np.abs(np.sin(a)) ** 6) ** (-1 / 6))[None] * np.ones_like(z)[:, None]
            )
        case "polygon":
            return lambda a, z: (
                (np.cos(np.pi / n) / np.cos(np.mod(a, 2 * np.pi / n) - np.pi / n))[None] * np.ones_like(z)[:, None]
            )
        case "flower":
            return lambda a, z: (1 + 0.09 * np.abs(np.cos(n * a / 2)))[None] * np.ones_like(z)[:, None]
        case "wavy":
            return lambda a, z: (1 + 0.05 * np.cos(n * a))[None] * np.ones_like(z)[:, None]
        case _:
            return None


def clock(sketch: Sketch) -> Design:
    """A wall clock: its outline, rim, marks and hands."""
    shape = sketch.family(("round", "square", "polygon", "sunburst", "flower", "round", "wavy", "ring"))
    marks = ("bars", "dots", "quarters", "ticks", "none", "wedges")[(sketch.number + sketch.number // 8) % 6]
    r, thick = sketch.uniform(13, 18), sketch.uniform(2, 4)
    n = int(sketch.rng.integers(6, 11))
    rim = sketch.uniform(0.5, 2.2)
    radial = _outline(shape, n)
    parts: list[Mesh] = []
    z = thick
    body = [
        np.array([[1e-3, 0], [r, 0]]),
        curve([(r, 0), (r + 0.2, thick * 0.6), (r - 0.3, thick + 0.6), (r - rim, thick + 0.5)], 10),
        np.array([[r - rim, thick + 0.5], [r - rim - 0.1, z - 0.2]]),
        np.column_stack([np.linspace(r - rim - 0.1, 1e-3, 5), np.full(5, z - 0.2)]),
    ]
    if shape == "ring":
        hole = r * 0.52
        parts.append(
            lathe(
                [
                    np.array([[hole, 0], [r, 0]]),
                    curve([(r, 0), (r + 0.3, thick * 0.5), (r, thick)], 7),
                    np.array([[r, thick], [hole, thick]]),
                    np.array([[hole, thick], [hole, 0]]),
                ],
                "rim",
                n_segments=64,
            )
        )
        face = r * 0.98
        parts.extend(
            tube(
                np.array(
                    [
                        [-hole * np.cos(angle), -hole * np.sin(angle), 0.5],
                        [hole * np.cos(angle), hole * np.sin(angle), 0.5],
                    ]
                ),
                0.4,
                "rim",
            )
            for angle in (0, np.pi / 2)
        )
    elif shape == "sunburst":
        r *= 0.62
        body = [run * [0.62, 1] for run in body]
        parts.append(lathe(body, ["rim", "rim", "rim", "face"], n_segments=64))
        n_rays = int(sketch.rng.integers(12, 25))
        for place in range(n_rays):
            angle = 2 * np.pi * place / n_rays
            out = r * (sketch.uniform(1.62, 1.66) if place % 2 else 1.38)
            way = np.array([np.cos(angle), np.sin(angle), 0])
            parts.append(
                tube(
                    np.stack([way * r * 0.95 + [0, 0, 1], way * (r + out) / 2 + [0, 0, 1], way * out + [0, 0, 1]]),
                    np.array([0.7, 0.55, 0.25]),
                    "ray",
                    n_segments=8,
                )
            )
            if sketch.number % 3 == 0:
                parts.append(
                    lathe([curve([(0.02, -0.9), (0.9, 0), (0.02, 0.9)], 8)], "ray", n_segments=14).moved(
                        *(way * out + [0, 0, 1])
                    )
                )
        face = r - rim * 0.62
    else:
        parts.append(lathe(body, ["rim", "rim", "rim", "face"], n_segments=96 if radial else 64, radial=radial))
        face = (r - rim) * (0.92 if shape == "polygon" else 1.0)
    top = z if shape != "ring" else thick + 0.05
    for hour in range(12):
        angle = np.pi / 2 - hour * np.pi / 6
        quarter = hour % 3 == 0
        way = np.array([np.cos(angle), np.sin(angle)])
        if marks == "none" or (marks == "quarters" and not quarter):
            continue
        at = way * face * 0.84
        match marks:
            case "dots":
                mark = lathe(
                    [
                        np.array([[1e-3, 0], [0.55 + 0.3 * quarter, 0]]),
                        np.array([[0.55 + 0.3 * quarter, 0], [0.55 + 0.3 * quarter, 0.25]]),
                        np.array([[0.55 + 0.3 * quarter, 0.25], [1e-3, 0.25]]),
                    ],
                    "mark",
                    n_segments=16,
                )
            case "wedges":
                mark = padded_box(0.9 + 0.7 * quarter, face * 0.2, 0.35, "mark", rounding=0.1, n_cells=2).turned(
                    -hour * 30.0
                )
            case "ticks":
                mark = padded_box(
                    0.28, face * (0.16 if quarter else 0.1), 0.25, "mark", rounding=0.08, n_cells=2
                ).turned(-hour * 30.0)
            case _:
                mark = padded_box(0.55, face * (0.2 if quarter else 0.13), 0.3, "mark", rounding=0.1, n_cells=2).turned(
                    -hour * 30.0
                )
        parts.append(mark.moved(float(at[0]), float(at[1]), top - 0.15))
    minute = sketch.uniform(-70, 80)
    hour_angle = sketch.uniform(-75, -40)
    heavy = sketch.uniform(0.5, 1.1)
    style = sketch.number % 3
    for angle, long, wide, high in ((hour_angle, face * 0.5, heavy, 0.35), (minute, face * 0.76, heavy * 0.75, 0.6)):
        a = np.radians(90 - angle)
        way = np.array([np.cos(a), np.sin(a), 0.0])
        start = -way * face * (0.12 if style != 1 else 0.02)
        radius = np.linspace(wide, wide * (0.35 if style == 2 else 1.0), 6) * 0.5
        parts.append(
            tube(
                np.linspace(start, way * long, 6) + np.array([0, 0, top + high]),
                radius,
                "hand",
                flatness=0.4,
                up=(0, 0, 1),
            )
        )
    second = np.radians(sketch.uniform(180, 300))
    if sketch.chance(0.5):
        way = np.array([np.cos(second), np.sin(second), 0])
        parts.append(
            tube(
                np.stack([-way * face * 0.2, way * face * 0.8]) + np.array([0, 0, top + 0.9]),
                0.13,
                "second",
                n_segments=6,
            )
        )
    parts.append(
        lathe([curve([(0.02, 0), (1.0, 0.05), (0.9, 0.6), (0.02, 0.75)], 8)], "hand", n_segments=18).moved(z=top + 0.4)
    )
    wooden = sketch.chance(0.4)
    face_pattern = sketch.motif(("plain", "plain", "terrazzo", "plain", "veins", "plain", "swirl"), 8)
    light_face = sketch.chance(0.55)
    looks = []
    timber = WOODS[int(sketch.rng.integers(len(WOODS)))]
    for shade in sketch.shades(
        ("white", "cream", "black", "red", "orange", "yellow", "green", "teal", "blue", "navy", "pink", "grey")
    ):
        dial: Rgb = OFF_WHITE if light_face and shade.word not in ("white", "cream") else shade.rgb
        dark_dial = 0.3 * dial[0] + 0.59 * dial[1] + 0.11 * dial[2] < 0.55
        ink: Rgb = (0.95, 0.93, 0.88) if dark_dial else (0.15, 0.15, 0.17)
        frame = sketch.simple("wood", timber.rgb) if wooden and not light_face else sketch.simple("lacquer", shade.rgb)
        dial_material = (
            sketch.patterned("satin", shade, face_pattern, pitch_cm=3.2, level_cm=5, phase=0.3)
            if dial == shade.rgb
            else sketch.simple("satin", dial)
        )
        if shape == "ring":
            ink = (0.95, 0.93, 0.88) if shade.is_dark else (0.15, 0.15, 0.17)
            frame = sketch.simple("lacquer", shade.rgb)
        looks.append(
            Look(
                shade.word,
                shade.name,
                f"{timber.name} and paper" if wooden and not light_face else "lacquered steel",
                {
                    "rim": frame,
                    "face": dial_material,
                    "mark": sketch.simple("satin", ink),
                    "hand": sketch.simple("satin", ink),
                    "second": sketch.simple("satin", (0.80, 0.22, 0.16)),
                    "ray": sketch.simple("brushed", (0.84, 0.67, 0.38))
                    if sketch.number % 2
                    else sketch.simple("wood", timber.rgb),
                },
            )
        )
    words = {
        "polygon": f"{n}-sided",
        "sunburst": "sunburst",
        "flower": "scalloped",
        "wavy": "wavy",
        "ring": "open ring",
        "square": "square",
        "round": "round",
    }
    return Design(
        join(parts).grounded(),
        tuple(looks),
        styled(STYLE_OF[face_pattern], words[shape]),
        "wall clock",
        "wall",
        round(sketch.uniform(25, 120)),
    )
