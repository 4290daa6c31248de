"""Fit what `lookalike.images.colouring` turns counts of colours by: photographs of clothes, recoloured and taken again.

    python scripts/fit_colouring.py --data DIR [--n 200] [--out src/lookalike/images/colouring.npz]

`DIR` holds the folder clothing (CC0). Each garment is given two other colours, and one of the three is photographed
again by `benchmarks/variant_queries.py`: what differs between the two photographs is light, framing and background
and is made to count for less (half-whitened), and the directions in which garments then differ most are kept.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

from lookalike.images.colouring import COLOURING_BYTES, colour_counts
from lookalike.images.decode import decode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
from variant_queries import photographed, recoloured

SEED = 3
SHRINKAGE = 0.1
POWER = 0.5
TURNS = (0.16, 0.33, 0.5, 0.67, 0.83)


def main() -> None:
    """Fit and write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--n", type=int, default=200)
    asked.add_argument("--out", type=Path, default=Path("src/lookalike/images/colouring.npz"))
    given = asked.parse_args()
    with (given.data / "clothing" / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["category"] not in ("Not sure", "Other", "Skip")]
    rng = np.random.default_rng(SEED)
    shelf: list[np.ndarray] = []
    changes: list[np.ndarray] = []
    for number, place in enumerate(rng.permutation(len(rows))[: given.n]):
        data = (given.data / "clothing" / rows[int(place)]["image"]).read_bytes()
        picture = decode(data, shorter_side_pixels=400).pixels
        turns = rng.permutation(TURNS)[:2]
        variants = [picture, *(recoloured(picture, float(turn), float(rng.uniform(-0.35, 0.35))) for turn in turns)]
        roots = [np.sqrt(colour_counts(np.ascontiguousarray(variant))) for variant in variants]
        chosen = int(rng.integers(3))
        again = photographed(variants[chosen], np.random.default_rng([7, number, chosen]), mirrored=True)
        shelf += roots
        changes.append(np.sqrt(colour_counts(decode(again, shorter_side_pixels=400).pixels)) - roots[chosen])
    everything, differing = np.stack(shelf).astype(np.float64), np.stack(changes).astype(np.float64)
    within = differing.T @ differing / len(differing) / 2
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.eye(len(within)) * np.trace(within) / len(within)
    mean = everything.mean(axis=0)
    values, directions = np.linalg.eigh(within)
    whitening = (directions * values ** (-POWER / 2)) @ directions.T
    centred = (everything - mean) @ whitening
    _, kept = np.linalg.eigh(centred.T @ centred / len(centred))
    turned = whitening @ kept[:, ::-1][:, :COLOURING_BYTES]
    np.savez_compressed(given.out, mean=mean.astype(np.float32), turned=turned.astype(np.float16))
    print(f"{given.out}: {len(shelf)} pictures, {len(changes)} photographs, {given.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
