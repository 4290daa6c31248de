"""What kinds of things a model's training knew by name: a linear classifier beside it, over its own vectors.

Nothing is run again: a classifier of 256 numbers reads the vectors that a store already has. It says "backpack" or
"espresso maker" of a picture that nobody described, and words are compared with it where a catalogue has no titles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from jaxtyping import Float32

from lookalike.types import Vectors

__all__ = ["Concepts", "concepts_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Concepts:
    """A classifier over a model's vectors.

    Attributes:
        names: of the classes, several words with commas between for one.
        weights: one row a class.
        offsets: one a class.
        fingerprint: of the model whose vectors it reads.
    """

    names: tuple[str, ...]
    weights: Float32[np.ndarray, "classes dimension"]
    offsets: Float32[np.ndarray, " classes"]
    fingerprint: str

    def probabilities(self, vectors: Vectors) -> Float32[np.ndarray, "n classes"]:
        """One row a vector; each adds up to 1."""
        logits = vectors @ self.weights.T + self.offsets
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


def concepts_of(fingerprint: str) -> Concepts | None:
    """The classifier for the model of that fingerprint; None where none is packaged."""
    packaged = _packaged()
    return packaged if packaged.fingerprint == fingerprint else None


@cache
def _packaged() -> Concepts:
    with as_file(files("lookalike.embed") / "models" / "lite0" / "concepts.npz") as path, np.load(path) as arrays:
        weights = arrays["weights"].astype(np.float32) * arrays["scales"].astype(np.float32)[:, None]
        return Concepts(
            tuple(str(name) for name in arrays["names"]),
            weights,
            arrays["offsets"].astype(np.float32),
            str(arrays["fingerprint"]),
        )
