"""What smaller models lose and gain: integers, fewer channels, a student; photographs of groceries against their pages.

Integers are calibrated on the catalogue's 81 pages and asked with all photographs. Narrower models learn, without
labels, on the pages, clothes, appliances and the photographs of every other product of the catalogue, and are asked
with the photographs of the products between: no photograph of a product asked for. With ``--learn-minutes 0`` they
are fitted without gradients only.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from lookalike.compress import ImitationOptions, QuantiseOptions, ShrinkOptions, distil, prune, quantise
from lookalike.compress.verbs import DISTIL
from result import Headline, write_result

ROOT = Path(__file__).resolve().parent.parent
SEED = 20_261_125
NAMES = ("quantise", "prune", "distil")


def questions(data: Path, path: Path, most: int | None, products: set[str] | None = None) -> Path:
    """The photographs of train.csv and val.csv as a file of queries: of these products, every n-th where fewer do."""
    rows: list[tuple[str, str]] = []
    for name in ("train.csv", "val.csv"):
        with (data / name).open(encoding="utf-8") as file:
            rows += [
                (str((data / row["image"]).resolve()), row["product_id"])
                for row in csv.DictReader(file)
                if products is None or row["product_id"] in products
            ]
    step = 1 if most is None else max(1, len(rows) // most)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "product_id"])
        writer.writerows(rows[::step])
    return path


def every_other(catalog: Path) -> tuple[set[str], set[str]]:
    """The products of a catalogue, dealt out to two sides in their order."""
    with catalog.open(encoding="utf-8") as file:
        names = list(dict.fromkeys(row["product_id"] for row in csv.DictReader(file)))
    return set(names[::2]), set(names[1::2])


def points(figures: dict) -> str:
    lost = figures["loss"]
    return f"{100 * lost['value']:.2f} points [{100 * lost['low']:.2f}, {100 * lost['high']:.2f}]"


def headline(name: str, told: dict) -> Headline:
    """What the documentation shows of one way."""
    what, what_zh = {
        "quantise": ("int8: recall@1 lost, throughput at batch 32", "int8：recall@1 损失，批量 32 的吞吐量"),
        "prune": ("pruned: multiply-adds saved, recall@1 lost", "剪枝：节省的乘加，recall@1 损失"),
        "distil": ("student: multiply-adds saved, recall@1 lost", "学生模型：节省的乘加，recall@1 损失"),
    }[name]
    fast = {runtime: rows["32"]["times_as_fast"] for runtime, rows in told["after"]["latency"].items()}
    speed = ", ".join(f"{ratio:.2f} × ({runtime})" for runtime, ratio in fast.items())
    saved = f"{100 * (1 - told['after']['macs'] / told['before']['macs']):.0f}%"
    value = f"{points(told)}, {speed}" if name == "quantise" else f"{saved}, {points(told)}"
    return Headline(what, what_zh, value, front=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--questions", type=int, default=None, help="at most; all where absent")
    parser.add_argument("--learn-minutes", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES, help="the others stay as they were")
    options = parser.parse_args()
    grocery = options.data / "grocery"
    catalog = grocery / "catalog.csv"
    out = options.out or ROOT / "benchmarks" / "results" / "compression.json"
    figures: dict[str, dict] = json.loads(out.read_text())["figures"] if out.is_file() else {}
    learning = ImitationOptions(minutes=options.learn_minutes) if options.learn_minutes > 0 else None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        learned, new = every_other(catalog)
        also = [
            options.data / "clothing" / "items.csv",
            options.data / "appliances" / "catalog.csv",
            questions(grocery, folder / "learned.csv", None, learned),
        ]
        # The gate stays open: a benchmark reports what it finds.
        if "quantise" in options.only:
            asked = questions(grocery, folder / "queries.csv", options.questions)
            chosen = QuantiseOptions(allowed_loss=1.0, threads=options.threads)
            told = quantise(None, catalog, folder / "lite0-int8", queries=asked, options=chosen)
            figures["quantise"] = {**told.as_dict(), "model": None}
        asked = questions(grocery, folder / "new.csv", options.questions, new)
        for name, verb, start in (("prune", prune, ShrinkOptions()), ("distil", distil, DISTIL)):
            if name in options.only:
                wanted = replace(
                    start, allowed_loss=1.0, imitation=learning, most_pictures=1500, threads=options.threads
                )
                told = verb(None, catalog, folder / name, also=also, queries=asked, options=wanted, told=say)
                figures[name] = {**told.as_dict(), "model": None}
    kept = {name: figures[name] for name in NAMES if name in figures}
    print(
        write_result(
            "compression",
            figures=kept,
            headlines=[headline(name, told) for name, told in kept.items()],
            seed=SEED,
            n=next((int(told["exam"]["questions"]) for told in kept.values()), None),
            data="Grocery Store Dataset: photographs against 81 pages; clothes and appliances to learn on",
            distributions=("numpy", "onnx", "onnxruntime", "openvino", "torch"),
            out=options.out,
        )
    )


def say(words: str) -> None:
    print(time.strftime("%H:%M:%S"), words, flush=True)


if __name__ == "__main__":
    main()
