"""Fit what `lookalike.images.colouring` turns counts of colours by: recoloured clothes and drawn products.

    python scripts/fit_colouring.py --data DIR [--work DIR] [--out src/lookalike/images/colouring.npz]

`DIR` holds the folder clothing (CC0). Needs the extra `train`. Each garment is given four other colours (two of another
hue, a darker and a lighter one that are nearly grey), and two of the five are photographed again by
`benchmarks/variant_queries.py`; drawn products (seed 8) stand in rooms, seen from viewpoints that their catalogue does
not have. First, what differs between a picture and its photograph is made to count for less (half-whitening). From
there the turn is learnt: a photograph shall be nearest to its own variant, among those of its product and among those
of other products (cross-entropy of cosines).
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from lookalike.images.colouring import COLOURING_BYTES, colour_counts
from lookalike.images.decode import decode
from lookalike.sources.drawn.catalogue import draw_catalogue
from lookalike.types import Pixels

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
from variant_queries import photographed, recoloured, subject

SEED = 3
WHITENED = slice(0, 200)
LEARNT = slice(450, 1850)  # the 250 before are those that `benchmarks/variants.py` asks for
SHRINKAGE = 0.1
POWER = 0.5
TURNS = (0.16, 0.33, 0.5, 0.67, 0.83)
DARK_AND_LIGHT = ((-60, -25), (25, 60))
STEPS, RATE, STAY = 2500, 2e-3, 3e-3
GARMENTS_AT_ONCE, DRAWN_AT_ONCE = 48, 24


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Roots of counts: of pictures, and of photographs of some of them.

    Attributes:
        pictures: float32 [n, counts].
        variants: of which variant each picture is.
        products: of which product each variant is.
        photographs: float32 [m, counts].
        shown: the variant of each photograph.
    """

    pictures: np.ndarray
    variants: np.ndarray
    products: np.ndarray
    photographs: np.ndarray
    shown: np.ndarray


