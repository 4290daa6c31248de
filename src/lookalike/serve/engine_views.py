"""What the server is handed by an engine: small Protocols, fulfilled by `lookalike.engine` and `lookalike.catalog`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from lookalike.types import Attributes, AttributeValue

__all__ = [
    "CountsView",
    "DescribedView",
    "FacetValueView",
    "FacetView",
    "ImageView",
    "ModelView",
    "ProductView",
    "RecordedView",
    "Told",
    "TrialView",
    "VariantView",
]


@runtime_checkable
class ImageView(Protocol):
    """One picture of a product, as it is shown."""

    @property
    def image_key(self) -> int: ...
    @property
    def location(self) -> str: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...


@runtime_checkable
class VariantView(Protocol):
    """One colour or size of a product."""

    @property
    def variant_id(self) -> str | None: ...
    @property
    def attributes(self) -> Attributes: ...
    @property
    def images(self) -> Sequence[ImageView]: ...


@runtime_checkable
class ProductView(Protocol):
    """A product with its variants."""

    @property
    def product_id(self) -> str: ...
    @property
    def variants(self) -> Sequence[VariantView]: ...


@runtime_checkable
class FacetValueView(Protocol):
    """One value of a column and how many products have it."""

    @property
    def value(self) -> AttributeValue: ...
    @property
    def count(self) -> int: ...


@runtime_checkable
class FacetView(Protocol):
    """One column: its commonest values, and its range where it holds numbers."""

    @property
    def column(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def values(self) -> Sequence[FacetValueView]: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


@runtime_checkable
class CountsView(Protocol):
    """How much the store holds."""

    @property
    def products(self) -> int: ...
    @property
    def variants(self) -> int: ...
    @property
    def images(self) -> int: ...
    @property
    def pictures(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def vectors(self) -> int: ...


@runtime_checkable
class ModelView(Protocol):
    """What is said about the embedder."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def licence(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


@runtime_checkable
class DescribedView(Protocol):
    """What a photograph may be called."""

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        ...


@runtime_checkable
class Told(Protocol):
    """Something that says itself as JSON."""

    def as_dict(self) -> dict[str, object]: ...


@runtime_checkable
class RecordedView(Protocol):
    """What became of some events."""

    @property
    def added(self) -> int: ...
    @property
    def known(self) -> int: ...
    @property
    def refused(self) -> int: ...


@runtime_checkable
class TrialView(Told, Protocol):
    """What events say about two ways of answering."""

    @property
    def trial(self) -> object | None:
        """The store's trial; None for lists that were asked for one by one."""
        ...
