"""Does it matter how a feature map becomes a row, and from how many depths or sizes? An ablation of `lookalike train`.

Every head is trained on the same kept maps of the ImageNet model, whose layers rest (the packaged model's have seen two
thirds of these products): the grocery photographs and product pages, as they are and varied once, Proxy-Anchor over 32
products of 2 pictures, 256 numbers. Folds by photograph leave photographs of known products out, folds by product all
photographs of a fifth of the products; "other occasions" learns from train.csv and asks val.csv, whose photographs of
known products were taken elsewhere. Each photograph that was left out looks for its page among all 81 pages;
differences are to plain averaging of the last map, paired, products as clusters, each interval for itself.

What has no weights is pooled once, so that five folds of both kinds take half an hour of one core.

    python scripts/export_default_model.py --data DIR --out INITIAL
    python benchmarks/poolings.py --initial INITIAL [--data DIR] [--cache DIR] [--folds N] [--steps N]
"""

from __future__ import annotations

import argparse
import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from forgetting import opened, plain, varied
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions
from lookalike.embed.opening import open_embedder, read_model
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.nets.configuration import HeadConfig
from lookalike.nets.head import Head
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.objective.objective import Objective
from result import Headline, write_result

Figure: TypeAlias = dict[str, Any]
Folds: TypeAlias = list[tuple[NDArray[np.int64], NDArray[np.int64]]]
SEED = 0
N_PRODUCTS, N_PICTURES = 32, 2
MAPS = {"features": (1280, 7), "stage14": (112, 14), "stage28": (40, 28)}
LARGER_PIXELS = 320
LARGER = "features at 320 px"
"""The last map of the same pictures, seen at another size; kept averaged."""
CHANNELS = {**{name: channels for name, (channels, _) in MAPS.items()}, LARGER: 1280}
SIDES = {**{name: side for name, (_, side) in MAPS.items()}, LARGER: 1}
LAST = ("features",)
DEPTHS = ("stage28", "stage14", "features")
HEADS = {
    "average": HeadConfig(features=LAST),
    "average, not trained": HeadConfig(features=LAST),
    "maximum": HeadConfig(features=LAST, pooling=("maximum",)),
    "grid of 2 by 2": HeadConfig(features=LAST, pooling=("grid",), grid=(2,)),
    "two depths": HeadConfig(features=("stage14", "features")),
    "three depths": HeadConfig(features=DEPTHS),
    "three depths, not trained": HeadConfig(features=DEPTHS),
    "attention": HeadConfig(features=LAST, pooling=("attention",)),
    "generalised mean": HeadConfig(features=LAST, pooling=("generalised-mean",)),
    "visual attention": HeadConfig(features=LAST, pooling=("visual-attention",)),
    "three depths, generalised mean of the last": HeadConfig(
        features=DEPTHS, pooling=("average", "average", "generalised-mean")
    ),
    "320 px": HeadConfig(features=(LARGER,)),
    "224 and 320 px": HeadConfig(features=("features", LARGER)),
}
UNTRAINED = "not trained"


class Kept:
    """Maps of every picture, plain and varied, in files: photographs first, then pages."""

    def __init__(self, data: Path, initial: Path, cache: Path) -> None:
        learnable = _table(data, "grocery/train.csv")
        photographs = learnable + _table(data, "grocery/val.csv")
        self.n_learnable = len(learnable)
        pages = _table(data, "grocery/catalog.csv")
        numbers = {row["product_id"]: number for number, row in enumerate(pages)}
        rows = photographs + pages
        self.n_photographs = len(photographs)
        self.labels = np.array([numbers[row["product_id"]] for row in rows], np.int64)
        images = [data / "grocery" / row["image"] for row in rows]
        # Of one model each: another one's maps have the same names.
        cache /= open_embedder(initial).description.fingerprint[:12]
        cache.mkdir(parents=True, exist_ok=True)
        if not (cache / "finished").exists():
            _compute(images, initial, cache)
            (cache / "finished").touch()
        self.maps = {name: np.load(cache / f"{name}.npy", mmap_mode="r") for name in MAPS}
        self._images, self._initial, self._cache = images, initial, cache

    def floats(self, name: str, *, averaged: bool) -> torch.Tensor:
        """A map of every picture and view, float32 [n, 2, channels, side, side]; side 1 where it is averaged."""
        if name == LARGER:
            path = self._cache / "larger.npy"
            if not path.exists():
                np.save(path, _larger(self._images, self._initial))
            return torch.from_numpy(np.load(path)[..., np.newaxis, np.newaxis])
        held = self.maps[name]
        if not averaged:
            return torch.from_numpy(held[:].astype(np.float32))
        parts = [held[at : at + 64].astype(np.float32).mean((3, 4), keepdims=True) for at in range(0, len(held), 64)]
        return torch.from_numpy(np.concatenate(parts))


