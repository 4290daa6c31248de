"""Pictures of the local file system: ordinary files only, sized before they are read, never waited for."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import Final, final

from lookalike.errors import ImageRejected
from lookalike.images.limits import read_within
from lookalike.sources.record import PictureBytes, Unchanged
from lookalike.types import Reason

__all__ = ["LocalReader"]

_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)
_OF_WINDOWS: Final = re.compile(r"[a-zA-Z]:[\\/]|\\\\")
_SEVERAL: Final = re.compile(r"\.[a-zA-Z0-9]{3,4}\s*[,;]\s*\S")
_NOWHERE: Final = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
# Opening a pipe that nobody writes to would wait for ever; O_NONBLOCK is absent on Windows, where there are none.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def kind_of_file(mode: int) -> str | None:
    """What `mode` (of `os.stat`) says a path is, in words; None for an ordinary file."""
    if stat.S_ISREG(mode):
        return None
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "no ordinary file")


@final
class LocalReader:
    """Reads paths relative to a folder; absolute paths and ``..`` are followed, since they are the user's own.

    A path with backslashes, as tables of Windows have them, is one with slashes where no file has that very name.
    The validator is ``stat:size:mtime_ns:ctime_ns``: a picture whose three are unchanged is not opened at all.
    """

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        """Read below `root`; refuse files of more than `max_bytes` bytes without reading them."""
        self._root = os.fspath(root)
        self._max_bytes = max_bytes

    def path_of(self, location: str) -> Path:
        """Where `location` lies, whether anything is there or not."""
        return Path(self._place(location))

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        """The bytes of the file at `location`.

        Raises:
            ImageRejected: ``not_found``; ``too_many_bytes``; ``fetch_refused`` for a directory, pipe, socket or
                device; ``fetch_failed`` where the system does not let it be read.
        """
        path = self._place(location)
        try:
            found = os.stat(path)  # noqa: PTH116
            self._check(location, found)
            if validator is not None and validator == _validator(found):
                return Unchanged()
            return self._open(location, path)
        except OSError as exc:
            if exc.errno in _NOWHERE:
                raise ImageRejected(Reason.NOT_FOUND, self._missing(location)) from exc
            sentence = f"{location!r} cannot be read: {exc.strerror or exc}"
            raise ImageRejected(Reason.FETCH_FAILED, sentence) from exc
        except ValueError as exc:
            raise ImageRejected(Reason.NOT_FOUND, f"{location!r} is not a possible file name") from exc

    def _place(self, location: str) -> str:
        path = os.path.join(self._root, location)  # noqa: PTH118 - a path of 1e6 rows; pathlib takes 10 times longer
        if "\\" in location and os.sep == "/" and not os.path.lexists(path):
            return os.path.join(self._root, location.replace("\\", "/"))  # noqa: PTH118
        return path

    def _missing(self, location: str) -> str:
        """That there is no such file, and what `location` looks like that could be the reason."""
        sentence = f"there is no file {location!r}"
        if location.startswith("//"):
            return f"{sentence}; if it is an address, write https: before it"
        if _OF_WINDOWS.match(location):
            return f"{sentence}: it is a path of another computer; write it relative to {self._root}"
        if not os.path.isabs(location):  # noqa: PTH117
            sentence = f"{sentence} in {self._root}"
        return f"{sentence}; if it is several pictures, join them by |" if _SEVERAL.search(location) else sentence

    def _open(self, location: str, path: str) -> PictureBytes:
        handle = os.open(path, _FLAGS)
        with os.fdopen(handle, "rb") as file:
            # Once more on what was opened: the name may have been given to something else meanwhile.
            opened = os.fstat(handle)
            self._check(location, opened)
            data = read_within(file, self._max_bytes, likely_bytes=opened.st_size)
        if len(data) > self._max_bytes:
            raise self._too_large(location, len(data))
        return PictureBytes(data, _validator(opened))

    def _check(self, location: str, found: os.stat_result) -> None:
        kind = kind_of_file(found.st_mode)
        if kind is not None:
            raise ImageRejected(Reason.FETCH_REFUSED, f"{location!r} is {kind}; expected an ordinary file")
        if found.st_size > self._max_bytes:
            raise self._too_large(location, found.st_size)

    def _too_large(self, location: str, n_bytes: int) -> ImageRejected:
        sentence = f"{location!r} has {n_bytes:,} bytes; at most {self._max_bytes:,} are read"
        return ImageRejected(Reason.TOO_MANY_BYTES, sentence)


def _validator(found: os.stat_result) -> str:
    return f"stat:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
