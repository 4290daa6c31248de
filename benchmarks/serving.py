"""How much does HTTP add to a search, and what happens when 32 shoppers come at once?

A store of 50,000 vectors is served by ``lookalike serve`` in a process of its own. Photographs of 350 px are posted,
first to a store that holds them, then to one that holds nothing like them, so that the server looks for parts of them
(a second forward pass). Of each

- one after another: the median of the whole request against the server's own decode + embed time of the same request;
- by 32 clients at once: requests a second against the combined ceiling 1 / (1 / D + 1 / I) measured beside it
  (benchmarks/indexing.py), errors, median and p99. The load generator is a bare socket
  loop; its share of CPU is stated.

python benchmarks/serving.py [--vectors 50000] [--requests 400]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from result import Headline

SEED = 20_261_102
N_PHOTOGRAPHS = 64


def fill_store(folder: Path, n: int, held: list[bytes]) -> None:
    """A store whose live release holds the vectors of the pictures `held`, and others drawn at random, `n` in all."""
    from lookalike.catalog.catalog import Catalog
    from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry
    from lookalike.embed.opening import open_embedder
    from lookalike.images import decode
    from lookalike.search.live import LiveRelease
    from lookalike.settings import Settings
    from vectors import Clusters

    embedder = open_embedder()
    description = embedder.description
    vectors = Clusters(n=n, dimension=description.dimension, n_clusters=max(1, n // 10), seed=SEED).gallery()
    seen = [description.preprocessing.apply(decode(picture).pixels) for picture in held]
    if seen:
        vectors[: len(held)] = embedder.embed(np.stack(seen))
    colors = ("red", "cream", "navy", "green")
    with Catalog.create(folder) as catalog:
        release = catalog.begin_release(
            fingerprint=description.fingerprint,
            model=description.name,
            dimension=description.dimension,
            description={**description.as_dict(), "origin": "", "runtime": "onnxruntime", "precision": "fp32"},
        )
        for start in range(0, n, 2000):
            numbers = range(start, min(n, start + 2000))
            names = [f"{number:064x}" for number in numbers]
            catalog.apply(
                SyncBatch(
                    variants=tuple(
                        VariantEntry(
                            f"p{number}",
                            None,
                            {"title": f"Product {number}", "price": float(number % 500), "color": colors[number % 4]},
                            (ImageEntry(f"images/{number}.jpg", name),),
                        )
                        for number, name in zip(numbers, names, strict=True)
                    ),
                    pictures=tuple(PictureEntry(name, 350, 350, "jpeg", None, kept=False) for name in names),
                    vector_sha256s=tuple(names),
                    vectors=vectors[start : start + len(names)],
                ),
                release.release_id,
            )
        catalog.set_live(release.release_id)
        # As `lookalike index` ends: with the snapshot that the server opens.
        LiveRelease(catalog, folder / "index", exact_up_to=Settings().exact_up_to).save()


def photographs() -> list[bytes]:
    from PIL import Image

    from lookalike.images.regions import encode_jpeg

    generator = np.random.default_rng(SEED)
    made = []
    for _ in range(N_PHOTOGRAPHS):
        coarse = generator.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        pixels = np.asarray(Image.fromarray(coarse).resize((350, 350), Image.Resampling.BICUBIC), dtype=np.int16)
        noisy = pixels + generator.normal(0, 4, pixels.shape).astype(np.int16)
        made.append(encode_jpeg(noisy.clip(0, 255).astype(np.uint8), quality=88))
    return made


def request_bytes(picture: bytes, port: int) -> bytes:
    boundary = "b0undary"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="q.jpg"\r\n'
            f"Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        + picture
        + f"\r\n--{boundary}--\r\n".encode()
    )
    head = (
        f"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Client:
    """One keep-alive connection that posts and reads whole answers."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def post(self, request: bytes) -> tuple[int, bytes]:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        return int(head.split(b" ", 2)[1]), await self._reader.readexactly(length)


async def one_by_one(port: int, requests: list[bytes], n: int) -> list[tuple[float, dict[str, float]]]:
    async with Client(port) as client:
        measured = []
        for number in range(n):
            started = time.perf_counter()
            status, answer = await client.post(requests[number % len(requests)])
            taken = (time.perf_counter() - started) * 1e3
            assert status == 200, answer
            measured.append((taken, json.loads(answer)["timings_ms"]))
    return measured


async def at_once(port: int, requests: list[bytes], n_clients: int, n_each: int) -> tuple[float, list[float], int]:
    taken: list[float] = []
    errors = 0

    async def shopper(first: int) -> None:
        nonlocal errors
        async with Client(port) as client:
            for number in range(n_each):
                started = time.perf_counter()
                status, _ = await client.post(requests[(first + number) % len(requests)])
                taken.append((time.perf_counter() - started) * 1e3)
                errors += status != 200

    started = time.perf_counter()
    await asyncio.gather(*(shopper(7 * number) for number in range(n_clients)))
    return time.perf_counter() - started, taken, errors


