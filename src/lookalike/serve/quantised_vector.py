"""A query's vector as a short text for links: one byte a dimension, base64url, with the model's name in front.

``1.`` (version of this form), the first eight hex digits of the model's fingerprint, ``.``, then the signed bytes.
256 dimensions make 353 characters. A photograph cannot be made from it again. Where they are known, the number of the
fit that its colours are of and these follow, each behind another ``.``; a text without them, or with those of another
fit, is good too.
"""

from __future__ import annotations

import base64
import binascii

import numpy as np

from lookalike.errors import InvalidQuery
from lookalike.images.colouring import (
    COLOURING_BYTES,
    COLOURING_FIT,
    Colouring,
    pack_colouring,
    unpack_colourings,
)
from lookalike.search.query_encoder import of_another_model
from lookalike.types import Vector

__all__ = ["quantise", "restore"]

_VERSION = "1"
_STEPS = 127


def quantise(vector: Vector, fingerprint: str, colouring: Colouring | None = None) -> str:
    """The text form of `vector`, whose direction `restore` gives back with a cosine of about 0.9999.

    Formula: ``q_i = round(127 v_i / max_j |v_j|)``; the length of the vector is not kept.
    """
    largest = float(np.abs(vector).max(initial=0.0))
    scale = _STEPS / largest if largest > 0 else 0.0
    steps = np.rint(vector * scale).astype(np.int8)
    text = f"{_VERSION}.{fingerprint[:8]}.{_coded(steps.tobytes())}"
    return text if colouring is None else f"{text}.{COLOURING_FIT}.{_coded(pack_colouring(colouring))}"


def restore(text: str, fingerprint: str, dimension: int) -> tuple[Vector, Colouring | None]:
    """The unit vector that `text` stands for, and the colours that go with it; None for those of another fit.

    Args:
        text: what `quantise` gave.
        fingerprint: of the model whose vectors are to be compared with it.
        dimension: of that model.

    Raises:
        InvalidQuery: not such a text, or of another dimension.
        FingerprintMismatch: made by another model, whose vectors mean something else.
    """
    version, _, rest = text.strip().partition(".")
    name, _, rest = rest.partition(".")
    coded, _, rest = rest.partition(".")
    fit, _, colours = rest.partition(".")
    if version != _VERSION or not name or not coded:
        raise InvalidQuery(
            f"vector must look like '{_VERSION}.<model>.<base64url>', as an earlier answer gave it, "
            f"received {text[:40]!r}"
        )
    if name != fingerprint[:8]:
        raise of_another_model(name, fingerprint)
    raw = _bytes(coded)
    if len(raw) != dimension:
        raise InvalidQuery(f"vector must have {dimension} dimensions, received {len(raw)}")
    steps = np.frombuffer(raw, dtype=np.int8).astype(np.float32)
    length = float(np.linalg.norm(steps))
    if length == 0.0:
        raise InvalidQuery("vector is zero, so it has no direction to search in")
    unit = steps / np.float32(length)
    if fit != str(COLOURING_FIT):
        return unit, None
    packed = _bytes(colours)
    if len(packed) != COLOURING_BYTES:
        raise InvalidQuery(f"the colours of a vector must be {COLOURING_BYTES} bytes, received {len(packed)}")
    return unit, unpack_colourings([packed])[0]


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(coded: str) -> bytes:
    try:
        return base64.b64decode(coded.encode("ascii") + b"=" * (-len(coded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise InvalidQuery(f"vector is not base64url text: {error}") from error
