"""A folder of pictures as a catalogue: the sub-folder is the product.

Every file comes out, whether it is a picture or not, so that nothing is skipped in silence: the decoder says of
each what is wrong with it.
"""

from __future__ import annotations

import logging
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import final

from lookalike.errors import SourceError
from lookalike.sources.local import LocalReader, kind_of_file
from lookalike.sources.record import ColumnType, Record
from lookalike.types import ProductId, Reason, Rejection

__all__ = ["FolderSource"]

logger = logging.getLogger(__name__)


@final
class FolderSource:
    """One product per folder that directly holds files, or per file where the file lies in the root itself.

    The product id is the folder's path below the root (``shoes/runner-x``); for a file in the root its name without
    the ending, or its whole name where another file or folder would get the same id. The title is the last part of
    the id with ``-`` and ``_`` as spaces; the category is the first part where there are two or more.

    Folders and files come in the order of their names. A symbolic link to a folder is followed where it leads out
    of the root and to a folder that was not visited yet, so that every picture comes once and no loop is walked.
    """

    def __init__(self, root: Path, *, max_bytes: int, leave_out: Path | None = None) -> None:
        """Take everything below `root` but the folder `leave_out`; refuse files of more than `max_bytes` bytes."""
        self._root = Path(os.path.abspath(root))  # noqa: PTH100 - links in the given path stay as the user wrote them
        self._max_bytes = max_bytes
        self._leave_out = leave_out

    @property
    def name(self) -> str:
        """The folder's absolute path."""
        return str(self._root)

    def reader(self) -> LocalReader:
        """Reads paths relative to the folder."""
        return LocalReader(self._root, max_bytes=self._max_bytes)

    def column_types(self) -> Mapping[str, ColumnType]:
        """A folder tells titles and categories only, so this is empty."""
        return {}

    def records(self) -> Iterator[Record | Rejection]:
        """One record per product, its pictures sorted by name; what is no readable file comes as a rejection.

        Raises:
            SourceError: the folder itself cannot be listed.
        """
        try:
            os.scandir(self._root).close()
        except OSError as exc:
            raise SourceError(f"the folder {self.name} cannot be read: {exc.strerror or exc}") from exc
        yield from self._walk()

    def _walk(self) -> Iterator[Record | Rejection]:
        """Records and rejections of everything below the root, depth first."""
        # A stack of our own, since folders can nest deeper than Python's recursion goes.
        waiting = [PurePosixPath()]
        seen = _identity(self._leave_out)
        while waiting:
            folder = waiting.pop()
            try:
                found = os.stat(self._root / folder)  # noqa: PTH116
                if (found.st_dev, found.st_ino) in seen:
                    logger.info("folder was walked already: %s", folder)
                    continue
                seen.add((found.st_dev, found.st_ino))
                names = sorted(os.listdir(self._root / folder))  # noqa: PTH208 - names, not paths
            except OSError as exc:
                problem = _rejected(str(folder), Reason.FETCH_FAILED, f"cannot be listed: {exc.strerror or exc}")
                yield replace(problem, hides=(str(folder), f"{folder}/"))
                continue
            files: list[str] = []
            below: list[PurePosixPath] = []
            for name in names:
                problem = self._sort_in(folder / name, files, below)
                if problem is not None:
                    yield problem
            if files:
                yield from _in_root(files, below) if folder == PurePosixPath() else (_in_folder(folder, files),)
            waiting += reversed(below)

    def _sort_in(self, path: PurePosixPath, files: list[str], below: list[PurePosixPath]) -> Rejection | None:
        """Add `path` to the files or the folders, or say why not; links back into the root are passed over."""
        full = self._root / path
        try:
            mode = os.stat(full).st_mode  # noqa: PTH116
            if not _is_text(path.name):
                return _rejected(str(path), Reason.FETCH_REFUSED, "has a name that is not valid UTF-8; rename it")
            if stat.S_ISDIR(mode):
                if full.is_symlink() and full.resolve().is_relative_to(self._root.resolve()):
                    logger.info("link to a folder that is walked under its own name: %s", path)
                else:
                    below.append(path)
                return None
        except OSError as exc:
            if isinstance(exc, FileNotFoundError):
                problem = _rejected(str(path), Reason.NOT_FOUND, "is a link to nothing, or was just removed")
            else:
                problem = _rejected(str(path), Reason.FETCH_FAILED, f"cannot be read: {exc.strerror or exc}")
            # A picture of its folder's product, one of its own in the root, or a folder with products of its own.
            own = (path.stem, path.name) if path.parent == PurePosixPath() else (str(path.parent),)
            return replace(problem, hides=(*own, str(path), f"{path}/"))
        kind = kind_of_file(mode)
        if kind is not None:
            return _rejected(str(path), Reason.FETCH_REFUSED, f"is {kind}; expected an ordinary file")
        files.append(path.name)
        return None


def _identity(folder: Path | None) -> set[tuple[int, int]]:
    """Device and number of `folder`, as a set; empty where there is none."""
    try:
        found = None if folder is None else folder.stat()
    except OSError:
        return set()
    return set() if found is None else {(found.st_dev, found.st_ino)}


def _in_folder(folder: PurePosixPath, files: list[str]) -> Record:
    attributes = {"title": _title(folder.name)}
    if len(folder.parts) > 1:
        attributes["category"] = folder.parts[0]
    return Record(ProductId(str(folder)), None, tuple(str(folder / file) for file in files), attributes)


def _in_root(files: list[str], folders: list[PurePosixPath]) -> Iterator[Record]:
    stems = Counter(PurePosixPath(file).stem for file in files)
    stems.update(str(folder) for folder in folders)
    for file in files:
        stem = PurePosixPath(file).stem
        product_id = stem if stems[stem] == 1 else file
        yield Record(ProductId(product_id), None, (file,), {"title": _title(stem)})


def _title(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").split()) or name


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _rejected(path: str, reason: Reason, sentence: str) -> Rejection:
    shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
    return Rejection(shown, reason, f"{shown!r} {sentence}")
