"""What frozen layers give, computed once for a few variations of every picture and kept in files.

The layers run on ONNX Runtime where there is no GPU: three times as fast there as torch. Meanwhile the next pictures
are varied, each batch on one thread: torch shares work of that size out among threads that wait for each other, and
beside another busy program they wait long. What was computed before an interruption is not computed again.
"""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8

from lookalike.embed.cores import usable_cores
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions
from lookalike.nets.assembly import Assembly
from lookalike.nets.head import POOLED
from lookalike.train.feed import Vary, central
from lookalike.train.mapped import mapped_array

__all__ = ["Keeping", "Kept", "kept_features", "pooled_rows"]

Told: TypeAlias = Callable[[int, int | None, float], None]
Tensors: TypeAlias = dict[str, np.ndarray]
_AT_ONCE = 64
_MOST_AHEAD = 16
"""Batches that are varied at a time: some tens of megabytes each, and more than the layers keep up with."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept.

    Attributes:
        names: tensors of the net to keep, in half precision; or only ``pooled``, what the head's linear layer takes, in
            full precision.
        n_views: variations of each picture, besides the plain one.
        key: what else the values depend on: of data, model and variation; another key computes all anew.
    """

    names: tuple[str, ...]
    n_views: int
    key: str


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What was kept.

    Attributes:
        tensors: by name, shape (n, views + 1, ...), mapped from files; view 0 is the plain picture.
        vectors: what the model itself gives of the plain pictures, not of unit length, which comes on the way; None on
            a GPU, where it does not, and where they were not kept from the beginning.
    """

    tensors: Mapping[str, Float[np.ndarray, "n views ..."]]
    vectors: Float32[np.ndarray, "n length"] | None


def kept_features(
    folder: Path,
    keeping: Keeping,
    assembly: Assembly,
    model: bytes,
    squares: UInt8[np.ndarray, "n side side 3"],
    vary: Vary | None,
    *,
    device: str,
    told: Told | None = None,
) -> Kept:
    """Tensors by name, mapped from files in `folder`, and vectors.

    Args:
        folder: where the files are, or will be.
        keeping: what to keep.
        assembly: whose net gives the tensors, and whose head pools them.
        model: the ONNX file of the same net.
        squares: every picture.
        vary: makes variations.
        device: as torch names it; on the CPU, ONNX Runtime computes.
        told: called with views done, how many there are, and the seconds so far.
    """
    started = time.perf_counter()
    digest = hashlib.sha256(repr(keeping).encode()).hexdigest()[:16]
    home = folder / f"features-{digest}"
    home.mkdir(parents=True, exist_ok=True)
    compute = _Computing(assembly, model, keeping.names, device)
    mark = home / "done.json"
    n, n_views = len(squares), keeping.n_views + 1
    size = assembly.net.description.preprocessing.size_pixels
    first, own = compute(central(squares[:1], size))
    files = {
        name: _file(home / f"{number}.npy", n, row[0], n_views) for number, (name, row) in enumerate(first.items())
    }
    done = int(json.loads(mark.read_text())["done"]) if mark.is_file() else 0
    beside, vectors = home / "vectors.npy", None
    if own is None:
        beside.unlink(missing_ok=True)  # what is done from here on would be lacking in it
    elif not done or beside.is_file():
        # Where they were not kept from the beginning, by an earlier version or on a GPU, they are not all there.
        vectors = _file(beside, n, own[0])
    jobs = [(view, start) for view in range(n_views) for start in range(0, n, _AT_ONCE)]

    def seen(job: tuple[int, int]) -> UInt8[np.ndarray, "m size size 3"]:
        view, start = job
        part = squares[start : start + _AT_ONCE]
        if view == 0 or vary is None:
            return central(part, size)
        given = torch.from_numpy(np.ascontiguousarray(part)).to(device)
        return vary(given, range(start, start + len(part)), view).cpu().numpy()

    with _ahead(seen, jobs[done:], device) as every:
        for number, pixels in enumerate(every, done):
            view, start = jobs[number]
            found, own = compute(pixels)
            for name, values in found.items():
                files[name][start : start + len(pixels), view] = values
            if view == 0 and vectors is not None:
                vectors[start : start + len(pixels)] = own
            if number % 16 == 15 or number == len(jobs) - 1:
                for values in (*files.values(), *(() if vectors is None else (vectors,))):
                    values.flush()
                _write(mark, json.dumps({"done": number + 1}))
            if told is not None:
                told(min(n * n_views, view * n + start + len(pixels)), n * n_views, time.perf_counter() - started)
    return Kept(files, None if vectors is None else np.array(vectors))


def pooled_rows(
    assembly: Assembly, model: bytes, squares: UInt8[np.ndarray, "n side side 3"], *, device: str
) -> Float[np.ndarray, "n channels"]:
    """What the head's linear layer takes of the plain pictures, float32: what a head starts from."""
    compute = _Computing(assembly, model, (POOLED,), device)
    size = assembly.net.description.preprocessing.size_pixels
    parts = [
        compute(central(squares[start : start + _AT_ONCE], size))[0][POOLED]
        for start in range(0, len(squares), _AT_ONCE)
    ]
    return np.concatenate(parts)


