"""How much of its score a model keeps when queries are corrupted: one curve a family, with intervals."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float64, Int64

from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import embed_all
from lookalike.evaluate.golden.gallery import Gallery, Posed
from lookalike.evaluate.golden.scoring import ranks_of
from lookalike.evaluate.intervals import Interval, jackknife_mean
from lookalike.evaluate.ratio import bootstrap_ratio
from lookalike.images.corruptions import FAMILIES, Family
from lookalike.images.regions import thumbnail
from lookalike.types import Pixels, Rejection

__all__ = ["Curve", "Robustness", "Sitter", "Step", "measure_robustness"]

METRIC = "recall@1"
SIDE_PIXELS = 256
"""Shorter side of the pictures that are corrupted: near the 224 for which severities are published."""
_WORST = 3
_SEED = 20_260_103


@dataclass(frozen=True, slots=True, eq=False)
class Sitter:
    """A query whose picture is corrupted.

    Attributes:
        pixels: its picture.
        posed: its right answers and what it may not match.
        cluster: what product it is a picture of.
        view_row: for a held-out view, the gallery row of the view itself; None for other queries.
    """

    pixels: Pixels
    posed: Posed
    cluster: str
    view_row: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One severity.

    Attributes:
        severity: 1 is the mildest.
        label: what it is, for example ``quality 30``.
        score: mean over the queries that could be corrupted, 95% interval.
        relative: `score` over the score of the same queries uncorrupted, 95% interval.
    """

    severity: int
    label: str
    score: Interval
    relative: Interval


@dataclass(frozen=True, slots=True)
class Curve:
    """One family of corruptions.

    Attributes:
        family: its name.
        group: what it is about.
        common: whether it is one of the fifteen of Hendrycks & Dietterich 2019.
        n_queries: queries that could be corrupted.
        n_skipped: queries that could not, such as a picture without a backdrop that could be exchanged.
        steps: by rising severity.
        relative: mean over the severities of the relative score, 95% interval.
    """

    family: str
    group: str
    common: bool
    n_queries: int
    n_skipped: int
    steps: tuple[Step, ...]
    relative: Interval

    @property
    def says_something(self) -> bool:
        """Whether queries could be corrupted, and some of them were found as they are."""
        return self.n_queries > 0 and self.relative.high > 0.0


