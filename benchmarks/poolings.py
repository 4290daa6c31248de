"""Does it matter how a feature map becomes a row, and from how many depths? An ablation of `lookalike train`'s heads.

Every head is trained on the same kept maps of the ImageNet model, whose layers rest (the packaged model's have seen two
thirds of these products): the grocery photographs and product pages, as they are and varied once, Proxy-Anchor over 32
products of 4 pictures, 256 numbers. Folds by photograph leave photographs of known products out, folds by product all
photographs of a fifth of the products. Each photograph that was left out looks for its page among all 81 pages;
differences are to plain averaging of the last map, paired, products as clusters.

    python scripts/export_default_model.py --data DIR --out INITIAL
    python benchmarks/poolings.py --initial INITIAL [--data DIR] [--cache DIR] [--folds N] [--steps N]
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from forgetting import opened, plain, varied
from lookalike.embed.opening import open_embedder
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.nets.configuration import HeadConfig
from lookalike.nets.head import Head
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.objective.objective import Objective
from result import Headline, write_result

SEED = 0
MAPS = {"features": (1280, 7), "stage14": (112, 14), "stage28": (40, 28)}
LAST = ("features",)
HEADS = {
    "average": HeadConfig(features=LAST),
    "maximum": HeadConfig(features=LAST, pooling=("maximum",)),
    "generalised mean": HeadConfig(features=LAST, pooling=("generalised-mean",)),
    "attention": HeadConfig(features=LAST, pooling=("attention",)),
    "visual attention": HeadConfig(features=LAST, pooling=("visual-attention",)),
    "grid": HeadConfig(features=LAST, pooling=("grid",), grid=(2,)),
    "two depths": HeadConfig(features=("stage14", "features")),
    "three depths": HeadConfig(features=("stage28", "stage14", "features")),
    "three depths, generalised mean of the last": HeadConfig(
        features=("stage28", "stage14", "features"), pooling=("average", "average", "generalised-mean")
    ),
}
PLAIN = "average"


class Kept:
    """Maps of every picture, plain and varied, in files: photographs first, then pages."""

    def __init__(self, data: Path, initial: Path, cache: Path) -> None:
        photographs = _table(data, "grocery/train.csv") + _table(data, "grocery/val.csv")
        pages = _table(data, "grocery/catalog.csv")
        numbers = {row["product_id"]: number for number, row in enumerate(pages)}
        rows = photographs + pages
        self.n_photographs = len(photographs)
        self.labels = np.array([numbers[row["product_id"]] for row in rows], np.int64)
        images = [data / "grocery" / row["image"] for row in rows]
        cache.mkdir(parents=True, exist_ok=True)
        if not (cache / "finished").exists():
            _compute(images, initial, cache)
            (cache / "finished").touch()
        self.maps = {name: np.load(cache / f"{name}.npy", mmap_mode="r") for name in MAPS}

    def of(self, name: str, rows: NDArray[np.int64], views: NDArray[np.int64]) -> torch.Tensor:
        """Maps of these pictures, each as plain (0) or varied (1)."""
        return torch.from_numpy(self.maps[name][rows, views].astype(np.float32))


def _compute(images: list[Path], initial: Path, cache: Path) -> None:
    embedder = open_embedder(initial, threads=2)
    held = {
        name: np.lib.format.open_memmap(
            cache / f"{name}.npy", mode="w+", dtype=np.float16, shape=(len(images), 2, channels, side, side)
        )
        for name, (channels, side) in MAPS.items()
    }
    for number, path in enumerate(images):
        picture, generator = opened(path), np.random.default_rng([SEED, number])
        apply = embedder.description.preprocessing.apply
        squares = np.stack([apply(plain(picture, generator)), apply(varied(picture, generator))])
        for name, found in embedder.features(squares, tuple(MAPS)).items():
            held[name][number] = found


def trained(kept: Kept, config: HeadConfig, learned: NDArray[np.int64], steps: int, fold: int) -> Head:
    """A head on these pictures; AdamW with warm-up and cosine, as `lookalike train --mode head` has it."""
    chance, generator = np.random.default_rng([SEED, fold]), torch.Generator().manual_seed(SEED)
    torch.manual_seed(SEED)
    head = Head(config, [MAPS[name][0] for name in config.features], sides=[MAPS[name][1] for name in config.features])
    with torch.no_grad():
        head.start(pooled(kept, head, learned), generator=generator)
    objective = Objective(
        ObjectiveConfig(), n_products=int(kept.labels.max()) + 1, dimension=config.dimension, generator=generator
    )
    optimiser = torch.optim.AdamW(
        [
            {"params": list(head.parameters()), "lr": 1e-3, "weight_decay": 1e-4},
            {"params": list(objective.parameters()), "lr": 1e-2, "weight_decay": 0.0},
        ]
    )
    rates = [float(group["lr"]) for group in optimiser.param_groups]
    products = np.unique(kept.labels[learned])
    pictures = {product: learned[kept.labels[learned] == product] for product in products}
    for step in range(steps):
        share = min(1.0, (step + 1) / (0.05 * steps)) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        rows = np.concatenate([chance.choice(pictures[one], 4) for one in chance.choice(products, 32, replace=False)])
        views = chance.integers(0, 2, len(rows))
        given = head.pool([kept.of(name, rows, views) for name in config.features])
        loss = objective(head(given), torch.from_numpy(kept.labels[rows]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return head.eval()


def pooled(kept: Kept, head: Head, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """What goes into the linear layer, of plain pictures."""
    parts: list[NDArray[np.float32]] = []
    with torch.no_grad():
        for start in range(0, len(rows), 64):
            some = rows[start : start + 64]
            maps = [kept.of(name, some, np.zeros(len(some), np.int64)) for name in head.config.features]
            parts.append(head.pool(maps).numpy())
    return np.concatenate(parts)


def hits(kept: Kept, head: Head, tested: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 for each photograph whose page comes first."""
    pages = np.arange(kept.n_photographs, len(kept.labels))
    with torch.no_grad():
        looked = torch.nn.functional.normalize(head(torch.from_numpy(pooled(kept, head, tested)))).numpy()
        known = torch.nn.functional.normalize(head(torch.from_numpy(pooled(kept, head, pages)))).numpy()
    return (kept.labels[pages][np.argmax(looked @ known.T, axis=1)] == kept.labels[tested]).astype(np.float64)


