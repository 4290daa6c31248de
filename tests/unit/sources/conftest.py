from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from lookalike.sources import Record, open_source
from lookalike.types import Rejection


@pytest.fixture
def read_table(tmp_path: Path) -> Callable[..., list[Record | Rejection]]:
    """Writes a file of that name and content and returns everything that comes out of it."""

    def read(content: str | bytes, name: str = "catalog.csv") -> list[Record | Rejection]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(open_source(path).records())

    return read


@pytest.fixture
def products() -> Callable[[Iterable[Record | Rejection]], list[str]]:
    """The product ids of the records, with ``!LINE`` for each rejection."""

    def shorten(found: Iterable[Record | Rejection]) -> list[str]:
        return [item.product_id if isinstance(item, Record) else f"!{item.line}" for item in found]

    return shorten
