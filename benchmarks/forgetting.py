"""What does a head that fits one catalogue forget of all others, and what do three remedies keep, at which price?

Heads are trained on `grocery` (photographs and product pages, features of the packaged model kept for the plain
picture and two variations; those of three depths for a quarter of the steps) in two of five folds by photograph. Judged
in domain: each held-out photograph against the photographs trained on and against the 81 pages. Judged on what was not
trained on: strongly distorted `clothing` pictures against all 5,096, `appliances` pictures against all variants.
Remedies: dimensions of the initial model kept beside the new ones (`general.share`), its weights mixed with the
new ones, its similarities distilled on `signs`.

python benchmarks/forgetting.py [--data FOLDER] [--initial MODEL] [--cache FOLDER] [--folds N] [--steps N] [--out FILE]
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image, ImageEnhance

from lookalike.embed.heads import head_gains
from lookalike.embed.opening import open_embedder, read_model
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.images.corruptions.framing import cropped, rotation
from lookalike.images.corruptions.phone import phone_photograph
from lookalike.nets.committee import Committee
from lookalike.nets.configuration import HeadConfig
from lookalike.nets.head import Head
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.objective.bagged import BaggedObjective
from lookalike.train.objective.objective import Objective
from result import Headline, write_result

SCALES = (("stage28", slice(0, 40)), ("stage14", slice(40, 152)), ("features", slice(152, 1432)))
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
MIXES = (0.2, 0.35, 0.5, 0.65, 0.8)
DISTILLED = (30.0, 300.0)
CHOSEN = 0.3
EVERY = 4
SEED = 0
Rows = NDArray[np.float32]
Embed = Callable[[Rows], Rows]


@dataclass(frozen=True, slots=True)
class Features:
    """Pooled maps of three depths side by side, float32 [n, 1432]; `labels` of the photographs, then of the pages."""

    views: tuple[Rows, ...]
    labels: NDArray[np.int64]
    n_photographs: int
    clothing: Rows
    clothing_distorted: Rows
    appliances: Rows
    appliances_distorted: Rows
    appliance_products: NDArray[np.int64]
    signs: Rows


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--initial", default=None, help="model to start from; the packaged one unless said")
    parser.add_argument("--cache", type=Path, default=Path("build/forgetting"))
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=500)
    given = parser.parse_args()
    torch.set_num_threads(1)
    started = time.perf_counter()
    own = open_embedder(given.initial)
    features = read_features(given.data, given.cache / own.description.fingerprint[:12], given.initial)
    if own.projection() is None:
        raise SystemExit(f"{given.initial} has no projection that a head could be mixed with")
    rows_of, shift = own.projection()
    parts = own.description.heads

    def initial(rows: Rows) -> Rows:
        projected = rows[:, 152:] @ rows_of.T + shift
        return (projected * head_gains(projected, parts)).astype(np.float32)

    # One affine map that is nearly the model's embedding, for heads that begin there: each part by its mean length.
    gains = head_gains(features.views[0][:, 152:] @ rows_of.T + shift, parts).mean(axis=0)
    matrix, offset = rows_of * gains[:, np.newaxis], shift * gains
    folds = range(given.folds)
    curves: dict[str, list[dict[str, object]]] = {}
    base = judged([initial] * given.folds, features, folds)
    clusters = clusters_of(features, folds)
    print("initial", means(base), flush=True)
    three = [trained(features, fold, given.steps // 4, scales=True) for fold in folds]
    last = [trained(features, fold, given.steps, scales=False, begin=(matrix, offset)) for fold in folds]
    full = {}
    for depths, heads in (("three", three), ("last", last)):
        full[depths] = judged([embed for embed, _ in heads], features, folds)
        curve = curves.setdefault(f"kept_dimensions_{depths}", [])
        for share in SHARES:
            found = judged([beside(initial, embed, share) for embed, _ in heads], features, folds)
            curve.append({"share": share, **against(found, base, full[depths], clusters)})
            print(depths, "share", share, means(found), flush=True)
    curves["interpolation_last"] = []
    for mix in (0.0, *MIXES):
        found = judged([interpolated(head, matrix, offset, mix) for _, head in last], features, folds)
        curves["interpolation_last"].append({"initial_share": mix, **against(found, base, full["last"], clusters)})
        print("interpolation", mix, means(found), flush=True)
    curves["distillation_last"] = []
    for weight in DISTILLED:
        heads = [
            trained(features, fold, given.steps, scales=False, begin=(matrix, offset), distilled=(weight, initial))
            for fold in folds
        ]
        found = judged([embed for embed, _ in heads], features, folds)
        curves["distillation_last"].append({"weight": weight, **against(found, base, full["last"], clusters)})
        print("distillation", weight, means(found), flush=True)

    chosen = next(point for point in curves["kept_dimensions_three"] if point["share"] == CHOSEN)
    kept = min(float(chosen[name]["share_of_initial"]) for name in ("clothing", "appliances"))
    gain = min(float(chosen[name]["share_of_gain"]) for name in ("photo_to_photo", "photo_to_page"))
    write_result(
        "forgetting",
        figures={
            "initial": {name: interval(values, clusters[name]) for name, values in base.items()},
            "curves": curves,
            "seconds": round(time.perf_counter() - started, 1),
        },
        headlines=[
            Headline(
                f"Fitted to one catalogue with `general.share={CHOSEN}`: {kept:.0%} of the initial recall@1 on two "
                f"catalogues not trained on, {gain:.0%} of the gain on the own one",
                f"以 `general.share={CHOSEN}` 适配一个目录后:在两个未参与训练的目录上保留初始 recall@1 的 {kept:.0%},"
                f"自有目录上保留 {gain:.0%} 的提升",
                f"{kept:.0%}, {gain:.0%}",
                front=False,
            )
        ],
        seed=SEED,
        n=sum(len(values) for values in base.values()),
        data="grocery, clothing, appliances, signs",
        distributions=("numpy", "onnxruntime", "torch", "pytorch-metric-learning"),
        out=given.out,
    )


def judged(embeds: list[Embed], features: Features, folds: range) -> dict[str, NDArray[np.float64]]:
    """Hits at rank one, 0 or 1 a query, of each judge; one embedding for each fold, out of domain their mean."""
    hits: dict[str, list[NDArray[np.float64]]] = {"clothing": [], "appliances": []}
    inside: dict[str, list[NDArray[np.float64]]] = {"photo_to_photo": [], "photo_to_page": []}
    fold_of = folds_of(features)
    n, labels = features.n_photographs, features.labels
    for embed, fold in zip(embeds, folds, strict=True):
        gallery = embed(features.clothing)
        numbers = np.arange(len(gallery))
        hits["clothing"].append(nearest(embed(features.clothing_distorted), gallery, numbers[::EVERY], numbers))
        numbers = np.arange(len(features.appliances))
        hits["appliances"].append(
            nearest(embed(features.appliances_distorted), embed(features.appliances), numbers, numbers)
        )
        plain = embed(features.views[0])
        tested, rest = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        inside["photo_to_photo"].append(nearest(plain[tested], plain[rest], labels[tested], labels[rest]))
        inside["photo_to_page"].append(nearest(plain[tested], plain[n:], labels[tested], labels[n:]))
    means_of = {name: np.mean(parts, axis=0) for name, parts in hits.items()}
    return means_of | {name: np.concatenate(parts) for name, parts in inside.items()}


def nearest(queries: Rows, gallery: Rows, wanted: NDArray, labels: NDArray) -> NDArray[np.float64]:
    """1 where the nearest row of the gallery has the label wanted, else 0."""
    return (labels[np.argmax(queries @ gallery.T, axis=1)] == wanted).astype(np.float64)


def clusters_of(features: Features, folds: range) -> dict[str, list[int]]:
    """What each query of `judged` shows: photographs of one product, or variants of one appliance, are not new news."""
    asked = np.concatenate([features.labels[np.flatnonzero(folds_of(features) == fold)] for fold in folds]).tolist()
    return {
        "clothing": list(range(len(features.clothing_distorted))),
        "appliances": features.appliance_products.tolist(),
        "photo_to_photo": asked,
        "photo_to_page": asked,
    }


def interval(values: NDArray[np.float64], clusters: list[int]) -> dict[str, float]:
    """Mean and 95% interval over clusters of queries."""
    found = jackknife_mean(values, clusters)
    return {"value": round(found.value, 4), "low": round(found.low, 4), "high": round(found.high, 4), "n": len(values)}


def means(hits: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    """For people who wait."""
    return {name: round(float(values.mean()), 4) for name, values in hits.items()}


def against(
    hits: dict[str, NDArray[np.float64]],
    base: dict[str, NDArray[np.float64]],
    full: dict[str, NDArray[np.float64]],
    clusters: dict[str, list[int]],
) -> dict[str, object]:
    """Each judge's value, its paired difference to the initial model, and its share of the plain new head's gain."""
    found: dict[str, object] = {}
    for name, values in hits.items():
        change = jackknife_mean(values - base[name], clusters[name], bounded=False)
        gained = float(full[name].mean() - base[name].mean())
        found[name] = {
            **interval(values, clusters[name]),
            "change": round(change.value, 4),
            "change_low": round(change.low, 4),
            "change_high": round(change.high, 4),
            "share_of_initial": round(float(values.mean() / base[name].mean()), 4),
            "share_of_gain": round(float(values.mean() - base[name].mean()) / gained, 4) if gained else 1.0,
        }
    return found


def beside(initial: Embed, learned: Embed, share: float) -> Embed:
    """[sqrt(1 - share) learned, sqrt(share) initial]: what `lookalike train` exports."""
    return lambda rows: np.concatenate(
        [math.sqrt(1 - share) * learned(rows), math.sqrt(share) * initial(rows)], axis=1
    ).astype(np.float32)


def interpolated(head: Head, matrix: Rows, offset: Rows, share: float) -> Embed:
    """The weights of a head that began as the initial model's, mixed with those."""
    learned, shift = head.merged()
    mixed, moved = share * matrix + (1 - share) * learned, share * offset + (1 - share) * shift
    return lambda rows: unit(rows[:, 152:] @ mixed.T + moved)


