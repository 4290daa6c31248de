"""The tables of docs/how-to/ranking.md, from ``benchmarks/results/reranking.json`` and nowhere else."""

from __future__ import annotations

import json
from typing import Any

from measured import RESULTS

HEAD = "| method | map@10 | recall@1 | ms a question | helps |\n|---|---|---|---|---|"


def reranked(_: str) -> str:
    """One table a catalogue: each method's gain over similarity, and what the gate did."""
    path = RESULTS / "reranking.json"
    if not path.is_file():
        return "No results are checked in yet; `make bench` takes them.\n"
    document = json.loads(path.read_text(encoding="utf-8"))
    return "\n" + "\n".join(_table(name, found) for name, found in document["figures"]["catalogues"].items()) + "\n"


def _table(name: str, found: dict[str, Any]) -> str:
    plain, halves = found["baseline"], found["halves"]
    rows = [f"| by similarity | {plain['map@10']['value']:.3f} | {plain['recall@1']['value']:.3f} | | |"]
    for method, one in found["methods"].items():
        gains = (one["differences"][metric] for metric in ("map@10", "recall@1"))
        told = " | ".join(f"{gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]" for gain in gains)
        rows.append(f"| `{method}` | {told} | {one['milliseconds']:.1f} | {'yes' if one['helps'] else ''} |")
    chosen = ", ".join(f"{choice} {times}" for choice, times in halves["chosen"].items())
    return (
        f"### {name[0].upper()}{name[1:]}\n\nLooked for: {found['about']}. {found['queries']} questions, "
        f"{found['gallery']} pictures. The gate: {found['chosen']}; {found['reason']}. On {halves['splits']} halves of "
        f"the products it chose: {chosen}; measurably worse on the other half: {halves['measurably_worse']} times.\n\n"
        f"{HEAD}\n" + "\n".join(rows) + "\n"
    )
