"""Mugs, bowls and plates, vases, teapots and watering cans: turned on the wheel and glazed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lookalike.sources.drawn.design import STYLE_OF, Design, Look, Sketch, styled
from lookalike.sources.drawn.material import FinishName, PatternName
from lookalike.sources.drawn.mesh import Mesh, join
from lookalike.sources.drawn.palette import wood
from lookalike.sources.drawn.solids import Radial, curve, lathe, padded_box, ring, tube

__all__ = ["bowl", "mug", "teapot", "vase", "vessel", "watering_can"]

_GLAZES = ("white", "cream", "grey", "black", "red", "orange", "yellow", "green", "teal", "blue", "navy", "pink")


def vessel(
    outline: list[tuple[float, float]],
    *,
    wall: float = 0.3,
    slot: str = "body",
    inner_slot: str = "inside",
    radial: Radial | None = None,
    n_rows: int = 16,
    n_segments: int = 44,
    depth: float = 1.0,
) -> Mesh:
    """A hollow turned vessel: its outside from the foot to the lip, a rounded lip, and its inside.

    Args:
        outline: (radius, z) of the outside, bottom first.
        wall: thickness of the wall.
        slot: slot of the outside.
        inner_slot: slot of the inside.
        radial: see `lathe`.
        n_rows: rows of the outside.
        n_segments: corners of the circle.
        depth: how far down the inside goes, as a share of the height.
    """
    outside = curve(outline, n_rows)
    outside[:, 0] = np.maximum(outside[:, 0], wall * 1.3)
    foot, lip = outside[0], outside[-1]
    bottom = np.array([[1e-3, 0.0], [foot[0] - 0.12, 0.0], [foot[0], foot[1]]])
    rim = np.array([lip, lip + [-wall * 0.25, wall * 0.35], lip + [-wall * 0.75, wall * 0.35], lip + [-wall, 0.0]])
    floor = lip[1] * (1 - depth) + 0.6
    within = outside[::-1][outside[::-1, 1] > floor] - [wall, 0]
    within[:, 0] = np.maximum(within[:, 0], 0.05)
    if len(within) < 3:
        within = np.array([lip + [-wall, 0], lip + [-wall, -0.4], lip + [-wall * 1.2, -0.8]])
    base = np.array([within[-1], within[-1] * [0.8, 1] - [0, 0.15], [1e-3, within[-1][1] - 0.2]])
    return lathe(
        [bottom, outside, rim, within, base], [slot, slot, slot, inner_slot, inner_slot], radial=radial,
        n_segments=n_segments,
    )  # fmt: skip


def _fluted(n_ribs: int, depth: float) -> Radial:
    return lambda angle, height: 1 + depth * np.cos(n_ribs * angle)[None] * np.ones_like(height)[:, None]


def _faceted(n_sides: int, twist: float = 0.0) -> Radial:
    def radius(angle: Float[np.ndarray, " n"], height: Float[np.ndarray, " m"]) -> Float[np.ndarray, "m n"]:
        turned = angle[None] + twist * height[:, None]
        sector = np.mod(turned, 2 * np.pi / n_sides) - np.pi / n_sides
        return 0.94 * (np.cos(np.pi / n_sides) / np.cos(sector)) + 0.06

    return radius


def _spiral(n_ribs: int, depth: float, twist: float) -> Radial:
    return lambda angle, height: 1 + depth * np.cos(n_ribs * angle[None] + twist * height[:, None])


def _radius_at(outline: list[tuple[float, float]], z: float) -> float:
    line = curve(outline, 60)
    return float(line[np.abs(line[:, 1] - z).argmin(), 0])


def _ceramic_looks(
    sketch: Sketch, pattern: PatternName, height: float, *, pitch: float, extra: dict[str, FinishName] | None = None,
    bold: bool = False, inside: str = "own",
) -> tuple[Look, ...]:  # fmt: skip
    finish: FinishName = (("glaze", "satin", "stoneware")[int(sketch.rng.choice(3, p=[0.45, 0.25, 0.30]))])  # type: ignore[assignment]
    word = {"glaze": "porcelain", "satin": "earthenware", "stoneware": "stoneware"}[finish]
    level, phase = sketch.uniform(0.3, 0.65) * height, sketch.uniform(0, 1)
    handle = wood(sketch.rng)
    looks = []
    for shade in sketch.shades(_GLAZES):
        body = sketch.patterned(finish, shade, pattern, pitch_cm=pitch, level_cm=level, phase=phase, bold=bold)
        lining = shade.rgb if inside == "own" else (0.93, 0.91, 0.86)
        materials = {
            "body": body,
            "inside": sketch.simple("glaze", lining),
            "handle": sketch.simple(finish, shade.rgb),
            "wood": sketch.simple("wood", handle.rgb),
            "accent": sketch.simple(finish, body.colors[1 % len(body.colors)]),
            "metal": sketch.simple("brushed", (0.80, 0.74, 0.62) if sketch.number % 2 else (0.75, 0.75, 0.76)),
        }
        materials.update({slot: sketch.simple(name, shade.rgb) for slot, name in (extra or {}).items()})
        looks.append(Look(shade.word, shade.name, word, materials))
    return tuple(looks)


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
            radial = _faceted(int(sketch.rng.integers(6, 11)))
        case "footed":
            outline = [
                (r * 0.72, 0.1), (r * 0.55, h * 0.10), (r * 0.56, h * 0.16), (r * 1.0, h * 0.42), (r * 1.02, h * 0.7),
                (r * 1.06, h),
            ]  # fmt: skip
        case "waisted":
            outline = [(r * 1.05, 0.2), (r * 1.02, h * 0.15), (r * 0.82, h * 0.55), (r * 1.06, h)]
        case _:
            outline = [(r * 0.9, 0.2), (r * 1.02, h * 0.2), (r * 1.0, h * 0.6), (r * 0.98, h)]
            radial = _fluted(int(sketch.rng.integers(14, 26)), 0.025)
    parts = [vessel(outline, radial=radial, n_segments=64 if family == "fluted" else 44)]
    top, low = h * sketch.uniform(0.76, 0.88), h * sketch.uniform(0.2, 0.34)
    a, b = _radius_at(outline, top) - 0.15, _radius_at(outline, low) - 0.15
    if family in ("faceted",):
        a, b = a * 0.97, b * 0.97
    out = max(a, b) + sketch.uniform(1.9, 3.0)
    style = sketch.one(("loop", "square", "ear", "ring", "thick"))
    thick = sketch.uniform(0.36, 0.52)
    match style:
        case "loop":
            path = [(a, 0, top), (out - 0.6, 0, top + 0.2), (out, 0, (top + low) / 2), (out - 0.9, 0, low), (b, 0, low)]
        case "square":
            path = [(a, 0, top), (out - 0.4, 0, top), (out, 0, top - 0.5), (out, 0, low + 0.5), (out - 0.4, 0, low), (b, 0, low)]
        case "ear":
            path = [(a, 0, top), (out, 0, top + 0.5), (out - 0.1, 0, top - 1.8), (b + 1.0, 0, low + 0.6), (b, 0, low)]
        case "ring":
            low = top - (top - low) * 0.62
            b = _radius_at(outline, low) - 0.15
            path = [(a, 0, top), (out - 0.4, 0, top), (out, 0, (top + low) / 2), (out - 0.4, 0, low), (b, 0, low)]
        case _:
            thick *= 1.6
            path = [(a, 0, top - 0.4), (out - 0.2, 0, top - 0.2), (out + 0.2, 0, (top + low) / 2), (out - 0.5, 0, low + 0.3), (b, 0, low + 0.3)]
    handle_slot = "accent" if sketch.chance(0.3) else "handle"
    parts.append(tube(curve(path, 22), thick, handle_slot, flatness=sketch.uniform(0.8, 1.6), up=(0.0, 1.0, 0.0)))
    looks = _ceramic_looks(
        sketch, pattern, h, pitch=sketch.uniform(1.3, 2.6), bold=sketch.chance(0.4), inside=sketch.one(("own", "white"))
    )
    words = {"faceted": "faceted", "fluted": "ribbed", "footed": "footed", "belly": "round"}
    return Design(
        join(parts).grounded(), looks, styled(STYLE_OF[pattern], words.get(family, "")), "mug", "standing",
        round(sketch.uniform(9, 28)),
    )  # fmt: skip


def bowl(sketch: Sketch) -> Design:
    """A bowl, a plate or a footed dish."""
    families = ("deep", "wide", "plate", "footed", "scalloped", "conical", "coupe")
    family = sketch.family(families)
    pattern = sketch.motif(("bands", "plain", "petals", "speckle", "dots", "waves", "dip", "zigzag", "leaves", "terrazzo"), 7)
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
            radial = lambda angle, height: 1 + 0.07 * height[:, None] * np.abs(np.cos(n * angle / 2))[None]  # noqa: E731
        case "conical":
            outline = [(r * 0.3, 0.1), (r * 0.36, 0.6), (r * 0.68, h * 0.5), (r * 1.05, h)]
        case _:
            h *= 0.55
            outline = [(r * 0.6, 0.1), (r * 0.9, h * 0.2), (r * 1.05, h * 0.6), (r * 1.08, h)]
    # Plates show their inside, so that is where their pattern goes.
    mesh = vessel(outline, wall=0.45, radial=radial, inner_slot="body" if family in ("plate", "coupe") else "inside", n_segments=56)
    looks = _ceramic_looks(
        sketch, pattern, h, pitch=sketch.uniform(2.2, 4.2), bold=sketch.chance(0.4), inside=sketch.one(("own", "white"))
    )
    noun = {"plate": "plate", "coupe": "plate", "footed": "footed bowl"}.get(family, "bowl")
    style = {"scalloped": "scalloped", "deep": "deep", "wide": "wide", "coupe": "coupe"}.get(family, "")
    return Design(mesh.grounded(), looks, styled(STYLE_OF[pattern], style), noun, "standing", round(sketch.uniform(8, 46)))


def vase(sketch: Sketch) -> Design:
    """A vase, of one of ten silhouettes."""
    families = ("bottle", "amphora", "cylinder", "gourd", "moon", "faceted", "fluted", "teardrop", "trumpet", "spiral", "stack")
    family = sketch.family(families)
    pattern = sketch.motif(("plain", "dip", "swirl", "plain", "bands", "speckle", "block", "leaves", "zigzag", "veins"), 11)
    h = sketch.uniform(17, 34)
    r = h * sketch.uniform(0.24, 0.34)
    radial = None
    parts: list[Mesh] = []
    match family:
        case "bottle":
            n = sketch.uniform(0.2, 0.32)
            outline = [(r * 0.7, 0.1), (r * 0.96, h * 0.12), (r, h * 0.3), (r * 0.8, h * 0.46), (r * n, h * 0.6), (r * n, h * 0.85), (r * n * 1.5, h)]
        case "amphora":
            outline = [(r * 0.45, 0.1), (r * 0.5, h * 0.06), (r * 0.98, h * 0.45), (r * 0.9, h * 0.66), (r * 0.4, h * 0.8), (r * 0.4, h * 0.9), (r * 0.55, h)]
            for sign in (-1, 1):
                path = [(sign * r * 0.4, 0, h * 0.9), (sign * r * 0.95, 0, h * 0.92), (sign * r * 1.05, 0, h * 0.76), (sign * r * 0.86, 0, h * 0.64)]
                parts.append(tube(curve(path, 14), h * 0.018, "handle", flatness=1.5, up=(0.0, 1.0, 0.0)))
        case "cylinder":
            r *= 0.8
            outline = [(r * 0.94, 0.1), (r, h * 0.04), (r, h * 0.5), (r, h)]
        case "gourd":
            outline = [(r * 0.55, 0.1), (r, h * 0.2), (r * 0.9, h * 0.38), (r * 0.42, h * 0.5), (r * 0.62, h * 0.66), (r * 0.56, h * 0.8), (r * 0.25, h * 0.92), (r * 0.34, h)]
        case "moon":
            h *= 0.85
            outline = [(r * 0.5, 0.1), (r * 1.15, h * 0.25), (r * 1.3, h * 0.5), (r * 1.1, h * 0.76), (r * 0.42, h * 0.93), (r * 0.45, h)]
        case "faceted":
            outline = [(r * 0.6, 0.1), (r * 0.95, h * 0.4), (r, h * 0.6), (r * 0.6, h * 0.9), (r * 0.5, h)]
            radial = _faceted(int(sketch.rng.integers(5, 9)), sketch.uniform(0, 1.2))
        case "fluted":
            outline = [(r * 0.8, 0.1), (r * 0.9, h * 0.1), (r, h * 0.6), (r * 0.7, h * 0.88), (r * 0.74, h)]
            radial = _fluted(int(sketch.rng.integers(12, 22)), 0.045)
        case "teardrop":
            outline = [(r * 0.75, 0.1), (r * 1.1, h * 0.18), (r * 0.95, h * 0.4), (r * 0.4, h * 0.75), (r * 0.22, h * 0.94), (r * 0.26, h)]
        case "trumpet":
            outline = [(r * 0.7, 0.1), (r * 0.66, h * 0.04), (r * 0.36, h * 0.2), (r * 0.42, h * 0.55), (r * 0.7, h * 0.86), (r * 1.05, h)]
        case "spiral":
            outline = [(r * 0.6, 0.1), (r * 0.98, h * 0.35), (r * 0.9, h * 0.65), (r * 0.5, h * 0.88), (r * 0.6, h)]
            radial = _spiral(int(sketch.rng.integers(7, 13)), 0.055, sketch.uniform(2, 5))
        case _:
            n = int(sketch.rng.integers(3, 5))
            outline = [(r * 0.6, 0.1)]
            for i in range(n):
                size = r * (1.05 - 0.2 * i)
                outline += [(size, h * (i + 0.5) / (n + 0.3)), (size * 0.6, h * (i + 1) / (n + 0.3))]
            outline += [(r * 0.4, h)]
    parts.append(vessel(outline, wall=0.4, radial=radial, n_rows=28, n_segments=72 if radial else 44, depth=0.3))
    looks = _ceramic_looks(sketch, pattern, h, pitch=sketch.uniform(2.4, 5.0), bold=sketch.chance(0.35))
    words = {"amphora": "two-handled", "faceted": "faceted", "fluted": "fluted", "spiral": "twisted", "moon": "round", "stack": "stacked"}
    return Design(
        join(parts).grounded(), looks, styled(STYLE_OF[pattern], words.get(family, "")), "vase", "standing",
        round(sketch.uniform(18, 95)),
    )  # fmt: skip


def teapot(sketch: Sketch) -> Design:
    """A teapot or kettle: body, spout, lid, and a handle at the side or over the top."""
    families = ("round", "cone", "cylinder", "squat", "pear", "kettle")
    family = sketch.family(families)
    pattern = sketch.motif(("plain", "dip", "speckle", "dots", "bands", "leaves", "plain", "waves"), 6)
    h, r = sketch.uniform(10.5, 14.5), sketch.uniform(7.0, 9.0)
    match family:
        case "round":
            outline = [(r * 0.6, 0.1), (r * 0.95, h * 0.25), (r * 1.02, h * 0.5), (r * 0.8, h * 0.8), (r * 0.45, h)]
        case "cone":
            outline = [(r * 0.98, 0.1), (r * 1.0, h * 0.1), (r * 0.7, h * 0.6), (r * 0.42, h)]
        case "cylinder":
            h *= 1.1
            r *= 0.8
            outline = [(r * 0.95, 0.1), (r, h * 0.08), (r, h * 0.5), (r * 0.98, h * 0.9), (r * 0.7, h)]
        case "squat":
            h *= 0.75
            outline = [(r * 0.7, 0.1), (r * 1.2, h * 0.35), (r * 1.2, h * 0.6), (r * 0.75, h * 0.92), (r * 0.5, h)]
        case "pear":
            outline = [(r * 0.7, 0.1), (r * 1.05, h * 0.3), (r * 0.8, h * 0.62), (r * 0.52, h * 0.85), (r * 0.5, h)]
        case _:
            outline = [(r * 1.1, 0.1), (r * 1.12, h * 0.08), (r * 0.95, h * 0.45), (r * 0.6, h * 0.9), (r * 0.5, h)]
    outside = curve(outline, 18)
    top = outside[-1]
    lid = curve([(float(top[0]), float(top[1])), (top[0] * 0.9, top[1] + 0.5), (top[0] * 0.4, top[1] + 1.3), (0.5, top[1] + 1.5)], 8)
    peak = float(lid[-1, 1])
    bottom = np.array([[1e-3, 0.0], [outside[0, 0], 0.0], outside[0]])
    cap = np.array([[0.5, peak], [1e-3, peak]])
    parts = [lathe([bottom, outside, lid, cap], ["body", "body", "accent" if sketch.chance(0.4) else "body", "body"], n_segments=48)]
    knob_slot = sketch.one(("wood", "handle", "metal"))
    knob = sketch.uniform(0.8, 1.4)
    ball = curve([(0.02, 0), (knob * 0.5, 0.1), (knob, knob), (knob * 0.5, knob * 1.7), (0.02, knob * 1.8)], 10)
    parts.append(lathe([ball], knob_slot, n_segments=18).moved(z=peak - 0.2))
    ring_z = float(top[1])
    parts.append(ring(float(top[0]) + 0.05, 0.22, "handle", n_segments=36).moved(z=ring_z))
    low = h * sketch.uniform(0.3, 0.45)
    start = _radius_at(outline, low) - 0.6
    tip_x, tip_z = -(r + sketch.uniform(3.6, 6.0)), h * sketch.uniform(0.8, 1.0)
    bend = sketch.uniform(0.2, 0.75)
    path = curve([(-start, 0, low), (-(start + 2.0), 0, low + (tip_z - low) * bend), (tip_x + 0.8, 0, tip_z - 1.2), (tip_x, 0, tip_z)], 18)
    parts.append(tube(path, np.linspace(1.7, 0.75, 18), "body", up=(0.0, 1.0, 0.0), n_segments=14))
    mouth = tube(path[-2:] + (path[-1] - path[-2]) * 0.35, 0.5, "dark", up=(0.0, 1.0, 0.0))
    parts.append(mouth)
    thick = sketch.uniform(0.5, 0.8)
    if family == "kettle" or sketch.chance(0.35):
        arc = [(-r * 0.72, 0, h * 0.8), (-r * 0.8, 0, h * 1.25), (-r * 0.45, 0, h * 1.62), (r * 0.45, 0, h * 1.62), (r * 0.8, 0, h * 1.25), (r * 0.72, 0, h * 0.8)]
        parts.append(tube(curve(arc, 26), 0.35, "metal", up=(0.0, 1.0, 0.0)))
        grip = curve([(-r * 0.42, 0, h * 1.62), (0, 0, h * 1.68), (r * 0.42, 0, h * 1.62)], 10)
        parts.append(tube(grip, 0.75, "wood", up=(0.0, 1.0, 0.0)))
    else:
        a, b = _radius_at(outline, h * 0.8) - 0.3, _radius_at(outline, h * 0.25) - 0.3
        out = max(a, b) + sketch.uniform(3.2, 4.8)
        arc = [(a, 0, h * 0.8), (out - 0.6, 0, h * 0.88), (out, 0, h * 0.58), (out - 1.5, 0, h * 0.28), (b, 0, h * 0.25)]
        parts.append(tube(curve(arc, 22), thick, sketch.one(("handle", "wood", "accent")), flatness=1.3, up=(0.0, 1.0, 0.0)))
    looks = _ceramic_looks(sketch, pattern, h, pitch=sketch.uniform(2.0, 3.4), bold=sketch.chance(0.4), extra={"dark": "rubber"})
    looks = tuple(
        Look(look.color, look.shade, look.material, {**look.materials, "dark": sketch.simple("rubber", (0.08, 0.07, 0.07))})
        for look in looks
    )
    noun = "kettle" if family == "kettle" else "teapot"
    words = {"cone": "conical", "squat": "low", "cylinder": "tall", "round": "round", "pear": "pear-shaped"}
    return Design(join(parts).grounded(), looks, styled(STYLE_OF[pattern], words.get(family, "")), noun, "standing", round(sketch.uniform(28, 89)))


def watering_can(sketch: Sketch) -> Design:
    """A watering can, of enamelled or brushed metal."""
    families = ("round", "cone", "oval", "drum", "box")
    family = sketch.family(families)
    pattern = sketch.motif(("plain", "plain", "bands", "dip", "dots", "block"), 5)
    h, r = sketch.uniform(13, 20), sketch.uniform(7, 9.5)
    match family:
        case "round":
            outline = [(r * 0.6, 0.1), (r * 1.05, h * 0.35), (r * 0.95, h * 0.7), (r * 0.55, h)]
        case "cone":
            outline = [(r * 1.1, 0.1), (r * 1.05, h * 0.1), (r * 0.75, h * 0.6), (r * 0.5, h)]
        case "drum":
            outline = [(r * 0.95, 0.1), (r, h * 0.05), (r, h * 0.5), (r, h)]
        case "oval":
            outline = [(r * 0.9, 0.1), (r, h * 0.1), (r * 0.98, h * 0.6), (r * 0.8, h)]
        case _:
            outline = [(r * 0.9, 0.1), (r * 0.95, h * 0.08), (r * 0.95, h * 0.6), (r * 0.88, h)]
    radial = _faceted(4) if family == "box" else None
    body = vessel(outline, wall=0.25, radial=radial, depth=0.5)
    if family == "oval":
        body = body.scaled(1.15, 0.7, 1.0)
    if family == "box":
        body = body.turned(45).scaled(1.1, 0.8, 1)
    parts = [body]
    low = h * sketch.uniform(0.12, 0.3)
    reach, rise = r + sketch.uniform(10, 17), h * sketch.uniform(1.0, 1.35)
    start = _radius_at(outline, low) * (0.8 if family == "box" else 0.95)
    curved = sketch.uniform(0.0, 5.0)
    path = curve([(-start, 0, low), (-(start + reach) / 2 - curved * 0.4, 0, (low + rise) / 2 - curved), (-reach, 0, rise)], 18)
    parts.append(tube(path, np.linspace(1.5, 0.6, 18), "body", up=(0.0, 1.0, 0.0), n_segments=12))
    if sketch.chance(0.55):
        head = lathe([np.array([[0.5, 0], [0.8, 0.6], [2.3, 2.0]]), np.array([[2.3, 2.0], [2.1, 2.4], [1e-3, 2.6]]), np.array([[1e-3, 0], [0.5, 0]])[::1]], ["body", "accent", "body"], n_segments=26)
        lean = float(np.degrees(np.arctan2(path[-1, 2] - path[-3, 2], -(path[-1, 0] - path[-3, 0]))))
        parts.append(head.turned(-(90 - lean), "y").moved(-reach, 0, rise))
    slot = sketch.one(("handle", "wood", "accent"))
    thick = sketch.uniform(0.45, 0.8)
    if sketch.chance(0.5):
        a = _radius_at(outline, h * 0.85) * 0.9
        b = _radius_at(outline, h * 0.2) * 0.9
        arc = [(a, 0, h * 0.9), (a + 4.5, 0, h * 1.1), (max(a, b) + 6.5, 0, h * 0.6), (b, 0, h * 0.2)]
    else:
        a = _radius_at(outline, h * 0.9) * 0.9
        arc = [(-a * 0.8, 0, h * 0.97), (-a * 0.3, 0, h * 1.5), (a * 1.0, 0, h * 1.5), (a + 3, 0, h * 0.9), (_radius_at(outline, h * 0.3) * 0.9, 0, h * 0.3)]
    parts.append(tube(curve(arc, 24), thick, slot, up=(0.0, 1.0, 0.0)))
    level, phase, pitch = sketch.uniform(0.3, 0.6) * h, sketch.uniform(0, 1), sketch.uniform(3, 6)
    handle = wood(sketch.rng)
    metal = sketch.chance(0.25) and pattern == "plain"
    finish: FinishName = "brushed" if metal else sketch.one(("lacquer", "plastic", "satin"))  # type: ignore[assignment]
    looks = []
    if metal:
        tones = (("grey", "zinc", (0.72, 0.73, 0.74)), ("yellow", "brass", (0.83, 0.66, 0.36)), ("orange", "copper", (0.82, 0.50, 0.36)), ("black", "gunmetal", (0.22, 0.23, 0.25)))
        for place in sketch.rng.permutation(4)[: sketch.n_looks()]:
            word, name, rgb = tones[int(place)]
            coat = sketch.simple("brushed", rgb)
            looks.append(Look(word, name, "metal", {"body": coat, "inside": coat, "handle": coat, "accent": coat, "wood": sketch.simple("wood", handle.rgb)}))
    else:
        for shade in sketch.shades(("white", "green", "yellow", "red", "teal", "navy", "grey", "pink", "cream", "black", "orange")):
            body_material = sketch.patterned(finish, shade, pattern, pitch_cm=pitch, level_cm=level, phase=phase)
            looks.append(
                Look(shade.word, shade.name, "enamelled steel" if finish != "plastic" else "recycled plastic", {
                    "body": body_material, "inside": sketch.simple("satin", shade.rgb), "handle": sketch.simple(finish, shade.rgb),
                    "accent": sketch.simple("brushed", (0.83, 0.68, 0.42)), "wood": sketch.simple("wood", handle.rgb),
                })
            )  # fmt: skip
    words = {"oval": "slim", "cone": "conical", "box": "square", "round": "round", "drum": "straight"}
    return Design(join(parts).grounded(), tuple(looks), styled(STYLE_OF[pattern], words[family]), "watering can", "standing", round(sketch.uniform(16, 64)))
