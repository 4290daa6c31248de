"""Before and after on the same questions and in the same turns."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from lookalike.compress.exam import Exam
from lookalike.compress.footprint import Timing, n_macs, timings
from lookalike.compress.outcome import Measured
from lookalike.embed.description import ModelDescription
from lookalike.embed.embedder import Embedder
from lookalike.embed.onnx_embedder import OnnxEmbedder, OnnxOptions
from lookalike.evaluate.intervals import jackknife_mean

__all__ = ["measure_pair"]

Model = tuple[ModelDescription, bytes]


def measure_pair(
    before: Model,
    after: Model,
    exam: Exam,
    recalls: tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " _n"]],
    *,
    threads: int | None,
) -> tuple[Measured, Measured]:
    """Both models with their recall, multiplications, bytes and times.

    Args:
        before: description and file.
        after: likewise.
        exam: whose pictures are timed.
        recalls: what the exam gave of each.
        threads: of the runtimes.
    """
    timed: dict[str, Mapping[str, tuple[Timing, ...]]] = {}
    for runtime in ("onnxruntime", "openvino"):
        if importlib.util.find_spec(runtime) is None:
            continue
        pair = {"before": _opened(runtime, *before, threads), "after": _opened(runtime, *after, threads)}
        timed[runtime] = timings(pair, exam.gallery[:32])
    told: list[Measured] = []
    for name, (description, model), recall in zip(("before", "after"), (before, after), recalls, strict=True):
        told.append(
            Measured.of(
                description,
                recall=jackknife_mean(recall, exam.clusters),
                macs=n_macs(description, model),
                size_bytes=len(model),
                timings={runtime: found[name] for runtime, found in timed.items()},
            )
        )
    return told[0], told[1]


def _opened(runtime: str, description: ModelDescription, model: bytes, threads: int | None) -> Embedder:
    if runtime == "openvino":
        from lookalike.embed.openvino_embedder import OpenVinoEmbedder, OpenVinoOptions

        return OpenVinoEmbedder(description, model, OpenVinoOptions(threads=threads))
    return OnnxEmbedder(description, model, OnnxOptions(threads=threads))
