"""A cheap sign that a photograph was made to fool the model: its vector does not survive harmless changes.

The few grey levels that an attacker adds are tuned to the very pixels; coding them as JPEG, mirroring or blurring them
spoils much of their effect, and the vector moves. That of an honest photograph moves less. An attacker who knows this
and expects those changes gets past it; and so, mostly, does an attack that was resized or coded again on its way here,
which looks as steady as an honest photograph: this is a burglar alarm, not a lock. No torch is needed.

Reference: Xu, Evans & Qi 2018, "Feature Squeezing" (arXiv 1704.01155): the distance between outputs for a picture and
for simplified versions of it. Deviations: cosine between embeddings for class probabilities, and other versions.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.embed.embedder import Embedder
from lookalike.images.renditions import RENDITIONS

__all__ = ["agreement"]


def agreement(embedder: Embedder, squares: UInt8[np.ndarray, "n size size 3"]) -> Float32[np.ndarray, " n"]:
    """How well each picture's vector agrees with those of its `RENDITIONS`: the mean cosine, in [-1, 1].

    Costs as many embeddings as there are renditions, and one more. What is unusual depends on model and pictures:
    take a low quantile of the agreement of honest photographs as the limit below which to look twice.

    Args:
        embedder: of the model under attack.
        squares: what it sees: pictures that went through its preprocessing.

    Returns:
        one number a picture; an empty batch gives none.
    """
    own = embedder.embed(squares)
    total = np.zeros(len(squares), np.float32)
    for change in RENDITIONS.values():
        changed = np.asarray([change(square) for square in squares], np.uint8).reshape(squares.shape)
        total += np.einsum("nd,nd->n", own, embedder.embed(changed))
    return total / np.float32(len(RENDITIONS))
