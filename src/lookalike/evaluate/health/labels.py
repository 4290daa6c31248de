"""What neighbours say about a product: which categories and which words of titles its pictures go with.

Each image asks its nearest other products; a product's expectation of a label is the share of their votes that has
it, averaged over its images. The product itself never votes, so the expectation knows nothing of its own label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from lookalike.evaluate.health.neighbours import Neighbours
from lookalike.evaluate.health.shelf import Shelf

__all__ = ["LabelTable", "expect_labels"]

_TEMPERATURE = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """Labels of products beside what their neighbours let expect.

    Attributes:
        names: of the labels.
        given: whether each product has each label.
        expected: share of the neighbours' votes for each label, 0 to 1; NaN where a product has no voting neighbour.
    """

    names: tuple[str, ...]
    given: Bool[np.ndarray, "products labels"]
    expected: Float64[np.ndarray, "products labels"]

    def typical(self) -> Float64[np.ndarray, " labels"]:
        """Mean expectation of each label among the products that have it: how well pictures tell it; 0 where none."""
        known = np.isfinite(self.expected[:, :1]) & self.given
        return np.where(known, np.nan_to_num(self.expected), 0.0).sum(axis=0) / np.maximum(1, known.sum(axis=0))


def expect_labels(labels: Sequence[set[str]], neighbours: Neighbours, shelf: Shelf, *, least: int) -> LabelTable:
    """What the neighbours of each product let expect.

    Args:
        labels: of each product; one without any does not vote.
        neighbours: of the images.
        shelf: says whose each image is.
        least: labels of fewer products than this are left out.
    """
    counted: dict[str, int] = {}
    for own in labels:
        for label in own:
            counted[label] = counted.get(label, 0) + 1
    names = tuple(sorted(label for label, count in counted.items() if count >= least))
    column = {name: place for place, name in enumerate(names)}
    given = np.zeros((len(labels), len(names)), dtype=np.bool_)
    for row, own in enumerate(labels):
        given[row, [column[label] for label in own if label in column]] = True
    votes = np.array([bool(own) for own in labels], dtype=np.bool_)
    expected = np.zeros(given.shape)
    n_images = np.zeros(len(labels))
    for start in range(0, len(neighbours.rows), 4096):
        part = slice(start, start + 4096)
        others, similarities = neighbours.products[part], neighbours.similarities[part].astype(np.float64)
        counts = (others >= 0) & votes[others]
        weights = np.where(counts, np.exp((np.nan_to_num(similarities) - 1.0) / _TEMPERATURE), 0.0)
        totals = weights.sum(axis=1)
        own_products = shelf.product_of[neighbours.rows[part]]
        heard = totals > 0
        shares = weights[heard] / totals[heard, None]
        for place in range(shares.shape[1]):
            np.add.at(expected, own_products[heard], shares[:, place, None] * given[others[heard, place]])
        np.add.at(n_images, own_products[heard], 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected /= n_images[:, None]
    return LabelTable(names, given, expected)
