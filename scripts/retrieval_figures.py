"""How well vectors find what they should, on the four sets: the figures of the model card."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fitting_pictures import Sample

Embed = Callable[[np.ndarray], np.ndarray]


def first_right(queries: np.ndarray, gallery: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Zero-based rank of the first right answer of each query; `right` is (n_queries, n_gallery), bool."""
    similarities = queries @ gallery.T
    best = np.where(right, similarities, -np.inf).max(axis=1)
    return (np.where(right, -np.inf, similarities) >= best[:, None]).sum(axis=1)


def recalls(ranks: np.ndarray) -> dict[str, float]:
    return {
        **{f"recall@{k}": float(np.mean(ranks < k)) for k in (1, 5, 10)},
        "mrr": float(np.mean(1 / (ranks + 1))),
    }


def catalogue_ranks(
    photographs: list[Sample], queries: np.ndarray, catalogue: list[Sample], gallery: np.ndarray
) -> np.ndarray:
    products = np.asarray([sample.product for sample in catalogue])
    right = products[None, :] == np.asarray([sample.product for sample in photographs])[:, None]
    return first_right(queries, gallery, right)


def leave_one_out_ranks(vectors: np.ndarray, labels: list[str]) -> np.ndarray:
    """Ranks for the pictures whose label at least one other picture has."""
    names = np.asarray(labels)
    same = names[:, None] == names[None, :]
    np.fill_diagonal(same, False)
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -np.inf)
    asked = same.any(axis=1)
    best = np.where(same, similarities, -np.inf).max(axis=1)
    return (np.where(same, -np.inf, similarities) >= best[:, None]).sum(axis=1)[asked]


def leave_one_out_precision(vectors: np.ndarray, labels: list[str], k: int = 10) -> float:
    """Mean share of the `k` nearest others that have the same label."""
    names = np.asarray(labels)
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -np.inf)
    nearest = np.argpartition(-similarities, k, axis=1)[:, :k]
    return float(np.mean(names[nearest] == names[:, None]))