@dataclass(frozen=True, slots=True)
class Robustness:
    """Every family of one model on one set of queries.

    Attributes:
        release: id of the release that was asked.
        model: name of its model.
        metric: what is measured.
        n_queries: queries.
        n_answers: different products (or variants) among their answers; intervals leave out, or resample, products.
        clean: the score without corruption, 95% interval.
        curves: by family.
        weaknesses: the three families that keep least, worst first.
        seed: of the corruptions.
        seconds: wall time.
        rejected: rows and pictures of a file that could not be asked.
    """

    release: str
    model: str
    metric: str
    n_queries: int
    n_answers: int
    clean: Interval
    curves: tuple[Curve, ...]
    weaknesses: tuple[str, ...]
    seed: int
    seconds: float
    rejected: tuple[Rejection, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Everything, JSON-ready."""
        return {**asdict(self), "rejected": [one.as_dict() for one in self.rejected]}


def measure_robustness(
    sitters: Sequence[Sitter],
    gallery: Gallery,
    embedder: Embedder,
    *,
    release: str,
    families: Sequence[Family] = FAMILIES,
    seed: int = _SEED,
    watcher: Callable[[int, int], None] | None = None,
) -> Robustness:
    """Corrupt every query in every family and severity, and ask for it again; the gallery stays as it is.

    A picture that the model has no vector of is one that finds nothing.

    Where some queries are held-out views there is one more curve, ``viewpoint``: their score with the view itself on
    the shelf is the clean one, without it the corrupted.

    Args:
        sitters: the queries, at least one.
        gallery: a release's vectors.
        embedder: the model that made them.
        release: id of the release.
        families: which corruptions.
        seed: of the corruptions; each place among the queries, each family and severity has a generator of its own, so
            that which other families are measured changes nothing.
        watcher: told how many of how many pictures are embedded.

    Raises:
        ValueError: no queries.
    """
    if not sitters:
        raise ValueError("robustness is measured on at least one query, received none")
    started = time.perf_counter()
    apply = embedder.description.preprocessing.apply
    has_views = any(sitter.view_row is not None for sitter in sitters)
    total = len(sitters) * (1 + sum(len(family.levels) for family in families) + has_views)
    done = 0

    def hits(pictures: Sequence[Pixels], posed: Sequence[Posed]) -> Float64[np.ndarray, " n"]:
        nonlocal done
        ranks = ranks_of(*embed_all(embedder, map(apply, pictures)), gallery, posed)
        done += len(sitters)
        if watcher is not None:
            watcher(done, total)
        return (ranks == 1).astype(np.float64)

    pictures = [_sized(sitter.pixels) for sitter in sitters]
    posed = [sitter.posed for sitter in sitters]
    clean = hits(pictures, posed)
    curves: list[Curve] = []
    for family in families:
        place = _place(family)
        scores: list[Float64[np.ndarray, " n"]] = []
        rows: Int64[np.ndarray, " n"] = np.arange(len(sitters))
        for severity in range(1, len(family.levels) + 1):
            corrupted = {
                int(row): changed
                for row in rows
                if (changed := family.apply(pictures[row], severity, _generator(seed, int(row), place, severity)))
                is not None
            }
            rows = np.asarray(list(corrupted), dtype=np.int64)
            scores.append(hits(list(corrupted.values()), [posed[row] for row in corrupted]))
        curves.append(_curve(family, scores, clean, rows, sitters))
    viewpoint = _viewpoint(sitters, pictures, clean, hits)
    if viewpoint is not None:
        curves.append(viewpoint)
    clusters = [sitter.cluster for sitter in sitters]
    measured = [curve for curve in curves if curve.says_something]
    return Robustness(
        release=release,
        model=embedder.description.name,
        metric=METRIC,
        n_queries=len(sitters),
        n_answers=len({tuple(sitter.posed.answers.tolist()) for sitter in sitters}),
        clean=jackknife_mean(clean, clusters),
        curves=tuple(curves),
        weaknesses=tuple(curve.family for curve in sorted(measured, key=lambda curve: curve.relative.value)[:_WORST]),
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def _sized(pixels: Pixels) -> Pixels:
    """The shorter side at most `SIDE_PIXELS`."""
    height, width = pixels.shape[:2]
    longer = round(max(height, width) * min(1.0, SIDE_PIXELS / min(height, width)))
    return np.ascontiguousarray(thumbnail(pixels, longer))


def _generator(*numbers: int) -> np.random.Generator:
    return np.random.default_rng(numbers)


def _place(family: Family) -> int:
    """A number of its own, whatever other families are measured."""
    names = [one.name for one in FAMILIES]
    return names.index(family.name) if family.name in names else zlib.crc32(family.name.encode())


def _curve(
    family: Family,
    scores: Sequence[Float64[np.ndarray, " _n"]],
    clean: Float64[np.ndarray, " n_queries"],
    rows: Int64[np.ndarray, " _m"],
    sitters: Sequence[Sitter],
) -> Curve:
    clusters = [sitters[row].cluster for row in rows.tolist()]
    own = clean[rows]
    steps = tuple(
        Step(
            severity,
            family.levels[severity - 1],
            jackknife_mean(values, clusters),
            bootstrap_ratio(values, own, clusters, generator=np.random.default_rng(_SEED)),
        )
        for severity, values in enumerate(scores, start=1)
    )
    mean = np.mean(np.stack(list(scores)), axis=0) if len(rows) else own
    relative = bootstrap_ratio(mean, own, clusters, generator=np.random.default_rng(_SEED))
    return Curve(family.name, family.group, family.common, len(rows), len(sitters) - len(rows), steps, relative)


def _viewpoint(
    sitters: Sequence[Sitter],
    pictures: Sequence[Pixels],
    held_out: Float64[np.ndarray, " n"],
    hits: Callable[[Sequence[Pixels], Sequence[Posed]], Float64[np.ndarray, " n"]],
) -> Curve | None:
    """Held-out views: asked with the view itself on the shelf, and without."""
    rows = [row for row, sitter in enumerate(sitters) if sitter.view_row is not None]
    if not rows:
        return None
    there = [Posed(sitters[row].posed.answers, np.empty(0, dtype=np.int64)) for row in rows]
    with_view = hits([pictures[row] for row in rows], there)
    without = held_out[np.asarray(rows, dtype=np.int64)]
    clusters = [sitters[row].cluster for row in rows]
    score = jackknife_mean(without, clusters)
    relative = bootstrap_ratio(without, with_view, clusters, generator=np.random.default_rng(_SEED))
    step = Step(1, "another view", score, relative)
    return Curve("viewpoint", "framing", False, len(rows), len(sitters) - len(rows), (step,), relative)
