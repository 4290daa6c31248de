"""Does `lookalike train` do as well as the recipe that anybody would write with pytorch-metric-learning?

The recipe: the same ImageNet Lite0, generalised mean, a linear layer to 512, Proxy-Anchor, batches of 32 products with
4 pictures, affine, colour and erasing, 1,600 steps, as a plain loop. Beside it, from the same model and pictures: the
modes of `lookalike train`, each with its defaults, and the model as it is. Five folds over the grocery photographs
(train and val): by photograph, so that every product is known, or by product, so that those asked for are new. Each
photograph left out looks for another photograph of its product and for the product's page among all 81. Differences
are to the recipe, paired, products as clusters.

`--by occasion` learns from train.csv and asks val.csv, whose photographs were taken on other occasions: of 88% of them
the nearest of all photographs, by the ImageNet model, is one of val.csv as well, a tenth of all. Folds by photograph
put photographs of one minute on both sides, and what is asked for there is easier than what a shopper will ask for.

Where the initial model, `full` and `adapter` take part, the share of full's gain that the adapter has is given with an
interval (percentiles of 10,000 draws of products), and the numbers that each trained, the head not counted.

`--by withheld` asks once, for the photographs of the products that nothing packaged has learned from either. There, and
by occasion, `packaged` (the default model as it is) and `packaged-full`, `-adapter`, `-head` (what `lookalike train`
makes of it with the same photographs as the others have) can stand beside the recipe, which begins with ImageNet. The
figures of withheld products were in view when the packaged model's heads were weighted (see its CARD.md).

With `--views METHOD` each of ours is asked a second time as `lookalike search --rerank METHOD` asks: with the mean
direction of the photograph and other views of it. (There the nearest 200 are ordered by it, here all.)

On processors with AMX the recipe too learns in bfloat16 as `lookalike train` does (`lookalike.nets.mixed_precision`):
its seconds are not those of a loop without us.

A fold takes some minutes on a GPU and hours without; fewer `--folds`, `--steps` and `--contenders` make it shorter, and
the result says so. What was interrupted goes on from `--work`, the recipe from its last hundred steps; what was learned
there of the same pictures, from the same model, with the same settings is taken again, with the seconds that it took;
what was found (`*.found.npz`) is taken without its model.

    python scripts/export_default_model.py --data DIR --out INITIAL
    python benchmarks/reference_recipe.py --initial INITIAL [--data DIR] [--by photograph occasion product withheld]
        [--folds N] [--steps N] [--set KEY=VALUE …] [--head-set KEY=VALUE …] [--contenders reference full …]
        [--work DIR] [--out FILE]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from lookalike.embed.cores import usable_cores
from lookalike.embed.opening import open_embedder
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.images.decode import decode
from lookalike.images.seen import see
from lookalike.images.views import QUERY_VIEWS
from lookalike.nets import open_net
from lookalike.nets.mixed_precision import mixed_precision
from lookalike.nets.pooling import GeneralisedMeanPooling
from lookalike.search.rank.methods import METHODS
from lookalike.train.config import Mode, with_settings
from lookalike.train.initial_model import open_initial_model
from lookalike.train.recipe import recipe
from result import RESULTS, Headline, earlier_parts, stamp, write_result

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

SEED = 0
MODES = ("full", "adapter", "head")
PRODUCTS = {
    "photograph": ("known products", "已知商品"),
    "occasion": ("known products on other occasions", "其他场合拍摄的已知商品"),
    "product": ("new products", "新商品"),
    "withheld": ("withheld products", "留出的商品"),
}
"""What is asked for, in English and Chinese."""
ONCE = ("occasion", "withheld")
"""Questions that have no folds; what is packaged has learned from nothing that is asked for there."""
FROM_PACKAGED = "packaged-"
UNLEARNED = ("initial", "packaged")
"""Contenders that learn nothing here."""
CONTENDERS = ("initial", "reference", *MODES, "packaged", *(FROM_PACKAGED + mode for mode in MODES))
N_PRODUCTS, N_PICTURES, DIMENSION = 32, 4, 512
RATES = {"net": 1e-4, "head": 1e-3, "proxies": 1e-2}
DECAY = 1e-4
STARTS = (("ImageNet", "（从 ImageNet 开始）"), ("the packaged model", "（从自带模型开始）"))
"""What learning begins with, in English and Chinese: without and with `FROM_PACKAGED`."""
PHOTOGRAPH, PAGE = "photograph to photograph", "photograph to page"
SECONDS = "seconds"
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Photographs, then pages: squares as the model sees them, uint8 [n, side, side, 3], and their products.

    Attributes:
        paths: of the files.
        squares: as the model sees them.
        labels: number of the product on each.
        withheld: those of products that nothing packaged has learned from.
        elsewhere: photographs of val.csv, taken on other occasions.
        n_photographs: so many come first; the others are pages.
    """

    paths: list[Path]
    squares: NDArray[np.uint8]
    labels: NDArray[np.int64]
    withheld: NDArray[np.bool_]
    elsewhere: NDArray[np.bool_]
    n_photographs: int


