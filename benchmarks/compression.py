"""What smaller models lose and gain: integers, fewer channels, a student; photographs of groceries against their pages.

Integers are calibrated on the catalogue's 81 pages and asked with all photographs. Narrower models learn, without
labels, on the pages, clothes, appliances and photographs of groceries, and are asked with photographs that they did
not learn from: a third of all, drawn at random (``--by photograph``, as for a shop that has photographs of its
products), or those of every other product (``--by product``: no photograph of a product asked for). With
``--learn-minutes 0`` they are fitted without gradients only; ``--learn-steps`` counts steps instead, so that what else
the machine does makes no difference to what they learn.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.compress import ImitationOptions, QuantiseOptions, ShrinkOptions, distil, prune, quantise
from lookalike.compress.verbs import DISTIL
from result import Headline, earlier_parts, stamp, write_result

ROOT = Path(__file__).resolve().parent.parent
SEED = 20_261_125
NAMES = ("quantise", "prune", "distil")
BY_PRODUCT = ", by product"
"""Ends the name of what was asked with photographs of products that were not learned from."""
MOST_MINUTES = 600.0


Row = tuple[str, str]


def photographs(data: Path) -> list[Row]:
    """Picture and product of each photograph of train.csv and val.csv."""
    rows: list[Row] = []
    for name in ("train.csv", "val.csv"):
        with (data / name).open(encoding="utf-8") as file:
            rows += [(str((data / row["image"]).resolve()), row["product_id"]) for row in csv.DictReader(file)]
    return rows


def written(rows: list[Row], path: Path, most: int | None = None) -> Path:
    """The rows as a file of queries, or as a catalogue; every n-th where fewer are wanted."""
    step = 1 if most is None else max(1, len(rows) // most)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "product_id"])
        writer.writerows(rows[::step])
    return path


def parted(rows: list[Row], catalog: Path, by: str) -> tuple[list[Row], list[Row]]:
    """What is learned from, and what is asked."""
    if by == "product":
        learned = every_other(catalog)
        return [row for row in rows if row[1] in learned], [row for row in rows if row[1] not in learned]
    third = np.random.default_rng(SEED).permutation(len(rows)) % 3 == 0
    return [row for row, asked in zip(rows, third, strict=True) if not asked], [
        row for row, asked in zip(rows, third, strict=True) if asked
    ]


def every_other(catalog: Path) -> set[str]:
    """Every other product of a catalogue, in its order."""
    with catalog.open(encoding="utf-8") as file:
        return set(list(dict.fromkeys(row["product_id"] for row in csv.DictReader(file)))[::2])


def points(figures: dict) -> str:
    lost = figures["loss"]
    return f"{100 * lost['value']:.2f} points [{100 * lost['low']:.2f}, {100 * lost['high']:.2f}]"


def headline(name: str, told: dict) -> Headline:
    """What the documentation shows of one way."""
    what, what_zh = {
        "quantise": ("int8: recall@1 lost, throughput at batch 32", "int8：recall@1 损失，批量 32 的吞吐量"),
        "prune": ("pruned: multiply-adds saved, recall@1 lost", "剪枝：节省的乘加，recall@1 损失"),
        "distil": ("student: multiply-adds saved, recall@1 lost", "学生模型：节省的乘加，recall@1 损失"),
    }[name.removesuffix(BY_PRODUCT)]
    fast = {runtime: rows["32"]["times_as_fast"] for runtime, rows in told["after"]["latency"].items()}
    speed = ", ".join(f"{ratio:.2f} × ({runtime})" for runtime, ratio in fast.items())
    saved = f"{100 * (1 - told['after']['macs'] / told['before']['macs']):.0f}%"
    others = "those of other products" if told.get("asked_by") == "product" else "others of the same products"
    asked = f"{told['exam']['questions']} photographs, learned from {others}"
    value = f"{points(told)}, {speed}" if name == "quantise" else f"{saved}, {points(told)} ({asked})"
    return Headline(what, what_zh, value, front=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--questions", type=int, default=None, help="at most; all where absent")
    parser.add_argument("--learn-minutes", type=float, default=60.0)
    parser.add_argument("--learn-steps", type=int, default=None, help="instead of minutes")
    parser.add_argument("--by", choices=["photograph", "product"], default="photograph")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES, help="the others stay as they were")
    options = parser.parse_args()
    grocery = options.data / "grocery"
    catalog = grocery / "catalog.csv"
    out = options.out or ROOT / "benchmarks" / "results" / "compression.json"
    figures: dict[str, dict] = earlier_parts(out)
    measured = stamp()
    learning = ImitationOptions(minutes=options.learn_minutes) if options.learn_minutes > 0 else None
    if options.learn_steps is not None:
        learning = ImitationOptions(steps=options.learn_steps, minutes=MOST_MINUTES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = photographs(grocery)
        learned, new = parted(rows, catalog, options.by)
        also = [
            options.data / "clothing" / "items.csv",
            options.data / "appliances" / "catalog.csv",
            written(learned, folder / "learned.csv"),
        ]
        # The gate stays open: a benchmark reports what it finds.
        if "quantise" in options.only:
            asked = written(rows, folder / "queries.csv", options.questions)
            chosen = QuantiseOptions(allowed_loss=1.0, threads=options.threads)
            told = quantise(None, catalog, folder / "lite0-int8", queries=asked, options=chosen)
            figures["quantise"] = {**told.as_dict(), "model": None, "measured": measured}
        asked = written(new, folder / "new.csv", options.questions)
        for name, verb, start in (("prune", prune, ShrinkOptions()), ("distil", distil, DISTIL)):
            if name in options.only:
                wanted = replace(
                    start, allowed_loss=1.0, imitation=learning, most_pictures=2000, threads=options.threads
                )
                told = verb(None, catalog, folder / name, also=also, queries=asked, options=wanted, told=say)
                figure = f"{name}{BY_PRODUCT if options.by == 'product' else ''}"
                figures[figure] = {**told.as_dict(), "model": None, "asked_by": options.by, "measured": measured}
    kept = {name: figures[name] for name in (*NAMES, *(one + BY_PRODUCT for one in NAMES)) if name in figures}
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
