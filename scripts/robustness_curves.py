"""Draw ``docs/images/robustness.svg`` from ``benchmarks/results/robustness.json``: one panel a family, one line a
catalogue, bands for the 95% intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COLOURS = {"drawn": "#2563eb", "grocery": "#d9480f", "appliances": "#2b8a3e"}
ACROSS, WIDTH, HEIGHT, LEFT, TOP = 5, 176, 128, 30, 30
INNER_WIDTH, INNER_HEIGHT = 128, 78
HIGHEST = 1.2


def point(x: float, y: float, severity: int, n_steps: int, value: float) -> str:
    """Where a share of the score lies in the panel at (x, y)."""
    across = INNER_WIDTH * ((severity - 1) / (n_steps - 1) if n_steps > 1 else 0.5)
    return f"{x + across:.1f},{y + INNER_HEIGHT * (1 - min(value, HIGHEST) / HIGHEST):.1f}"


def panel(x: float, y: float, family: str, curves: dict[str, Any]) -> list[str]:
    """One family."""
    parts = [f'<text x="{x}" y="{y - 6}" class="name">{family.replace("_", " ")}</text>']
    for share in (0.0, 0.5, 1.0):
        level = y + INNER_HEIGHT * (1 - share / HIGHEST)
        parts.append(f'<line x1="{x}" x2="{x + INNER_WIDTH}" y1="{level:.1f}" y2="{level:.1f}" class="grid"/>')
        parts.append(f'<text x="{x - 4}" y="{level + 3:.1f}" class="axis">{share:.0%}</text>')
    for name, curve in curves.items():
        steps = curve["steps"]
        at = [(step["severity"], step["relative"]) for step in steps]
        upper = [point(x, y, severity, len(steps), interval["high"]) for severity, interval in at]
        lower = [point(x, y, severity, len(steps), interval["low"]) for severity, interval in at]
        middle = [point(x, y, severity, len(steps), interval["value"]) for severity, interval in at]
        parts.append(f'<polygon points="{" ".join(upper + lower[::-1])}" fill="{COLOURS[name]}" opacity="0.13"/>')
        parts.append(f'<polyline points="{" ".join(middle)}" stroke="{COLOURS[name]}" class="line"/>')
        for one in middle:
            across, down = one.split(",")
            parts.append(f'<circle cx="{across}" cy="{down}" r="1.8" fill="{COLOURS[name]}"/>')
    return parts


def main() -> None:
    """Write the picture."""
    figures = json.loads((ROOT / "benchmarks" / "results" / "robustness.json").read_text(encoding="utf-8"))["figures"]
    families: dict[str, dict[str, Any]] = {}
    for name in COLOURS:
        for curve in figures[name]["curves"] if name in figures else []:
            if curve["n_queries"]:
                families.setdefault(curve["family"], {})[name] = curve
    rows = -(-len(families) // ACROSS)
    width, height = ACROSS * WIDTH + 10, rows * HEIGHT + 34
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            'aria-label="Share of recall at 1 kept under each corruption, by severity">'
        ),
        (
            "<style>text{font:9px sans-serif;fill:#333}.name{font-weight:bold;font-size:10px}.axis{font-size:7px;"
            "text-anchor:end;fill:#777}.grid{stroke:#ddd;stroke-width:.6}.line{fill:none;stroke-width:1.6}</style>"
        ),
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for place, (family, curves) in enumerate(families.items()):
        parts += panel(LEFT + (place % ACROSS) * WIDTH, TOP + (place // ACROSS) * HEIGHT, family, curves)
    for place, (name, colour) in enumerate(one for one in COLOURS.items() if one[0] in figures):
        x = LEFT + 240 * place
        n = figures[name]["n_queries"]
        parts.append(f'<rect x="{x}" y="{height - 22}" width="12" height="4" fill="{colour}"/>')
        clean = figures[name]["clean"]["value"]
        parts.append(f'<text x="{x + 18}" y="{height - 17}">{name}: {n} queries, clean recall@1 {clean:.2f}</text>')
    (ROOT / "docs" / "images" / "robustness.svg").write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
