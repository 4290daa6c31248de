"""Does a clip tell when it shows which product, and how long does that take?

A clip is made of catalogue pictures (one a product) by code that the search does not share: the camera pans, moves in
or out and sways, hand-held; shots follow by cuts and cross-fades. A product is found in time if some moment has it as
its first hit and begins within half a second of when it came on, and its frame lies within half a second of its shot.

Intervals: 95%, leaving out one product at a time. CPU seconds count this process and the one that decodes.
"""

from __future__ import annotations

import argparse
import csv
import resource
import time
from pathlib import Path

import av
import numpy as np
from PIL import Image

import lookalike
from lookalike.evaluate.intervals import jackknife_mean
from result import Headline, write_result

SEED, RATE, SIZE = 5, 25, (640, 360)
WITHIN_SECONDS = 0.5


def main() -> None:
    """Make the clip, index what it is made of, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path, help="CSV with product_id and image")
    parser.add_argument("--work", type=Path, required=True, help="folder for clip and store")
    parser.add_argument("--products", type=int, default=24)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    pictures: dict[str, Path] = {}
    for row in csv.DictReader(given.catalogue.open(encoding="utf-8")):
        pictures.setdefault(row["product_id"], given.catalogue.parent / row["image"].split("|")[0])
    names = rng.permutation(list(pictures))[: given.products].tolist()
    clip = given.work / "clip.mp4"
    shots = film(clip, [(name, pictures[name]) for name in names], rng)
    with lookalike.open(given.work / "store") as shop:
        shop.index(given.catalogue)
        shop.search(pictures[names[0]])
        before, started = cpu_seconds(), time.perf_counter()
        answer = shop.search_video(clip)
        wall, cpu = time.perf_counter() - started, cpu_seconds() - before
    found, offsets = [], []
    for name, start, end in shots:
        moments = [one for one in answer.moments if one.hits and one.hits[0].product_id == name]
        near = [
            one
            for one in moments
            if abs(one.start - start) <= WITHIN_SECONDS
            and start - WITHIN_SECONDS <= one.frame_time <= end + WITHIN_SECONDS
        ]
        found.append(float(bool(near)))
        offsets += [abs(one.start - start) for one in near[:1]]
    share = jackknife_mean(np.array(found), names)
    seconds = answer.seconds
    write_result(
        "video",
        figures={
            "found_in_time": {"value": share.value, "low": share.low, "high": share.high},
            "mean_offset_seconds": round(float(np.mean(offsets)), 3),
            "largest_offset_seconds": round(float(np.max(offsets)), 3),
            "moments": len(answer.moments),
            "clip_seconds": round(seconds, 2),
            "key_frames": answer.n_key_frames,
            "wall_seconds": round(wall, 2),
            "cpu_seconds": round(cpu, 2),
            "clip_seconds_per_cpu_second": round(seconds / cpu, 2),
        },
        headlines=[
            Headline(
                "clip of catalogue pictures, moving camera: products found within half a second of their time",
                "由商品图制成的运镜视频：在半秒内找到的商品",
                f"{share.value:.2f}",
                front=False,
            ),
            Headline(
                "seconds of 640 × 360 clip searched in a second of one core",
                "单核每秒可搜索的 640 × 360 视频秒数",
                f"{seconds / cpu:.1f}",
                front=False,
            ),
        ],
        seed=SEED,
        n=len(names),
        data=f"{given.catalogue.parent.name}: {len(pictures)} products",
        distributions=("av", "numpy", "onnxruntime", "pillow"),
    )


def film(path: Path, products: list[tuple[str, Path]], rng: np.random.Generator) -> list[tuple[str, float, float]]:
    """The clip at `path`; when each product comes on and goes, from the middle of a cross-fade."""
    shots: list[tuple[str, float, float]] = []
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "26"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        at, last = 0, None
        for name, picture in products:
            views = shot(picture, int(rng.uniform(1.2, 3.0) * RATE), rng)
            fade = int(rng.choice([0, 0, 8]))
            for number, view in enumerate(views):
                if last is not None and number < fade:
                    share = (number + 1) / (fade + 1)
                    view = (share * view + (1 - share) * last).astype(np.uint8)
                for packet in stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")):
                    container.mux(packet)
            come = at + (fade // 2 if last is not None else 0)
            shots.append((name, come / RATE, (at + len(views)) / RATE))
            at, last = at + len(views), views[-1]
        container.mux(stream.encode(None))
    return shots


def shot(picture: Path, n: int, rng: np.random.Generator) -> list[np.ndarray]:
    """What a hand-held camera sees that pans over the picture before a wall, and moves in or out."""
    with Image.open(picture) as opened:
        layer = opened.convert("RGBA")
    wall = Image.new("RGB", SIZE, tuple(int(value) for value in rng.uniform(150, 235, 3)))
    zoom, x, y = rng.uniform(0.65, 1.0, 2), rng.uniform(-0.12, 0.12, 2), rng.uniform(-0.06, 0.06, 2)
    sway = np.cumsum(rng.normal(0, 0.0012, (n, 2)), axis=0)
    base = layer.resize((round(layer.width * SIZE[1] / layer.height), SIZE[1]), Image.Resampling.BILINEAR)
    views = []
    for step in range(n):
        share = step / max(1, n - 1)
        scale = zoom[0] + share * (zoom[1] - zoom[0])
        left = SIZE[0] * (0.5 + x[0] + share * (x[1] - x[0]) + sway[step, 0]) - base.width * scale / 2
        upper = SIZE[1] * (0.5 + y[0] + share * (y[1] - y[0]) + sway[step, 1]) - base.height * scale / 2
        way = (1 / scale, 0, -left / scale, 0, 1 / scale, -upper / scale)
        seen = base.transform(SIZE, Image.Transform.AFFINE, way, Image.Resampling.BILINEAR)
        view = wall.copy()
        view.paste(seen, mask=seen.getchannel("A"))
        views.append(np.asarray(view))
    return views


def cpu_seconds() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
