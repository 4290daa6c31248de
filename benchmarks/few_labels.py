"""What are pictures without labels worth beside a few that have some?

Heads on frozen features of three depths of the packaged model (`forgetting.py` computes and keeps them), as
`lookalike train --mode head` learns them. Labelled are the 81 product pages of the groceries and one, two or five
photographs of each product from train.csv, chosen by chance; the rest of train.csv has no labels. Beside each other:
the labelled ones alone; the rest as things of their own (`--label rest=image`); the rest with the labels that can be
guessed for it (`--rest`); the same where every tenth clothing picture, which shows nothing of the catalogue, lies among
the rest; and all labels. Asked with the photographs of val.csv, taken on other occasions: for a photograph of the same
product in train.csv, and for the product's page. Hits are the mean over seeds; differences are paired to the labelled
ones alone, products as clusters.

python benchmarks/few_labels.py [--data FOLDER] [--cache FOLDER] [--seeds N] [--out FILE]
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from forgetting import Computing, Features, nearest, plain, varied
from head_starts import CHOSEN, Embed, Hits, told_of, trained
from lookalike.embed.opening import open_embedder
from lookalike.train.propagation import guessed
from lookalike.train.rest import RestConfig
from result import Headline, stamp, write_result

LABELLED = (1, 2, 5)
STRANGERS = 10
WAYS = ("labelled alone", "rest as things of their own", "rest guessed", "rest guessed, with strangers")


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("build/forgetting"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    torch.set_num_threads(1)
    measured, started = stamp(), time.perf_counter()
    cache = given.cache / open_embedder(None).description.fingerprint[:12]
    shop = Shop.of(given.data, cache)
    figures: dict[str, object] = {}
    told: list[str] = []
    everything = np.concatenate([shop.photographs, shop.pages])
    runs = [shop.hits(trained(shop.features, everything, CHOSEN, seed)) for seed in range(given.seeds)]
    every = {name: np.mean([run[name] for run in runs], axis=0) for name in runs[0]}
    for n in LABELLED:
        hits: dict[str, list[Hits]] = {way: [] for way in WAYS}
        guesses: list[dict[str, float]] = []
        for seed in range(given.seeds):
            found, counted = shop.run(n, seed)
            guesses.append(counted)
            for way in WAYS:
                hits[way].append(found[way])
        means = {
            way: {name: np.mean([run[name] for run in runs], axis=0) for name in every} for way, runs in hits.items()
        }
        first = means[WAYS[0]]
        clusters = dict.fromkeys(every, shop.clusters)
        of_n = {
            way: {name: told_of(values[name], first[name], clusters[name]) for name in every}
            for way, values in {**means, "all labels": every}.items()
        }
        figures[f"{n} labelled"] = {
            **of_n,
            "guesses": {name: round(float(np.mean([one[name] for one in guesses])), 4) for name in guesses[0]},
        }
        changes = [of_n["rest guessed"][name]["less_the_first"] for name in every]
        told.append("; ".join(f"{one['value']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]" for one in changes))
        print(
            n,
            {way: {k: round(v["recall@1"]["value"], 3) for k, v in one.items()} for way, one in of_n.items()},
            guesses,
        )
    write_result(
        "few_labels",
        figures={**figures, "measured": measured, "seconds": round(time.perf_counter() - started, 1)},
        headlines=[
            Headline(
                "Pages and one labelled photograph a product: what photographs without labels add (`--rest`), "
                "photograph to photograph; to page, other occasions",
                "商品页加每个商品一张有标签的照片：无标签照片（`--rest`）带来的提升，其他场合，照片到照片；照片到商品页",
                told[0],
                front=False,
            )
        ],
        seed=0,
        n=len(shop.clusters),
        data="grocery, clothing",
        distributions=("numpy", "onnxruntime", "torch", "pytorch-metric-learning"),
        out=given.out,
    )


class Shop:
    """The groceries, and pictures that show none of them.

    Args:
        features: of photographs, pages and strangers, in this order; strangers have the label -1.
        n_train: photographs of train.csv, which come first.
        n_pages: how many.
    """

    def __init__(self, features: Features, n_train: int, n_pages: int) -> None:
        n = features.n_photographs
        self.features = features
        self.photographs = np.arange(n_train)
        self.asked = np.arange(n_train, n)
        self.pages = np.arange(n, n + n_pages)
        self.strangers = np.arange(n + n_pages, len(features.labels))
        self.clusters: list[int] = features.labels[self.asked].tolist()

    @classmethod
    def of(cls, data: Path, cache: Path) -> Shop:
        """Read it, with what `cache` does not have computed."""
        cache.mkdir(parents=True, exist_ok=True)
        train, asked, pages, clothes = (
            rows_of(data / name)
            for name in ("grocery/train.csv", "grocery/val.csv", "grocery/catalog.csv", "clothing/items.csv")
        )
        numbers = {row["product_id"]: number for number, row in enumerate(pages)}
        shown = [*train, *asked, *pages]
        groceries = [f"grocery/{row['image']}" for row in shown]
        strangers = [f"clothing/{row['image']}" for row in clothes[::STRANGERS]]
        computing = Computing(data, cache, None)
        looks = (("g_plain", plain), ("g_aug0", varied), ("g_aug1", varied))
        views = tuple(
            np.concatenate([computing(name, groceries, change), computing(f"strangers_{name}", strangers, change)])
            for name, change in looks
        )
        labels = np.array([*(numbers[row["product_id"]] for row in shown), *[-1] * len(strangers)], np.int64)
        none, nobody = np.empty((0, views[0].shape[1]), np.float32), np.empty(0, np.int64)
        features = Features(views, labels, len(train) + len(asked), none, none, none, none, nobody, none)
        return cls(features, len(train), len(pages))

    def hits(self, embed: Embed) -> Hits:
        """1 where the nearest is right."""
        vectors, labels = embed(self.features.views[0]), self.features.labels
        wanted = labels[self.asked]
        return {
            name: nearest(vectors[self.asked], vectors[rows], wanted, labels[rows])
            for name, rows in (("photograph_to_photograph", self.photographs), ("photograph_to_page", self.pages))
        }

    def run(self, n_labelled: int, seed: int) -> tuple[dict[str, Hits], dict[str, float]]:
        """Every way, with `n_labelled` photographs of each product; and what the guesses are worth."""
        labels = self.features.labels
        chance = np.random.default_rng([seed, n_labelled])
        chosen = [
            chance.permutation(np.flatnonzero(labels[self.photographs] == p))[:n_labelled]
            for p in range(len(self.pages))
        ]
        told = np.sort(np.concatenate([*chosen, self.pages]))
        rest = np.setdiff1d(self.photographs, told)
        alone = trained(self.features, told, CHOSEN, seed)
        own = labels.copy()
        own[rest] = len(self.pages) + np.arange(len(rest))
        found = {
            WAYS[0]: self.hits(alone),
            WAYS[1]: self.hits(trained(replace(self.features, labels=own), np.concatenate([told, rest]), CHOSEN, seed)),
        }
        counted: dict[str, float] = {}
        vectors = alone(self.features.views[0])
        for way, others in ((WAYS[2], rest), (WAYS[3], np.concatenate([rest, self.strangers]))):
            rows = np.concatenate([told, others])
            known = np.concatenate([labels[told], np.full(len(others), -1)])
            guesses = guessed(vectors[rows], known, RestConfig())[len(told) :]
            sure = guesses >= 0
            mixed = labels.copy()
            mixed[others[sure]] = guesses[sure]
            found[way] = self.hits(
                trained(replace(self.features, labels=mixed), np.concatenate([told, others[sure]]), CHOSEN, seed)
            )
            shown = np.isin(others, rest)
            counted |= {
                f"{way}: guessed": float(sure[shown].mean()),
                f"{way}: right": float((guesses == labels[others])[sure & shown].mean()),
            }
            if (~shown).any():
                counted[f"{way}: strangers guessed"] = float(sure[~shown].mean())
        return found, counted


def rows_of(path: Path) -> list[dict[str, str]]:
    """Of a table."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