class Given:
    """What one head is given: its pooled rows where its poolings have no weights, its maps where they have."""

    def __init__(self, kept: Kept, config: HeadConfig) -> None:
        self.config = config
        self.parts = [
            kept.floats(name, averaged=pooling == "average")
            for name, pooling in zip(config.features, config.poolings, strict=True)
        ]
        self.pooled: torch.Tensor | None = None
        if not config.learns_before_pooling:
            head = self.head()
            with torch.no_grad():
                flat = [part.flatten(0, 1) for part in self.parts]
                rows = [head.pool([part[at : at + 64] for part in flat]) for at in range(0, len(flat[0]), 64)]
            self.pooled = torch.cat(rows).unflatten(0, self.parts[0].shape[:2])
            self.parts = []

    def head(self) -> Head:
        """A new one."""
        names = self.config.features
        return Head(self.config, [CHANNELS[name] for name in names], sides=[SIDES[name] for name in names])

    def rows(self, head: Head, pictures: NDArray[np.int64], views: NDArray[np.int64]) -> torch.Tensor:
        """What goes into the head's linear layer."""
        if self.pooled is not None:
            return self.pooled[pictures, views]
        return head.pool([part[pictures, views] for part in self.parts])

    def plain(self, head: Head, pictures: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same of plain pictures, without slopes."""
        with torch.no_grad():
            parts = [
                self.rows(head, some, np.zeros(len(some), np.int64))
                for some in np.split(pictures, range(64, len(pictures), 64))
            ]
        return torch.cat(parts).numpy()


def _compute(images: list[Path], initial: Path, cache: Path) -> None:
    embedder = open_embedder(initial, threads=2)
    held = {
        name: np.lib.format.open_memmap(
            cache / f"{name}.npy", mode="w+", dtype=np.float16, shape=(len(images), 2, channels, side, side)
        )
        for name, (channels, side) in MAPS.items()
    }
    for number, path in enumerate(images):
        squares = np.stack([embedder.description.preprocessing.apply(view) for view in _views(path, number)])
        for name, found in embedder.features(squares, tuple(MAPS)).items():
            held[name][number] = found


def _larger(images: list[Path], initial: Path) -> NDArray[np.float32]:
    """The averaged last map of a larger square, [n, 2, 1280]: the layers are convolutions, so any side will do."""
    description, graph = read_model(initial)
    model = onnx.load_from_string(graph)
    for axis in model.graph.input[0].type.tensor_type.shape.dim[1:3]:
        axis.dim_value = LARGER_PIXELS
    preprocessing = replace(description.preprocessing, size_pixels=LARGER_PIXELS)
    embedder = OnnxEmbedder(
        replace(description, preprocessing=preprocessing), model.SerializeToString(), OnnxOptions(threads=2)
    )
    found: list[NDArray[np.float32]] = []
    for number, path in enumerate(images):
        squares = np.stack([preprocessing.apply(view) for view in _views(path, number, side=LARGER_PIXELS * 8 // 7)])
        found.append(embedder.features(squares, ("pooled",))["pooled"])
    return np.stack(found)


def _views(path: Path, number: int, side: int = 256) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    picture, generator = opened(path, side), np.random.default_rng([SEED, number])
    return plain(picture, generator), varied(picture, generator)


def trained(kept: Kept, given: Given, learned: NDArray[np.int64], steps: int, fold: int) -> Head:
    """A head on these pictures; AdamW with warm-up and cosine, as `lookalike train --mode head` has it."""
    chance, generator = np.random.default_rng([SEED, fold]), torch.Generator().manual_seed(SEED)
    torch.manual_seed(SEED)
    head = given.head()
    head.start(given.plain(head, learned), generator=generator)
    objective = Objective(
        ObjectiveConfig(), n_products=int(kept.labels.max()) + 1, dimension=head.config.dimension, generator=generator
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
        drawn = chance.choice(products, N_PRODUCTS, replace=False)
        rows = np.concatenate([chance.choice(pictures[one], N_PICTURES) for one in drawn])
        views = chance.integers(0, 2, len(rows))
        loss = objective(head(given.rows(head, rows, views)), torch.from_numpy(kept.labels[rows]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return head.eval()


def hits(kept: Kept, given: Given, head: Head, tested: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 for each photograph whose page comes first."""
    pages = np.arange(kept.n_photographs, len(kept.labels))
    with torch.no_grad():
        looked, known = (
            torch.nn.functional.normalize(head(torch.from_numpy(given.plain(head, rows)))).numpy()
            for rows in (tested, pages)
        )
    return (kept.labels[pages][np.argmax(looked @ known.T, axis=1)] == kept.labels[tested]).astype(np.float64)


def splits(kept: Kept) -> dict[str, Folds]:
    """Learned and tested rows of each of five folds; of the one that there is of other occasions."""
    n, pages = kept.n_photographs, np.arange(kept.n_photographs, len(kept.labels))
    of_photograph = np.random.default_rng(SEED).permutation(n) % 5
    of_product = np.random.default_rng(SEED).permutation(int(kept.labels.max()) + 1) % 5
    found: dict[str, Folds] = {"known products": [], "new products": []}
    for fold in range(5):
        out = np.flatnonzero(of_photograph == fold)
        found["known products"].append((np.concatenate([np.flatnonzero(of_photograph != fold), pages]), out))
        new = of_product[kept.labels] == fold
        found["new products"].append((np.flatnonzero(~new), np.flatnonzero(new[:n])))
    found["known products, other occasions"] = [
        (np.concatenate([np.arange(kept.n_learnable), pages]), np.arange(kept.n_learnable, n))
    ]
    return found


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--initial", type=Path, required=True, help="folder of the ImageNet model")
    parser.add_argument("--cache", type=Path, default=Path("build/poolings"))
    parser.add_argument("--folds", type=int, default=5, help="of five, by product")
    parser.add_argument("--known-folds", type=int, default=2, help="of five, by photograph")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--heads", nargs="+", choices=HEADS, default=list(HEADS), help="the first is compared with")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="another file than the checked-in result")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    kept = Kept(given.data, given.initial, given.cache)
    folds = {
        name: pairs[:n]
        for (name, pairs), n in zip(splits(kept).items(), (given.known_folds, given.folds, 1), strict=True)
        if n
    }
    figures: dict[str, dict[str, Figure]] = {question: {} for question in folds}
    base: dict[str, NDArray[np.float64]] = {}
    for name in given.heads:
        maps = Given(kept, HEADS[name])
        for question, pairs in folds.items():
            figures[question][name] = figure(
                kept, maps, pairs, 0 if name.endswith(UNTRAINED) else given.steps, question, base
            )
            print(question, name, figures[question][name], flush=True)
        write(given, kept, figures)  # After each head: what was measured outlives an interruption.


def figure(
    kept: Kept, maps: Given, pairs: Folds, steps: int, question: str, base: dict[str, NDArray[np.float64]]
) -> Figure:
    """Recall@1 of one head over all folds, and its paired difference to the first head that was asked this."""
    clusters = list(kept.labels[np.concatenate([out for _, out in pairs])])
    outcome = np.concatenate(
        [
            hits(kept, maps, trained(kept, maps, learned, steps, fold), tested)
            for fold, (learned, tested) in enumerate(pairs)
        ]
    )
    first = base.setdefault(question, outcome)
    return {
        "n": len(outcome),
        "recall@1": jackknife_mean(outcome, clusters).as_dict(4),
        "difference": compare(outcome, first, clusters, generator=np.random.default_rng(SEED)).difference.as_dict(4),
    }


def write(given: argparse.Namespace, kept: Kept, figures: dict[str, dict[str, Figure]]) -> None:
    """The result so far."""
    write_result(
        "poolings",
        figures={
            **figures,
            "folds": {"new products": given.folds, "known products": given.known_folds},
            "steps": given.steps,
            "pictures_a_step": N_PRODUCTS * N_PICTURES,
        },
        headlines=headlines(figures["new products"]) if "new products" in figures else [],
        seed=SEED,
        n=kept.n_photographs,
        data="grocery train and val photographs, product pages",
        distributions=("numpy", "onnxruntime", "torch", "pytorch-metric-learning"),
        out=given.out,
    )


def headlines(figures: dict[str, Figure]) -> list[Headline]:
    """The best head less averaging the last map, for products never trained on."""
    best = max(figures, key=lambda name: figures[name]["recall@1"]["value"])
    change = figures[best]["difference"]
    return [
        Headline(
            f"Best of {len(figures) - 1} heads of other poolings, depths and sizes ({best}) less averaging the last "
            "map: new products, photograph to page, recall@1",
            f"{len(figures) - 1} 种池化、深度与尺寸的头中最好的({best})与最后一层平均池化之差:新商品,照片到商品页",
            f"{change['value']:+.3f} [{change['low']:+.3f}, {change['high']:+.3f}]",
            front=False,
        )
    ]


def _table(data: Path, name: str) -> list[dict[str, str]]:
    with (data / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
