"""Where should a head begin, and how should it learn, so that products it never saw are found as well?

On frozen features of three depths of the packaged model (`forgetting.py` computes and keeps them): heads that begin
with whitened principal components, and heads that begin where what changes within a product counts less
(`lookalike.nets.whitening`), with more or less shrinkage, each as it begins and after some steps of Proxy-Anchor; one
head that learns from all products, and several that each learn from some and become one (`lookalike.nets.committee`).
Three questions. Of *known* products: learned from train.csv and the pages, asked with photographs of val.csv, taken on
other occasions. Of *withheld* ones: learned without the products in rows 1, 4, 7, ... of catalog.csv, which nothing
packaged has learned from either, asked with their photographs. Of *new* ones: the same for each third of the products
in turn, two of which the packaged layers have seen. Each looks for another photograph of its product and for the
product's page among all 81. What is kept elsewhere is asked as in `forgetting.py`. Hits are the mean over seeds;
differences are paired, products as clusters.

python benchmarks/head_starts.py [--data FOLDER] [--cache FOLDER] [--seeds N] [--out FILE]
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from forgetting import EVERY, SCALES, Features, Rows, learn, nearest, read_features, unit
from lookalike.embed.embedder import Embedder
from lookalike.embed.heads import head_gains
from lookalike.embed.opening import open_embedder
from lookalike.evaluate.comparison import compare
from lookalike.evaluate.intervals import jackknife_mean
from lookalike.nets.committee import Committee
from lookalike.nets.configuration import HeadConfig, HeadStart
from lookalike.nets.head import Head
from lookalike.train.bagging import BaggingConfig, products_seen
from lookalike.train.objective import ObjectiveConfig
from lookalike.train.objective.bagged import BaggedObjective
from lookalike.train.objective.objective import Objective
from result import Headline, stamp, write_result

N_PRODUCTS = 64
RATES = 1e-3, 3e-2
Embed = Callable[[Rows], Rows]
Hits = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Contender:
    """How heads begin, for how many steps they learn, how many they are, and from which share of the products each."""

    start: HeadStart
    shrinkage: float
    steps: int
    heads: int = 1
    products: float = 1.0

    def __str__(self) -> str:
        several = f", {self.heads} heads of {self.products:g}" if self.heads > 1 else ""
        return f"{self.start} {self.shrinkage:g}, {self.steps} steps{several}"


BEFORE = Contender("pca-whitening", 1.0, 440)
CHOSEN = Contender("within-whitening", 0.4, 110)
SEVERAL = Contender("within-whitening", 0.4, 220, 8, 0.5)
CONTENDERS = (
    BEFORE,
    Contender("pca-whitening", 1.0, 110),
    CHOSEN,
    *(Contender("within-whitening", shrinkage, 110) for shrinkage in (0.1, 0.2, 1.0)),
    *(Contender("within-whitening", 0.4, steps) for steps in (0, 440)),
    SEVERAL,
    Contender("within-whitening", 0.4, 440, 8, 0.5),
    Contender("within-whitening", 0.4, 220, 8, 0.7),
    Contender("within-whitening", 0.4, 440, 8, 1.0),
)


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("build/forgetting"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    torch.set_num_threads(1)
    measured, started = stamp(), time.perf_counter()
    own = open_embedder(None)
    features = read_features(given.data, given.cache / own.description.fingerprint[:12], None)
    questions = Questions.of(features, given.data)
    embed = initial_of(own)
    initial = questions.hits(embed, [embed] * len(questions.thirds))
    found: dict[str, Hits] = {}
    for contender in CONTENDERS:
        runs = [
            questions.hits(
                trained(features, questions.known, contender, seed),
                [trained(features, rows, contender, seed) for rows, _ in questions.thirds],
            )
            for seed in range(given.seeds)
        ]
        found[str(contender)] = {name: np.mean([run[name] for run in runs], axis=0) for name in initial}
        print(contender, {name: round(float(values.mean()), 3) for name, values in found[str(contender)].items()})
    first, chosen = found[str(BEFORE)], found[str(CHOSEN)]
    figures = {
        named: {name: told_of(values, first[name], questions.clusters[name]) for name, values in hits.items()}
        for named, hits in {"initial": initial, **found}.items()
    }
    several = {
        name: {
            contender: told_of(values[name], chosen[name], questions.clusters[name])["less_the_first"]
            for contender, values in found.items()
        }
        for name in initial
    }
    ways = ("known_photograph_to_page", "withheld_photograph_to_page")
    start = "; ".join(told(figures[str(CHOSEN)][way]["less_the_first"]) for way in ways)
    ways = ("known_photograph_to_photograph", "known_photograph_to_page", "new_photograph_to_page")
    bagged = "; ".join(told(several[way][str(SEVERAL)]) for way in ways)
    write_result(
        "head_starts",
        figures={
            **figures,
            "less_the_chosen": several,
            "measured": measured,
            "seconds": round(time.perf_counter() - started, 1),
        },
        headlines=[
            Headline(
                "A head that begins with what changes within products, 110 steps, less one from whitened principal "
                "components, 440 steps: photograph to page, known products; withheld ones",
                "从商品内变化开始、训练 110 步的头，减去从白化主成分开始、训练 440 步的头：照片到商品页，"
                "已知商品；留出商品",
                start,
                front=False,
            ),
            Headline(
                "Eight heads that each learn from half of the products and become one, less one head that learns from "
                "all: known products, photograph to photograph; to page; products not learned from, to page",
                "由八个各学习一半商品的头合成的一个头，减去学习全部商品的一个头：已知商品，照片到照片；照片到商品页；"
                "未学习的商品，照片到商品页",
                bagged,
                front=False,
            ),
        ],
        seed=0,
        n=sum(len(values) for values in first.values()),
        data="grocery, clothing, appliances",
        distributions=("numpy", "onnxruntime", "torch", "pytorch-metric-learning"),
        out=given.out,
    )


@dataclass(frozen=True, slots=True)
class Questions:
    """What is learned from, and what is asked.

    Attributes:
        features: of all pictures.
        n_train: photographs of train.csv, which come first.
        known: rows learned from where products are known.
        thirds: rows learned from where a third of the products is withheld, and photographs of those; the first third
            nothing packaged has learned from either.
        clusters: product of each query, by what is asked.
    """

    features: Features
    n_train: int
    known: NDArray[np.int64]
    thirds: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    clusters: dict[str, list[int]]

    @classmethod
    def of(cls, features: Features, data: Path) -> Questions:
        with (data / "grocery" / "train.csv").open(encoding="utf-8") as file:
            n_train = sum(1 for _ in csv.DictReader(file))
        n, labels, rows = features.n_photographs, features.labels, np.arange(len(features.labels))
        thirds = tuple((rows[labels % 3 != third], np.flatnonzero(labels[:n] % 3 == third)) for third in range(3))
        ways = ("photograph_to_photograph", "photograph_to_page")
        clusters = {f"known_{way}": labels[n_train:n].tolist() for way in ways}
        clusters |= {f"withheld_{way}": labels[thirds[0][1]].tolist() for way in ways}
        clusters |= {f"new_{way}": np.concatenate([labels[asked] for _, asked in thirds]).tolist() for way in ways}
        clusters |= {"clothing": list(range(len(features.clothing_distorted)))}
        clusters |= {"appliances": features.appliance_products.tolist()}
        return cls(features, n_train, np.r_[rows[:n_train], rows[n:]], thirds, clusters)

    def hits(self, known: Embed, others: Sequence[Embed]) -> Hits:
        """1 where the nearest is right, by what is asked; elsewhere is asked with the first.

        ``withheld`` is the first third, ``new`` all three, each asked of what has learned without it.
        """
        features, n, labels = self.features, self.features.n_photographs, self.features.labels
        vectors, found = known(features.views[0]), {}
        photographs, wanted = vectors[self.n_train : n], labels[self.n_train : n]
        found["known_photograph_to_photograph"] = nearest(
            photographs, vectors[: self.n_train], wanted, labels[: self.n_train]
        )
        found["known_photograph_to_page"] = nearest(photographs, vectors[n:], wanted, labels[n:])
        to_photograph, to_page = [], []
        for embed, (_, asked) in zip(others, self.thirds, strict=True):
            vectors, wanted = embed(features.views[0]), labels[asked]
            similarities = vectors[asked] @ vectors[:n].T
            similarities[np.arange(len(asked)), asked] = -np.inf
            to_photograph.append((labels[similarities.argmax(axis=1)] == wanted).astype(np.float64))
            to_page.append(nearest(vectors[asked], vectors[n:], wanted, labels[n:]))
        found["withheld_photograph_to_photograph"], found["withheld_photograph_to_page"] = to_photograph[0], to_page[0]
        found["new_photograph_to_photograph"] = np.concatenate(to_photograph)
        found["new_photograph_to_page"] = np.concatenate(to_page)
        numbers = np.arange(len(features.clothing))
        found["clothing"] = nearest(
            known(features.clothing_distorted), known(features.clothing), numbers[::EVERY], numbers
        )
        numbers = np.arange(len(features.appliances))
        found["appliances"] = nearest(
            known(features.appliances_distorted), known(features.appliances), numbers, numbers
        )
        return found


def initial_of(own: Embedder) -> Embed:
    """The packaged model, from its last features."""
    projection, parts = own.projection(), own.description.heads
    assert projection is not None
    matrix, offset = projection

    def embed(rows: Rows) -> Rows:
        projected = rows[:, SCALES[2][1]] @ matrix.T + offset
        return (projected * head_gains(projected, parts)).astype(np.float32)

    return embed


def pooled(rows: Rows) -> Rows:
    """Each depth at unit length, side by side, as `lookalike.nets.head.Head` pools several."""
    return np.concatenate([unit(rows[:, at]) for _, at in SCALES], axis=1)


def trained(features: Features, learned: NDArray[np.int64], contender: Contender, seed: int) -> Embed:
    """A head as `lookalike train --mode head` makes it, on three looks of each picture."""
    chance, generator = np.random.default_rng([seed, 1]), torch.Generator().manual_seed(seed)
    config = HeadConfig(
        features=tuple(name for name, _ in SCALES), start=contender.start, shrinkage=contender.shrinkage
    )
    views = np.stack([pooled(view) for view in features.views])
    labels = np.unique(features.labels[learned], return_inverse=True)[1]
    n_products = int(labels.max()) + 1

    def objective(n: int) -> Objective:
        return Objective(ObjectiveConfig(), n_products=n, dimension=config.dimension, generator=generator)

    def begun(own: NDArray[np.bool_]) -> Head:
        head = Head(config, [at.stop - at.start for _, at in SCALES])
        head.start(views[0][learned[own]], generator=generator, labels=labels[own].astype(np.int64))
        return head

    pictures = [learned[labels == product] for product in range(n_products)]
    if contender.heads == 1:
        head, losses = begun(np.ones(len(learned), bool)), objective(n_products)
    else:
        seen = products_seen(n_products, BaggingConfig(contender.heads, contender.products), chance)
        head, losses = Committee([begun(own[labels]) for own in seen]), BaggedObjective(objective, seen)
    learn(head, losses, views, pictures, contender.steps, chance=chance, n_products=N_PRODUCTS, rates=RATES)
    finished = head.eval().merged(views[0][learned]) if isinstance(head, Committee) else head.eval()
    matrix, offset = finished.merged()
    return lambda rows: unit(pooled(rows) @ matrix.T + offset)


def told(difference: dict[str, float]) -> str:
    return f"{difference['value']:+.3f} [{difference['low']:+.3f}, {difference['high']:+.3f}]"


def told_of(
    values: NDArray[np.float64], first: NDArray[np.float64], clusters: list[int]
) -> dict[str, dict[str, float]]:
    """Recall with its interval, and what it is more than the first contender's, paired."""
    difference = compare(values, first, clusters, generator=np.random.default_rng(0)).difference
    return {
        "recall@1": jackknife_mean(values, clusters).as_dict(),
        "less_the_first": difference.as_dict(),
    }


if __name__ == "__main__":
    main()
