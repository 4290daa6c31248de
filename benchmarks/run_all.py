"""Run every benchmark, one after the other, each alone on the machine; JSON in ``benchmarks/results``.

python benchmarks/run_all.py [NAME …]
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run those named, or all; 1 if any of them failed."""
    known = sorted(path.stem for path in HERE.glob("*.py") if _measures(path))
    wanted = sys.argv[1:] or known
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}\n")
        return 2
    failed: list[str] = []
    for name in wanted:
        start = time.perf_counter()
        sys.stdout.write(f"── {name}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, str(HERE / f"{name}.py")], cwd=HERE.parent, check=False).returncode != 0:
            failed.append(name)
        sys.stdout.write(f"   {time.perf_counter() - start:.0f} s\n")
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _measures(program: Path) -> bool:
    """Whether it is a benchmark, and not a part of some."""
    text = program.read_text(encoding="utf-8")
    return "def main(" in text and "write_result(" in text and program != Path(__file__).resolve()


if __name__ == "__main__":
    sys.exit(main())
