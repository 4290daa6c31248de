"""The numbers that README and docs/measured.md show, from ``benchmarks/results/*.json`` and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "benchmarks" / "results"
HEADS = {
    "en": ("| | |\n|---|---|", "No results are checked in yet; `make bench` takes them."),
    "zh": ("| | |\n|---|---|", "尚未提交测量结果；运行 `make bench` 即可测量。"),
}


def results() -> list[dict[str, Any]]:
    """Every checked-in result that has headlines, by name."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))]
    return [result for result in found if isinstance(result, dict) and result.get("headlines")]


def described(machine: dict[str, Any]) -> str:
    """One machine in words."""
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']:.0f} GiB, Python {machine['python']}"
    )


def short(language: str) -> str:
    """The README's table in ``en`` or ``zh``."""
    head, nothing = HEADS[language]
    measured = results()
    rows = [
        f"| {headline['what' if language == 'en' else 'what_zh']} | {headline['value']} |"
        for result in measured
        for headline in result["headlines"]
        if headline.get("front", True)
    ]
    if not rows:
        return f"{nothing}\n"
    machines = sorted({described(result["machine"]) for result in measured})
    where = ("On " if language == "en" else "测量环境：") + ("; " if language == "en" else "；").join(machines)
    return f"{where}{'.' if language == 'en' else '。'}\n\n{head}\n" + "\n".join(rows) + "\n"


def _earlier(result: dict[str, Any]) -> list[str]:
    """Parts that the last run has left as they were, with the code that measured them."""
    figures = result.get("figures")
    parts = figures.items() if isinstance(figures, dict) else ()
    stamps = {name: part["measured"] for name, part in parts if isinstance(part, dict) and "measured" in part}
    return [
        f"{name} of commit `{stamp['commit']}`, {stamp['date']}"
        for name, stamp in stamps.items()
        if isinstance(stamp, dict) and (stamp["commit"], stamp["date"]) != (result.get("commit"), result["date"])
    ]


def full(_: str) -> str:
    """Every result with everything that one needs to take it again."""
    parts: list[str] = []
    for result in results():
        facts = [
            f"`python benchmarks/{result['question']}.py`",
            result["date"],
            f"commit `{result['commit']}`" if result.get("commit") else "",
            described(result["machine"]),
            f"on {result['data']}" if result.get("data") else "",
            f"n = {result['n']}" if result.get("n") is not None else "",
            f"seed {result['seed']}" if result.get("seed") is not None else "",
            ", ".join(f"{name} {version}" for name, version in result.get("versions", {}).items()),
            ", ".join(_earlier(result)),
        ]
        rows = [f"| {headline['what']} | {headline['value']} |" for headline in result["headlines"]]
        title = result["question"].replace("_", " ").capitalize()
        parts.append(
            f"## {title}\n\n{' · '.join(fact for fact in facts if fact)}\n\n| | |\n|---|---|\n" + "\n".join(rows) + "\n"
        )
    return "\n" + ("\n".join(parts) or f"{HEADS['en'][1]}\n") + "\n"
