"""Throw damaged pictures at `lookalike.images.decode` for a while: only `ImageRejected` may come out.

    python scripts/fuzz_decoder.py --seconds 600 --seeds ../shared/data/odd-images > fuzz.json

Files below `--seeds` and pictures drawn in every format are damaged at random from a seed. The process ends with
status 1 at the first other exception or at a picture that takes longer than its limit; a crash of the process itself
is one too. What was being decoded then lies in `--last`.
"""

from __future__ import annotations

import argparse
import collections
import faulthandler
import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.errors import ImageRejected
from lookalike.images import ImageLimits, decode, normalised_copy

FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "TGA", "TIFF", "WEBP")
LIMITS = ImageLimits(timeout_seconds=20.0)
SLACK_SECONDS = 5.0
INTERESTING = (0, 1, 2, 16, 63, 64, 100, 127, 128, 254, 255, 256, 511, 512, 32767, 32768, 65535, 2**31 - 1, 2**32 - 1)

Mutation = Callable[[bytearray, np.random.Generator, Sequence[bytes]], None]


def drawn_seeds() -> list[bytes]:
    """A small picture in every format that Pillow writes, plain and with options that change the decoder's way."""
    y, x = np.mgrid[0:48, 0:64]
    image = Image.fromarray(np.stack([x * 4, y * 5, x ^ y], axis=2).astype(np.uint8))
    rgba = image.convert("RGBA")
    rgba.putalpha(image.convert("L"))
    frames = {"save_all": True, "append_images": [image.rotate(90), image.rotate(180)]}
    exif = Image.Exif()
    exif[0x0112] = 6
    variants: list[tuple[Image.Image, str, dict[str, object]]] = [(image, name, {}) for name in FORMATS]
    variants += [
        (image, "JPEG", {"progressive": True, "exif": exif}),
        (image.convert("CMYK"), "JPEG", {}),
        (image.convert("L"), "JPEG", {"restart_marker_blocks": 1}),
        (image, "GIF", frames),
        (image, "PNG", frames),
        (rgba, "PNG", {"exif": exif}),
        (image.convert("P"), "PNG", {}),
        (image.convert("1"), "TIFF", {"compression": "group4"}),
        (rgba, "WEBP", frames),
        (image, "WEBP", {"lossless": True, "exif": exif}),
        (rgba, "AVIF", {}),
        (image, "TIFF", {"compression": "tiff_lzw"}),
        (image, "TIFF", {"compression": "jpeg"}),
        (image, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (image, "TGA", {"compression": "tga_rle"}),
    ]
    seeds: list[bytes] = []
    for picture, name, options in variants:
        out = io.BytesIO()
        if name == "HEIF":
            import pillow_heif

            pillow_heif.from_pillow(picture).save(out, quality=50)
        else:
            picture.save(out, name, **options)
        seeds.append(out.getvalue())
    return seeds


def flip_bits(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> None:
    for at in rng.integers(0, len(data), rng.integers(1, 17)):
        data[at] ^= 1 << int(rng.integers(8))


def damage_header(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> None:
    for at in rng.integers(0, min(len(data), 256), rng.integers(1, 6)):
        data[at] = int(rng.integers(256))


def set_number(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> None:
    n_bytes = int(rng.choice([1, 2, 4]))
    value = int(rng.choice(INTERESTING)) & ((1 << 8 * n_bytes) - 1)
    at = int(rng.integers(0, max(1, min(len(data), 4096) - n_bytes)))
    data[at : at + n_bytes] = value.to_bytes(n_bytes, "big" if rng.random() < 0.5 else "little")


def cut(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> None:
    del data[int(rng.integers(0, len(data))) :]


def remove(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> None:
    at = int(rng.integers(0, len(data)))
    del data[at : at + int(rng.integers(1, 64))]


def repeat(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> None:
    at = int(rng.integers(0, len(data)))
    data[at:at] = data[at : at + int(rng.integers(1, 512))] * int(rng.integers(1, 5))


def fill(data: bytearray, rng: np.random.Generator, _: Sequence[bytes]) -> None:
    at, length = int(rng.integers(0, len(data))), int(rng.integers(1, 256))
    length = min(length, len(data) - at)
    data[at : at + length] = bytes([int(rng.choice([0, 255, 127]))]) * length


def splice(data: bytearray, rng: np.random.Generator, seeds: Sequence[bytes]) -> None:
    other = seeds[int(rng.integers(len(seeds)))]
    if len(other) > 1:
        start = int(rng.integers(0, len(other)))
        at = int(rng.integers(0, len(data)))
        part = other[start : start + int(rng.integers(1, 4096))]
        data[at : at + len(part)] = part


MUTATIONS: tuple[Mutation, ...] = (flip_bits, damage_header, set_number, set_number, cut, remove, repeat, fill, splice)


def mutants(seeds: Sequence[bytes], rng: np.random.Generator) -> Iterator[bytes]:
    """Endlessly damaged copies of the seeds, each with one to four damages; small seeds come more often."""
    weights = 1 / np.sqrt([len(seed) + 4096 for seed in seeds])
    weights /= weights.sum()
    while True:
        data = bytearray(seeds[int(rng.choice(len(seeds), p=weights))])
        for _ in range(int(rng.integers(1, 5))):
            if data:
                MUTATIONS[int(rng.integers(len(MUTATIONS)))](data, rng, seeds)
        yield bytes(data)


def fuzz(seeds: Sequence[bytes], *, seconds: float, seed: int, last: Path | None = None) -> dict[str, object]:
    """Decode mutants for `seconds`; counts by outcome.

    Raises:
        AssertionError: a picture took longer than its limit allows.
        Exception: whatever else `decode` let through.
    """
    rng = np.random.default_rng(seed)
    outcomes: collections.Counter[str] = collections.Counter()
    slowest = 0.0
    end = time.monotonic() + seconds
    for data in mutants(seeds, rng):
        start = time.monotonic()
        if start > end:
            break
        if last is not None:
            last.write_bytes(data)
        side = None if rng.random() < 0.3 else 32
        try:
            picture = decode(data, limits=LIMITS, shorter_side_pixels=side)
            assert picture.pixels.ndim == 3
            decode(normalised_copy(picture, data, side_pixels=64))
            outcomes[f"ok {picture.format}"] += 1
        except ImageRejected as rejected:
            died = "does not survive" in rejected.detail
            outcomes["corrupt, its decoder died" if died else str(rejected.reason)] += 1
        taken = time.monotonic() - start
        slowest = max(slowest, taken)
        if taken > LIMITS.timeout_seconds + SLACK_SECONDS:
            raise AssertionError(f"a picture of {len(data)} bytes took {taken:.1f} s")
    return {
        "pictures": outcomes.total(),
        "outcomes": dict(sorted(outcomes.items())),
        "slowest_seconds": round(slowest, 3),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "seed": seed,
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=Path, help="folder of pictures to damage, besides the drawn ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--last", type=Path, help="where to keep what is being decoded", default=Path("fuzz-last.bin"))
    arguments = parser.parse_args()
    seeds = drawn_seeds()
    if arguments.seeds is not None:
        files = (path for path in sorted(arguments.seeds.rglob("*")) if path.is_file())
        seeds += [data for data in (path.read_bytes() for path in files) if 0 < len(data) < 2_000_000]
    # A hang inside a decoder ends the process with a traceback rather than never.
    faulthandler.dump_traceback_later(arguments.seconds + 120, exit=True)
    report = fuzz(seeds, seconds=arguments.seconds, seed=arguments.seed, last=arguments.last)
    arguments.last.unlink(missing_ok=True)
    json.dump({"seeds": len(seeds), **report}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
