"""How much of its score does the packaged model keep when photographs are corrupted?

    python benchmarks/robustness.py [--data FOLDER] [--drawn FOLDER] [--queries N]

Three catalogues: grocery (shoppers' photographs against product pages), appliances (other colours of the product) and
the drawn catalogue (another view of the product); the real ones are left out where `--data` does not have them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import lookalike
from lookalike.sources.drawn import draw_catalogue
from result import Headline, write_result

SEED = 7


def main() -> int:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--drawn", type=Path, default=None, help="a drawn catalogue that is there already")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        drawn = arguments.drawn
        if drawn is None:
            drawn = Path(scratch) / "drawn"
            draw_catalogue(drawn, seed=SEED, n_products=120, n_queries=0, n_scenes=0, side_pixels=320)
        catalogues: list[tuple[str, Path, Path | None]] = [("drawn", drawn / "catalog.csv", None)]
        for name, queries in (("grocery", "val.csv"), ("appliances", None)):
            folder = arguments.data / name
            if folder.is_dir():
                catalogues.append((name, folder / "catalog.csv", None if queries is None else folder / queries))
        figures: dict[str, object] = {}
        for name, catalogue, queries in catalogues:
            with lookalike.open(Path(scratch) / name) as shop:
                shop.index(catalogue)
                if queries is None:
                    shop.make_golden(name="benchmark", n_queries=10_000, seed=SEED)
                measured = shop.robustness(
                    queries,
                    golden=None if queries is not None else "benchmark",
                    n_queries=arguments.queries,
                    seed=SEED,
                )
            figures[name] = measured.as_dict()
            sys.stdout.write(f"{name}: {measured.n_queries} queries, clean {measured.clean}, {measured.weaknesses}\n")
            sys.stdout.flush()
            kept = {curve.family: curve.relative.value for curve in measured.curves}
            worst = ", ".join(f"{family} {kept[family]:.0%}" for family in measured.weaknesses)
            figures[f"{name}_weaknesses"] = worst
    write_result(
        "robustness",
        figures=figures,
        headlines=[
            Headline(
                f"least kept of recall@1 under corruption, {name} (mean over severities)",
                f"损坏图片后保留的 recall@1 最少者，{name}（各强度平均）",
                str(figures[f"{name}_weaknesses"]),
                front=False,
            )
            for name, *_ in catalogues
        ],
        seed=SEED,
        n=arguments.queries,
        data="grocery (val photographs), appliances, drawn catalogue of 120 products",
        distributions=("numpy", "onnxruntime", "pillow", "simplejpeg"),
        out=arguments.out,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
