"""Bowls, plates and footed dishes."""

from __future__ import annotations

from lookalike.sources.drawn.design import STYLE_OF, Design, Sketch, styled
from lookalike.sources.drawn.designs.pottery import ceramic_looks, scalloped, vessel

__all__ = ["bowl"]


def bowl(sketch: Sketch) -> Design:
    """A bowl, a plate or a footed dish."""
    families = ("deep", "wide", "plate", "footed", "scalloped", "conical", "coupe")
    family = sketch.family(families)
    pattern = sketch.motif(
        ("bands", "plain", "petals", "speckle", "dots", "waves", "dip", "zigzag", "leaves", "terrazzo"), 7
    )
    r, h = sketch.uniform(7.5, 12.5), sketch.uniform(5.5, 8.5)
    radial = None
    match family:
        case "deep":
            outline = [(r * 0.42, 0.1), (r * 0.46, 0.7), (r * 0.8, h * 0.35), (r * 0.97, h * 0.75), (r, h)]
        case "wide":
            h *= 0.75
            outline = [(r * 0.5, 0.1), (r * 0.8, h * 0.3), (r * 1.1, h * 0.7), (r * 1.25, h)]
        case "plate":
            r *= 1.25
            h = 2.2
            outline = [(r * 0.55, 0.1), (r * 0.62, 0.5), (r * 0.72, 1.0), (r * 0.85, 1.5), (r, h)]
        case "footed":
            h *= 1.35
            outline = [(r * 0.42, 0.1), (r * 0.3, h * 0.14), (r * 0.28, h * 0.32), (r * 0.7, h * 0.5), (r, h)]
        case "scalloped":
            outline = [(r * 0.4, 0.1), (r * 0.55, h * 0.2), (r * 0.9, h * 0.6), (r * 1.08, h)]
            n = int(sketch.rng.integers(8, 15))
            radial = scalloped(n, 0.07)
        case "conical":
            outline = [(r * 0.3, 0.1), (r * 0.36, 0.6), (r * 0.68, h * 0.5), (r * 1.05, h)]
        case _:
            h *= 0.55
            outline = [(r * 0.6, 0.1), (r * 0.9, h * 0.2), (r * 1.05, h * 0.6), (r * 1.08, h)]
    # Plates show their inside, so that is where their pattern goes.
    mesh = vessel(
        outline,
        wall=0.45,
        radial=radial,
        inner_slot="body" if family in ("plate", "coupe") else "inside",
        n_segments=56,
    )
    looks = ceramic_looks(
        sketch, pattern, h, pitch=sketch.uniform(2.2, 4.2), bold=sketch.chance(0.4), inside=sketch.one(("own", "white"))
    )
    noun = {"plate": "plate", "coupe": "plate", "footed": "footed bowl"}.get(family, "bowl")
    style = {"scalloped": "scalloped", "deep": "deep", "wide": "wide", "coupe": "coupe"}.get(family, "")
    return Design(
        mesh.grounded(), looks, styled(STYLE_OF[pattern], style), noun, "standing", round(sketch.uniform(8, 46))
    )
