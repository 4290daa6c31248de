"""Lookalike: visual search over a product catalogue.

Example:
    >>> import lookalike
    >>> shop = lookalike.open("shop-store")          # doctest: +SKIP
    >>> shop.index("catalog.csv")                    # doctest: +SKIP
    >>> for hit in shop.search("photo.jpg").hits:    # doctest: +SKIP
    ...     print(hit.similarity, hit.product_id, hit.title)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lookalike.engine.engine import Engine

__all__ = ["open"]


def open(store: str | Path | None = None, *, model: str | None = None) -> Engine:  # noqa: A001 - read as lookalike.open
    """Open a store, or name the place of a new one.

    Args:
        store: its folder; the first `Engine.index` creates it. None for the setting, ``lookalike-store`` unless
            changed.
        model: name of a model (see ``lookalike models``), or path of an ONNX file or model folder. None for what
            the store was made with, or the packaged model in a new one.

    Raises:
        InvalidConfiguration: a setting cannot be used.
    """
    from lookalike.compose import open_engine

    return open_engine(store, model=model)
