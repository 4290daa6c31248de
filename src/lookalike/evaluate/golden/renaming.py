"""What the variants that a golden set asks for are called in the catalogue as it is now."""

from __future__ import annotations

from dataclasses import replace

from lookalike.catalog.inventory import Inventory
from lookalike.evaluate.golden.golden_set import GoldenQuery, GoldenSet
from lookalike.evaluate.variant_names import VariantNames

__all__ = ["as_called"]


def as_called(golden: GoldenSet, inventory: Inventory) -> GoldenSet:
    """The set with its answers by today's names, and its queries of variants clustered by their products.

    A variant's name changes when another product gets or loses a like one; two colours of a product are not
    independent.

    Of an id that one variant had when the set was made, and several products have now, that of the product is meant
    whose picture the query is; of a photograph that was brought, which does not tell, those of all of them.

    Args:
        golden: as it was made.
        inventory: of the store.
    """
    if golden.by == "product":
        return golden
    names = VariantNames.of(inventory)
    showing: dict[str, set[str]] = {}
    for sha256, product, variant in zip(inventory.sha256s, inventory.product_ids, inventory.variant_ids, strict=True):
        if variant is not None and variant in names.shared:
            showing.setdefault(sha256, set()).add(names.name(product, variant))

    def called(query: GoldenQuery) -> GoldenQuery:
        own = showing.get(query.made_of or query.picture, set())
        answers: list[str] = []
        for answer in query.answers:
            if (shared := names.shared.get(answer)) is None:
                answers.append(names.known(answer))
                continue
            possible = {names.name(product, answer) for product in shared}
            # A picture of the catalogue that is gone leaves nothing to be found.
            answers += sorted(possible) if query.kind == "photograph" else sorted(possible & own) or [answer]
        found = tuple(dict.fromkeys(answers))
        return replace(query, answers=found, cluster=names.cluster(found))

    return replace(golden, queries=tuple(called(query) for query in golden.queries))
