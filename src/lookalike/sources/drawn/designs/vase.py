"""Vases of eleven silhouettes."""

from __future__ import annotations

from lookalike.sources.drawn.design import STYLE_OF, Design, Sketch, styled
from lookalike.sources.drawn.designs.pottery import ceramic_looks, faceted, fluted, spiral, vessel
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.solids import curve, tube

__all__ = ["vase"]


def vase(sketch: Sketch) -> Design:
    """A vase, of one of ten silhouettes."""
    families = (
        "bottle",
        "amphora",
        "cylinder",
        "gourd",
        "moon",
        "faceted",
        "fluted",
        "teardrop",
        "trumpet",
        "spiral",
        "stack",
    )
    family = sketch.family(families)
    pattern = sketch.motif(
        ("plain", "dip", "swirl", "plain", "bands", "speckle", "block", "leaves", "zigzag", "veins"), 11
    )
    h = sketch.uniform(17, 34)
    r = h * sketch.uniform(0.24, 0.34)
    radial = None
    parts: list[Mesh] = []
    match family:
        case "bottle":
            n = sketch.uniform(0.2, 0.32)
            outline = [
                (r * 0.7, 0.1),
                (r * 0.96, h * 0.12),
                (r, h * 0.3),
                (r * 0.8, h * 0.46),
                (r * n, h * 0.6),
                (r * n, h * 0.85),
                (r * n * 1.5, h),
            ]
        case "amphora":
            outline = [
                (r * 0.45, 0.1),
                (r * 0.5, h * 0.06),
                (r * 0.98, h * 0.45),
                (r * 0.9, h * 0.66),
                (r * 0.4, h * 0.8),
                (r * 0.4, h * 0.9),
                (r * 0.55, h),
            ]
            for sign in (-1, 1):
                path = [
                    (sign * r * 0.4, 0, h * 0.9),
                    (sign * r * 0.95, 0, h * 0.92),
                    (sign * r * 1.05, 0, h * 0.76),
                    (sign * r * 0.86, 0, h * 0.64),
                ]
                parts.append(tube(curve(path, 14), h * 0.018, "handle", flatness=1.5, up=(0.0, 1.0, 0.0)))
        case "cylinder":
            r *= 0.8
            outline = [(r * 0.94, 0.1), (r, h * 0.04), (r, h * 0.5), (r, h)]
        case "gourd":
            outline = [
                (r * 0.55, 0.1),
                (r, h * 0.2),
                (r * 0.9, h * 0.38),
                (r * 0.42, h * 0.5),
                (r * 0.62, h * 0.66),
                (r * 0.56, h * 0.8),
                (r * 0.25, h * 0.92),
                (r * 0.34, h),
            ]
        case "moon":
            h *= 0.85
            outline = [
                (r * 0.5, 0.1),
                (r * 1.15, h * 0.25),
                (r * 1.3, h * 0.5),
                (r * 1.1, h * 0.76),
                (r * 0.42, h * 0.93),
                (r * 0.45, h),
            ]
        case "faceted":
            outline = [(r * 0.6, 0.1), (r * 0.95, h * 0.4), (r, h * 0.6), (r * 0.6, h * 0.9), (r * 0.5, h)]
            radial = faceted(int(sketch.rng.integers(5, 9)), sketch.uniform(0, 1.2))
        case "fluted":
            outline = [(r * 0.8, 0.1), (r * 0.9, h * 0.1), (r, h * 0.6), (r * 0.7, h * 0.88), (r * 0.74, h)]
            radial = fluted(int(sketch.rng.integers(12, 22)), 0.045)
        case "teardrop":
            outline = [
                (r * 0.75, 0.1),
                (r * 1.1, h * 0.18),
                (r * 0.95, h * 0.4),
                (r * 0.4, h * 0.75),
                (r * 0.22, h * 0.94),
                (r * 0.26, h),
            ]
        case "trumpet":
            outline = [
                (r * 0.7, 0.1),
                (r * 0.66, h * 0.04),
                (r * 0.36, h * 0.2),
                (r * 0.42, h * 0.55),
                (r * 0.7, h * 0.86),
                (r * 1.05, h),
            ]
        case "spiral":
            outline = [(r * 0.6, 0.1), (r * 0.98, h * 0.35), (r * 0.9, h * 0.65), (r * 0.5, h * 0.88), (r * 0.6, h)]
            radial = spiral(int(sketch.rng.integers(7, 13)), 0.055, sketch.uniform(2, 5))
        case _:
            n = int(sketch.rng.integers(3, 5))
            outline = [(r * 0.6, 0.1)]
            for i in range(n):
                size = r * (1.05 - 0.2 * i)
                outline += [(size, h * (i + 0.5) / (n + 0.3)), (size * 0.6, h * (i + 1) / (n + 0.3))]
            outline += [(r * 0.4, h)]
    parts.append(vessel(outline, wall=0.4, radial=radial, n_rows=28, n_segments=72 if radial else 44, depth=0.3))
    looks = ceramic_looks(sketch, pattern, h, pitch=sketch.uniform(2.4, 5.0), bold=sketch.chance(0.35))
    words = {
        "amphora": "two-handled",
        "faceted": "faceted",
        "fluted": "fluted",
        "spiral": "twisted",
        "moon": "round",
        "stack": "stacked",
    }
    return Design(
        join(parts).grounded(),
        looks,
        styled(STYLE_OF[pattern], words.get(family, "")),
        "vase",
        "standing",
        round(sketch.uniform(18, 95)),
    )
