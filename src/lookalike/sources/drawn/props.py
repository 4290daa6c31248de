"""Things that lie about in photographs and are not for sale: books, fruit, boxes, candles, balls of wool."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lookalike.sources.drawn.material import Material, plain
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import SHADES
from lookalike.sources.drawn.solids import curve, lathe, padded_box, tube

__all__ = ["prop"]


def prop(rng: np.random.Generator, size_cm: float) -> tuple[Mesh, Mapping[str, Material]]:
    """One prop of about that size, standing on z = 0, with its materials."""
    kind = int(rng.integers(5))
    words = list(SHADES)

    def shade() -> tuple[float, float, float]:
        shades = SHADES[words[int(rng.integers(len(words)))]]
        return shades[int(rng.integers(len(shades)))].rgb

    if kind == 0:
        parts: list[Mesh] = []
        materials: dict[str, Material] = {"paper": plain("paper", (0.93, 0.90, 0.83))}
        level = 0.0
        for place in range(int(rng.integers(2, 5))):
            width, depth = size_cm * float(rng.uniform(0.8, 1.1)), size_cm * float(rng.uniform(0.55, 0.75))
            thick = size_cm * float(rng.uniform(0.08, 0.18))
            slot = f"cover{place}"
            materials[slot] = plain("satin", shade())
            cover = thick * 0.12
            book = [
                padded_box(width, depth, cover, slot, rounding=cover * 0.4, n_cells=2),
                padded_box(width * 0.97, depth * 0.96, thick - 2 * cover, "paper", rounding=0.02, n_cells=2).moved(
                    z=cover
                ),
                padded_box(width, depth, cover, slot, rounding=cover * 0.4, n_cells=2).moved(z=thick - cover),
                padded_box(width, cover, thick, slot, rounding=cover * 0.4, n_cells=2).moved(y=-depth / 2),
            ]
            parts.append(join(book).turned(float(rng.normal(0, 9))).moved(z=level))
            level += thick
        return join(parts), materials
    if kind == 1:
        parts = []
        r = size_cm * 0.28
        for place in range(int(rng.integers(1, 4))):
            ball = lathe(
                [curve([(0.02, 0), (r * 0.6, r * 0.2), (r, r), (r * 0.62, r * 1.78), (0.02, r * 1.75)], 14)],
                "fruit",
                n_segments=24,
            )
            stalk = tube(np.array([[0, 0, r * 1.7], [0.1, 0, r * 2.1]]), r * 0.06, "stalk", n_segments=6)
            parts.append(
                join([ball, stalk])
                .turned(float(rng.uniform(0, 360)))
                .moved(place * r * 1.9, float(rng.normal(0, r * 0.6)), 0)
            )
        colors = ((0.88, 0.48, 0.12), (0.72, 0.14, 0.13), (0.55, 0.66, 0.22), (0.90, 0.76, 0.25))
        return join(parts), {
            "fruit": plain("satin", colors[int(rng.integers(4))]),
            "stalk": plain("wood", (0.35, 0.25, 0.15)),
        }
    if kind == 2:
        box = padded_box(
            size_cm, size_cm * 0.7, size_cm * float(rng.uniform(0.35, 0.8)), "box", rounding=size_cm * 0.03, n_cells=3
        )
        return box, {"box": plain("wood" if rng.random() < 0.5 else "paper", shade())}
    if kind == 3:
        parts = []
        for place in range(int(rng.integers(1, 3))):
            r, h = size_cm * 0.16, size_cm * float(rng.uniform(0.4, 1.0))
            candle = lathe(
                [
                    np.array([[1e-3, 0.0], [r, 0.0]]),
                    np.array([[r, 0.0], [r, h]]),
                    np.array([[r, h], [r * 0.7, h - r * 0.2], [1e-3, h - r * 0.3]]),
                ],
                "wax",
                n_segments=24,
            )
            wick = tube(np.array([[0, 0, h - r * 0.3], [0.05, 0, h + r * 0.3]]), r * 0.06, "wick", n_segments=6)
            parts.append(join([candle, wick]).moved(place * r * 2.6, float(rng.normal(0, r)), 0))
        return join(parts), {"wax": plain("satin", shade()), "wick": plain("cloth", (0.1, 0.09, 0.08))}
    r = size_cm * 0.34
    ball = lathe(
        [curve([(0.02, 0), (r * 0.71, r * 0.29), (r, r), (r * 0.71, r * 1.71), (0.02, r * 2)], 14)],
        "wool",
        n_segments=26,
    )
    return ball, {"wool": Material("knit", (shade(), shade()), "plain")}
