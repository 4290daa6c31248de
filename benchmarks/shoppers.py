"""Shoppers who never were: a log of behaviour over a catalogue, by rules that the recommender does not know.

Written apart from it: it imports nothing of it and reads only the catalogue's table. A shopper has one to three tastes
(a few categories in a few colours within a price), comes for visits, mostly follows one taste a visit, now and then
wanders off, drifts from one taste to another over the weeks, and looks at what is popular because it is shown
everywhere. Some things are bought with certain others. New products arrive all the time.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["World", "read_world", "write_log"]

DAY = 86_400.0
DAYS = 90.0
BEGIN = 1_767_225_600.0  # 2026-01-01
NOISE = 0.15
DRIFT = 0.3
FASHION = 0.15
COMPANION = 0.12


@dataclass(frozen=True)
class World:
    """What the generator knows of the products: their place in the shop, not their pictures."""

    ids: Sequence[str]
    category: NDArray[np.int64]
    colour: NDArray[np.int64]
    price: NDArray[np.float64]


def read_world(catalog: Path) -> World:
    """Each product by its first row."""
    rows: dict[str, dict[str, str]] = {}
    with catalog.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["product_id"], row)
    return World(
        list(rows),
        np.unique([row.get("category") or "" for row in rows.values()], return_inverse=True)[1],
        np.unique([row.get("color") or "" for row in rows.values()], return_inverse=True)[1],
        np.asarray([float(row.get("price") or 1.0) for row in rows.values()]),
    )


def write_log(path: Path, world: World, *, n_shoppers: int, seed: int) -> int:
    """Write the log as CSV, in the order of time; returns how many events."""
    draw = np.random.default_rng(seed)
    n = len(world.ids)
    fame = draw.permutation(1.0 / (np.arange(n) + 8.0))
    arrived = np.where(draw.random(n) < 0.8, -1.0, draw.uniform(0, DAYS * 0.95, n))
    companion = draw.integers(0, n, size=(n, 2))
    rows: list[tuple[float, str, str, str, str]] = []
    for shopper in range(n_shoppers):
        tastes = [_taste(world, draw) for _ in range(1 + int(draw.integers(3)))]
        weights = draw.dirichlet(np.ones(len(tastes)))
        day = draw.uniform(0, DAYS)
        seen: list[int] = []
        for visit in range(1 + int(draw.geometric(0.35))):
            if day > DAYS:
                break
            if draw.random() < DRIFT:
                tastes[int(draw.integers(len(tastes)))] = _taste(world, draw)
            taste = tastes[int(draw.choice(len(tastes), p=weights))]
            moment = day
            for _ in range(int(draw.geometric(0.3))):
                there = (arrived <= moment).astype(float)
                if seen and draw.random() < COMPANION:
                    product = int(companion[seen[-1], int(draw.integers(2))])
                    if not there[product]:
                        continue
                else:
                    chance = draw.random()
                    liking = np.ones(n) if chance < NOISE else fame if chance < NOISE + FASHION else taste * fame**0.5
                    liking = liking * there
                    product = int(draw.choice(n, p=liking / liking.sum()))
                kind = draw.choice(["view", "like", "cart", "purchase"], p=[0.82, 0.08, 0.06, 0.04])
                rows.append((moment, f"s{shopper}", world.ids[product], str(kind), f"s{shopper}-{visit}"))
                seen.append(product)
                moment += draw.exponential(90.0) / DAY
            day += draw.exponential(12.0)
    rows.sort()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["shopper", "product_id", "kind", "time", "session"])
        for moment, who, product_id, kind, visit_id in rows:
            writer.writerow([who, product_id, kind, round(BEGIN + moment * DAY, 1), visit_id])
    return len(rows)


def _taste(world: World, draw: np.random.Generator) -> NDArray[np.float64]:
    """How much somebody likes each product: some categories, some colours, about a price."""
    categories = draw.choice(int(world.category.max()) + 1, size=int(draw.integers(1, 3)), replace=False)
    colours = draw.choice(int(world.colour.max()) + 1, size=int(draw.integers(2, 5)), replace=False)
    money = float(np.log(draw.choice(world.price)))
    liked = np.where(np.isin(world.category, categories), 1.0, 0.02)
    liked = liked * np.where(np.isin(world.colour, colours), 1.0, 0.15)
    return liked * np.exp(-0.5 * ((np.log(world.price) - money) / 0.9) ** 2) + 1e-6
