"""How fast do JPEG files become searchable, against plain loops and against what the machine could do?

Contenders run in turns, each in a process of its own with the machine to itself; the order changes every round.

- ``lookalike``: indexes a CSV into a new store, kept copies, snapshot and all, until everything can be searched.
- ``plain``: Pillow, one picture at a time, the same ONNX model and precision, vectors in a list.
- ``torch``: a DataLoader of two workers and timm's tf_efficientnet_lite0 in batches of 32 (only with --torch-python).
- ``decode``: the ceiling D: the project's decoder and resize alone, on every core (the fastest of the decoders whose
  embeddings stay within 0.998 of Pillow bicubic; see benchmarks/decoding.py).
- ``inference``: the ceiling I: the runtime alone, the faster of one session on every core and one thread a core.

Imports and opening the model are left out for all of them; creating the store is counted.

The combined ceiling is 1 / (1 / D + 1 / I): both on both cores, one after the other.

python benchmarks/indexing.py [--pictures DIR] [--n 2000] [--rounds 3] [--torch-python PYTHON]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = 20_261_101
SIDES = {"small": 350, "large": 1300}


def prepare(source: Path | None, folder: Path, n: int) -> dict[str, list[Path]]:
    """`n` JPEGs at each size, made from photographs in `source` or from the drawn catalogue."""
    import numpy as np
    from PIL import Image

    if source is None:
        from lookalike.sources.drawn import draw_catalogue

        draw_catalogue(folder / "drawn", seed=SEED, n_products=min(300, max(40, n // 4)))
        source = folder / "drawn"
    originals = sorted(path for path in source.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})
    generator = np.random.default_rng(SEED)
    made: dict[str, list[Path]] = {}
    for name, side in SIDES.items():
        count = n if name == "small" else max(60, n // 2)
        target = folder / name
        target.mkdir()
        made[name] = []
        for number in range(count):
            image = Image.open(originals[number * len(originals) // count % len(originals)]).convert("RGB")
            scale = side / max(image.size)
            size = (round(image.width * scale), round(image.height * scale))
            pixels = np.asarray(image.resize(size, Image.Resampling.LANCZOS), dtype=np.int16)
            # Enlarging smooths; a little noise gives the entropy decoder the work of a camera's picture.
            noise = generator.normal(0, 2.5, pixels.shape[:2])[..., None].astype(np.int16)
            path = target / f"{number:05}.jpg"
            Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)).save(path, quality=88)
            made[name].append(path)
    return made


def run_lookalike(pictures: list[Path]) -> float:
    from lookalike.compose import engine_options
    from lookalike.embed.opening import open_embedder
    from lookalike.engine.engine import Engine
    from lookalike.settings import Settings

    settings = Settings()
    embedder = open_embedder(threads=1)

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "catalog.csv"
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["product_id", "image"])
            writer.writerows((path.stem, path) for path in pictures)
        started = time.perf_counter()
        with Engine(Path(folder) / "store", engine_options(settings), lambda *_: embedder) as engine:
            report = engine.index(table)
        taken = time.perf_counter() - started
        assert report.added == len(pictures), report
    return taken


def run_plain(pictures: list[Path]) -> float:
    import io

    import numpy as np
    from PIL import Image

    from lookalike.embed.opening import open_embedder

    embedder = open_embedder()
    preprocessing = embedder.description.preprocessing
    started = time.perf_counter()
    vectors = []
    for path in pictures:
        pixels = np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB"))
        vectors.append(embedder.embed(preprocessing.apply(pixels)[np.newaxis])[0])
    return time.perf_counter() - started


def run_decode(pictures: list[Path]) -> float:
    from lookalike.embed.opening import describe_model
    from lookalike.images.decode import decode

    preprocessing = describe_model().preprocessing

    def one(path: Path) -> None:
        picture = decode(path.read_bytes(), shorter_side_pixels=preprocessing.decode_side_pixels)
        preprocessing.apply(picture.pixels)

    return _on_every_core(one, pictures)


def run_inference(pictures: list[Path]) -> float:
    import numpy as np

    from lookalike.embed.opening import open_embedder

    size = open_embedder().description.preprocessing.size_pixels
    batch = np.random.default_rng(SEED).integers(0, 256, (8, size, size, 3), dtype=np.uint8)
    n_batches = len(pictures) // len(batch)
    together, apart = open_embedder(), open_embedder(threads=1)
    taken = []
    for embedder, pooled in ((together, False), (apart, True)):
        embedder.embed(batch)
        started = time.perf_counter()
        if pooled:
            _on_every_core(lambda _, embedder=embedder: embedder.embed(batch), range(n_batches))
        else:
            for _ in range(n_batches):
                embedder.embed(batch)
        taken.append((time.perf_counter() - started) * len(pictures) / (n_batches * len(batch)))
    return min(taken)


def _on_every_core(work: Callable[..., object], items: object) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(work, items))
    return time.perf_counter() - started


TORCH_LOOP = """
import io, json, sys, time
import numpy as np, torch
from PIL import Image
import timm
from torch.utils.data import DataLoader, Dataset

