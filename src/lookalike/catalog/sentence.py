"""What a sentence model reads of a variant, and the name under which its vector is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from lookalike.types import AttributeValue

__all__ = ["MOST_CHARACTERS", "RECIPE", "TEXT_COLUMNS", "sentence", "sentence_name"]

RECIPE = "title, color, category, brand: description; 1"
"""Says how `sentence` is made; part of a text model's fingerprint, so that a change of it makes other vectors."""
MOST_CHARACTERS = 400
TEXT_COLUMNS = frozenset({"title", "color", "category", "brand", "description"})
"""What sentences are made of."""


def sentence(row: Mapping[str, AttributeValue | None]) -> str:
    """The variant in words, most telling first, at most 400 characters; empty where it has neither title nor text.

    Price, stock and the shop's own columns are left out: they change often, and sentence models cannot count.
    """
    title = str(row.get("title") or "").strip()
    parts = [title]
    for name in ("color", "category", "brand"):
        value = str(row.get(name) or "").replace("/", ", ").strip()
        if value and value.casefold() not in title.casefold():
            parts.append(value)
    head = ", ".join(part for part in parts if part)
    description = str(row.get("description") or "").strip()
    return ": ".join(part for part in (head, description) if part)[:MOST_CHARACTERS]


def sentence_name(text: str) -> str | None:
    """SHA-256 of a sentence; None for the empty one, which has no vector."""
    return hashlib.sha256(text.encode()).hexdigest() if text else None
