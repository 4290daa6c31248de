"""What a benchmark leaves behind: one JSON file that says what was asked, of what, on what machine, and what came out.

`Headline` entries are what the README and docs/measured.md show; they are the only numbers those pages have.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "Headline", "earlier_parts", "machine", "stamp", "write_result"]

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Headline:
    """One line of the README.

    Attributes:
        what: what was measured, in English.
        what_zh: the same in Chinese.
        value: the number with its unit, readable in both.
        front: whether the README shows it, or only docs/measured.md.
    """

    what: str
    what_zh: str
    value: str
    front: bool = True


def machine() -> dict[str, object]:
    """Processor, cores that this process may use, memory in GiB, system, Python."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def stamp() -> dict[str, object]:
    """Which code measures, when and where: taken before it does, as the checkout may move on meanwhile."""
    return {"commit": _commit(), "date": _today(), "machine": machine()}


def earlier_parts(path: Path) -> dict[str, Any]:
    """The figures that an earlier run has left in `path`, for a run that measures some parts anew; none without a file.

    Each part says under ``measured`` which code measured it and where, as a part that is measured anew must with
    `stamp`: commit and machine of the file are those of the last run.
    """
    if not path.is_file():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    last = {name: document[name] for name in ("commit", "date", "machine")}
    return {
        name: {"measured": last, **part} if isinstance(part, dict) else part
        for name, part in document["figures"].items()
    }


def write_result(
    question: str,
    *,
    figures: Mapping[str, object],
    headlines: Sequence[Headline] = (),
    seed: int | None = None,
    n: int | None = None,
    data: str | None = None,
    distributions: Sequence[str] = ("numpy", "onnxruntime", "pillow", "usearch"),
    out: Path | None = None,
) -> Path:
    """Write ``RESULTS/<question>.json`` (or `out`), and return where.

    Args:
        question: name of the benchmark's module.
        figures: everything measured, JSON-ready.
        headlines: what the pages show of it.
        seed: of whatever was drawn at random.
        n: how often, or over how many, it was measured.
        data: what it was measured on.
        distributions: installed distributions whose versions matter.
        out: another place than the checked-in results.
    """
    versions: dict[str, str] = {}
    for name in distributions:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    path = out or RESULTS / f"{question}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "question": question,
        "date": _today(),
        "commit": _commit(),
        "machine": machine(),
        "versions": versions,
        "data": data,
        "seed": seed,
        "n": n,
        "headlines": [asdict(headline) for headline in headlines],
        "figures": figures,
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _commit() -> str | None:
    """Short name of the commit, with ``+`` where the tree has changes; None outside a checkout."""
    asked = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