def main() -> None:
    """Measure, and write the result beside what was measured of other questions, sides and lengths."""
    given = arguments()
    pictures = read(given.data, given.initial)
    out = given.out or RESULTS / "reference_recipe.json"
    figures = earlier_parts(out)
    for question in given.by:
        started, measured = time.perf_counter(), stamp()
        hits: dict[str, dict[str, list[NDArray[np.float64]]]] = {name: {} for name in given.contenders}
        seconds: dict[str, list[float]] = {name: [] for name in given.contenders}
        clusters: list[int] = []
        n_folds = 1 if question in ONCE else given.folds
        for fold in range(n_folds):
            tested, learned = parted(pictures, question, fold)
            clusters += list(pictures.labels[tested])
            for name in given.contenders:
                for one, judges in found_of(name, pictures, tested, learned, question, fold, given).items():
                    seconds.setdefault(one, []).append(float(judges.pop(SECONDS)[0]))
                    for judge, outcome in judges.items():
                        hits.setdefault(one, {}).setdefault(judge, []).append(outcome)
                    found = {judge: round(float(parts[-1].mean()), 4) for judge, parts in hits[one].items()}
                    print(f"by {question}, fold {fold}: {one} {found}, {seconds[one][-1]:.0f} s", flush=True)
        steps = given.steps or 1600
        part: dict[str, object] = {
            "question": question,
            "side_pixels": int(pictures.squares.shape[1]),
            "steps": steps,
            "settings": given.set,
            "head_settings": given.head_set,
            "views": given.views,
            "folds": n_folds,
            "photographs": len(clusters),
            "recall": compared(hits, clusters, seconds),
            "device": given.device,
            "seconds": round(time.perf_counter() - started, 1),
            "measured": measured,
        }
        if {"initial", "full", "adapter"} <= set(hits):
            part["adapter for full"] = gains(hits, clusters)
            part["trained_numbers"] = {name: trained_numbers(name, given) for name in ("full", "adapter")}
        told = [*given.set, *given.head_set, *([given.views] if given.views else [])]
        name = [f"by {question}", f"{pictures.squares.shape[1]} pixels", f"{steps} steps", *told]
        figures[", ".join(name)] = part
    write_result(
        "reference_recipe",
        figures=figures,
        headlines=list(dict.fromkeys(line for part in figures.values() for line in headlines(part))),
        seed=SEED,
        n=pictures.n_photographs,
        data="grocery train and val photographs, product pages",
        distributions=("numpy", "torch", "pytorch-metric-learning", "onnxruntime"),
        out=given.out,
    )


