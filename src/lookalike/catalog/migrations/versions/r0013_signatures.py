"""Pictures are called by their addresses without signatures, as runs call them since.

A run that meets them asks whether they have changed, instead of fetching them once more and adding them under their new
names. What a picture was called by in earlier feeds, signed anew each time, goes. Pictures of a variant that differ in
nothing but what looks like a signature stay as they are.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from lookalike.catalog.garbage import remove_images
from lookalike.catalog.ledger import Ledger
from lookalike.sources.fetch.signing import without_signature

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_AT_ONCE = 2_000
_OF_VARIANTS = (
    "SELECT variant_key, image_key, location, picture_key FROM images WHERE variant_key IN ("
    "SELECT DISTINCT variant_key FROM images WHERE variant_key > :after AND location LIKE 'http%?%' "
    "ORDER BY variant_key LIMIT :most) "
    "ORDER BY variant_key, image_key"
)


def upgrade() -> None:
    """Rename what has a signature, and remove what is called by older ones."""
    connection = op.get_bind()
    ledger: Ledger | None = None
    after = 0
    while rows := connection.execute(sa.text(_OF_VARIANTS), {"after": after, "most": _AT_ONCE}).all():
        ledger = ledger or Ledger(connection)
        named: list[dict[str, object]] = []
        older: list[int] = []
        for _, images in groupby(rows, key=lambda row: int(row[0])):
            _rename([(int(key), str(location), int(picture)) for _, key, location, picture in images], named, older)
        remove_images(connection, ledger, older)
        if named:
            statement = sa.text("UPDATE images SET location = :name, sequence = :sequence WHERE image_key = :key")
            connection.execute(statement, [{**each, "sequence": ledger.sequence} for each in named])
            ledger.changed()
        after = int(rows[-1][0])
    if ledger is not None:
        ledger.close()


def _rename(images: Sequence[tuple[int, str, int]], named: list[dict[str, object]], older: list[int]) -> None:
    """Of one variant: the key of what gets a name, with it, and of what another picture of that name stands for."""
    by_name: dict[str, list[tuple[int, str, int]]] = {}
    for image in images:
        by_name.setdefault(without_signature(image[1]), []).append(image)
    for name, same in by_name.items():
        if len({picture for _, _, picture in same}) == 1:
            key, location, _ = same[-1]
            older += [each for each, _, _ in same[:-1]]
            if location != name:
                named.append({"key": key, "name": name})
