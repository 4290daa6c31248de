"""What smaller models lose and gain: integers, fewer channels, a student; photographs of groceries against their pages.

Calibration and learning see the catalogue's 81 pages, clothes, appliances, and no photograph that is asked. With
``--learn-minutes 0`` narrower models are fitted without gradients only.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from lookalike.compress import ImitationOptions, QuantiseOptions, ShrinkOptions, distil, prune, quantise
from lookalike.compress.outcome import Outcome
from lookalike.compress.verbs import DISTIL
from result import Headline, write_result

ROOT = Path(__file__).resolve().parent.parent
SEED = 20_261_125


def questions(data: Path, folder: Path, most: int | None) -> Path:
    """All photographs of train.csv and val.csv as one file of queries, every n-th where fewer are wanted."""
    rows: list[tuple[str, str]] = []
    for name in ("train.csv", "val.csv"):
        with (data / name).open(encoding="utf-8") as file:
            rows += [(str(data / row["image"]), row["product_id"]) for row in csv.DictReader(file)]
    step = 1 if most is None else max(1, len(rows) // most)
    path = folder / "queries.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "product_id"])
        writer.writerows(rows[::step])
    return path


def points(outcome: Outcome) -> str:
    lost = outcome.loss.loss
    return f"{100 * lost.value:.2f} points [{100 * lost.low:.2f}, {100 * lost.high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--questions", type=int, default=None, help="at most; all 2,936 where absent")
    parser.add_argument("--learn-minutes", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--only", nargs="*", default=["quantise", "prune", "distil"])
    options = parser.parse_args()
    grocery = options.data / "grocery"
    also = [options.data / "clothing" / "items.csv", options.data / "appliances" / "catalog.csv"]
    figures: dict[str, object] = {}
    headlines: list[Headline] = []
    outcomes: dict[str, Outcome] = {}
    learning = ImitationOptions(minutes=options.learn_minutes) if options.learn_minutes > 0 else None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        asked = questions(grocery, folder, options.questions)
        catalog = grocery / "catalog.csv"
        # The gate stays open: a benchmark reports what it finds.
        if "quantise" in options.only:
            chosen = QuantiseOptions(allowed_loss=1.0, threads=options.threads)
            outcomes["quantise"] = quantise(None, catalog, folder / "lite0-int8", queries=asked, options=chosen)
        for name, verb, start in (("prune", prune, ShrinkOptions()), ("distil", distil, DISTIL)):
            if name in options.only:
                wanted = replace(
                    start, allowed_loss=1.0, imitation=learning, most_pictures=1500, threads=options.threads
                )
                outcomes[name] = verb(None, catalog, folder / name, also=also, queries=asked, options=wanted)
        for name, outcome in outcomes.items():
            figures[name] = {**outcome.as_dict(), "model": None}
            print(json.dumps({name: {"loss": points(outcome), "agreement": dict(outcome.agreement)}}), flush=True)
    for name, outcome in outcomes.items():
        fast = {runtime: rows[-1].times_as_fast for runtime, rows in outcome.after.timings.items()}
        speed = ", ".join(f"{ratio:.2f} × ({runtime})" for runtime, ratio in fast.items())
        macs = f"{100 * (1 - outcome.after.macs / outcome.before.macs):.0f}%"
        what, what_zh = {
            "quantise": ("int8: recall@1 lost, throughput at batch 32", "int8：recall@1 损失，批量 32 的吞吐量"),
            "prune": ("pruned: multiply-adds saved, recall@1 lost", "剪枝：节省的乘加，recall@1 损失"),
            "distil": ("student: multiply-adds saved, recall@1 lost", "学生模型：节省的乘加，recall@1 损失"),
        }[name]
        value = f"{points(outcome)}, {speed}" if name == "quantise" else f"{macs}, {points(outcome)}"
        headlines.append(Headline(what, what_zh, value, front=False))
    print(
        write_result(
            "compression",
            figures={"learn_minutes": options.learn_minutes, **figures},
            headlines=headlines,
            seed=SEED,
            n=int(str(next(iter(outcomes.values())).exam["questions"])),
            data="Grocery Store Dataset: 2,936 photographs against 81 pages; learned on pages, clothes and appliances",
            distributions=("numpy", "onnx", "onnxruntime", "openvino", "torch"),
            out=options.out,
        )
    )


if __name__ == "__main__":
    main()
