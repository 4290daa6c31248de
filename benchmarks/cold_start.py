"""How long does ``lookalike search`` take from nothing, and how long ``--help``?

python benchmarks/cold_start.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED = 20_261_103


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()

    from lookalike.sources.drawn import draw_catalogue
    from result import Headline, write_result

    with tempfile.TemporaryDirectory() as folder:
        drawn = draw_catalogue(Path(folder) / "drawn", seed=SEED, n_products=40)
        photograph = min((drawn.folder / "queries").glob("*.jpg"))
        store = str(Path(folder) / "store")
        lookalike = [sys.executable, "-m", "lookalike"]
        subprocess.run([*lookalike, "index", str(drawn.catalog), "--store", store], check=True, capture_output=True)
        commands = {
            "interpreter": [sys.executable, "-c", "pass"],
            "help": [*lookalike, "--help"],
            "search": [*lookalike, "search", str(photograph), "--store", store],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(given.rounds):
            for name, command in commands.items():
                started = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                taken[name].append((time.perf_counter() - started) * 1e3)
        probe = (
            "import sys, lookalike; "
            f"lookalike.open({store!r}).search({str(photograph)!r}); "
            "print([name for name in sys.modules if name.split('.')[0] == 'torch'])"
        )
        torch_modules = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout
    figures = {
        "ms": {
            name: {"median": statistics.median(values), "low": min(values), "high": max(values)}
            for name, values in taken.items()
        },
        "torch_modules_after_a_search": torch_modules.strip(),
    }
    print(json.dumps(figures, indent=1))
    write_result(
        "cold_start",
        figures=figures,
        headlines=[
            Headline(
                "`lookalike search` from a cold process",
                "冷启动执行 `lookalike search`",
                f"{statistics.median(taken['search']) / 1e3:.2f} s",
            ),
            Headline("`lookalike --help`", "`lookalike --help`", f"{statistics.median(taken['help']) / 1e3:.2f} s"),
        ],
        seed=SEED,
        n=given.rounds,
        data="drawn catalogue, 40 products",
        out=given.out,
    )


if __name__ == "__main__":
    main()
