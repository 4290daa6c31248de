"""What a code in the photograph said, for the answer."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CodeFound"]


@dataclass(frozen=True, slots=True)
class CodeFound:
    """A code that was read in the photograph.

    Attributes:
        text: what it says.
        kind: its symbology.
        products: ids of the products that have it; none where the catalogue does not.
        outside_filter: whether they are all hidden by the filter.
    """

    text: str
    kind: str
    products: tuple[str, ...] = ()
    outside_filter: bool = False

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "text": self.text,
            "kind": self.kind,
            "products": list(self.products),
            "outside_filter": self.outside_filter,
        }