def splits(kept: Kept, n_folds: int) -> dict[str, list[tuple[NDArray[np.int64], NDArray[np.int64]]]]:
    """Learned and tested rows of each fold."""
    n, pages = kept.n_photographs, np.arange(kept.n_photographs, len(kept.labels))
    of_photograph = np.random.default_rng(SEED).permutation(n) % 5
    of_product = np.random.default_rng(SEED).permutation(int(kept.labels.max()) + 1) % 5
    found: dict[str, list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = {"known products": [], "new products": []}
    for fold in range(n_folds):
        out = np.flatnonzero(of_photograph == fold)
        found["known products"].append((np.concatenate([np.flatnonzero(of_photograph != fold), pages]), out))
        new = of_product[kept.labels] == fold
        found["new products"].append((np.flatnonzero(~new), np.flatnonzero(new[:n])))
    return found


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--initial", type=Path, required=True, help="folder of the ImageNet model")
    parser.add_argument("--cache", type=Path, default=Path("build/poolings"))
    parser.add_argument("--folds", type=int, default=2, help="of five")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    started = time.perf_counter()
    kept = Kept(given.data, given.initial, given.cache)
    figures: dict[str, dict[str, object]] = {}
    for question, folds in splits(kept, given.folds).items():
        clusters = list(kept.labels[np.concatenate([tested for _, tested in folds])])
        figures[question] = {}
        base: NDArray[np.float64] | None = None
        for name, config in HEADS.items():
            at = time.perf_counter()
            outcome = np.concatenate(
                [
                    hits(kept, trained(kept, config, learned, given.steps, fold), tested)
                    for fold, (learned, tested) in enumerate(folds)
                ]
            )
            base = outcome if name == PLAIN else base
            assert base is not None
            difference = compare(outcome, base, clusters, generator=np.random.default_rng(SEED)).difference
            figures[question][name] = {
                "recall@1": jackknife_mean(outcome, clusters).as_dict(4),
                "difference": difference.as_dict(4),
                "seconds": round(time.perf_counter() - at, 1),
            }
            print(question, name, figures[question][name], flush=True)
    new = figures["new products"]
    best = max(new, key=lambda name: new[name]["recall@1"]["value"])  # type: ignore[index]
    change = new[best]["difference"]  # type: ignore[index]
    write_result(
        "poolings",
        figures={**figures, "folds": given.folds, "steps": given.steps, "seconds": time.perf_counter() - started},
        headlines=[
            Headline(
                f"Best of {len(HEADS)} poolings and depths for products never trained on ({best}), less averaging the "
                "last map, recall@1",
                f"{len(HEADS)} 种池化与深度中对未训练商品最好的({best})相对最后一层平均池化的 recall@1 差",
                f"{change['value']:+.3f} [{change['low']:+.3f}, {change['high']:+.3f}]",
                front=False,
            )
        ],
        seed=SEED,
        n=len(kept.labels),
        data="grocery",
        distributions=("numpy", "onnxruntime", "torch", "pytorch-metric-learning"),
    )


def _table(data: Path, name: str) -> list[dict[str, str]]:
    with (data / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
