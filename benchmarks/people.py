"""What do personal results bring, on shoppers drawn by rules that the recommender does not know?

python benchmarks/people.py [--drawn FOLDER] [--shoppers N]
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from pathlib import Path

import lookalike
from lookalike.engine.engine import Engine
from lookalike.evaluate.replay import ReplayOptions
from lookalike.sources.drawn import draw_catalogue
from result import Headline, write_result
from shoppers import World, read_world, write_log

SEED = 7
POLICIES = ("off", "popularity", "cooccurrence", "personal")


def main() -> int:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawn", type=Path, default=None, help="a drawn catalogue that is there already")
    parser.add_argument("--shoppers", type=int, default=4_000)
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        drawn = arguments.drawn
        if drawn is None:
            drawn = folder / "drawn"
            draw_catalogue(drawn, seed=SEED, n_products=300, n_queries=0, n_scenes=0, side_pixels=320)
        world = read_world(drawn / "catalog.csv")
        figures: dict[str, object] = {"products": len(world.ids)}
        with lookalike.open(folder / "store") as shop:
            shop.index(drawn / "catalog.csv")
            figures["drawn"] = _replayed(shop, folder, world, arguments.shoppers)
            figures["few_shoppers"] = _replayed(shop, folder, world, max(200, arguments.shoppers // 10))
            figures["erasing"] = _erased(shop, folder)
        with lookalike.open(folder / "no-store") as shop:
            figures["without_pictures"] = _replayed(shop, folder, world, arguments.shoppers)
    whole = figures["drawn"]
    assert isinstance(whole, dict)
    personal, popular = whole["metrics"]["personal"]["recall@10"], whole["metrics"]["popularity"]["recall@10"]
    lift = whole["lift"]["popularity"]["recall@10"]
    value = (
        f"{personal['value']:.3f} against {popular['value']:.3f} "
        f"({lift['value']:+.3f} [{lift['low']:+.3f}, {lift['high']:+.3f}])"
    )
    path = write_result(
        "people",
        figures=figures,
        headlines=(
            Headline(
                "Next product within ten, personal against popular (drawn shoppers)",
                "下一件商品位于前十：个性化对比热门（绘制的顾客）",
                value,
                front=False,
            ),
        ),
        seed=SEED,
        n=int(whole["shoppers"]),
        data=f"{arguments.shoppers} shoppers drawn by benchmarks/shoppers.py over {len(world.ids)} drawn products",
        distributions=("numpy",),
        out=arguments.out,
    )
    sys.stdout.write(f"{path}\n")
    return 0


def _replayed(shop: Engine, folder: Path, world: World, n_shoppers: int) -> dict[str, object]:
    log = folder / f"log-{n_shoppers}.csv"
    write_log(log, world, n_shoppers=n_shoppers, seed=SEED)
    found = shop.replay(log, ReplayOptions(seed=SEED)).as_dict()
    metrics, lift = found["metrics"], found["lift"]
    assert isinstance(metrics, dict)
    assert isinstance(lift, dict)
    for policy in POLICIES:
        told = "  ".join(f"{name} {metrics[policy][name]['value']:.3f}" for name in ("recall@10", "ndcg@10", "mrr@10"))
        sys.stdout.write(f"{policy:13} {told}\n")
    for policy, of in lift.items():
        one = of["ndcg@10"]
        sys.stdout.write(f"  over {policy:13} ndcg@10 {one['value']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]\n")
    sys.stdout.write(f"  {found['log']} {found['seconds']} {found['by_products_met']}\n")
    sys.stdout.flush()
    return found


def _erased(shop: Engine, folder: Path) -> dict[str, object]:
    """How long it takes to erase one shopper of a store, and whether anything of them is found afterwards."""
    marked = folder / "marked.csv"
    with marked.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["shopper", "product_id", "kind", "time", "query"])
        writer.writerows(("leaving", f"only-hers-{n}", "view", 1_767_225_600 + n, "only-her-query") for n in range(500))
    for log in sorted(folder.glob("log-*.csv")):
        shop.import_events(log)
    shop.import_events(marked)
    started = time.perf_counter()
    erased = shop.erase_shopper("leaving")
    taken = time.perf_counter() - started
    files = [path for path in (folder / "store").rglob("*") if path.is_file()]
    found = [path.name for path in files if b"only-her" in path.read_bytes()]
    sys.stdout.write(f"erased {erased} events in {taken:.2f} s, traces in {found}\n")
    return {"events": erased, "seconds": round(taken, 3), "files": len(files), "files_with_traces": found}


if __name__ == "__main__":
    sys.exit(main())
