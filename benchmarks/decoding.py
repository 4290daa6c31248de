"""How fast does a JPEG become the square that a model takes, and what does that cost in fidelity?

Decoders take turns on one core over the same pictures, so that ratios hold although the machine's speed drifts.

    python benchmarks/decoding.py --data ../shared/data > decoding.json

Pictures are photographs of the data folder scaled to 350 and to 1,300 pixels (longer side); without a data folder
they are drawn. With a model the JSON has the cosine of every decoder's embedding against Pillow's as well.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image

from lookalike.images.decode import decode
from lookalike.images.preprocessing import Preprocessing
from lookalike.types import Pixels

SIDES = (350, 1300)
PREPROCESSING = Preprocessing(size_pixels=224)
REFERENCE = "Pillow, bicubic"
Decoder = Callable[[bytes], Pixels]


def pillow(data: bytes) -> Pixels:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return np.asarray(image.resize((224, 224), Image.Resampling.BICUBIC))


def pillow_draft(data: bytes) -> Pixels:
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (448, 448))
    return np.asarray(image.convert("RGB").resize((224, 224), Image.Resampling.BICUBIC))


def simplejpeg_eighths(data: bytes) -> Pixels:
    return PREPROCESSING.apply(simplejpeg.decode_jpeg(data, "RGB", min_height=448, min_width=448))


def simplejpeg_halves(data: bytes) -> Pixels:
    height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    factor = 1
    while factor < 8 and min(height, width) >= 448 * factor * 2:
        factor *= 2
    side = -(-min(height, width) // factor)
    return PREPROCESSING.apply(simplejpeg.decode_jpeg(data, "RGB", min_height=side, min_width=side))


def simplejpeg_at_target(data: bytes) -> Pixels:
    return PREPROCESSING.apply(simplejpeg.decode_jpeg(data, "RGB", min_height=224, min_width=224))


def simplejpeg_area(data: bytes) -> Pixels:
    pixels = simplejpeg.decode_jpeg(data, "RGB", min_height=224, min_width=224)
    return np.asarray(Image.fromarray(pixels).resize((224, 224), Image.Resampling.BOX))


def lookalike(data: bytes) -> Pixels:
    return PREPROCESSING.apply(decode(data, shorter_side_pixels=PREPROCESSING.decode_side_pixels).pixels)


DECODERS: dict[str, Decoder] = {
    REFERENCE: pillow,
    "Pillow, draft": pillow_draft,
    "simplejpeg, eighths, bicubic": simplejpeg_eighths,
    "simplejpeg, halves, bicubic": simplejpeg_halves,
    "simplejpeg at the target, bicubic": simplejpeg_at_target,
    "simplejpeg at the target, area": simplejpeg_area,
    "lookalike": lookalike,
}


def drawn(n: int, rng: np.random.Generator) -> list[Image.Image]:
    pictures: list[Image.Image] = []
    for _ in range(n):
        coarse = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
        picture = np.asarray(Image.fromarray(coarse).resize((1300, 1300), Image.Resampling.BICUBIC)).astype(np.int16)
        picture += rng.normal(0, 6, picture.shape).astype(np.int16)
        pictures.append(Image.fromarray(picture.clip(0, 255).astype(np.uint8)))
    return pictures


def photographs(data: Path | None, n: int, rng: np.random.Generator) -> tuple[list[Image.Image], str]:
    paths = sorted(data.glob("grocery/**/*.jpg")) + sorted(data.glob("clothing/**/*.jpg")) if data else []
    if not paths:
        return drawn(n, rng), "drawn"
    chosen = [paths[i] for i in rng.choice(len(paths), size=min(n, len(paths)), replace=False)]
    return [Image.open(path).convert("RGB") for path in chosen], "photographs"


def encoded(picture: Image.Image, side: int) -> bytes:
    scale = side / max(picture.size)
    size = (round(picture.width * scale), round(picture.height * scale))
    out = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(out, "JPEG", quality=88)
    return out.getvalue()


def measure(files: Sequence[bytes], rounds: int) -> dict[str, dict[str, float]]:
    seconds: dict[str, list[float]] = {name: [] for name in DECODERS}
    for decoder in DECODERS.values():
        decoder(files[0])
    for turn in range(rounds):
        names = list(DECODERS)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            for data in files:
                DECODERS[name](data)
            seconds[name].append((time.perf_counter() - start) / len(files))
    report: dict[str, dict[str, float]] = {}
    for name, taken in seconds.items():
        ratios = [reference / own for reference, own in zip(seconds[REFERENCE], taken, strict=True)]
        report[name] = {
            "images_per_second": round(1 / statistics.median(taken), 1),
            "images_per_second_best": round(1 / min(taken), 1),
            "times_pillow": round(statistics.median(ratios), 2),
            "times_pillow_low": round(min(ratios), 2),
            "times_pillow_high": round(max(ratios), 2),
        }
    return report


def fidelity(files: Sequence[bytes], model: str | None) -> dict[str, dict[str, float]]:
    """Against the reference: cosine of embeddings (with a model), and mean difference of the squares in grey levels."""
    squares = {name: np.stack([decoder(data) for data in files]) for name, decoder in DECODERS.items()}
    vectors: dict[str, np.ndarray] = {}
    if model is not None:
        from lookalike.embed import open_embedder

        embedder = open_embedder(None if model == "default" else model)
        for name, batch in squares.items():
            vectors[name] = np.concatenate([embedder.embed(batch[i : i + 16]) for i in range(0, len(batch), 16)])
    report: dict[str, dict[str, float]] = {}
    for name, batch in squares.items():
        difference = np.abs(batch.astype(np.int16) - squares[REFERENCE])
        report[name] = {"mean_difference": round(float(difference.mean()), 3)}
        if vectors:
            cosines = (vectors[name] * vectors[REFERENCE]).sum(axis=1)
            report[name] |= {
                "cosine_mean": round(float(cosines.mean()), 5),
                "cosine_low": round(float(cosines.min()), 5),
            }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with grocery/ and clothing/")
    parser.add_argument("--model", help="model for the cosines; `default` for the packaged one")
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rng = np.random.default_rng(arguments.seed)
    pictures, kind = photographs(arguments.data, arguments.pictures, rng)
    report: dict[str, object] = {
        "question": "how fast does a JPEG become 224 x 224 RGB on one core",
        "hardware": {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
        ).stdout.strip(),
        "seed": arguments.seed,
        "n": len(pictures),
        "rounds": arguments.rounds,
        "pictures": kind,
    }
    for side in SIDES:
        files = [encoded(picture, side) for picture in pictures]
        report[f"{side} px"] = {
            "bytes": round(statistics.mean(map(len, files))),
            "speed": measure(files, arguments.rounds),
            "fidelity": fidelity(files, arguments.model),
        }
    json.dump(report, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
