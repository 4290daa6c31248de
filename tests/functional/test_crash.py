"""What happens to a store when its writer dies, when the disk is full, and to whoever reads meanwhile."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

N_PRODUCTS = 90
KILLS = 20
UNUSABLE = ["q1,,Broken,1,broken.jpg", "q2,,Missing,1,nothing.jpg", ",,Nameless,1,0-0.jpg"]
N_KILLED = 30  # products of the store that is killed: a run is its start and eight batches
SMALL_BATCHES = "8"


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "lookalike", *(str(argument) for argument in arguments)]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 90 products with two pictures each, and three rows that cannot be used."""
    from lookalike.images.regions import encode_jpeg

    folder = tmp_path_factory.mktemp("catalogue")
    generator = np.random.default_rng(11)
    rows = ["product_id,variant_id,title,price,image"]
    for number in range(N_PRODUCTS):
        for view in range(2):
            tiles = generator.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            name = f"{number}-{view}.jpg"
            (folder / name).write_bytes(encode_jpeg(np.kron(tiles, np.ones((40, 40, 1), dtype=np.uint8))))
            rows.append(f"p{number},v{view},Product {number},{number}.50,{name}")
    (folder / "broken.jpg").write_bytes((folder / "0-0.jpg").read_bytes()[:700])
    rows += UNUSABLE
    path = folder / "catalog.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _first(catalogue: Path, n_rows: int) -> Path:
    """A CSV of the first rows beside the whole one."""
    path = catalogue.parent / f"first-{n_rows}.csv"
    lines = catalogue.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[: n_rows + 1]) + "\n", encoding="utf-8")
    return path


def _index(source: Path, store: Path) -> dict[str, object]:
    command = _command("index", source, "--store", store, "--json")
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _contents(store: Path) -> dict[tuple[str, str | None, str], bytes]:
    """Vector of every image by (product, variant, location)."""
    from lookalike.catalog.catalog import Catalog

    with Catalog.open(store) as catalog:
        release = catalog.live_release()
        assert release is not None
        stored = catalog.load_vectors(release.release_id)
        vector_of = dict(zip(stored.keys.tolist(), stored.vectors, strict=True))
        contents = {}
        for product in catalog.products(limit=10_000):
            for variant in product.variants:
                for image in variant.images:
                    source = catalog.image(image.image_key)
                    assert source is not None
                    name = (product.product_id, variant.variant_id, image.location)
                    contents[name] = vector_of[source.picture_key].tobytes()
        return contents


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_store_whose_writer_was_killed_twenty_times_equals_an_undisturbed_one(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_COMMIT_IMAGES", SMALL_BATCHES)
    source = _first(catalogue, 2 * N_KILLED)
    with source.open("a", encoding="utf-8") as file:
        file.write("\n".join(UNUSABLE) + "\n")
    started = time.perf_counter()
    whole = _index(source, tmp_path / "undisturbed")
    undisturbed_seconds = time.perf_counter() - started
    expected = _contents(tmp_path / "undisturbed")
    assert whole["added"] == len(expected) == 2 * N_KILLED

    chance = random.Random(5)
    died_writing = 0
    for kill in range(KILLS):
        store = tmp_path / f"killed-{kill}"
        writer = subprocess.Popen(
            _command("index", source, "--store", store), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.0, 1.0) * undisturbed_seconds)
        os.kill(writer.pid, signal.SIGKILL)
        killed = writer.wait() == -signal.SIGKILL
        there = _acknowledged(store)
        died_writing += killed and 0 < there < len(expected)
        again = _index(source, store)
        assert again["added"] == len(expected) - there, f"kill {kill}: {there} were there, then {again}"
        assert _contents(store) == expected
        assert len(again["rejected"]) == len(UNUSABLE)  # type: ignore[arg-type]
        shutil.rmtree(store)
    assert died_writing >= 1, "no kill hit the writer between its first and last batch: the test shows nothing"


def _acknowledged(store: Path) -> int:
    from lookalike.catalog.catalog import Catalog

    if not Catalog.exists(store):
        return 0
    with Catalog.open(store) as catalog:
        return catalog.counts().images


READER = """
import sys, time, lookalike
shop = lookalike.open(sys.argv[1])
seen = []
print("ready", flush=True)
until = time.monotonic() + 60
while time.monotonic() < until:
    seen.append(len(shop.search(sys.argv[2], k=100, by="image").hits))
    if seen[-1] >= 100:
        break
print(seen[0], seen[-1], len(seen), seen == sorted(seen))
"""


@pytest.mark.slow
def test_a_reader_in_another_process_searches_all_the_while(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    monkeypatch.setenv("LOOKALIKE_COMMIT_IMAGES", SMALL_BATCHES)
    _index(_first(catalogue, 8), store)
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            READER,
            store,
            catalogue.parent / "0-0.jpg",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline().strip() == "ready"
    _index(catalogue, store)
    first, last, n_searches, only_grew = reader.communicate(timeout=90)[0].split()
    assert (first, last, only_grew) == ("8", "100", "True")
    assert int(n_searches) > 1


def test_a_full_disk_is_a_clear_error_and_the_store_still_opens(catalogue: Path, tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare on this machine, so no small disk of its own for the test")
    count = f"{sys.executable} -c 'import lookalike; print(lookalike.open(\"s\").counts().images)'"
    index = f'{sys.executable} -m lookalike index "$2" --store s'
    script = (
        f'set -e; mount -t tmpfs -o size=1700k tmpfs "$1"; cd "$1"; {index} >&2 || echo "exit $?" >&2; {count}; '
        f"mount -o remount,size=99m tmpfs; {index} >&2; {count}"
    )
    done = subprocess.run(
        [unshare, "--user", "--map-root-user", "--mount", "bash", "-c", script, "bash", str(tmp_path), str(catalogue)],
        capture_output=True,
        text=True,
    )
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip(f"this machine lends no small disk: {done.stderr.strip().splitlines()[-1]}")
    assert "exit 1" in done.stderr
    assert "no space is left" in done.stderr
    assert "Traceback" not in done.stderr
    when_full, afterwards = (int(line) for line in done.stdout.split())
    assert 0 <= when_full < 2 * N_PRODUCTS
    assert afterwards == 2 * N_PRODUCTS


def test_a_second_writer_is_told_who_is_writing(catalogue: Path, tmp_path: Path) -> None:
    from lookalike.catalog.catalog import Catalog

    store = tmp_path / "store"
    with Catalog.create(store) as catalog, catalog.writing():
        done = subprocess.run(_command("index", catalogue, "--store", store), capture_output=True, text=True)
    assert done.returncode == 1
    assert str(os.getpid()) in done.stderr
    assert "Traceback" not in done.stderr
