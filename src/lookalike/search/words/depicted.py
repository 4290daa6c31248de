"""The lane of what is depicted: words find pictures of products that say nothing of themselves.

A question becomes a direction among the picture vectors, and the index finds what lies there. The direction is that
of the classes that the packaged model was once trained on, those near the question weighted by how near, together with
that of an alignment where one was learned on this catalogue: both find more than either alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from lookalike.catalog.sentence import RECIPE
from lookalike.embed.concepts import Concepts, concepts_of
from lookalike.embed.text.encoder import TextEncoder
from lookalike.index.vector_index import Neighbours
from lookalike.search.alignment import Alignment, Picture, Sentence, read_alignment

__all__ = ["Depicted", "Shown", "alignment_path", "concept_direction"]

logger = logging.getLogger(__name__)

_SHARPNESS = 0.05
"""Temperature of the weights by which classes near a question count, in cosines."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Finds pictures by what they show. None of either where nothing tells where such pictures lie.

    Attributes:
        by_meaning: the pictures that show what the vector of a question names; for products that say nothing.
        by_words: the pictures that show what a question says, by an image-text model, of all products; None where the
            live release is of another model.
        available: how many pictures there are to be found.
    """

    by_meaning: Callable[[Sentence], Neighbours | None]
    by_words: Callable[[str], Neighbours | None] | None = None
    available: int = 0


class Depicted:
    """Directions for questions. Safe to use from several threads.

    Args:
        encoder: gives the sentence model, loading it when first asked; None where there is none.
        folder: of the store's caches.
    """

    def __init__(self, encoder: Callable[[], TextEncoder | None], folder: Path) -> None:
        self._encoder = encoder
        self._folder = folder
        self._lock = threading.Lock()
        self._alignments: dict[str, tuple[int, Alignment | None]] = {}
        self._names: Float32[np.ndarray, "classes sentence"] | None = None

    def direction(self, question: Sentence, fingerprint: str) -> Picture | None:
        """The unit direction among picture vectors of the model of that fingerprint; None where nothing tells it.

        Args:
            question: its sentence vector.
            fingerprint: of the live release's model.
        """
        alignment, concepts = self.alignment(fingerprint), concepts_of(fingerprint)
        learned = None if alignment is None else alignment.direction(question)
        named = None if concepts is None else concept_direction(question, self.names(concepts), concepts)
        if learned is None or named is None:
            return named if learned is None else learned
        both = learned + named
        return (both / max(float(np.linalg.norm(both)), 1e-9)).astype(np.float32)

    def alignment(self, fingerprint: str) -> Alignment | None:
        """What was learned on this catalogue for that model, as new as its file."""
        encoder = self._encoder()
        if encoder is None:
            return None
        path = alignment_path(self._folder, fingerprint)
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:
            return None
        held = self._alignments.get(fingerprint)
        if held is None or held[0] != stamp:
            held = (stamp, read_alignment(path, encoder.description.fingerprint(RECIPE), fingerprint))
            self._alignments[fingerprint] = held
        return held[1]

    def names(self, concepts: Concepts) -> Float32[np.ndarray, "classes sentence"]:
        """Sentence vectors of the classes' names; made once and kept beside the store's indexes."""
        with self._lock:
            known = self._names
            if known is None:
                encoder = self._encoder()
                assert encoder is not None
                path = self._folder / f"concepts-{encoder.description.fingerprint(RECIPE)[:16]}.npy"
                try:
                    known = np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
                except (OSError, ValueError):
                    known = encoder.encode(concepts.names)
                    _keep(path, known)
                self._names = known
            return known


def alignment_path(folder: Path, fingerprint: str) -> Path:
    """Where the alignment with the model of that fingerprint is kept."""
    return folder / f"alignment-{fingerprint[:16]}.npz"


def concept_direction(
    question: Sentence, names: Float32[np.ndarray, "classes sentence"], concepts: Concepts
) -> Picture:
    """Where pictures of what a question names lie, by the classes whose names are near it.

    Formula: ``sum_c r_c (w_c - mean w)``, scaled to one, with r the softmax of the cosines between question and names.

    Reference:
        Norouzi et al., "Zero-shot learning by convex combination of semantic embeddings", ICLR 2014. There a picture's
        classes are mapped among words; here the question is mapped among pictures, so that one index serves both.
    """
    near = (names @ question) / np.float32(_SHARPNESS)
    counts = np.exp(near - near.max())
    counts /= counts.sum()
    direction = counts @ (concepts.weights - concepts.weights.mean(axis=0))
    return (direction / max(float(np.linalg.norm(direction)), 1e-9)).astype(np.float32)


def _keep(path: Path, vectors: Float32[np.ndarray, "classes sentence"]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, vectors)
    except OSError as error:
        logger.info("names of classes are not kept: %s", error)