@contextmanager
def _ahead(
    make: Callable[[tuple[int, int]], np.ndarray], jobs: Sequence[tuple[int, int]], device: str
) -> Generator[Iterable[np.ndarray]]:
    """What `make` makes of the jobs, in their order; on a processor the next ones are made while one is used."""
    if device.startswith("cuda"):
        yield map(make, jobs)
        return
    n_threads, n_ahead = torch.get_num_threads(), min(usable_cores(), _MOST_AHEAD)
    # Taken over by threads that begin to compute from now on.
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(n_ahead, "varying") as pool:
            yield _in_order(pool, make, jobs, n_ahead)
    finally:
        torch.set_num_threads(n_threads)


def _in_order(
    pool: ThreadPoolExecutor, make: Callable[[tuple[int, int]], np.ndarray], jobs: Sequence[tuple[int, int]], most: int
) -> Generator[np.ndarray]:
    """Results in the order of the jobs; at most `most` are begun or lie ready beside the one that is given."""
    begun: deque[Future[np.ndarray]] = deque()
    for job in jobs:
        begun.append(pool.submit(make, job))
        if len(begun) > most:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


class _Computing:
    """From pixels to the tensors that are kept, and the model's own vectors where they come on the way."""

    def __init__(self, assembly: Assembly, model: bytes, names: Sequence[str], device: str) -> None:
        self._assembly = assembly
        self._device = device
        self._pooled = tuple(names) == (POOLED,)
        self._names = tuple(assembly.head.config.features) if self._pooled else tuple(names)
        self._embedder: OnnxEmbedder | None = None
        if not device.startswith("cuda"):
            description = assembly.net.description
            wanted = tuple(dict.fromkeys((*description.features, *self._names, description.output)))
            self._embedder = OnnxEmbedder(replace(description, features=wanted), model, OnnxOptions())

    def __call__(self, pixels: np.ndarray) -> tuple[Tensors, Float32[np.ndarray, "n length"] | None]:
        vectors = None
        if self._embedder is not None:
            output = self._embedder.description.output
            # ONNX Runtime computes the vectors whether they are asked for or not.
            ran = self._embedder.features(pixels, (*self._names, output))
            vectors = np.asarray(ran[output])
            found = {name: np.asarray(ran[name]) for name in self._names}
            maps = [torch.from_numpy(found[name]) for name in self._names] if self._pooled else []
        else:
            with torch.no_grad():
                tensors = self._assembly.net.tensors(torch.from_numpy(pixels).to(self._device), self._names)
            # The head is moved to the device only with what learns.
            maps = [tensors[name].cpu() for name in self._names] if self._pooled else []
            found = {} if self._pooled else {name: tensors[name].cpu().numpy() for name in self._names}
        if not self._pooled:
            return {name: found[name].astype(np.float16) for name in self._names}, vectors
        with torch.no_grad():
            return {POOLED: self._assembly.head.pool(maps).cpu().numpy().astype(np.float32)}, vectors


def _file(path: Path, n: int, row: np.ndarray, *views: int) -> np.memmap:
    shape = (n, *views, *row.shape)
    if path.is_file():
        held = np.load(path, mmap_mode="r+")
        if held.shape == shape and held.dtype == row.dtype:
            return held
    return mapped_array(path, shape, row.dtype)


def _write(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)
