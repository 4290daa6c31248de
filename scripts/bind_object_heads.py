"""Carry the object heads over from one packaged model to the next, whose upper layers have learned something else.

    python scripts/bind_object_heads.py --data DIR --before FOLDER [--after FOLDER] [--heads FOLDER]

`FOLDER` of `--before` is the model that the heads in `--heads` look at, that of `--after` the one that they shall look
at. Of the maps that a head sees only ``features`` differ between the two. The matrix that it multiplies them with is
fitted anew, by ridge regression, so that the products are those that it was trained on; no box and no label is needed.
The penalty is the one that is best on a fifth of the pictures held out. Pictures are clothes, photographs of groceries
that the packaged model may learn from, appliances and signs, at the size at which scenes are looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fitting_pictures import fitting_samples, loaded
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import open_embedder
from lookalike.images.scaling import fitted_size, scaled
from lookalike.search.scenes.packaged_detector import SIDE_PIXELS

HEADS = Path(__file__).resolve().parent.parent / "src/lookalike/search/scenes"
NAMES = ("object_head.npz", "object_head_large.npz")
N_PICTURES = 1200
SEED = 3
PENALTIES = tuple(float(10.0**power) for power in np.arange(-6.0, 0.1, 0.5))
UNCHANGED = ("stage14", "stage28")


def seen(data: Path, models: tuple[OnnxEmbedder, OnnxEmbedder]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each picture the cells of ``features`` before and after, each of shape (cells, channels)."""
    samples = fitting_samples(data)
    chosen = np.sort(np.random.default_rng(SEED).choice(len(samples), min(N_PICTURES, len(samples)), replace=False))
    for number, (_, pixels) in enumerate(loaded([samples[int(place)] for place in chosen])):
        height, width = pixels.shape[:2]
        across, down = fitted_size(width, height, area_pixels=SIDE_PIXELS**2, multiple=32)
        square = scaled(pixels, across, down)[np.newaxis]
        before, after = (model.look(square, ("features", *UNCHANGED)) for model in models)
        if number == 0 and not all(np.allclose(before[name], after[name], atol=1e-4) for name in UNCHANGED):
            raise SystemExit("the lower layers differ as well: train the heads again with train_objectness.py")
        cells = (maps["features"][0].reshape(maps["features"].shape[1], -1).T for maps in (before, after))
        yield next(cells), next(cells)


def fitted(
    after: np.ndarray, wanted: np.ndarray, held: np.ndarray, penalties: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Matrix (width, channels), offset (width,), and the share of the variance that is explained of what is held out.

    Args:
        after: cells of the new model, shape (n, channels).
        wanted: what the head shall get from them, shape (n, width).
        held: which rows only choose the penalty, shape (n,).
        penalties: to choose from, of the mean variance of the channels.
    """
    best: tuple[float, float] = (-np.inf, penalties[0])
    moments = _moments(after[~held], wanted[~held])
    spread = ((wanted[held] - wanted[held].mean(axis=0)) ** 2).sum()
    for penalty in penalties:
        matrix, offset = _solved(*moments, penalty)
        missed = ((after[held] @ matrix.T + offset - wanted[held]) ** 2).sum()
        best = max(best, (float(1 - missed / spread), penalty))
    matrix, offset = _solved(*_moments(after, wanted), best[1])
    return matrix, offset, best[0]


Moments = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Means of both sides, covariance of the first, covariance of the first with the second."""


def _moments(after: np.ndarray, wanted: np.ndarray) -> Moments:
    mean, shift = after.mean(axis=0, dtype=np.float64), wanted.mean(axis=0, dtype=np.float64)
    centred = (after - mean).astype(np.float64)
    return mean, shift, centred.T @ centred / len(after), centred.T @ (wanted - shift) / len(after)


def _solved(
    mean: np.ndarray, shift: np.ndarray, gram: np.ndarray, shared: np.ndarray, penalty: float
) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.linalg.solve(gram + penalty * np.trace(gram) / len(gram) * np.eye(len(gram)), shared).T
    return matrix, shift - matrix @ mean


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, required=True, help="folder with clothing, grocery, appliances, signs")
    asked.add_argument("--before", type=Path, required=True, help="folder of the model that the heads look at")
    asked.add_argument("--after", default="lite0", help="the model that they shall look at (default: the packaged one)")
    asked.add_argument("--heads", type=Path, default=HEADS, help="folder of the heads, which are written anew")
    given = asked.parse_args()
    models = open_embedder(given.before), open_embedder(given.after)
    assert isinstance(models[0], OnnxEmbedder)
    assert isinstance(models[1], OnnxEmbedder)
    digests = [model.description.weights_sha256 for model in models]
    cells = list(seen(given.data, models))
    held = np.concatenate([np.full(len(before), number % 5 == 0) for number, (before, _) in enumerate(cells)])
    before, after = (np.concatenate(side) for side in zip(*cells, strict=True))
    for name in NAMES:
        with np.load(given.heads / name) as stored:
            values = {key: stored[key] for key in stored.files}
        if str(values["weights_sha256"]) != digests[0]:
            raise SystemExit(f"{name} looks at another model than {given.before}")
        matrix, offset, explained = fitted(
            after, before @ values["from_features"].astype(np.float32).T, held, PENALTIES
        )
        values["from_features"] = matrix.astype(np.float16)
        values["bias"] = (values["bias"] + offset).astype(np.float32)
        values["weights_sha256"] = np.array(digests[1])
        np.savez_compressed(given.heads / name, **values)
        print(f"{name}: {explained:.4f} of what it gets from `features` is kept, on pictures held out")


if __name__ == "__main__":
    main()
