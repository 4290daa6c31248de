"""Eight packaged pictures on which two ways of computing one model are compared.

A runtime or precision may add vectors to a release that another one made where their vectors of these pictures agree
to a cosine of 0.999; below that, neighbours change places, and it needs a release of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lookalike.embed.embedder import Embedder
from lookalike.errors import FingerprintMismatch
from lookalike.images.decode import decode
from lookalike.types import Pixels

__all__ = ["AGREEMENT", "agreement", "probe_pictures", "require_agreement"]

AGREEMENT = 0.999
"""The least cosine at which runtimes and precisions are interchangeable."""

_FOLDER = Path(__file__).parent / "probes"


def probe_pictures() -> tuple[Pixels, ...]:
    """The probe pictures, by file name: clothes on varied backgrounds, 256 pixels on the longer side, CC0."""
    return tuple(decode(path.read_bytes()).pixels for path in sorted(_FOLDER.glob("*.jpg")))


def agreement(a: Embedder, b: Embedder) -> float:
    """The least cosine, over the probe pictures, between the vectors that `a` and `b` make: min_i a_i . b_i.

    Args:
        a: an embedder.
        b: another way of computing the same model.

    Raises:
        FingerprintMismatch: they are not the same model, so that their vectors have nothing to do with each other.
    """
    if a.description.fingerprint != b.description.fingerprint:
        raise FingerprintMismatch(
            f"{a.description.name} ({a.description.fingerprint[:12]}) and {b.description.name} "
            f"({b.description.fingerprint[:12]}) are different models, or prepare pictures differently; "
            "only runtimes and precisions of one model can be compared"
        )
    apply = a.description.preprocessing.apply
    batch = np.stack([apply(pixels) for pixels in probe_pictures()])
    cosines = np.einsum("nd,nd->n", a.embed(batch), b.embed(batch), dtype=np.float64)
    return float(np.clip(cosines.min(), -1.0, 1.0))


def require_agreement(candidate: Embedder, reference: Embedder) -> float:
    """Their `agreement`, where it is at least `AGREEMENT`.

    Args:
        candidate: what would compute further vectors.
        reference: what computed those that are there.

    Raises:
        FingerprintMismatch: they agree less, or are different models.
    """
    found = agreement(candidate, reference)
    if found < AGREEMENT:
        c, r = candidate.description, reference.description
        raise FingerprintMismatch(
            f"{c.name} computed by {c.runtime} in {c.precision} agrees with {r.runtime} in {r.precision} "
            f"to a cosine of {found:.4f} only, {AGREEMENT} is needed to share a release: "
            f"index into a new release, or use {r.runtime} in {r.precision}"
        )
    return found
