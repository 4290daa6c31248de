"""The one truth: products, variants, images, pictures, vectors of each release, rejections, columns.

One relational database in the store's folder (`lookalike.catalog.catalog.Catalog`), the kept copies of the
pictures beside it, and the filter language over its columns. Everything else (the vector index, the in-memory
columns of a `View`) is a cache of it that can be rebuilt. This package file stays light: SQLAlchemy is imported
by the modules that need it.
"""

from __future__ import annotations

__all__: list[str] = []