@contextmanager
def served(store: Path) -> Iterator[int]:
    """``lookalike serve`` over that store, on a free port."""
    command = [sys.executable, "-m", "lookalike", "serve", "--store", str(store), "--port", "0", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            line = server.stdout.readline()
            assert line, "the server did not start"
            said += line
        yield int(json.loads(said)["url"].rstrip("/").rsplit(":", 1)[1])
    finally:
        server.terminate()
        server.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=int, default=50_000)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()

    from indexing import measure
    from result import write_result

    with tempfile.TemporaryDirectory() as folder:
        pictures = photographs()
        paths = []
        for number, picture in enumerate(pictures * 8):
            path = Path(folder) / f"{number}.jpg"
            path.write_bytes(picture)
            paths.append(path)
        ceilings = [_ceiling(measure, paths)]
        measured: dict[str, dict[str, dict[str, Any]]] = {}
        for name, held in (("in_the_catalogue", pictures), ("like_nothing", [])):
            store = Path(folder) / name
            fill_store(store, given.vectors, held)
            with served(store) as port:
                requests = [request_bytes(picture, port) for picture in pictures]
                measured[name] = _asked(port, requests, given.requests, given.clients)
        ceilings.append(_ceiling(measure, paths))
    ceiling = statistics.median(ceilings)
    for figure in measured.values():
        at_once = figure["at_once"]
        at_once |= {
            "combined_ceiling_per_second": ceiling,
            "share_of_ceiling": at_once["per_second"] / ceiling,
        }
    figures = {"vectors": given.vectors, **measured}
    print(json.dumps(figures, indent=1))
    write_result(
        "serving",
        figures=figures,
        headlines=[line for name, figure in measured.items() for line in _headlines(name, figure)],
        seed=SEED,
        n=given.requests,
        data="drawn vectors and photographs",
        distributions=("numpy", "onnxruntime", "fastapi", "uvicorn"),
        out=given.out,
    )


def _asked(port: int, requests: list[bytes], n: int, n_clients: int) -> dict[str, dict[str, Any]]:
    """What one client, and then many at once, get to know of these requests."""
    asyncio.run(one_by_one(port, requests, 30))
    single = asyncio.run(one_by_one(port, requests, n))
    before = resource.getrusage(resource.RUSAGE_SELF)
    wall, taken, errors = asyncio.run(at_once(port, requests, n_clients, n // 8))
    after = resource.getrusage(resource.RUSAGE_SELF)
    generator_cpu = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    own = [timings["decode"] + timings["embed"] for _, timings in single]
    whole = [total for total, _ in single]
    stages = {stage: statistics.median(timings[stage] for _, timings in single) for stage in single[0][1]}
    return {
        "one_client": {
            "request_ms": _quantiles(whole),
            "decode_plus_embed_ms": _quantiles(own),
            "ratio_of_medians": statistics.median(whole) / statistics.median(own),
            "stages_ms": stages,
        },
        "at_once": {
            "clients": n_clients,
            "requests": len(taken),
            "errors": errors,
            "per_second": len(taken) / wall,
            "request_ms": _quantiles(taken),
            "load_generator_share_of_one_core": generator_cpu / wall,
        },
    }


def _headlines(name: str, figure: dict[str, dict[str, Any]]) -> list[Headline]:
    """For the documentation; the README shows those of pictures in the catalogue."""
    known = name == "in_the_catalogue"
    one, many = figure["one_client"], figure["at_once"]
    what = "" if known else ", of what is like nothing in the catalogue and so looked at for parts"
    what_zh = "" if known else "（与目录中任何商品都不像，因此还要寻找其中的物体）"
    return [
        Headline(
            f"Search by photograph over HTTP, 50,000 vectors, warm{what}",
            f"HTTP 以图搜索，5 万向量，预热后{what_zh}",
            f"median {one['request_ms']['median']:.1f} ms, {one['ratio_of_medians']:.2f}× its own decode + embed",
            front=known,
        ),
        Headline(
            f"{many['clients']} clients at once{what}",
            f"{many['clients']} 个并发客户端{what_zh}",
            f"{many['per_second']:.0f} requests/s, {many['errors']} errors, p99 {many['request_ms']['p99']:.0f} ms",
            front=known,
        ),
    ]


def _ceiling(measure: object, paths: list[Path]) -> float:
    assert callable(measure)
    decoding, inference = (float(measure(name, paths, None)) for name in ("decode", "inference"))
    return 1 / (1 / decoding + 1 / inference)


def _quantiles(values: list[float]) -> dict[str, float]:
    return {
        "median": statistics.median(values),
        "p99": float(np.percentile(values, 99)),
        "low": min(values),
        "high": max(values),
    }


if __name__ == "__main__":
    main()
