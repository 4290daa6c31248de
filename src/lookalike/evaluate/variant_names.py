"""What measurements call variants: many shops name them ``red`` or ``M``, at every product alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lookalike.catalog.inventory import Inventory
from lookalike.types import FoldBy

__all__ = ["VariantNames", "names_of"]


@dataclass(frozen=True, slots=True)
class VariantNames:
    """Names that tell the variants of a catalogue apart.

    Attributes:
        shared: ids that variants of several products have, with those products. Such a variant is called
            ``PRODUCT/VARIANT``; any other by its id alone.
        products: of each name its product.
    """

    shared: Mapping[str, frozenset[str]]
    products: Mapping[str, str]

    @classmethod
    def of(cls, inventory: Inventory) -> VariantNames:
        """Those of this inventory."""
        owners: dict[str, set[str]] = {}
        for product, variant in zip(inventory.product_ids, inventory.variant_ids, strict=True):
            if variant is not None:
                owners.setdefault(variant, set()).add(product)
        shared = {variant: frozenset(own) for variant, own in owners.items() if len(own) > 1}
        named = cls(shared, {})
        return cls(shared, {named.name(one, variant): one for variant, own in owners.items() for one in own})

    def name(self, product_id: str, variant_id: str) -> str:
        """Of a variant that has an id."""
        return f"{product_id}/{variant_id}" if variant_id in self.shared else variant_id

    def known(self, name: str) -> str:
        """What the variant ``PRODUCT/VARIANT`` is called, where no other product has the like; any other as it is."""
        if name in self.products:
            return name
        parts = name.split("/")
        for end in range(1, len(parts)):
            product, variant = "/".join(parts[:end]), "/".join(parts[end:])
            if self.products.get(variant) == product:
                return variant
        return name

    def cluster(self, names: Collection[str]) -> str:
        """Whose variants these are: photographs of two colours of a product are not independent."""
        return "|".join(sorted({self.products.get(name, name) for name in names}))

    def meant(self, variant_id: str, product_ids: Sequence[str]) -> list[str]:
        """Names of the variants that a row of queries means, at least one.

        Args:
            variant_id: as the row has it, or a name.
            product_ids: that the row has beside it: of a shared id the variants of these are meant.

        Raises:
            ValueError: the id is shared and no product is told; the message is the rest of a sentence.
        """
        own = self.shared.get(variant_id)
        if own is None:
            return [self.known(variant_id)]
        if not product_ids:
            raise ValueError(
                f"variants of {len(own)} products are called {variant_id!r}: expected a column product_id beside it, "
                f"or {min(own)}/{variant_id}, say"
            )
        return [self.name(one, variant_id) for one in product_ids if one in own or own.isdisjoint(product_ids)]


def names_of(inventory: Inventory, by: FoldBy) -> Sequence[str | None]:
    """Of each row the name of its product, or of its variant; None where a variant has no id."""
    if by == "product":
        return inventory.product_ids
    names = VariantNames.of(inventory)
    return [
        None if variant is None else names.name(product, variant)
        for product, variant in zip(inventory.product_ids, inventory.variant_ids, strict=True)
    ]
