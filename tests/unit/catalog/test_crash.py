"""Other processes: killed while writing, reading while another writes, and a disk that is full."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.errors import StoreFull

# Batch n brings products n-0 to n-4, each with two images and a vector of n's; acknowledged batches are printed.
WRITER = """
import hashlib, sys
from pathlib import Path
import numpy as np
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sync import ImageEntry, PictureEntry, SyncBatch, VariantEntry

with Catalog.open(Path(sys.argv[1])) as catalog:
    for n in range(int(sys.argv[2]), int(sys.argv[3])):
        names = [f"{n}-{m}" for m in range(5)]
        hashes = [hashlib.sha256(name.encode()).hexdigest() for name in names]
        variants = tuple(
            VariantEntry(name, None, {"title": name, "n": n}, (ImageEntry("x", h), ImageEntry("y", h)))
            for name, h in zip(names, hashes)
        )
        pictures = tuple(PictureEntry(h, 10, 10, "png") for h in hashes)
        vectors = np.full((5, 8), n, dtype=np.float32)
        batch = SyncBatch(variants=variants, pictures=pictures, vector_sha256s=tuple(hashes), vectors=vectors)
        catalog.apply(batch, "r1")
        print(n, flush=True)
"""


@contextmanager
def writer(folder: Path, first: int, last: int) -> Iterator[subprocess.Popen[str]]:
    """A process that applies batches first to last - 1."""
    source = Path(__file__).resolve().parents[3] / "src"
    environment = {**os.environ, "PYTHONPATH": str(source)}
    command = [sys.executable, "-c", WRITER, str(folder), str(first), str(last)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def whole_batches(catalog: Catalog) -> list[int]:
    """The batches in the store, once it holds only whole ones."""
    products = catalog.products(limit=100_000)
    batches = sorted({int(product.product_id.split("-")[0]) for product in products})
    assert sorted(p.product_id for p in products) == sorted(f"{n}-{m}" for n in batches for m in range(5))
    assert all([i.location for i in p.variants[0].images] == ["x", "y"] for p in products)
    stored = catalog.load_vectors("r1")
    assert sorted(stored.vectors[:, 0].tolist()) == sorted(float(n) for n in batches for _ in range(5))
    counts = catalog.counts()
    assert (counts.products, counts.images, counts.pictures) == (5 * len(batches), 10 * len(batches), 5 * len(batches))
    for n in batches:
        assert len(catalog.full_text(f"{n}-0")) >= 1
    return batches


def test_a_kill_leaves_whole_batches_and_every_acknowledged_one(catalog: Catalog) -> None:
    chance = random.Random(5)
    acknowledged: list[int] = []
    at = 0
    for _ in range(4):
        with writer(catalog.folder, at, at + 500) as process:
            assert process.stdout is not None
            acknowledged.append(int(process.stdout.readline()))
            time.sleep(chance.uniform(0.0, 0.3))
            process.send_signal(signal.SIGKILL)
            acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
        batches = whole_batches(catalog)
        assert set(acknowledged) <= set(batches)
        # At most the one batch whose acknowledgement was on its way is there beyond those acknowledged.
        assert len(set(batches) - set(acknowledged)) <= 1
        acknowledged = batches
        at = batches[-1] + 1
    with catalog.writing():
        pass


def test_a_reader_sees_whole_batches_while_another_process_writes(catalog: Catalog) -> None:
    tree = catalog.parse("title is not null")
    last, at, held = -1, 0, 0
    with writer(catalog.folder, 0, 25) as process:
        while process.poll() is None or at != catalog.sequence():
            sequence = catalog.sequence()
            assert sequence >= last
            last = sequence
            view = catalog.view(["title"])
            assert len(view.image_keys) % 10 == 0
            assert bool(view.select(tree).all())
            changes = catalog.changes_since(at, "r1")
            assert len(changes.keys) % 5 == 0
            at, held = changes.sequence, held + len(changes.keys)
        assert process.returncode == 0
    assert held == 125
    assert whole_batches(catalog) == list(range(25))
    assert catalog.vectors_of("r1", catalog.view().picture_keys.tolist()).vectors.dtype == np.float32


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no small file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_a_clear_error_and_the_store_still_opens(small_disk: Path, words) -> None:
    def batch(n: int) -> object:
        return words.batch(words.variant(f"p{n}", None, {"x": f"{n}"}, note="x" * 20_000), contents=[f"{n}"])

    stored = 0
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    with Catalog.create(small_disk / "store") as catalog:
        catalog.begin_release(fingerprint="f" * 64, model="test", dimension=8, description={})
        while True:
            try:
                catalog.apply(batch(stored), "r1")
            except StoreFull as error:
                refused = error
                break
            stored += 1
        assert "free some" in str(refused)
        assert catalog.counts().products == stored > 3
    with Catalog.open(small_disk / "store") as catalog:
        assert catalog.counts().products == len(catalog.load_vectors("r1").keys) == stored
        ballast.unlink()
        assert catalog.apply(batch(stored), "r1").products_added == 1
