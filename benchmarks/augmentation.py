"""How fast are training pictures varied: in batches with one resampling, or one by one with Pillow, step by step?

Both take turns, in time of the processor, over the same batches of 256 px pictures on one thread, with the same
changes at the same chances. What Pillow does is what a training loop does without a library for it: crop and resize,
turn, perspective, enhance, blur, save and load a JPEG, paste a rectangle.

    python benchmarks/augmentation.py [--out FILE]
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageFilter

from lookalike.images.corruptions.plasma import plasma
from lookalike.train.augmentation import AugmentationConfig
from lookalike.train.augmentation.augmenter import Augmenter
from result import machine, write_result

SIDE, SIZE, BATCH, ROUNDS, SEED = 256, 224, 32, 7, 7
CONFIG = AugmentationConfig(background_probability=0.0, hue_degrees=0.0)


def one_by_one(pictures: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The changes of `CONFIG`, with Pillow."""
    return np.stack([with_pillow(Image.fromarray(picture), generator) for picture in pictures])


def with_pillow(image: Image.Image, generator: np.random.Generator) -> np.ndarray:
    def happens(share: float) -> bool:
        return bool(generator.random() < share)

    def within(low: float, high: float) -> float:
        return float(generator.uniform(low, high))

    side = round(SIDE * np.sqrt(within(*CONFIG.crop_area)))
    left, upper = (int(generator.integers(0, SIDE - side + 1)) for _ in range(2))
    image = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR, box=(left, upper, left + side, upper + side))
    if happens(0.5):
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if happens(CONFIG.geometry_probability):
        image = image.rotate(within(-CONFIG.rotation_degrees, CONFIG.rotation_degrees), Image.Resampling.BILINEAR)
        scale, x, y = 1 / within(*CONFIG.scale), within(-22, 22), within(-22, 22)
        image = image.transform(
            (SIZE, SIZE), Image.Transform.AFFINE, (scale, 0, x, 0, scale, y), Image.Resampling.BILINEAR
        )
        bend = [within(-0.0003, 0.0003) for _ in range(2)]
        image = image.transform(
            (SIZE, SIZE), Image.Transform.PERSPECTIVE, (1, 0, 0, 0, 1, 0, *bend), Image.Resampling.BILINEAR
        )
    if happens(CONFIG.colour_probability):
        for enhance, most in ((ImageEnhance.Brightness, 0.3), (ImageEnhance.Contrast, 0.3), (ImageEnhance.Color, 0.3)):
            image = enhance(image).enhance(within(1 - most, 1 + most))
    if happens(CONFIG.blur_probability):
        image = image.filter(ImageFilter.GaussianBlur(within(*CONFIG.blur_sigma_pixels)))
    if happens(CONFIG.jpeg_probability):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=round(within(*CONFIG.jpeg_quality)))
        image = Image.open(buffer)
    if happens(CONFIG.erasing_probability):
        width = round(SIZE * np.sqrt(within(*CONFIG.erasing_area)))
        image.paste((120, 90, 60), (20, 20, 20 + width, 20 + width))
    return np.asarray(image)


def main() -> None:
    """Measure, and write ``benchmarks/results/augmentation.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=None)
    out = parser.parse_args().out
    torch.set_num_threads(1)
    generator = np.random.default_rng(SEED)
    planes = [plasma(SIDE, SIDE, 1.8, generator) for _ in range(3 * BATCH)]
    pictures = np.stack([(255 * (p - p.min()) / np.ptp(p)).astype(np.uint8) for p in planes])
    pictures = np.ascontiguousarray(pictures.reshape(BATCH, 3, SIDE, SIDE).transpose(0, 2, 3, 1))
    tensor = torch.from_numpy(pictures)
    augmenter = Augmenter(CONFIG, size_pixels=SIZE, seed=SEED, mirror=True)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS + 1):
        started = time.process_time()
        augmenter(tensor, range(BATCH), epoch=number)
        between = time.process_time()
        one_by_one(pictures, generator)
        if number:  # the first round warms up
            ours.append((between - started) / BATCH * 1e3)
            theirs.append((time.process_time() - between) / BATCH * 1e3)
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
    figures = {
        "batched_cpu_ms_per_picture": round(statistics.median(ours), 3),
        "pillow_cpu_ms_per_picture": round(statistics.median(theirs), 3),
        "ratio": {
            "median": round(statistics.median(ratios), 3),
            "least": round(ratios[0], 3),
            "most": round(ratios[-1], 3),
        },
        "threads": 1,
        "batch": BATCH,
    }
    print(machine(), figures)
    write_result(
        "augmentation", figures=figures, seed=SEED, n=ROUNDS, data="noise at all scales, 256 px",
        distributions=("numpy", "pillow", "torch"), out=out,
    )  # fmt: skip


if __name__ == "__main__":
    main()
