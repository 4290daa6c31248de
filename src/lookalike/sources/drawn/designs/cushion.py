"""Cushions, bolsters and ball cushions."""

from __future__ import annotations

import numpy as np

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.designs.dyes import DYES
from lookalike.sources.drawn.material import FinishName, Length
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import companion
from lookalike.sources.drawn.solids import curve, lathe, loft, tube

__all__ = ["cushion"]


def _pillow(width: Length, height: Length, thick: Length, slot: str, *, pinch: Length) -> Mesh:
    """A stuffed cover lying on its back, drawn in at the middle of its sides."""
    t = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 28))
    half = width / 2 * (1 - pinch * (1 - np.abs(t) ** 2.2)) * np.where(np.abs(t) > 0.999, 0.985, 1)
    up = thick / 2 * np.maximum(1 - np.abs(t) ** 2.4, 0.004) ** 0.62
    n = len(t)
    centres = np.column_stack([np.zeros(n), t * height / 2, np.zeros(n)])
    return loft(
        centres,
        np.column_stack([half, np.zeros(n), np.zeros(n)]),
        np.column_stack([np.zeros(n), np.zeros(n), up]),
        slot,
        exponent=1.75,
        n_segments=44,
    )


def cushion(sketch: Sketch) -> Design:
    """A cushion: square, oblong, round or a bolster, with piping, tassels or buttons."""
    family = sketch.family(("square", "oblong", "round", "square", "bolster", "square", "ball"))
    pattern = sketch.motif(
        (
            "stripes",
            "leaves",
            "diamonds",
            "plain",
            "arches",
            "check",
            "triangles",
            "petals",
            "zigzag",
            "dots",
            "waves",
            "tartan",
        ),
        7,
    )
    size = sketch.uniform(42, 54)
    parts: list[Mesh] = []
    lean = sketch.uniform(68, 78)
    match family:
        case "square" | "oblong":
            w, h = (size, size) if family == "square" else (size * 1.2, size * 0.68)
            pinch = sketch.uniform(0.03, 0.08)
            parts.append(_pillow(w, h, size * 0.34, "body", pinch=pinch))
            trim = ("none", "piping", "tassels", "pompoms", "fringe")[int(sketch.rng.integers(5))]
            if trim == "piping":
                t = np.linspace(-1, 1, 14)
                side = w / 2 * (1 - pinch * (1 - np.abs(t) ** 2.2))
                edge = [*zip(side, t * h / 2, strict=True), *zip(-side[::-1], t[::-1] * h / 2, strict=True)]
                edge.append(edge[0])
                parts.append(tube(np.array([(x, y, 0.0) for x, y in edge]), 0.75, "trim", n_segments=8))
            elif trim in ("tassels", "pompoms"):
                for sx in (-1, 1):
                    for sy in (-1, 1):
                        at = np.array([sx * w / 2, sy * h / 2, 0.0])
                        out = np.array([sx, sy, 0.0]) * 0.7071
                        if trim == "pompoms":
                            parts.append(
                                lathe([curve([(0.03, -2.3), (2.3, 0), (0.03, 2.3)], 12)], "trim", n_segments=18).moved(
                                    *(at + out * 1.4)
                                )
                            )
                        else:
                            parts.append(
                                tube(
                                    np.stack([at - out * 0.8, at + out * 1.2, at + out * 2.0, at + out * 6.5]),
                                    np.array([0.5, 1.0, 0.7, 1.5]),
                                    "trim",
                                    n_segments=10,
                                )
                            )
            elif trim == "fringe":
                for sx in (-1, 1):
                    for y in np.linspace(-h * 0.46, h * 0.46, 16):
                        x = sx * w / 2 * (1 - pinch * (1 - abs(2 * y / h) ** 2.2))
                        parts.append(
                            tube(
                                np.array([[x - sx * 0.8, y, 0.2], [x + sx * 4.2, y, -0.2]]), 0.42, "trim", n_segments=6
                            )
                        )
            mesh = join(parts).turned(lean, "x")
        case "round":
            r = size * 0.46
            line = curve(
                [
                    (r * 0.5, -size * 0.13),
                    (r * 0.95, -size * 0.08),
                    (r * 1.02, 0),
                    (r * 0.95, size * 0.08),
                    (r * 0.5, size * 0.13),
                    (0.6, size * 0.1),
                ],
                26,
            )
            ribs = int(sketch.rng.integers(12, 24))
            body = lathe(
                [np.array([[1e-3, -size * 0.13], line[0]]), line, np.array([line[-1], [1e-3, line[-1, 1]]])],
                "body",
                n_segments=84,
                radial=lambda a, z: 1 - 0.02 * np.abs(np.cos(ribs * a / 2))[None] * np.ones_like(z)[:, None],
            )
            button = lathe([curve([(0.03, 0), (2.2, 0.2), (2.0, 1.0), (0.03, 1.3)], 10)], "trim", n_segments=20).moved(
                z=size * 0.095
            )
            mesh = join([body, button]).turned(lean, "x")
        case "bolster":
            r, w = size * 0.19, size * 1.15
            line = curve([(r * 0.8, -w / 2), (r, -w / 2 + 1.4), (r * 1.02, 0), (r, w / 2 - 1.4), (r * 0.8, w / 2)], 24)
            body = lathe(
                [np.array([[1e-3, -w / 2 + 0.6], line[0]]), line, np.array([line[-1], [1e-3, w / 2 - 0.6]])],
                ["trim", "body", "trim"],
                n_segments=40,
            )
            mesh = body.turned(90, "y")
        case _:
            r = size * 0.34
            line = curve([(0.05, 0.5), (r * 0.7, r * 0.24), (r, r * 0.95), (r * 0.72, r * 1.65), (0.05, r * 1.84)], 26)
            mesh = lathe([line], "body", n_segments=44)
    cloth: FinishName = ("cloth", "velvet", "knit", "boucle", "cloth")[int(sketch.rng.integers(5))]
    if family == "ball":
        cloth = "boucle" if sketch.chance(0.5) else "knit"
    stuff = {"cloth": "linen", "velvet": "velvet", "knit": "knitted cotton", "boucle": "bouclé"}[cloth]
    pitch, turn, bold = sketch.uniform(5, 11), sketch.chance(0.2), sketch.chance(0.4)
    looks = []
    for shade in sketch.shades(DYES):
        body = sketch.patterned(
            cloth, shade, pattern, pitch_cm=pitch, level_cm=size * 0.3, phase=sketch.uniform(0, 1), turn=turn, bold=bold
        )
        accent = body.colors[1] if len(body.colors) > 1 else companion(sketch.rng, shade).rgb
        looks.append(Look(shade.word, shade.name, stuff, {"body": body, "trim": sketch.simple("cloth", accent)}))
    noun = {"bolster": "bolster", "ball": "ball cushion"}.get(family, "cushion")
    return Design(
        mesh.grounded(),
        tuple(looks),
        styled(STYLE_OF[pattern], {"round": "round", "oblong": "oblong"}.get(family, "")),
        noun,
        "standing",
        round(sketch.uniform(19, 75)),
    )
