"""How words and pictures of one catalogue go together: two linear maps, learned from products that have both.

From the vector of a sentence to a direction among the model's picture vectors, so that words find pictures of products
that say nothing; and back, so that a picture finds words. Both are ridge regressions, whose only setting is chosen by
leaving pairs out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.catalog.text_vectors import TextModel
from lookalike.catalog.view import View
from lookalike.errors import InvalidQuery

__all__ = ["FEWEST_PAIRS", "Alignment", "Picture", "Sentence", "align", "learn", "read_alignment", "ridge"]

FEWEST_PAIRS = 20
"""With fewer pictures that have words nothing is learned."""

Sentence: TypeAlias = Float32[np.ndarray, " sentence"]
Picture: TypeAlias = Float32[np.ndarray, " picture"]
_MOST_PAIRS = 30_000
_PENALTIES = tuple(10.0**power for power in np.arange(-3.0, 1.01, 0.5))
"""Tried, as shares of the mean square of the inputs' directions."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Maps between sentence vectors and picture vectors of one text model and one release.

    Attributes:
        to_picture: shape (sentence, picture).
        to_sentence: shape (picture, sentence).
        mean_sentence: of those that were learned from.
        mean_picture: likewise.
        text_fingerprint: of the text model.
        fingerprint: of the picture model.
        pairs: how many pictures with words were learned from.
        fit: share of what pictures vary by that is foretold for pairs left out; 0 is no better than the mean.
    """

    to_picture: Float32[np.ndarray, "sentence picture"]
    to_sentence: Float32[np.ndarray, "picture sentence"]
    mean_sentence: Float32[np.ndarray, " sentence"]
    mean_picture: Float32[np.ndarray, " picture"]
    text_fingerprint: str
    fingerprint: str
    pairs: int
    fit: float

    def direction(self, question: Sentence) -> Picture:
        """The unit direction among pictures that a question points to; their cosine to it ranks them."""
        return _unit((question - self.mean_sentence) @ self.to_picture)

    def words_of(self, picture: Picture) -> Sentence:
        """The unit direction among sentences, from their mean, that a picture points to."""
        return _unit((picture - self.mean_picture) @ self.to_sentence)

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(".new.npz")
        np.savez_compressed(
            made,
            to_picture=self.to_picture,
            to_sentence=self.to_sentence,
            mean_sentence=self.mean_sentence,
            mean_picture=self.mean_picture,
            told=np.array([self.text_fingerprint, self.fingerprint, str(self.pairs), repr(self.fit)]),
        )
        made.replace(path)


def read_alignment(path: Path, text_fingerprint: str, fingerprint: str) -> Alignment | None:
    """What was saved there for these two models; None where there is nothing, or something for others."""
    try:
        with np.load(path) as arrays:
            told = [str(one) for one in arrays["told"]]
            if told[:2] != [text_fingerprint, fingerprint]:
                return None
            return Alignment(
                arrays["to_picture"],
                arrays["to_sentence"],
                arrays["mean_sentence"],
                arrays["mean_picture"],
                told[0],
                told[1],
                int(told[2]),
                float(told[3]),
            )
    except (OSError, KeyError, ValueError, IndexError):
        return None


def align(
    sentences: Float32[np.ndarray, "n sentence"],
    pictures: Float32[np.ndarray, "n picture"],
    *,
    text_fingerprint: str,
    fingerprint: str,
) -> Alignment:
    """Learn from pairs, row i of the one with row i of the other.

    Args:
        sentences: unit vectors of what is said.
        pictures: unit vectors of what is shown.
        text_fingerprint: of the model of the former.
        fingerprint: of the model of the latter.

    Raises:
        InvalidQuery: fewer than `FEWEST_PAIRS` pairs.
    """
    if len(sentences) < FEWEST_PAIRS:
        raise InvalidQuery(
            f"only {len(sentences)} pictures belong to products with a title or text, and {FEWEST_PAIRS} are needed to "
            "learn how words and pictures go together: index a catalogue with titles first"
        )
    said, shown = sentences.astype(np.float64), pictures.astype(np.float64)
    mean_said, mean_shown = said.mean(axis=0), shown.mean(axis=0)
    said, shown = said - mean_said, shown - mean_shown
    forth, fit = ridge(said, shown)
    back, _ = ridge(shown, said)
    return Alignment(
        forth.astype(np.float32),
        back.astype(np.float32),
        mean_said.astype(np.float32),
        mean_shown.astype(np.float32),
        text_fingerprint,
        fingerprint,
        len(sentences),
        fit,
    )


def learn(catalog: Catalog, view: View, release: Release, model: TextModel) -> Alignment:
    """Learn from every picture of the release whose variant says something; of very many, from evenly spaced ones.

    Args:
        catalog: has the vectors of both.
        view: says which picture shows which variant.
        release: of the pictures.
        model: of the sentences.

    Raises:
        InvalidQuery: fewer than `FEWEST_PAIRS` pairs.
    """
    said = catalog.text_changes(model, -1)
    shown = catalog.load_vectors(release.release_id)
    sentence_rows = dict(zip(said.keys.tolist(), range(len(said.keys)), strict=True))
    of_variant = dict(zip(said.variant_keys.tolist(), said.vector_keys.tolist(), strict=True))
    picture_rows = dict(zip(shown.keys.tolist(), range(len(shown.keys)), strict=True))
    pairs = sorted(
        {
            (sentence_rows[of_variant[variant]], picture_rows[picture])
            for variant, picture in zip(view.variant_keys.tolist(), view.picture_keys.tolist(), strict=True)
            if of_variant.get(variant) in sentence_rows and picture in picture_rows
        }
    )
    pairs = pairs[:: -(-len(pairs) // _MOST_PAIRS) or 1]
    sentences = np.array([pair[0] for pair in pairs], dtype=np.int64)
    pictures = np.array([pair[1] for pair in pairs], dtype=np.int64)
    return align(
        said.vectors[sentences],
        shown.vectors[pictures],
        text_fingerprint=model.fingerprint,
        fingerprint=release.fingerprint,
    )


def ridge(
    inputs: Float64[np.ndarray, "n a"], outputs: Float64[np.ndarray, "n b"]
) -> tuple[Float64[np.ndarray, "a b"], float]:
    """The map with the least squared error on rows left out one at a time, and the share of variance it foretells.

    Formula: with inputs = U S W', the map is ``W diag(s / (s^2 + p)) U' outputs``. The error of row i when it is left
    out is ``(outputs_i - fitted_i) / (1 - h_i)``, with h the diagonal of ``U diag(s^2 / (s^2 + p)) U'``, and 1 / n
    for the mean. Equal rows are left out one at a time all the same: many pictures of a product make it bolder.
    """
    left, sizes, right = np.linalg.svd(inputs, full_matrices=False)
    turned = left.T @ outputs
    mean_square = float((sizes**2).mean()) or 1.0
    best: tuple[float, float] = (np.inf, _PENALTIES[-1])
    for penalty in _PENALTIES:
        kept = sizes**2 / (sizes**2 + penalty * mean_square)
        held = np.minimum((left**2) @ kept + 1 / len(inputs), 0.999)
        errors = (outputs - left @ (kept[:, None] * turned)) / (1 - held)[:, None]
        best = min(best, (float((errors**2).sum()), penalty))
    weights = sizes / (sizes**2 + best[1] * mean_square)
    total = float((outputs**2).sum())
    return right.T @ (weights[:, None] * turned), 1 - best[0] / total if total > 0 else 0.0


def _unit(vector: Float32[np.ndarray, " d"]) -> Float32[np.ndarray, " d"]:
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype(np.float32)
