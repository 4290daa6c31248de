"""What is made of the catalogue as it stands now, and made again when it has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from lookalike.catalog.catalog import Catalog

__all__ = ["Current"]

K = TypeVar("K")
T = TypeVar("T")


class Current(Generic[K, T]):
    """The latest value that was made, for as long as the store stands where it stood.

    Threads that meet may make the same value twice; each gets a right one.

    Args:
        catalog: whose changes count.
        make: makes the value of a key; reads the catalogue, and nothing else that changes.
    """

    def __init__(self, catalog: Catalog, make: Callable[[K], T]) -> None:
        self._catalog = catalog
        self._make = make
        self._held: tuple[K, int, T] | None = None

    def of(self, key: K) -> T:
        """The value of `key`: the last one where neither the key nor the catalogue is another."""
        # Read before the value is made: a change while it is made makes it anew the next time.
        sequence = self._catalog.sequence()
        held = self._held
        if held is None or held[0] != key or held[1] != sequence:
            held = self._held = (key, sequence, self._make(key))
        return held[2]