def trained(
    features: Features,
    fold: int,
    steps: int,
    *,
    scales: bool,
    begin: tuple[Rows, Rows] | None = None,
    distilled: tuple[float, Embed] | None = None,
) -> tuple[Embed, Head]:
    """A head, Proxy-Anchor over 32 products of 4 pictures, AdamW with warm-up and cosine.

    Of three depths it begins as `lookalike train --mode head` does, where what changes within a product counts less.
    """
    chance = np.random.default_rng([SEED, fold])
    generator = torch.Generator().manual_seed(SEED)
    parts = SCALES if scales else SCALES[2:]
    started = {"start": "within-whitening", "shrinkage": 0.4} if scales else {}
    config = HeadConfig(features=tuple(name for name, _ in parts), **started)
    head = Head(config, [at.stop - at.start for _, at in parts])

    def pooled(rows: Rows) -> Rows:
        taken = [rows[:, at] for _, at in parts]
        return np.concatenate([unit(one) for one in taken], axis=1) if scales else taken[0]

    photographs = np.flatnonzero(folds_of(features) != fold)
    learned = np.concatenate([photographs, np.arange(features.n_photographs, len(features.labels))])
    views = np.stack([pooled(view) for view in features.views])
    if begin is None:
        head.start(views[0][learned], generator=generator, labels=features.labels[learned])
    else:
        head.take(*begin, views[0][learned])
    n_products = int(features.labels.max()) + 1
    objective = Objective(ObjectiveConfig(), n_products=n_products, dimension=config.dimension, generator=generator)
    pictures = [learned[features.labels[learned] == product] for product in range(n_products)]
    keep = None
    if distilled is not None:
        weight, initial = distilled
        others, target = torch.from_numpy(pooled(features.signs)), torch.from_numpy(initial(features.signs))

        def keep() -> torch.Tensor:
            chosen = torch.from_numpy(chance.choice(len(others), 128, replace=False))
            found = torch.nn.functional.normalize(head(others[chosen]))
            return weight * (found @ found.T - target[chosen] @ target[chosen].T).square().mean()

    learn(head, objective, views, pictures, steps, chance=chance, n_products=32, rates=(1e-3, 1e-2), also=keep)
    matrix, offset = head.eval().merged()
    return (lambda rows: unit(pooled(rows) @ matrix.T + offset)), head


