"""Where golden sets are: ``STORE/golden/NAME.json``, and the pictures that only they have beside it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from lookalike.catalog.kept import KeptPictures
from lookalike.errors import GoldenSetUnusable, InvalidConfiguration
from lookalike.evaluate.golden.golden_set import GoldenQuery, GoldenSet
from lookalike.images.fingerprint import content_sha256

__all__ = ["GoldenShelf"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class GoldenShelf:
    """The golden sets of one store.

    Args:
        folder: of the store.
        store_id: of the store; a set made for another is refused.
        kept: the store's copies, which queries of the kind ``view`` refer to.
    """

    def __init__(self, folder: Path, store_id: str, kept: KeptPictures) -> None:
        self.folder = folder / "golden"
        self._store_id = store_id
        self._kept = kept

    def names(self) -> tuple[str, ...]:
        """Of every set that is saved, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.json"))) if self.folder.is_dir() else ()

    def has(self, name: str) -> bool:
        """Whether there is a set of that name.

        Raises:
            InvalidConfiguration: that cannot be a name.
        """
        return self.document(name).is_file()

    def save(self, golden: GoldenSet, pictures: Mapping[str, bytes], *, replace: bool = False) -> None:
        """Keep a set; there whole when this returns, or as it was before.

        Args:
            golden: what is kept.
            pictures: bytes of the pictures that the catalogue does not have, by their SHA-256.
            replace: whether a set of the same name may be overwritten.

        Raises:
            GoldenSetUnusable: there is one of that name and `replace` is not given.
            InvalidConfiguration: that cannot be a name.
        """
        document = self.document(golden.name)
        if document.is_file() and not replace:
            raise GoldenSetUnusable(
                f"there is a golden set {golden.name!r} already: give another name, or --replace to make it anew "
                "(numbers measured on the old one can then not be repeated)"
            )
        beside = document.with_suffix("")
        beside.mkdir(parents=True, exist_ok=True)
        for sha256, data in pictures.items():
            (beside / f"{sha256}.jpg").write_bytes(data)
        started = document.with_suffix(".started")
        started.write_text(json.dumps(golden.as_dict(), ensure_ascii=False, indent=1), encoding="utf-8")
        started.replace(document)
        for path in beside.glob("*.jpg"):
            if path.stem not in pictures:
                path.unlink()

    def load(self, name: str) -> GoldenSet:
        """The set of that name.

        Raises:
            GoldenSetUnusable: there is none, it was changed, or it belongs to another store or version.
            InvalidConfiguration: that cannot be a name.
        """
        path = self.document(name)
        try:
            golden = GoldenSet.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            there = ", ".join(self.names()) or "none"
            raise GoldenSetUnusable(
                f"there is no golden set {name!r}; this store has: {there}. Make one: `lookalike golden make`"
            ) from error
        except OSError as error:
            raise GoldenSetUnusable(f"the golden set {name!r} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise GoldenSetUnusable(
                f"the golden set {name!r} {error}: make it anew with `lookalike golden make --name {name} --replace`"
            ) from error
        if golden.store_id != self._store_id:
            raise GoldenSetUnusable(
                f"the golden set {name!r} was made for another store and names pictures that this one does not have: "
                f"make one here with `lookalike golden make`"
            )
        return golden

    def drop(self, name: str) -> None:
        """Remove a set with its pictures.

        Raises:
            GoldenSetUnusable: there is none of that name.
        """
        if not self.has(name):
            raise GoldenSetUnusable(
                f"there is no golden set {name!r}; this store has: {', '.join(self.names()) or 'none'}"
            )
        self.document(name).unlink()
        shutil.rmtree(self.document(name).with_suffix(""), ignore_errors=True)

    def path(self, golden: GoldenSet, query: GoldenQuery) -> Path:
        """Where that query's picture is."""
        if query.kind == "view":
            return self._kept.path(query.picture)
        return self.document(golden.name).with_suffix("") / f"{query.picture}.jpg"

    def picture(self, golden: GoldenSet, query: GoldenQuery) -> bytes | None:
        """The bytes of that query's picture; None for a view of which the store keeps no copy.

        Raises:
            GoldenSetUnusable: the picture is gone or is not the one that the set was made with.
        """
        if query.kind == "view":
            return self._kept.get(query.picture)
        path = self.path(golden, query)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise GoldenSetUnusable(
                f"the picture {path.name} of golden set {golden.name!r} cannot be read: {error.strerror}"
            ) from error
        if content_sha256(data) != query.picture:
            raise GoldenSetUnusable(
                f"the picture {path.name} of golden set {golden.name!r} is not the one that it was made with: make the "
                f"set anew with `lookalike golden make --name {golden.name} --replace`"
            )
        return data

    def document(self, name: str) -> Path:
        """The file of that set, there or not.

        Raises:
            InvalidConfiguration: that cannot be a name.
        """
        if _NAME.fullmatch(name) is None:
            raise InvalidConfiguration(
                f"a golden set's name is made of letters, digits, '-' and '_', at most 64, received {name!r}"
            )
        return self.folder / f"{name}.json"
