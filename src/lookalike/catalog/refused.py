"""What a batch could not use: remembered, and what may be behind it kept from a prune."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from lookalike.catalog import quarantine
from lookalike.catalog.known import known_variants, products_below
from lookalike.catalog.run import Run
from lookalike.catalog.sync import RejectionEntry
from lookalike.types import ImageKey, Reason

__all__ = ["write"]


def write(
    connection: Connection, entries: Sequence[RejectionEntry], run: Run | None
) -> tuple[Sequence[int], list[ImageKey]]:
    """Remember these rejections; what their source still lists is spared by `run`.

    Returns:
        Keys of the rejections, and of images that go because what is at their place now cannot be used.
    """
    keys = quarantine.record(connection, entries, run.source if run is not None else "")
    named = [str(entry.rejection.product_id) for entry in entries if entry.rejection.product_id]
    known = known_variants(connection, named, None)
    dropped: list[ImageKey] = []
    for entry in entries:
        rejection = entry.rejection
        if rejection.product_id is None:
            continue
        variant = known.get((rejection.product_id, rejection.variant_id))
        if variant is None:
            continue
        image = variant.images.get(rejection.image)
        if entry.drops_image:
            dropped += [image.image_key] if image is not None else []
        elif run is not None:
            # What could not be read today is still listed by its source: a prune must not take it.
            run.spared_variants.add([variant.variant_key])
            whole_row = rejection.reason is Reason.BAD_ROW
            moments = f"{rejection.image}#t="  # a clip is refused as a whole
            run.spared_images.add(
                known_image.image_key
                for location, known_image in variant.images.items()
                if whole_row or location == rejection.image or location.startswith(moments)
            )
    if run is not None:
        run.rejections.add(keys)
        if run.prune:
            rows = (one.rejection for one in entries if one.rejection.reason is Reason.BAD_ROW)
            run.unnamed.update(row.image for row in rows if row.product_id is None)
            _spare(connection, run, {name for entry in entries for name in entry.rejection.hides})
    return keys, dropped


def _spare(connection: Connection, run: Run, hidden: Iterable[str]) -> None:
    """Spare products that may be behind what could not be read today."""
    named: list[str] = []
    for name in sorted(hidden):
        named += products_below(connection, name) if name.endswith("/") else [name]
    for variant in known_variants(connection, named, None).values():
        run.spared_variants.add([variant.variant_key])
        run.spared_images.add(image.image_key for image in variant.images.values())