def learn(
    head: Head | Committee,
    objective: Objective | BaggedObjective,
    views: NDArray[np.float32],
    pictures: list[NDArray[np.int64]],
    steps: int,
    *,
    chance: np.random.Generator,
    n_products: int,
    rates: tuple[float, float],
    also: Callable[[], torch.Tensor] | None = None,
) -> None:
    """Steps of AdamW with warm-up and cosine over batches of some products with 4 pictures each.

    Args:
        head: learns.
        objective: learns too.
        views: pooled rows of each look, shape (looks, pictures, channels).
        pictures: rows of each product, by its number.
        steps: how many.
        chance: source of randomness.
        n_products: in a batch, at most.
        rates: of the head and of the objective, at their highest.
        also: what is added to the loss of each batch; None for nothing.
    """
    optimiser = torch.optim.AdamW(
        [
            {"params": list(head.parameters()), "lr": rates[0], "weight_decay": 1e-4},
            {"params": list(objective.parameters()), "lr": rates[1], "weight_decay": 0.0},
        ]
    )
    for step in range(steps):
        share = min(1.0, (step + 1) / (0.05 * steps)) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        products = chance.choice(len(pictures), min(n_products, len(pictures)), replace=False)
        rows = np.concatenate([chance.choice(pictures[product], 4) for product in products])
        given = torch.from_numpy(views[chance.integers(0, len(views), len(rows)), rows])
        loss = objective(head(given), torch.from_numpy(np.repeat(products, 4)))
        if also is not None:
            loss = loss + also()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def folds_of(features: Features) -> NDArray[np.int64]:
    """Fold of each photograph, 0 to 4."""
    return np.random.default_rng(SEED).permutation(features.n_photographs) % 5