def main() -> None:
    """Fit and write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--work", type=Path, default=Path("build/colouring"), help="keeps the drawn catalogue")
    asked.add_argument("--out", type=Path, default=Path("src/lookalike/images/colouring.npz"))
    given = asked.parse_args()
    mean, turned = whitened(garments(given.data, WHITENED, SEED))
    shelves = [(garments(given.data, LEARNT, SEED + 1), GARMENTS_AT_ONCE), (drawn(given.work), DRAWN_AT_ONCE)]
    mean, turned = learnt(shelves, mean, turned)
    np.savez_compressed(given.out, mean=mean.astype(np.float32), turned=turned.astype(np.float16))
    n = ", ".join(f"{len(shelf.photographs)} photographs of {len(shelf.products)} variants" for shelf, _ in shelves)
    print(f"{given.out}: {n}, {given.out.stat().st_size} bytes")


def garments(data: Path, some: slice, seed: int) -> Shelf:
    """Garments in five colours each, and photographs of two of them."""
    with (data / "clothing" / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["category"] not in ("Not sure", "Other", "Skip")]
    rng = np.random.default_rng(seed)
    pictures: list[np.ndarray] = []
    photographs: list[np.ndarray] = []
    shown: list[int] = []
    for place in np.random.default_rng(SEED).permutation(len(rows))[some]:
        picture = opened(data / "clothing" / rows[int(place)]["image"])
        turns = rng.permutation(TURNS)[:2]
        variants = [picture, *(recoloured(picture, float(turn), float(rng.uniform(-0.35, 0.35))) for turn in turns)]
        variants += [greyed(picture, float(rng.uniform(0, 0.25)), float(rng.uniform(*s) / 100)) for s in DARK_AND_LIGHT]
        for chosen in rng.permutation(len(variants))[:2]:
            again = photographed(variants[int(chosen)], rng, mirrored=True)
            photographs.append(roots(decode(again, shorter_side_pixels=400).pixels))
            shown.append(len(pictures) + int(chosen))
        pictures += [roots(np.ascontiguousarray(variant)) for variant in variants]
    everyone = np.arange(len(pictures))
    return Shelf(np.stack(pictures), everyone, everyone // 5, np.stack(photographs), np.array(shown))


def greyed(picture: Pixels, kept: float, lighter: float) -> Pixels:
    """The same thing nearly grey, its subject darker or lighter: much of what shops call black, white and silver."""
    mask = subject(picture)[..., None]
    grey = (picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    toned = picture * kept + grey * (1 - kept)
    toned = np.clip(toned + lighter * 255 * (1 - np.abs(toned / 255 - 0.5)), 0, 255)
    return (toned * mask + picture * (1 - mask)).round().astype(np.uint8)


def drawn(work: Path) -> Shelf:
    """Drawn products in all their colours, and photographs of them in rooms."""
    folder = work / "drawn"
    if not (folder / "catalog.csv").exists():
        draw_catalogue(folder, seed=8, n_products=600, n_queries=300, n_scenes=0)
    with (folder / "catalog.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row, image) for row in csv.DictReader(file) for image in row["image"].split("|")]
    with (folder / "queries.csv").open(encoding="utf-8", newline="") as file:
        asked = list(csv.DictReader(file))
    names = {row["variant_id"]: row["product_id"] for row, _ in rows}
    numbers = {name: number for number, name in enumerate(names)}
    products = {name: number for number, name in enumerate(dict.fromkeys(names.values()))}
    return Shelf(
        np.stack([roots(opened(folder / image)) for _, image in rows]),
        np.array([numbers[row["variant_id"]] for row, _ in rows]),
        np.array([products[name] for name in names.values()]),
        np.stack([roots(opened(folder / row["image"])) for row in asked]),
        np.array([numbers[row["variant_id"]] for row in asked]),
    )


def opened(path: Path) -> Pixels:
    return decode(path.read_bytes(), shorter_side_pixels=400).pixels


def roots(pixels: Pixels) -> np.ndarray:
    return np.sqrt(colour_counts(pixels))


def whitened(shelf: Shelf) -> tuple[np.ndarray, np.ndarray]:
    """The mean, and the directions in which pictures differ most once photographing has been half-whitened away."""
    everything = shelf.pictures.astype(np.float64)
    differing = shelf.photographs.astype(np.float64) - everything[shelf.shown]
    within = differing.T @ differing / len(differing) / 2
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.eye(len(within)) * np.trace(within) / len(within)
    mean = everything.mean(axis=0)
    values, directions = np.linalg.eigh(within)
    whitening = (directions * values ** (-POWER / 2)) @ directions.T
    centred = (everything - mean) @ whitening
    _, kept = np.linalg.eigh(centred.T @ centred / len(centred))
    return mean, whitening @ kept[:, ::-1][:, :COLOURING_BYTES]


def learnt(shelves: list[tuple[Shelf, int]], mean: np.ndarray, turned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and turn after `STEPS` of Adam, not far from where they began."""
    rng = np.random.default_rng(SEED)
    start = torch.tensor(turned, dtype=torch.float32)
    middle, turn = torch.nn.Parameter(torch.tensor(mean, dtype=torch.float32)), torch.nn.Parameter(start.clone())
    sharpness = torch.nn.Parameter(torch.tensor(2.7))
    optimiser = torch.optim.Adam([middle, turn, sharpness], lr=RATE)

    def vectors(counts: np.ndarray) -> torch.Tensor:
        return functional.normalize((torch.from_numpy(counts).float() - middle) @ turn, dim=1)

    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        loss = STAY * ((turn - start) ** 2).sum()
        for shelf, at_once in shelves:
            asked = rng.choice(len(shelf.shown), at_once, replace=False)
            shown = shelf.shown[asked]
            there = np.flatnonzero(np.isin(shelf.products, shelf.products[shown]))
            chosen = np.array([rng.choice(np.flatnonzero(shelf.variants == one)) for one in there])
            cosines = sharpness.exp() * vectors(shelf.photographs[asked]) @ vectors(shelf.pictures[chosen]).T
            right = torch.from_numpy(np.searchsorted(there, shown))
            siblings = shelf.products[there][None] == shelf.products[shown][:, None]
            own = cosines.masked_fill(~torch.from_numpy(siblings), -torch.inf)
            loss = loss + functional.cross_entropy(cosines, right) + functional.cross_entropy(own, right)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return middle.detach().numpy(), turn.detach().numpy()


if __name__ == "__main__":
    main()
