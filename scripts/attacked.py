"""The tables of docs/how-to/adversarial.md, from ``benchmarks/results/adversarial.json`` and nowhere else."""

from __future__ import annotations

import json
from typing import Any

from measured import RESULTS

HEAD = (
    "| attack | change | arrives as | recall@1 unharmed | recall@1 attacked | went as wanted | noticed |\n"
    "|---|---|---|---|---|---|---|"
)
KINDS = ("untargeted", "targeted", "adaptive")


def attacked(_: str) -> str:
    """One table a catalogue, and what one change for all does."""
    path = RESULTS / "adversarial.json"
    if not path.is_file():
        return "No results are checked in yet; `make bench` takes them.\n"
    document = json.loads(path.read_text(encoding="utf-8"))
    parts: list[str] = []
    for catalogue, found in document["figures"].items():
        rows = [row for kind in KINDS if kind in found for row in _rows(kind, found[kind])]
        photographs = ", ".join(f"{found[kind]['queries']} {kind}" for kind in KINDS if kind in found)
        parts.append(
            f"### {catalogue.capitalize()}\n\nPhotographs: {photographs}.\n\n{HEAD}\n" + "\n".join(rows) + "\n"
        )
        if "universal" in found:
            parts.append(_universal(found["universal"]))
    return "\n" + "\n".join(parts) + "\n"


def _universal(universal: dict[str, Any]) -> str:
    numbers = "; ".join(f"{name} {_interval(universal[name]['recall@1'])}" for name in ("clean", "noise", "universal"))
    return (
        f"One change for all photographs, {universal['epsilon']}/255, learnt on {universal['learnt_on']} and tried on "
        f"{universal['tried_on']} others (square), beside noise of that size, recall@1: {numbers}.\n"
    )


def _rows(kind: str, report: dict[str, Any]) -> list[str]:
    rows: list[str] = []
    for one in report["attacks"]:
        clean = report["clean"][one["arrival"]]["recall@1"]
        numbers = (clean, one["recall@1"], one["success"], one["detector"]["detected"])
        cells = [kind, f"{one['epsilon']}/255", one["arrival"], *(_interval(number) for number in numbers)]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _interval(interval: dict[str, float]) -> str:
    return f"{interval['value']:.2f} [{interval['low']:.2f}, {interval['high']:.2f}]"