def parted(pictures: Pictures, question: str, fold: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that are asked for, and rows to learn from."""
    tested = np.flatnonzero(folds_of(pictures, question) == fold)
    rows = np.arange(len(pictures.labels))
    learned = rows[~np.isin(rows, tested)]
    if question in ("product", "withheld"):
        learned = learned[~np.isin(pictures.labels[learned], pictures.labels[tested])]
    return tested, learned


def found_of(
    name: str,
    pictures: Pictures,
    tested: NDArray[np.int64],
    learned: NDArray[np.int64],
    question: str,
    fold: int,
    given: argparse.Namespace,
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """What a contender finds, as it is and as it asks with views, by judge; beside the seconds that it took.

    Kept in `--work`, where it is taken from again: what was found elsewhere can be brought there without its model.
    """
    place = place_of(name, pictures, learned, given, given.work / f"{question}-{fold}")
    place.parent.mkdir(parents=True, exist_ok=True)
    wanted = [name, f"{name}, {given.views}"] if given.views and name != "reference" else [name]
    kept, held = place.with_name(f"{place.name}.found.npz"), dict[str, NDArray[np.float64]]()
    if kept.exists():
        with np.load(kept) as file:
            held = {key: file[key] for key in file}
    if any(f"{one}|{SECONDS}" not in held for one in wanted):
        at, known = time.perf_counter(), place.with_name(f"{place.name}.seconds")
        vectors = contender(name, pictures, learned, given, place)
        if name not in UNLEARNED and not known.exists():
            known.write_text(f"{time.perf_counter() - at:.1f}\n", encoding="utf-8")
        took = time.perf_counter() - at if name in UNLEARNED else float(known.read_text(encoding="utf-8"))
        asked, seconds = {name: vectors[tested]}, {name: took}
        if len(wanted) > 1:
            at = time.perf_counter()
            model = model_of(name, given, place)
            asked[wanted[1]] = seen_again(model, vectors, pictures, tested, given.views)
            seconds[wanted[1]] = time.perf_counter() - at
        for one, queries in asked.items():
            judges = judged(queries, vectors, pictures, tested, learned, question)
            held |= {f"{one}|{judge}": outcome for judge, outcome in judges.items()}
            held[f"{one}|{SECONDS}"] = np.array([seconds[one]])
        np.savez_compressed(kept, **held)  # pyright: ignore[reportArgumentType]
    return {one: {judge: held[f"{one}|{judge}"] for judge in (PHOTOGRAPH, PAGE, SECONDS)} for one in wanted}


def read(data: Path, initial: Path) -> Pictures:
    """All grocery pictures, decoded once."""
    from fitting_pictures import withheld_products

    preprocessing = open_embedder(initial).description.preprocessing
    learnable, elsewhere = table(data / "grocery/train.csv"), table(data / "grocery/val.csv")
    photographs = learnable + elsewhere
    pages = table(data / "grocery/catalog.csv")
    numbers = {row["product_id"]: number for number, row in enumerate(pages)}
    rows = photographs + pages
    paths = [(data / "grocery" / row["image"]).resolve() for row in rows]
    with ThreadPoolExecutor(usable_cores()) as readers:
        squares = list(
            readers.map(
                lambda path: see(decode(path.read_bytes(), shorter_side_pixels=320).pixels, preprocessing).square, paths
            )
        )
    labels = np.array([numbers[row["product_id"]] for row in rows], np.int64)
    withheld = np.array([row["product_id"] in withheld_products(data) for row in rows])
    places = np.arange(len(rows))
    taken = (places >= len(learnable)) & (places < len(photographs))
    return Pictures(paths, np.stack(squares), labels, withheld, taken, len(photographs))


def folds_of(pictures: Pictures, question: str) -> NDArray[np.int64]:
    """Fold of each photograph, 0 to 4; what is asked once is of fold 0 and the others of none."""
    chance, n = np.random.default_rng(SEED), pictures.n_photographs
    if question == "photograph":
        return chance.permutation(n) % 5
    if question in ONCE:
        return np.where((pictures.withheld if question == "withheld" else pictures.elsewhere)[:n], 0, -1)
    return (chance.permutation(int(pictures.labels.max()) + 1) % 5)[pictures.labels[:n]]


def place_of(name: str, pictures: Pictures, learned: NDArray[np.int64], given: argparse.Namespace, work: Path) -> Path:
    """Where a contender's model is kept: named by everything that it depends on, so that no other is taken for it."""
    mode = name.removeprefix(FROM_PACKAGED)
    begins = open_embedder(given.initial if name == mode and name != "packaged" else None).description.fingerprint
    files = [f"{pictures.paths[row].parent.name}/{pictures.paths[row].name} {pictures.labels[row]}" for row in learned]
    settings = settings_of(mode, given) if mode in MODES else []
    steps = given.steps or 1600 if name == "reference" else None
    facts = [name, begins, settings, steps, given.device if name == "reference" else None, files]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]
    return work / f"{name}-{digest}"


