"""Photographs of several products, each with its place: are they found there, and told for what they are?"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from lookalike.errors import ImageRejected, SourceError
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.ingest.progress import Progress, Watcher
from lookalike.search.answer import Answer
from lookalike.types import Box, Pixels, ProductId, Reason, Rejection

__all__ = ["PartsEvaluation", "Placed", "ScenePhotograph", "SearchesParts", "evaluate_parts", "read_scenes"]

SAME_PLACE = 0.5
"""Intersection over union from which a part is where a product is."""

_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Placed:
    """A product and where it is, in pixels of the upright photograph."""

    product_id: ProductId
    box: Box


@dataclass(frozen=True, slots=True)
class ScenePhotograph:
    """A photograph and the products in it, at least one.

    Attributes:
        image: its file.
        products: with their places; one product may be there more than once.
        line: of the file that named it, one-based.
    """

    image: Path
    products: tuple[Placed, ...]
    line: int


@runtime_checkable
class SearchesParts(Protocol):
    """What this needs of an engine."""

    def search(
        self, image: bytes | str | Path | Pixels | None = None, *, k: int = 10, parts: int | None = None
    ) -> Answer:
        """Hits of the photograph, and of its parts where they were asked for."""
        ...


@dataclass(frozen=True, slots=True)
class PartsEvaluation:
    """The contract's answer of ``evaluate --parts``.

    Attributes:
        photographs: that were asked; a rejected one is not among them.
        products: in them.
        parts: looked for in each at most.
        metrics: with 95% intervals that leave out one photograph at a time. Shares of products: ``found`` in place
            (an intersection over union of 0.5), ``found_and_right`` where the first hit of a part in place is it.
            Shares of photographs: ``any@1`` and ``any@10``, one of whose products is among the first hits of the
            photograph and all its parts together; ``coverage@10`` is the share of a photograph's products that are.
        exact: whether every search was exact.
        rejected: lines and pictures that could not be asked.
        seconds: wall time.
    """

    photographs: int
    products: int
    parts: int
    metrics: Mapping[str, Interval]
    exact: bool
    rejected: tuple[Rejection, ...]
    seconds: float


def read_scenes(path: Path) -> tuple[tuple[ScenePhotograph, ...], tuple[Rejection, ...]]:
    """The photographs of a file of JSON lines, and the lines that are none.

    Args:
        path: each line an object with ``image``, a path beside the file, and ``objects``, each with ``product_id``,
            ``x``, ``y``, ``width`` and ``height``; other keys are passed over. Empty lines too.

    Raises:
        SourceError: no such file, not text, or nothing usable in it.
    """
    try:
        # Not splitlines: a text may hold characters that it takes for ends of lines, such as U+2028.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read; expected a file of JSON lines: {error}") from error
    usable: list[ScenePhotograph] = []
    rejected: list[Rejection] = []
    for number, text in enumerate(lines, start=1):
        if text.strip():
            try:
                usable.append(_scene(path.parent, json.loads(text), number))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                problem = f"expected image and objects with product_id, x, y, width, height: {error}"
                rejected.append(Rejection(f"{path.name}:{number}", Reason.BAD_ROW, problem, line=number))
    if not usable:
        first = f"; {rejected[0].detail}" if rejected else ""
        raise SourceError(f'{path} has no line such as {{"image": "room.jpg", "objects": [{{…}}]}}{first}')
    return tuple(usable), tuple(rejected)


def evaluate_parts(
    searches: SearchesParts, path: Path, *, parts: int = 6, watcher: Watcher | None = None
) -> PartsEvaluation:
    """Ask every photograph of a file in parts.

    Args:
        searches: answers.
        path: see `read_scenes`.
        parts: to look for in each at most.
        watcher: told after each photograph.

    Raises:
        SourceError: the file cannot be read, or no photograph of it can.
    """
    started = time.perf_counter()
    scenes, bad = read_scenes(path)
    rejected = list(bad)
    asked: list[tuple[ScenePhotograph, Answer]] = []
    for done, scene in enumerate(scenes, start=1):
        try:
            asked.append((scene, searches.search(scene.image, k=_DEPTH, parts=parts)))
        except ImageRejected as error:
            rejected.append(Rejection(str(scene.image), error.reason, error.detail, line=scene.line))
        if watcher is not None:
            watcher(Progress(done, len(scenes), len(rejected), time.perf_counter() - started))
    if not asked:
        raise SourceError(f"none of the {len(scenes)} photographs of {path} can be read: {rejected[0].detail}")
    found, right, clusters = _in_place(asked)
    shares = {name: np.array(values) for name, values in _together(asked).items()}
    singles = [str(number) for number in range(len(asked))]
    return PartsEvaluation(
        photographs=len(asked),
        products=len(found),
        parts=parts,
        metrics={
            "found": jackknife_mean(np.array(found), clusters),
            "found_and_right": jackknife_mean(np.array(right), clusters),
            **{name: jackknife_mean(values, singles) for name, values in shares.items()},
        },
        exact=all(answer.exact for _, answer in asked),
        rejected=tuple(rejected),
        seconds=time.perf_counter() - started,
    )


def _in_place(asked: Sequence[tuple[ScenePhotograph, Answer]]) -> tuple[list[float], list[float], list[str]]:
    """For each product whether a part is where it is, whether such a part's first hit is it, and its photograph."""
    found: list[float] = []
    right: list[float] = []
    clusters: list[str] = []
    for number, (scene, answer) in enumerate(asked):
        for placed in scene.products:
            near = [part for part in answer.parts or () if same_place(part.box, placed.box) >= SAME_PLACE]
            found.append(float(bool(near)))
            right.append(float(any(part.hits and part.hits[0].product_id == placed.product_id for part in near)))
            clusters.append(str(number))
    return found, right, clusters


def _together(asked: Sequence[tuple[ScenePhotograph, Answer]]) -> dict[str, list[float]]:
    """For each photograph what the first hits of all of it are."""
    values: dict[str, list[float]] = {"any@1": [], "any@10": [], "coverage@10": []}
    for scene, answer in asked:
        wanted = {placed.product_id for placed in scene.products}
        hits = [hit.product_id for hit in answer.hits]
        values["any@1"].append(float(bool(wanted & set(hits[:1]))))
        values["any@10"].append(float(bool(wanted & set(hits[:_DEPTH]))))
        values["coverage@10"].append(len(wanted & set(hits[:_DEPTH])) / len(wanted))
    return values


def same_place(one: Box, other: Box) -> float:
    """Intersection over union, 0 to 1."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, across) * max(0.0, down)
    return shared / (one.width * one.height + other.width * other.height - shared)


def _scene(folder: Path, record: Mapping[str, object], line: int) -> ScenePhotograph:
    objects = record["objects"]
    if not isinstance(objects, list) or not objects:
        raise ValueError("objects is no list, or empty")
    products = [_placed(one) for one in objects]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return ScenePhotograph(folder / _named(record, "image"), tuple(products), line)


def _placed(record: Mapping[str, object]) -> Placed:
    sides = [float(str(record[name])) for name in ("x", "y", "width", "height")]
    if not all(map(isfinite, sides)):
        raise ValueError(f"x, y, width and height must be finite, received {sides}")
    return Placed(ProductId(_named(record, "product_id")), Box(*sides))


def _named(record: Mapping[str, object], field: str) -> str:
    """A text, or a number that stands for one; `null` is none."""
    value = record[field]
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise ValueError(f"{field} must be a text that is not empty, received {value!r}")
    return str(value).strip()