class Pictures(Dataset):
    def __init__(self, paths): self.paths = paths
    def __len__(self): return len(self.paths)
    def __getitem__(self, i):
        image = Image.open(self.paths[i]).convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)
        return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float().div_(127.5).sub_(1)

paths = json.loads(sys.stdin.read())
model = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0).eval()
torch.set_num_threads(2)
started = time.perf_counter()
with torch.inference_mode():
    for batch in DataLoader(Pictures(paths), batch_size=32, num_workers=2):
        model(batch)
print(time.perf_counter() - started)
"""

CONTENDERS: dict[str, Callable[[list[Path]], float]] = {
    "lookalike": run_lookalike,
    "plain": run_plain,
    "decode": run_decode,
    "inference": run_inference,
}


def measure(contender: str, pictures: list[Path], torch_python: str | None) -> float:
    """Pictures a second of one contender in a fresh process."""
    names = json.dumps([str(path) for path in pictures])
    if contender == "torch":
        assert torch_python is not None
        command = [torch_python, "-c", TORCH_LOOP]
    else:
        command = [sys.executable, __file__, "--contender", contender]
    done = subprocess.run(command, input=names, capture_output=True, text=True, check=True, cwd=ROOT)
    return len(pictures) / float(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, default=None, help="folder of photographs; default: drawn ones")
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch-python", default=None, help="a Python that has torch and timm")
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender is not None:
        pictures = [Path(name) for name in json.loads(sys.stdin.read())]
        print(CONTENDERS[given.contender](pictures))
        return

    from result import Headline, write_result

    names = [*CONTENDERS, *(["torch"] if given.torch_python else [])]
    figures: dict[str, object] = {}
    headlines: list[Headline] = []
    with tempfile.TemporaryDirectory() as folder:
        sets = prepare(given.pictures, Path(folder), given.n)
        for size, pictures in sets.items():
            rates: dict[str, list[float]] = {name: [] for name in names}
            for turn in range(given.rounds):
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    rates[name].append(measure(name, pictures, given.torch_python))
            ceilings = [
                1 / (1 / decoding + 1 / inference)
                for decoding, inference in zip(rates["decode"], rates["inference"], strict=True)
            ]
            ratios = {
                "to_ceiling": [ours / best for ours, best in zip(rates["lookalike"], ceilings, strict=True)],
                **{
                    f"to_{name}": [ours / theirs for ours, theirs in zip(rates["lookalike"], rates[name], strict=True)]
                    for name in names
                    if name in ("plain", "torch")
                },
            }
            figures[size] = {
                "longer_side_pixels": SIDES[size],
                "n": len(pictures),
                "images_per_second": {name: _spread(values) for name, values in rates.items()},
                "combined_ceiling": _spread(ceilings),
                "ratios": {name: _spread(values) for name, values in ratios.items()},
                "torch": "measured" if given.torch_python else "not measured: no --torch-python",
            }
            ours, to_plain = statistics.median(rates["lookalike"]), statistics.median(ratios["to_plain"])
            to_ceiling = statistics.median(ratios["to_ceiling"])
            headlines.append(
                Headline(
                    f"Indexing {SIDES[size]} px JPEGs, files to searchable",
                    f"索引 {SIDES[size]} 像素 JPEG（从文件到可搜索）",
                    f"{ours:.0f}/s, {to_plain:.2f}× plain loop, {to_ceiling:.2f} of the ceiling",
                )
            )
            print(json.dumps(figures[size], indent=1))
    write_result(
        "indexing",
        figures=figures,
        headlines=headlines,
        seed=SEED,
        n=given.rounds,
        data="drawn catalogue" if given.pictures is None else given.pictures.name,
        distributions=("numpy", "onnxruntime", "pillow", "simplejpeg", "sqlalchemy"),
        out=given.out,
    )


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


if __name__ == "__main__":
    main()
