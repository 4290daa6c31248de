"""How much does the bare install take, and how long does a search from a cold process?

Builds the wheel, installs it alone into a fresh environment, draws a small catalogue with it, indexes and searches.

    python benchmarks/install_size.py [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from result import Headline, write_result

ROOT = Path(__file__).resolve().parent.parent
COLD_SEARCHES = 7

SIZES = """
import importlib.metadata as m, json, pathlib, sysconfig
site = pathlib.Path(sysconfig.get_paths()["purelib"])
tools = {"pip", "setuptools"}
sizes = {}
for d in m.distributions():
    name = d.metadata["Name"].lower()
    if name not in tools:
        files = {pathlib.Path(d.locate_file(f)) for f in d.files or ()}
        sizes[name] = sum(f.stat().st_size for f in files if f.is_file() and f.suffix != ".pyc")
print(json.dumps(sizes))
"""


def run(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> str:
    """Stdout of `command`; an error shows what it said."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def install(folder: Path) -> Path:
    """A fresh environment below `folder` with nothing but the wheel and what it needs; its bin folder."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder / "dist", ".", cwd=ROOT)
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    binaries = folder / "venv" / "bin"
    run(binaries / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, cwd=folder)
    return binaries


def main() -> None:
    """Measure and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path)
    out: Path | None = arguments.parse_args().out
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        binaries = install(folder)
        (wheel,) = (folder / "dist").glob("*.whl")
        sizes: dict[str, int] = json.loads(run(binaries / "python", "-c", SIZES, cwd=folder))
        bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [binaries / "lookalike", "demo", "--json", "--products", "40", "--folder", folder / "drawn"]
        demo = json.loads(run(*command, cwd=folder, environment=bare))
        queries = Path(demo["catalogue"]).parent / "queries.csv"
        photograph = queries.parent / queries.read_text(encoding="utf-8").splitlines()[1].split(",")[0]
        search = [binaries / "lookalike", "search", photograph, "--store", demo["store"], "--json"]
        run(*search, cwd=folder, environment=bare)
        seconds: list[float] = []
        for _ in range(COLD_SEARCHES):
            start = time.perf_counter()
            run(*search, cwd=folder, environment=bare)
            seconds.append(time.perf_counter() - start)
        total = sum(sizes.values())
        wheel_bytes = wheel.stat().st_size
    cold = statistics.median(seconds)
    path = write_result(
        "install_size",
        figures={
            "wheel_bytes": wheel_bytes,
            "installed_bytes": total,
            "distributions": len(sizes),
            "bytes_by_distribution": dict(sorted(sizes.items(), key=lambda item: -item[1])),
            "cold_search_seconds": seconds,
        },
        headlines=[
            Headline(
                "bare install on disk, distributions (no torch)",
                "最小安装占用的磁盘与软件包数量（无 torch）",
                f"{total / 1e6:.0f} MB, {len(sizes)}",
            ),
            Headline("the wheel, model and page inside", "wheel 文件（含模型与网页）", f"{wheel_bytes / 1e6:.1f} MB"),
            Headline(
                "`lookalike search` from a cold process, from the wheel",
                "从 wheel 安装后冷启动执行 `lookalike search`",
                f"{cold:.2f} s",
                front=False,
            ),
        ],
        n=COLD_SEARCHES,
        data="drawn catalogue of 40 products",
        out=out,
    )
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