def settings_of(mode: str, given: argparse.Namespace) -> list[str]:
    """What `lookalike train` is told besides the mode; a head has no steps here, and settings of its own."""
    settings = ['general.measured_on=""', f"run.seed={SEED}"]
    if mode != "head":
        settings += [f"schedule.steps={given.steps}"] if given.steps else []
        settings += given.set
    else:
        settings += given.head_set
    return settings


def contender(
    name: str, pictures: Pictures, learned: NDArray[np.int64], given: argparse.Namespace, place: Path
) -> Vectors:
    """Unit vectors of every picture, by a model that learnt from `learned` alone, or from the packaged one on."""
    if (
        "packaged" in name
        and open_embedder().description.preprocessing != open_embedder(given.initial).description.preprocessing
    ):
        raise SystemExit(f"{given.initial} sees pictures otherwise than the packaged model: {name} cannot be compared")
    if name in UNLEARNED:
        return embedded(model_of(name, given, place), pictures)
    place.parent.mkdir(parents=True, exist_ok=True)
    if name == "reference":
        kept = place.with_name(f"{place.name}.npy")
        if not kept.exists():
            state = place.with_name(f"{place.name}.pt")
            part = place.with_name(f"{place.name}.part.npy")
            np.save(part, reference(pictures, learned, given, state))
            part.replace(kept)
            state.unlink(missing_ok=True)
        return np.load(kept)
    if not (place / "description.json").exists():
        catalogue = place.with_name(f"{place.name}.csv")
        with catalogue.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["product_id", "image"])
            writer.writerows([f"p{pictures.labels[row]}", pictures.paths[row]] for row in learned)
        mode = name.removeprefix(FROM_PACKAGED)
        command = [sys.executable, "-m", "lookalike", "train", str(catalogue), "--mode", mode, "--out", str(place)]
        command += [] if name.startswith(FROM_PACKAGED) else ["--init", str(given.initial)]
        command += ["--no-tensorboard", "--json"]
        for setting in settings_of(mode, given):
            command += ["--set", setting]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        report = json.dumps(json.loads(done.stdout), indent=2) + "\n"
        place.with_name(f"{place.name}.json").write_text(report, encoding="utf-8")
    return embedded(place, pictures)


def model_of(name: str, given: argparse.Namespace, place: Path) -> Path | None:
    """The folder of a contender that is a model of ours; None for the packaged one."""
    if name == "packaged":
        return None
    return given.initial if name == "initial" else place


def seen_again(
    model: Path | None, vectors: Vectors, pictures: Pictures, tested: NDArray[np.int64], method: str
) -> Vectors:
    """Mean directions of the photographs that are asked for and of other views of them, not of unit length."""
    embedder = open_embedder(model)
    preprocessing, views = embedder.description.preprocessing, METHODS[method].needs.views
    found = vectors[tested].copy()
    for place, row in enumerate(tested):
        pixels = decode(pictures.paths[row].read_bytes(), shorter_side_pixels=320).pixels
        squares = [preprocessing.apply(QUERY_VIEWS[view](pixels)) for view in views]
        found[place] += embedder.embed(np.stack(squares)).sum(axis=0)
    return found


def embedded(model: Path | None, pictures: Pictures) -> Vectors:
    """What a model folder makes of every picture; all contenders see the same squares."""
    embedder = open_embedder(model)
    return np.concatenate(
        [embedder.embed(pictures.squares[at : at + 32]) for at in range(0, len(pictures.squares), 32)]
    )


class Reference(nn.Module):
    """Lite0, generalised mean with a learned exponent, one linear layer."""

    def __init__(self, initial: Path, device: str) -> None:
        super().__init__()
        self.net = open_net(initial, device=device)
        self.pooling = GeneralisedMeanPooling()
        self.linear = nn.Linear(1280, DIMENSION)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.linear(self.pooling(self.net.tensors(pixels, ["features"])["features"]))


