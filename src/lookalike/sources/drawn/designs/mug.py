"""Mugs: seven bodies, five handles, eleven patterns."""

from __future__ import annotations

from lookalike.sources.drawn.design import STYLE_OF, Design, Sketch, styled
from lookalike.sources.drawn.designs.pottery import ceramic_looks, faceted, fluted, radius_at, vessel
from lookalike.sources.drawn.mesh import join
from lookalike.sources.drawn.solids import curve, tube

__all__ = ["mug"]


def mug(sketch: Sketch) -> Design:
    """A mug: six bodies, five handles, nine patterns."""
    families = ("straight", "tapered", "belly", "faceted", "footed", "waisted", "fluted")
    family = sketch.family(families)
    pattern = sketch.motif(
        ("dip", "plain", "bands", "speckle", "leaves", "dots", "swirl", "zigzag", "arches", "terrazzo", "stripes"), 7
    )
    r, h = sketch.uniform(3.7, 4.6), sketch.uniform(7.5, 11.0)
    radial = None
    match family:
        case "straight":
            outline = [(r - 0.3, 0.2), (r, 0.8), (r, h * 0.5), (r, h)]
        case "tapered":
            outline = [(r * 0.68, 0.2), (r * 0.74, h * 0.15), (r * 0.9, h * 0.6), (r * 1.08, h)]
        case "belly":
            h *= 0.86
            outline = [(r * 0.62, 0.2), (r * 1.06, h * 0.28), (r * 1.15, h * 0.52), (r * 0.98, h * 0.82), (r, h)]
        case "faceted":
            outline = [(r * 0.86, 0.2), (r, h * 0.2), (r * 1.03, h * 0.6), (r * 1.0, h)]
            radial = faceted(int(sketch.rng.integers(6, 11)))
        case "footed":
            outline = [
                (r * 0.72, 0.1),
                (r * 0.55, h * 0.10),
                (r * 0.56, h * 0.16),
                (r * 1.0, h * 0.42),
                (r * 1.02, h * 0.7),
                (r * 1.06, h),
            ]
        case "waisted":
            outline = [(r * 1.05, 0.2), (r * 1.02, h * 0.15), (r * 0.82, h * 0.55), (r * 1.06, h)]
        case _:
            outline = [(r * 0.9, 0.2), (r * 1.02, h * 0.2), (r * 1.0, h * 0.6), (r * 0.98, h)]
            radial = fluted(int(sketch.rng.integers(14, 26)), 0.025)
    parts = [vessel(outline, radial=radial, n_segments=64 if family == "fluted" else 44)]
    top, low = h * sketch.uniform(0.76, 0.88), h * sketch.uniform(0.2, 0.34)
    a, b = radius_at(outline, top) - 0.15, radius_at(outline, low) - 0.15
    if family == "faceted":
        a, b = a * 0.97, b * 0.97
    out = max(a, b) + sketch.uniform(1.9, 3.0)
    style = sketch.one(("loop", "square", "ear", "ring", "thick"))
    thick = sketch.uniform(0.36, 0.52)
    match style:
        case "loop":
            path = [(a, 0, top), (out - 0.6, 0, top + 0.2), (out, 0, (top + low) / 2), (out - 0.9, 0, low), (b, 0, low)]
        case "square":
            path = [
                (a, 0, top),
                (out - 0.4, 0, top),
                (out, 0, top - 0.5),
                (out, 0, low + 0.5),
                (out - 0.4, 0, low),
                (b, 0, low),
            ]
        case "ear":
            path = [(a, 0, top), (out, 0, top + 0.5), (out - 0.1, 0, top - 1.8), (b + 1.0, 0, low + 0.6), (b, 0, low)]
        case "ring":
            low = top - (top - low) * 0.62
            b = radius_at(outline, low) - 0.15
            path = [(a, 0, top), (out - 0.4, 0, top), (out, 0, (top + low) / 2), (out - 0.4, 0, low), (b, 0, low)]
        case _:
            thick *= 1.6
            path = [
                (a, 0, top - 0.4),
                (out - 0.2, 0, top - 0.2),
                (out + 0.2, 0, (top + low) / 2),
                (out - 0.5, 0, low + 0.3),
                (b, 0, low + 0.3),
            ]
    handle_slot = "accent" if sketch.chance(0.3) else "handle"
    parts.append(tube(curve(path, 22), thick, handle_slot, flatness=sketch.uniform(0.8, 1.6), up=(0.0, 1.0, 0.0)))
    looks = ceramic_looks(
        sketch, pattern, h, pitch=sketch.uniform(1.3, 2.6), bold=sketch.chance(0.4), inside=sketch.one(("own", "white"))
    )
    words = {"faceted": "faceted", "fluted": "ribbed", "footed": "footed", "belly": "round"}
    return Design(
        join(parts).grounded(),
        looks,
        styled(STYLE_OF[pattern], words.get(family, "")),
        "mug",
        "standing",
        round(sketch.uniform(9, 28)),
    )