def unit(rows: Rows) -> Rows:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def read_features(data: Path, cache: Path, initial: str | None) -> Features:
    """All features, computed where `cache` does not have them."""
    cache.mkdir(parents=True, exist_ok=True)
    photographs = _table(data, "grocery/train.csv") + _table(data, "grocery/val.csv")
    pages = _table(data, "grocery/catalog.csv")
    numbers = {row["product_id"]: number for number, row in enumerate(pages)}
    grocery = [f"grocery/{row['image']}" for row in photographs + pages]
    clothing = [f"clothing/{row['image']}" for row in _table(data, "clothing/items.csv")]
    variants = _table(data, "appliances/catalog.csv")
    appliances = [f"appliances/{row['image']}" for row in variants]
    signs = [f"signs/{row['image']}" for row in _table(data, "signs/catalog.csv")]
    computing = Computing(data, cache, initial)
    return Features(
        views=(
            computing("g_plain", grocery, plain),
            computing("g_aug0", grocery, varied),
            computing("g_aug1", grocery, varied),
        ),
        labels=np.array([numbers[row["product_id"]] for row in photographs + pages], np.int64),
        n_photographs=len(photographs),
        clothing=computing("c_plain", clothing, plain),
        clothing_distorted=computing("c_dist", clothing[::EVERY], distorted),
        appliances=computing("a_plain", appliances, plain),
        appliances_distorted=computing("a_dist0", appliances, distorted),
        appliance_products=np.unique([row["product_id"] for row in variants], return_inverse=True)[1].astype(np.int64),
        signs=computing("s_plain", signs, plain),
    )


class Computing:
    """Pooled maps of the initial model, on one thread of ONNX Runtime; kept in files, which are of one model."""

    def __init__(self, data: Path, cache: Path, initial: str | None) -> None:
        self._data, self._cache = data, cache
        self._description, model = read_model(initial)
        proto = onnx.load_model_from_string(model)
        self._names = ["stage28.mean", "stage14.mean", "pooled"]
        for name in ("stage14", "stage28"):
            proto.graph.node.append(helper.make_node("ReduceMean", [name], [f"{name}.mean"], axes=[2, 3], keepdims=0))
        for name in self._names:
            proto.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(proto.SerializeToString(), options)

    def __call__(
        self, name: str, images: list[str], change: Callable[[Image.Image, np.random.Generator], NDArray[np.uint8]]
    ) -> Rows:
        path = self._cache / f"{name}.npy"
        if not path.exists():
            rows = []
            for number, image in enumerate(images):
                generator = np.random.default_rng([sum(map(ord, name)), number])
                square = self._description.preprocessing.apply(change(opened(self._data / image), generator))
                rows.append(np.concatenate(self._session.run(self._names, {"pixels": square[None]}), axis=1)[0])
            np.save(path, np.stack(rows).astype(np.float16))
        return np.load(path).astype(np.float32)


def opened(path: Path, side: int = 256) -> Image.Image:
    """On white, its shorter side at most `side`."""
    with Image.open(path) as file:
        picture = file.convert("RGBA")
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    white.alpha_composite(picture)
    picture = white.convert("RGB")
    scale = side / min(picture.size)
    if scale < 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return picture


def plain(picture: Image.Image, generator: np.random.Generator) -> NDArray[np.uint8]:
    """As it is."""
    del generator
    return np.asarray(picture)


def distorted(picture: Image.Image, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Cropped, turned, then photographed by a phone."""
    return phone_photograph(rotation(cropped(np.asarray(picture), 3, generator), 3, generator), generator)


def varied(picture: Image.Image, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Turned, scaled, shifted, mirrored, other light and colour, partly covered: for training."""
    width, height = picture.size
    angle = math.radians(generator.uniform(-20, 20))
    scale = generator.uniform(0.7, 1.3)
    across, down = generator.uniform(-0.12, 0.12, 2) * (width, height)
    c, s, x, y = math.cos(angle) / scale, math.sin(angle) / scale, width / 2, height / 2
    matrix = (c, s, x - c * (x + across) - s * (y + down), -s, c, y + s * (x + across) - c * (y + down))
    picture = picture.transform(
        (width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=(128, 128, 128)
    )
    if generator.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhancer(picture).enhance(generator.uniform(0.7, 1.3))
    pixels = np.array(picture)
    if generator.random() < 0.5:
        tall, wide = int(height * generator.uniform(0.1, 0.4)), int(width * generator.uniform(0.1, 0.4))
        top, left = generator.integers(0, height - tall), generator.integers(0, width - wide)
        pixels[top : top + tall, left : left + wide] = generator.integers(0, 256, 3)
    return pixels


def _table(data: Path, name: str) -> list[dict[str, str]]:
    with (data / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