def reference(pictures: Pictures, learned: NDArray[np.int64], given: argparse.Namespace, state: Path) -> Vectors:
    """The plain loop; `state` is the file that holds where it is."""
    from pytorch_metric_learning.losses import ProxyAnchorLoss

    torch.manual_seed(SEED)
    chance, device = np.random.default_rng(SEED), given.device
    model = Reference(given.initial, device).to(device)
    objective = ProxyAnchorLoss(int(pictures.labels.max()) + 1, DIMENSION, margin=0.1, alpha=32).to(device)
    groups = [
        {"params": list(model.net.parameters()), "lr": RATES["net"], "weight_decay": DECAY},
        {
            "params": [*model.pooling.parameters(), *model.linear.parameters()],
            "lr": RATES["head"],
            "weight_decay": DECAY,
        },
        {"params": list(objective.parameters()), "lr": RATES["proxies"], "weight_decay": 0.0},
    ]
    optimiser, rates = torch.optim.AdamW(groups), [float(group["lr"]) for group in groups]
    products = np.unique(pictures.labels[learned])
    of_product = {product: learned[pictures.labels[learned] == product] for product in products}
    steps = given.steps or 1600
    learners = {"model": model, "objective": objective, "optimiser": optimiser}
    begin = load_checkpoint(state, learners, chance)
    for step in range(begin, steps):
        share = min(1.0, (step + 1) / (0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        chosen = chance.choice(products, min(N_PRODUCTS, len(products)), replace=False)
        rows = np.concatenate([chance.choice(of_product[one], N_PICTURES) for one in chosen])
        squares = varied(torch.from_numpy(pictures.squares[rows]).to(device))
        with mixed_precision(device):
            vectors = model(squares)
        loss = objective(vectors.float(), torch.from_numpy(pictures.labels[rows]).to(device))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 100 == 0:
            print(f"  reference, step {step}: loss {loss.item():.3f}", flush=True)
        if (step + 1) % 100 == 0:
            save_checkpoint(state, learners, chance, step + 1)
    model.eval()
    parts: list[Vectors] = []
    with torch.inference_mode():
        for at in range(0, len(pictures.squares), 64):
            found = model(torch.from_numpy(pictures.squares[at : at + 64]).to(device))
            parts.append(functional.normalize(found).cpu().numpy())
    return np.concatenate(parts)


def save_checkpoint(state: Path, learners: dict[str, Any], chance: np.random.Generator, done: int) -> None:
    """Keep where the loop is, so that it ends on the same device as if it had not been interrupted."""
    part = state.with_suffix(".part")
    kept = {name: one.state_dict() for name, one in learners.items()}
    chances = {
        "numpy": chance.bit_generator.state,
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
    }
    torch.save({**kept, **chances, "done": done}, part)
    part.replace(state)


def load_checkpoint(state: Path, learners: dict[str, Any], chance: np.random.Generator) -> int:
    """Go on from what was kept; the number of steps done."""
    if not state.exists():
        return 0
    kept = torch.load(state, map_location="cpu", weights_only=False)
    for name, one in learners.items():
        one.load_state_dict(kept[name])
    chance.bit_generator.state = kept["numpy"]
    torch.set_rng_state(kept["torch"])
    torch.cuda.set_rng_state_all(kept["cuda"])
    return kept["done"]


def varied(squares: torch.Tensor) -> torch.Tensor:
    """Turned, scaled, shifted, mirrored; light, contrast and colour; one rectangle erased. uint8 to uint8."""
    n, side = len(squares), squares.shape[1]
    device = squares.device

    def between(low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.empty(n, *shape, device=device).uniform_(low, high)

    angle, scale = torch.deg2rad(between(-15, 15)), between(0.8, 1.25)
    mirror = torch.where(between(0, 1) < 0.5, -1.0, 1.0)
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    matrix = torch.stack(
        [
            torch.stack([cosine * mirror, -sine, between(-0.2, 0.2)], 1),
            torch.stack([sine * mirror, cosine, between(-0.2, 0.2)], 1),
        ],
        1,
    )
    images = squares.permute(0, 3, 1, 2).float()
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    images = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    images = images * between(0.7, 1.3, 1, 1, 1)
    mean = images.mean((1, 2, 3), keepdim=True)
    images = (images - mean) * between(0.7, 1.3, 1, 1, 1) + mean
    grey = images.mean(1, keepdim=True)
    images = (images - grey) * between(0.7, 1.3, 1, 1, 1) + grey
    for number in np.flatnonzero(np.random.default_rng(int(torch.randint(2**31, ()))).random(n) < 0.5):
        tall, wide = (int(one) for one in torch.randint(side // 8, side // 3, (2,)))
        top, left = (int(torch.randint(side - one, ())) for one in (tall, wide))
        images[number, :, top : top + tall, left : left + wide] = torch.rand((), device=device) * 255
    return images.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1)


def judged(
    queries: Vectors,
    vectors: Vectors,
    pictures: Pictures,
    tested: NDArray[np.int64],
    learned: NDArray[np.int64],
    question: str,
) -> dict[str, NDArray[np.float64]]:
    """1 where the nearest photograph, or page, is of the product: of known products among the photographs learnt from.

    New products are looked for among all photographs but the query. Row i of `queries` asks for `tested[i]`.
    """
    n, labels = pictures.n_photographs, pictures.labels
    photographs = learned[learned < n] if question in ("photograph", "occasion") else np.arange(n)
    similarities = queries @ vectors[photographs].T
    similarities[tested[:, None] == photographs[None]] = -np.inf
    pages = queries @ vectors[n:].T
    return {
        PHOTOGRAPH: (labels[photographs[similarities.argmax(1)]] == labels[tested]).astype(np.float64),
        PAGE: (labels[n:][pages.argmax(1)] == labels[tested]).astype(np.float64),
    }


def compared(
    hits: dict[str, dict[str, list[NDArray[np.float64]]]], clusters: Sequence[int], seconds: dict[str, list[float]]
) -> dict[str, dict[str, object]]:
    """Recall of each contender, its paired difference to the reference where that took part, and what views gain."""
    found: dict[str, dict[str, object]] = {}
    for name, judges in hits.items():
        found[name] = {"seconds_a_fold": round(float(np.mean(seconds[name])), 1)}
        for judge, parts in judges.items():
            outcome = np.concatenate(parts)
            entry: dict[str, object] = {"recall@1": jackknife_mean(outcome, list(clusters)).as_dict(4)}
            if len(parts) > 1:
                entry["by_fold"] = [round(float(part.mean()), 4) for part in parts]
            plain, comma, _ = name.rpartition(", ")
            for key, other in (("difference", "reference"), ("gain of views", plain if comma else name)):
                if name == other or other not in hits:
                    continue
                base = np.concatenate(hits[other][judge])
                generator = np.random.default_rng(SEED)
                entry[key] = compare(outcome, base, list(clusters), generator=generator).difference.as_dict(4)
            found[name][judge] = entry
    return found


def gains(hits: dict[str, dict[str, list[NDArray[np.float64]]]], clusters: Sequence[int]) -> dict[str, object]:
    """What `full` and `adapter` gain over the initial model, paired, and the adapter's gain as a share of full's."""
    found: dict[str, object] = {}
    _, of_query = np.unique(np.asarray(clusters), return_inverse=True)
    n_clusters = int(of_query.max()) + 1
    for judge in hits["initial"]:
        initial, full, adapter = (np.concatenate(hits[name][judge]) for name in ("initial", "full", "adapter"))
        sums = np.stack([np.bincount(of_query, one - initial, n_clusters) for one in (full, adapter)])
        drawn = np.random.default_rng(SEED).multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), 10_000)
        by_draw = drawn @ sums.T
        # Where full gains nothing in a draw, a share of it says nothing: such draws are counted, not used.
        usable = by_draw[:, 0] > 0
        shares = by_draw[usable, 1] / by_draw[usable, 0]
        low, high = np.percentile(shares, [2.5, 97.5]) if usable.any() else (math.nan, math.nan)
        found[judge] = {
            "full": compare(full, initial, clusters, generator=np.random.default_rng(SEED)).difference.as_dict(4),
            "adapter": compare(adapter, initial, clusters, generator=np.random.default_rng(SEED)).difference.as_dict(4),
            "share": {
                "value": round(float(sums[1].sum() / sums[0].sum()), 4) if sums[0].sum() > 0 else None,
                "low": round(float(low), 4),
                "high": round(float(high), 4),
                "draws_without_gain": int((~usable).sum()),
            },
        }
    return found


def trained_numbers(mode: Mode, given: argparse.Namespace) -> int:
    """Numbers that learn in that mode, the head and the objective not counted."""
    settings = [f'model.init="{given.initial}"', f'model.mode="{mode}"', *given.set]
    config = with_settings(recipe(mode, str(given.initial)), {}, settings)
    assembly, _ = open_initial_model(config, "cpu").to_learn(config, torch.Generator())
    return sum(one.numel() for one in assembly.net.parameters() if one.requires_grad)


def headlines(part: dict[str, Any]) -> list[Headline]:
    """What `lookalike train` gives less the recipe, and the adapter's share of full's gain.

    The command is told with the model that it began with.
    """
    known, known_zh = PRODUCTS[part["question"]]
    unmixed = " (`general.share=0`)" if "general.share=0" in part["settings"] else ""
    recall, told = part["recall"], f"{part['photographs']} photographs, {part['side_pixels']} pixels"
    found: list[Headline] = []
    trained = [*MODES, *(FROM_PACKAGED + mode for mode in MODES)]
    ours = [name for name in trained if "difference" in recall.get(name, {}).get(PAGE, {})]
    if ours:
        best = max(ours, key=lambda name: recall[name][PAGE]["recall@1"]["value"])
        mode = best.removeprefix(FROM_PACKAGED)
        told_settings = [one for one in part["settings"] if one.startswith(("model.", "schedule."))]
        if mode == "head":
            told_settings = part.get("head_settings", [])
        mode = f"`lookalike train --mode {' --set '.join([mode, *told_settings])}`"
        start, start_zh = STARTS[best.startswith(FROM_PACKAGED)]
        command, command_zh = f"{mode} from {start}{unmixed}", f"{mode}{start_zh}{unmixed}"
        views = part.get("views")
        for asked, how, how_zh in (
            (best, "", ""),
            (f"{best}, {views}", f" and `search --rerank {views}`", f"加 `search --rerank {views}`"),
        ):
            if asked not in recall:
                continue
            changes = [recall[asked][judge]["difference"] for judge in (PHOTOGRAPH, PAGE)]
            found.append(
                Headline(
                    f"{command}{how} less a plain Proxy-Anchor recipe of {part['steps']} steps, {known}: photograph "
                    "to photograph; to page",
                    f"{command_zh}{how_zh}与 {part['steps']} 步的普通 Proxy-Anchor 流程之差，{known_zh}："
                    "照片到照片；照片到商品页",
                    "; ".join(f"{one['value']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]" for one in changes)
                    + f" ({told})",
                    front=False,
                )
            )
    if "adapter for full" in part:
        share = part["adapter for full"][PAGE]["share"]
        found.append(
            Headline(
                f"what `--mode adapter` has of full's gain over ImageNet, {known}, photograph to page" + unmixed,
                f"`--mode adapter` 达到 `--mode full` 相对 ImageNet 增益的比例，{known_zh}，照片到商品页" + unmixed,
                f"{share['value']:.2f} [{share['low']:.2f}, {share['high']:.2f}] ({told})",
                front=False,
            )
        )
    return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--initial", type=Path, required=True, help="folder of the ImageNet model")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--by", nargs="+", choices=list(PRODUCTS), default=["photograph", "product"])
    parser.add_argument("--folds", type=int, default=5, help="of five")
    parser.add_argument("--steps", type=int, help="other than 1,600; of the modes full and adapter as well")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="other settings of the modes full and adapter"
    )
    parser.add_argument("--head-set", action="append", default=[], metavar="KEY=VALUE", help="settings of mode head")
    parser.add_argument(
        "--contenders", nargs="+", choices=CONTENDERS, default=[one for one in CONTENDERS if "packaged" not in one]
    )
    parser.add_argument(
        "--views", choices=[name for name, method in METHODS.items() if method.needs.views], help="ask ours so as well"
    )
    parser.add_argument(
        "--work", type=Path, default=Path("build/reference_recipe"), help="what was learned is taken from here again"
    )
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), help="where the recipe learns, or learned what is in --work"
    )
    parser.add_argument("--out", type=Path, help="another file than the checked-in result")
    given = parser.parse_args()
    given.device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if not set(given.by) <= set(ONCE) and any("packaged" in name for name in given.contenders):
        parser.error(f"the packaged model has learned from these photographs: ask it --by {' or '.join(ONCE)} alone")
    return given


if __name__ == "__main__":
    main()
